"""A chip's name and numbers stand in its target, and in the readers of its formats; nowhere else."""

import io
import re
import tokenize
from pathlib import Path

import imgcheck
from imgcheck import targets

ROOT = Path(imgcheck.__file__).parent
HOME = {"targets", "readers"}  # readers of a format know that format's magic
NUMBER = re.compile(r"0[xX][0-9a-fA-F]+|[1-9][0-9]*")
# What the help shows is a user's file, not a chip.
EXAMPLE = re.compile(r"Open[A-Z0-9]+(?:[._]\w+)*\.(?:elf|bin|ota)|FW_OTA\S*")


_BEFORE = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.NL, tokenize.COMMENT)


def _numbers() -> set[int]:
    """The addresses that a target fixes; sizes such as 4096 mean many other things too."""
    found: set[int] = set()
    for target in targets.known():
        chip, table = target.chip, target.table
        found |= {chip.image_origin, chip.image_limit, table.first_address, *table.copies}
        found |= {region.origin for region in chip.regions}
    return {number for number in found if number > 0xFFFF or number in (0xE000, 0xF000)} - {1 << 20, 2 << 20}


def _said(source: str) -> list[tuple[int, str]]:
    """Line and text of every token that is neither a comment nor a docstring."""
    found = []
    begins = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        docstring = token.type == tokenize.STRING and begins
        if token.type not in (tokenize.COMMENT, tokenize.NL) and not docstring:
            found.append((token.start[0], token.string))
        begins = token.type in (
            tokenize.NEWLINE,
            tokenize.INDENT,
            tokenize.DEDENT,
            tokenize.NL,
            tokenize.COMMENT,
        )
    return found


def test_no_room_outside_targets_names_a_chip_or_one_of_its_numbers() -> None:
    names = re.compile("|".join(re.escape(target.name) for target in targets.known()), re.IGNORECASE)
    magics = re.compile(r"BFNP|BFPT|BL60X|BLRFPARA|boot2 ")
    numbers = _numbers()
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        room = path.relative_to(ROOT).parts[0]
        whole = path.read_text(encoding="utf-8")
        somewhere = names.search(whole) or magics.search(whole)
        if room in HOME or not (somewhere or any(int(one, 0) in numbers for one in NUMBER.findall(whole))):
            continue
        for line, text in _said(whole):
            number = int(text, 0) if NUMBER.fullmatch(text) else None
            plain = EXAMPLE.sub("", text)
            if names.search(plain) or magics.search(plain) or number in numbers:
                found.append(f"{path.relative_to(ROOT)}:{line}: {text[:60]}")
    assert found == []


def test_the_search_finds_what_it_is_for() -> None:
    said = [text for _, text in _said('"""BL602 in words."""\nx = "bl602"  # bl602\ny = 0x23000000\n')]
    assert '"bl602"' in said and "0x23000000" in said
    assert not any("words" in text or text.startswith("#") for text in said)
    assert 0x23000000 in _numbers()
