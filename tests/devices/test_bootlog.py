"""Starts, printed tables and registers before a dump: what a log says beside its OTA."""

import json
from pathlib import Path

import pytest

from imgcheck.cli import run
from imgcheck.devices import bootlog, layouts, otalog


def start(reason: str) -> str:
    return f"Booting BL602 Chip...\nBoot Reason:        BL_RST_{reason}\nup\n"


def told(text: str) -> otalog.Story:
    return otalog.read(text.splitlines())


@pytest.mark.parametrize("times", [1, 2, 5])
def test_starts_are_counted_with_their_reasons(times: int) -> None:
    story = told(start("POWER_OFF") + start("SOFTWARE_WATCHDOG") * times)
    assert story.boots.starts == times + 1
    assert story.boots.reasons["BL_RST_SOFTWARE_WATCHDOG"] == times
    assert bootlog.looping(story.boots, story.log) == (times >= 2)
    assert f"{times} of them after a watchdog reset" in otalog.verdict(story)


def test_restarts_that_somebody_asked_for_are_no_loop() -> None:
    story = told(start("SOFTWARE") * 9)
    assert bootlog.sentence(story.boots, story.log) == ""


def test_an_ota_that_a_crash_follows_has_failed() -> None:
    taken = "[OTA] [TCP] Update PARTITION, partition len is 426380\n"
    story = told(start("SOFTWARE_WATCHDOG") + taken + start("SOFTWARE") + start("FATAL_EXCEPTION"))
    assert otalog.failed(story) is True
    assert "After the OTA the device started 2 times, 1 of them after a crash." in otalog.verdict(story)
    assert otalog.failed(told(start("SOFTWARE_WATCHDOG") + taken + start("SOFTWARE"))) is False


def printed(name: str, entries: int) -> str:
    layout = layouts.load(name)
    out = "INFO ======= PtTable_Config @0x4200d158=======\n"
    out += f"INFO magicCode 0; entryCnt {len(layout.partitions)};\n"
    for number, one in enumerate(layout.partitions[:entries]):
        out += f"INFO [{number:02}]  {one.type:02}     0         0  {one.name:>8}  0x{one.address0:08x}  "
        out += f"0x{one.address1:08x}  0x{one.size0:08x}  0x{one.size1:08x}  0\n"
    return out


@pytest.mark.parametrize("name", ["devcube-1.8-2m", "guiflasher-2m"])
def test_the_table_that_a_device_prints_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    story = told(printed(name, 99))
    assert name in bootlog.table_name(story.boots, layouts.shipped()).split(", ")
    (tmp_path / "x.log").write_text(printed(name, 2))
    assert run(["explain-log", str(tmp_path / "x.log")]) == 0
    out = capsys.readouterr().out
    assert "none of the shipped layouts" in out
    assert "The log is cut" in out


def test_registers_before_the_exception_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dump = "RA:23000060, mstatus:80007880\nException Entry--->>>\n"
    dump += "mcause 38000001, mepc 00000000, mtval 00000000\n"
    assert [(one.what, one.address, one.line) for one in told(dump).crash] == [
        ("mepc", 0, 3),
        ("mtval", 0, 3),
        ("ra", 0x23000060, 1),
    ]
    far = dump.replace("Exception", "x\n" * 30 + "Exception")
    assert [one.what for one in told(far).crash] == ["mepc", "mtval"]
    elf = Path(__file__).parents[1] / "firmware/build/base/OpenBL602.elf"
    (tmp_path / "x.log").write_text(dump)
    for more in ([], ["--elf", str(elf)]):
        assert run(["explain-log", str(tmp_path / "x.log"), *more]) == 0
        assert ("--elf" in capsys.readouterr().out) == (not more)


def test_a_cut_dump_is_called_cut() -> None:
    assert told("Exception Entry--->>>\nmcause 380000").cut
    assert "The crash dump is cut" in otalog.verdict(told("Exception Entry--->>>\n"))
    assert not told("Exception Entry--->>>\nmcause 38000001, mepc 00000000, mtval 00000000\n").cut


def test_starts_alone_are_a_story(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.log").write_text(start("POWER_OFF") + start("SOFTWARE_WATCHDOG") * 3)
    assert run(["explain-log", str(tmp_path / "x.log"), "--output", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (
        "The device starts again and again: 4 starts, 3 of them after a watchdog reset." in report["verdict"]
    )
    assert [(one["code"], one["severity"]) for one in report["diagnostics"]] == [("log-restarts", "error")]


def test_starts_without_end_cost_no_memory() -> None:
    lines = start("SOFTWARE_WATCHDOG").splitlines()
    story = otalog.read(line for _ in range(5_000) for line in lines)
    assert story.boots.starts == 5_000
    assert len(story.boots.before) == 0


def test_json_holds_starts_table_and_what_is_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "devcube-1.4.8-2m"
    taken = "[OTA] [TCP] Update PARTITION, partition len is 426380\n"
    whole = start("POWER_OFF") + printed(name, 99) + taken + start("FATAL_EXCEPTION") * 3

    def report(text: str) -> dict[str, object]:
        (tmp_path / "a.log").write_text(text)
        run(["explain-log", str(tmp_path / "a.log"), "-o", "json"])
        made: dict[str, object] = json.loads(capsys.readouterr().out)
        return made

    made = report(whole)
    assert made["starts"] == [
        {"reason": "BL_RST_POWER_OFF", "meaning": "power-on", "forced": 0, "times": 1, "after_ota": 0},
        {"reason": "BL_RST_FATAL_EXCEPTION", "meaning": "a crash", "forced": 1, "times": 3, "after_ota": 3},
    ]
    rows = made["printed"]
    assert isinstance(rows, list) and len(rows) == len(layouts.load(name).partitions)
    assert {row["layouts"] for row in rows} == {name}
    first = layouts.load(name).partitions[0]
    assert (rows[0]["name"], rows[0]["address0"], rows[0]["size1"]) == (
        first.name,
        first.address0,
        first.size1,
    )
    assert not incomplete(made)
    assert incomplete(report(start("POWER_OFF") + printed(name, 2))) == {"table"}
    assert incomplete(report(whole + "Exception Entry--->>>\nmcause 380000")) == {"dump"}


def incomplete(made: dict[str, object]) -> set[str]:
    found = made["diagnostics"]
    assert isinstance(found, list)
    return {one["subject"] for one in found if one["code"] == "log-incomplete"}
