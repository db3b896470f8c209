"""A change that has a base: one line says what it did, and what the base has as well is folded."""

import re
from pathlib import Path

import pytest

from imgcheck import cli
from imgcheck.model import Delta, Difference, Fit, Key, Provenance, Slot, Snapshot
from imgcheck.report import since

FIRMWARE = Path(__file__).parents[1] / "firmware"
BASE, OVER = (FIRMWARE / f"build/{name}/OpenBL602.elf" for name in ("base", "over"))
MADE = Provenance("bl602", ("GNU C 12",), (), "p", "c", "e1a80975513d", False, "map")


def snapshot(
    flash: int, ota: int | None, unpacked: int | None, left: int = 50_000, **more: object
) -> Snapshot:
    slots = (Slot("unpacked", unpacked or 0, (unpacked or 0) + left, left),)
    fits = (Fit("gui", left >= 0, "unpacked", slots),) if unpacked is not None else ()
    made: dict[str, object] = {"name": "base.elf", "provenance": MADE, "ram": 10, **more}
    return Snapshot(title="t", fits=fits, verdict="", flash=flash, ota=ota, heap=None, priced=False, **made)  # type: ignore[arg-type]


def difference(old: Snapshot, new: Snapshot) -> Difference:
    key = Key("symbol", "", "a.o", "f")
    grown = new.flash - old.flash
    deltas = (Delta("symbol", key, "f", "flash", 0, grown, "grown"),) if grown else ()
    return Difference(old, new, deltas, ())


def test_a_change_of_nothing() -> None:
    old, new = (
        snapshot(921_052, 527_224, 925_152, provenance=MADE._replace(revision=revision))
        for revision in (MADE.revision, "b" * 40)
    )
    said = since.line(difference(old, new))
    assert said == "+0 bytes since e1a8097; OTA 527,224, unpacked 925,152 (base build: the same)"


def test_a_release_is_called_by_its_whole_name() -> None:
    old = snapshot(1, 2, 3, provenance=MADE._replace(revision="1.18.281-long"))
    assert since.line(difference(old, snapshot(1, 2, 3))).startswith("+0 bytes since 1.18.281-long; ")


def test_files_of_one_checkout_are_told_apart_by_their_names() -> None:
    same = snapshot(1, 2, 3)
    assert since.line(difference(same, same)).startswith("+0 bytes since base.elf; ")


def test_what_it_grew_by_and_what_the_base_had() -> None:
    old, new = snapshot(100, 60, 112), snapshot(1_600, 990, 1_712, ram=14)
    said = since.line(difference(old, new))
    assert said == (
        "+1,500 bytes, +4 of RAM since base.elf; OTA 990, unpacked 1,712 (base build: OTA 60, unpacked 112)"
    )
    shrunk = since.line(difference(new, old))
    assert shrunk.startswith(
        "-1,500 bytes, -4 of RAM since base.elf; OTA 60, unpacked 112 (base build: OTA 990"
    )


def test_what_a_committed_baseline_does_not_hold_is_not_compared() -> None:
    old, new = snapshot(100, 60, None), snapshot(100, 60, 112)
    assert since.line(difference(old, new)).endswith("; OTA 60, unpacked 112 (base build: OTA the same)")
    unknown = since.line(difference(snapshot(100, None, None), snapshot(100, None, 112)))
    assert unknown == "+0 bytes since base.elf; unpacked 112"


@pytest.mark.parametrize(
    ("before", "now", "calm"),
    [(10, 10, True), (10, 12, True), (12, 10, False), (50_000, 10, False), (None, 10, True)],
)
def test_a_slot_that_was_nearly_full_before_is_no_news(before: int | None, now: int, calm: bool) -> None:
    old = snapshot(9_000, 60, None if before is None else 10_000 - before, before or 0)
    new = snapshot(9_000, 60, 10_000 - now, now)
    assert since.calm(difference(old, new), 0) is calm


def test_without_its_slots_a_base_tells_by_its_size() -> None:
    new = snapshot(9_001, 60, 9_990, 10)
    assert not since.calm(difference(snapshot(9_000, 60, None), new), 0)


pytestmark = [
    pytest.mark.skipif(not BASE.exists(), reason="needs the fixture"),
    pytest.mark.usefixtures("remembered"),
]


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each format says of a build that is over, and was so before: nothing was changed."""
    folder = tmp_path_factory.mktemp("nothing")
    asked = [
        w for one in ("github", "markdown", "text", "azure", "json") for w in ("-o", f"{one}={folder / one}")
    ]
    assert cli.run(["check", str(OVER), "--base-elf", str(OVER), *asked]) == 0
    return {one.name: one.read_text(encoding="utf-8") for one in folder.iterdir()}


def test_annotations_are_one_notice(nothing: dict[str, str]) -> None:
    commands = [line for line in nothing["github"].splitlines() if line.startswith("::")]
    assert len(commands) == 1
    assert re.fullmatch(
        r"::notice title=imgcheck%3A OpenBL602::\+0 bytes since \S+OpenBL602\.elf; "
        r"OTA [\d,]+, unpacked [\d,]+ \(base build: the same\)",
        commands[0],
    )
    said = nothing["github"].splitlines()
    assert any(
        re.match(r"imgcheck: \d+ findings? that the base build has as well \(.*IMG101", one) for one in said
    )
    assert not any(line.startswith("##vso") for line in nothing["azure"].splitlines())


def test_the_text_folds_what_is_not_this_change_s_doing(nothing: dict[str, str]) -> None:
    text = " ".join(nothing["text"].split())
    assert "waived" not in text
    assert text.startswith("Passed: no findings but ")
    assert "+0 bytes since" in text and "(base build: the same)" in text
    assert "What this change did: nothing." in text
    assert "Not this change's doing: too small since before it: small" in text


def test_the_comment_s_first_words(nothing: dict[str, str]) -> None:
    lines = nothing["markdown"].splitlines()
    assert re.match(r"\*\*\+0 bytes since .*\(base build: the same\)\*\*$", lines[2])
    assert "judged against the base build" in lines[3]


def test_a_hint_of_the_base_is_no_annotation_and_one_of_the_change_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """IMG601 stands at a line of the project's own: of the base it is folded, of the change it is told."""
    monkeypatch.chdir(FIRMWARE)
    said = tmp_path / "said"
    call = ["check", "build/base/OpenBL602.elf", "-o", f"github={said}"]
    assert cli.run(call) == 0
    assert "::notice file=src/driver/drv_main.c" in said.read_text()
    report = tmp_path / "base.json"
    assert cli.run(["check", "build/base/OpenBL602.elf", "-o", f"json={report}"]) == 0
    for base in (("--base-elf", "build/base/OpenBL602.elf"), ("--baseline", str(report))):
        assert cli.run([*call, *base]) == 0
        commands = [one for one in said.read_text().splitlines() if one.startswith("::")]
        assert len(commands) == 1 and "nearly full on fixture-2m" in commands[0], base
        assert commands[0].startswith("::notice title")
    # A hint that the base has not is this change's.
    report.write_text(report.read_text().replace('"g_drivers libopenbeken.a(drv_main.o)"', '"another"'))
    assert cli.run([*call, "--baseline", str(report)]) == 0
    assert "::notice file=src/driver/drv_main.c" in said.read_text()
