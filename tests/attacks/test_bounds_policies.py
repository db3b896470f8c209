"""Policies that cost more than they say: each is one line or done, within a bound of time and memory."""

from __future__ import annotations

from pathlib import Path

import bounded
import pytest
from hypothesis import given
from hypothesis import strategies as st
from studies import ELF, needs_fixture

from imgcheck.errors import FormatError
from imgcheck.policies import policy
from imgcheck.readers import tomltext

WAIVER = '[[waivers]]\nrule = "{}"\nsubject = "{}"\nreason = "r"\nexpires = 2999-01-01\n'


def shown(folder: Path, text: str) -> bounded.Ran:
    (folder / "p.toml").write_text(text)
    return bounded.run(["check", "--show-policy", "--policy", "p.toml"], folder)


def test_policies_that_extend_four_others_each(tmp_path: Path) -> None:
    """12 levels of 4 files: 48 files, and 16 million ways through them."""
    for level in range(12):
        below = ", ".join(f'"p{level + 1}{number}.toml"' for number in range(4))
        for number in range(4):
            text = f"extends = [{below}]\n" if level < 11 else "reserve = 4096\n"
            (tmp_path / f"p{level}{number}.toml").write_text(text)
    ran = shown(tmp_path, 'extends = ["p00.toml", "p01.toml", "p02.toml", "p03.toml"]\n')
    assert ran.code == 0, ran.err
    assert "4,096" in ran.out or "4096" in ran.out
    bounded.cheap(ran, 5, 100)


def test_what_two_extend_counts_once_and_before_both(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text("reserve = 1\n" + WAIVER.format("IMG301", "x"))
    (tmp_path / "one.toml").write_text('extends = "base.toml"\nreserve = 2\n')
    (tmp_path / "two.toml").write_text('extends = "base.toml"\n')
    (tmp_path / "all.toml").write_text('extends = ["one.toml", "two.toml"]\n')
    found = policy.read(tmp_path / "all.toml")
    assert found.reserve == 2  # what one says stands, although two's base says otherwise
    assert len(found.waivers) == 1


def test_more_files_and_more_bytes_than_anybody_extends(tmp_path: Path) -> None:
    names = [f"m{number}.toml" for number in range(policy.MOST_FILES + 1)]
    for name in names:
        (tmp_path / name).write_text("")
    bounded.one_line(shown(tmp_path, f"extends = {names}\n"), "extends more than 100 files")
    for name in names[:6]:
        (tmp_path / name).write_text("#" * 250_000)
    bounded.one_line(shown(tmp_path, f"extends = {names[:6]}\n"), "more than 1 MiB")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (".".join("a" * 20_000) + " = 1\n", "nested too deeply (line 1)"),
        ("\n[" + ".".join("a" * 20_000) + "]\n", "nested too deeply (line 2)"),
        ("[[" + ".".join("a" * 20_000) + "]]\n", "nested too deeply"),
        ("x = { " + ' . "b"' * 20_000 + " = 1 }\n", "nested too deeply"),
        (" . ".join(["'a'"] * 20_000) + " = 1\n", "nested too deeply"),
        ("x = " + "[" * 100_000 + "]" * 100_000, "nested too deeply"),
        ("x = " + "{a=" * 80_000, "nested too deeply"),
        ("reserve = 0x" + "f" * 100_000, "more than 64 bits"),
        ("reserve = " + "9" * 100_000, "not TOML"),
        ("reserve = 1e999", "a size is"),
        ("budgets.warn_at = nan", "share"),
        ('x = """' + ' \\""" a"\n' * 25_000, "not TOML"),
        ("x = " + '"\\' * 120_000, "not TOML"),
        ("x = '''" * 30_000, "not TOML"),
        ("[a]\n" * 60_000, "not TOML"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_toml_that_nobody_wrote(tmp_path: Path, text: str, words: str) -> None:
    ran = shown(tmp_path, text)
    bounded.one_line(ran)
    assert words in ran.err, ran.err[:300]
    bounded.cheap(ran, 6, 200)


@given(
    st.lists(
        st.sampled_from(
            ('"""', "'''", '"', "'", "\\", "#", "\n", "[", "]", "{", "}", ".", "=", ",", "a", "1")
        )
    )
)
def test_the_bound_refuses_nothing_that_tomllib_reads(pieces: list[str]) -> None:
    import tomllib

    text = "".join(pieces)
    try:
        document = tomllib.loads(text)
    except ValueError:
        with pytest.raises(FormatError):
            tomltext.load(text)
    else:
        assert tomltext.load(text) == document


def test_dots_and_brackets_in_strings_and_comments_are_none() -> None:
    dots = ".".join("a" * 200)
    assert tomltext.load(f'a = \'{dots}\' # {dots} {"[" * 200}\nb = """\n{dots}\n{"{" * 99}"""\n')
    assert tomltext.load(f"a = [{'1.5, ' * 500}]\n")
    assert tomltext.load(f"{'.'.join('abcdefgh' * 8)} = 1\n")  # as deep as it may be


ROWS = policy.MOST_ROWS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[components]\n" + "".join(f'c{i} = "object:x{i}"\n' for i in range(ROWS + 1)),
            "too many components",
        ),
        ("[components]\n" + "".join(f'c{i} = "object:x{i}"\n' for i in range(40_000)), "256 KiB"),
        ("[components]\nc = [" + '"a", ' * 6_001 + "]\n", "too many globs"),
        ("[budgets]\n" + "".join(f"b{i} = 1\n" for i in range(ROWS + 1)), "too many budgets"),
        ("".join(WAIVER.format("IMG301", i) for i in range(ROWS + 1)), "too many waivers"),
    ],
    ids=["components", "40,000 components", "globs", "budgets", "waivers"],
)
def test_more_rows_than_anybody_keeps(tmp_path: Path, text: str, words: str) -> None:
    ran = shown(tmp_path, text)
    bounded.one_line(ran, words)
    bounded.cheap(ran, 12, 250)


@needs_fixture
@pytest.mark.parametrize(
    "text",
    [
        "".join(WAIVER.format("IMG303", f"*x{i}*") for i in range(ROWS))
        + "[budgets]\n"
        + "".join(f'"symbol:s{i}" = 1\n' for i in range(ROWS)),
        "[components]\n" + "".join(f'c{i} = "*q{i}*"\n' for i in range(ROWS)),
    ],
    ids=["waivers and findings", "components"],
)
def test_as_many_rows_as_there_may_be(tmp_path: Path, text: str) -> None:
    """Waivers times findings, and globs times names."""
    (tmp_path / "p.toml").write_text(text)
    ran = bounded.run(["check" if "waivers" in text else "report", ELF, "--policy", "p.toml"], tmp_path)
    assert ran.code == (1 if "waivers" in text else 0), ran.err[:300]
    bounded.cheap(ran, 15, 200)
