"""`imgcheck history` and `imgcheck forecast` as users run them."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from documents import validate
from studies import needs_fixture

from imgcheck import cli

FIXTURE = Path(__file__).parent.parent / "firmware/build/base"
ELF = FIXTURE / "OpenBL602.elf"
LAYOUT = "devcube-1.4.8-2m"
LIMIT = 819_200
SMALL_TABLE = """[pt_table]
address0 = 0xE000
address1 = 0xF000
[[pt_entry]]
type = 0
name = "FW"
device = 0
address0 = 0x10000
size0 = 0x1B000
address1 = 0x2B000
size1 = 0x14000
len = 0
"""
MEASURE = '{"date": "2026-01-01", "measures": [{"kind": "a", "name": "b", "resource": '

pytestmark = pytest.mark.usefixtures("remembered")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("IMGCHECK_OUTPUT", "IMGCHECK_DB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def line(number: int, size: int, **words: Any) -> str:
    measures = [
        {"kind": "image", "name": "bin", "resource": "flash", "size": size - 4_096},
        {"kind": "image", "name": "unpacked", "resource": "flash", "size": size},
        {"kind": "image", "name": "ota_body", "resource": "ota", "size": size // 2},
        {"kind": "component", "name": "lwip", "resource": "flash", "size": size // 8},
    ]
    month, day = divmod(number, 28)
    record = {
        "revision": f"1.18.{200 + number}",
        "date": f"2026-{month + 1:02d}-{day + 1:02d}",
        "branch": "main",
        "variant": "default",
        "target": "OpenBL602",
        "measures": measures,
        **words,
    }
    return json.dumps(record)


def grown(path: Path, builds: int = 40, step: int = 400, start: int = 790_000) -> Path:
    path.write_text("".join(line(at, start + at * step) + "\n" for at in range(builds)), encoding="utf-8")
    return path


def asked(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> dict[str, Any]:
    capsys.readouterr()
    assert cli.run([*arguments, "-o", "json"]) == code
    found = json.loads(capsys.readouterr().out)
    validate(found)
    assert isinstance(found, dict)
    return found


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert cli.run(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("imgcheck: error: ")
    assert err.count("\n") == 1
    return err


def test_a_build_is_recorded_once(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = [
        "history",
        "record",
        str(ELF),
        "--revision",
        "abc",
        "--date",
        "2026-03-24",
        "--variant",
        "berry",
    ]
    first = asked(capsys, *record)
    again = asked(capsys, *record)
    assert "is there already" in again["verdict"]
    (build,) = asked(capsys, "history", "list")["history"]
    assert build == first["history"][0]
    assert (build["revision"], build["date"], build["variant"]) == ("abc", "2026-03-24T00:00:00Z", "berry")
    shown = asked(capsys, "history", "show", "abc")
    report = asked(capsys, "report", str(ELF))
    sizes = {(one["kind"], one["name"], one["resource"]): one["points"][0]["size"] for one in shown["series"]}
    assert (
        sizes["image", "bin", "flash"]
        == report["image"]["bin_bytes"]
        == (FIXTURE / "OpenBL602.bin").stat().st_size
    )
    assert sizes["image", "ota_body", "ota"] == report["image"]["ota_body_bytes"]
    components = {
        one["name"]: one["size"]
        for one in report["measures"]
        if one["kind"] == "component" and one["resource"] == "flash"
    }
    assert {
        name: size for (kind, name, of), size in sizes.items() if (kind, of) == ("component", "flash")
    } == components


def test_a_snapshot_is_the_same_as_its_build(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["report", str(ELF), "-o", "json=snapshot.json"]) == 0
    words = ["--revision", "abc", "--date", "2026-03-24"]
    asked(capsys, "history", "record", "snapshot.json", *words)
    assert "is there already" in asked(capsys, "history", "record", str(ELF), *words)["verdict"]


def test_two_variants_under_one_name_are_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--revision", "abc", "--date", "2026-03-24"]
    asked(capsys, "history", "record", str(ELF), *words)
    over = str(FIXTURE.parent / "over/OpenBL602.elf")
    assert "needs its own --variant" in refused(capsys, "history", "record", over, *words)
    assert len(asked(capsys, "history", "list")["history"]) == 1
    asked(capsys, "history", "record", over, *words, "--variant", "over")
    assert len(asked(capsys, "history", "list")["history"]) == 2


def test_a_clock_that_goes_backwards_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "record", str(ELF), "--revision", "a", "--date", "2199-01-01")
    assert "the clock says" in refused(capsys, "history", "record", str(ELF), "--revision", "b")
    asked(capsys, "history", "record", str(ELF), "--revision", "b", "--date", "2026-01-01")


def test_import_and_export_are_each_others_inverse(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = grown(home / "in.jsonl")
    assert len(asked(capsys, "history", "import", str(source))["history"]) == 40
    assert cli.run(["history", "export", "--to", "out.jsonl"]) == 0
    asked(capsys, "history", "import", "out.jsonl", "--db", "second.db")
    assert cli.run(["history", "export", "--db", "second.db", "--to", "again.jsonl"]) == 0
    assert (home / "out.jsonl").read_bytes() == (home / "again.jsonl").read_bytes()
    assert "0 of 40" in asked(capsys, "history", "import", "out.jsonl")["verdict"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "line 2"),
        ("[]", "a build is a JSON object"),
        ('{"date": "2026-01-01"}', "measures"),
        ('{"measures": []}', "date is missing"),
        ('{"date": "yesterday", "measures": []}', "date"),
        ('{"date": "0001-01-01T00:00:00+23:59", "measures": []}', "date"),
        (MEASURE + '"disk", "size": 1}]}', "resource"),
        (MEASURE + '"ram", "size": 1.5}]}', "size"),
        (MEASURE + '"ram", "size": true}]}', "size"),
        (MEASURE + '"ram", "size": 1e99}]}', "size"),
        (MEASURE + '"ram", "size": 1}, {"kind": "a", "name": "b", "resource": "ram", "size": 1}]}', "twice"),
        ('{"date": "2026-01-01", "revision": 5, "measures": []}', "revision is no text"),
        ('{"date": "2026-01-01", "revision": "\\u0000", "measures": []}', "NUL"),
        ('{"date": "2026-01-01", "revision": "\\ud800", "measures": []}', "surrogate"),
        ('{"date": "2026-01-01", "measures": []}', "nothing was measured"),
        ("[" * 100_000, "not JSON"),
        ('{"date": "2026-01-01", "date": "2026-01-02"}', "'date' is there twice in one object (line 2)"),
        ('{"date": "2026-01-01", "d\\u0061te": "2026-01-02", "measures": []}', "'date' is there twice"),
        (MEASURE + '"ram", "size": 1, "size": 2}]}', "'size' is there twice in one object (line 2)"),
    ],
)  # fmt: skip
def test_an_import_is_all_or_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    source = home / "in.jsonl"
    source.write_text(f"{line(0, 5_000)}\n{text}\n{line(2, 5_000)}\n", encoding="utf-8")
    assert words in refused(capsys, "history", "import", str(source))
    assert "no history yet" in refused(capsys, "history", "list")
    source.write_text(f"{line(9, 5_000)}\n")
    asked(capsys, "history", "import", str(source))
    source.write_text(f"{line(0, 5_000)}\n{text}\n{line(2, 5_000)}\n", encoding="utf-8")
    assert words in refused(capsys, "history", "import", str(source))
    assert len(asked(capsys, "history", "list")["history"]) == 1


def test_what_is_refused_makes_no_database(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "in.jsonl").write_text(f"{line(0, 5_000)}\n{{\n")
    assert "line 2" in refused(capsys, "history", "import", "in.jsonl", "--db", "made/new.db")
    (home / "in.jsonl").write_text(f"{line(0, 5_000)}\n{line(1, 1, measures=[])}\n")
    assert "(line 2)" in refused(capsys, "history", "import", "in.jsonl", "--db", "made/new.db")
    assert "no history yet" in refused(capsys, "history", "prune", "--keep", "1", "--db", "made/new.db")
    assert not (home / "made").exists()


@pytest.mark.parametrize("asks", ["list", "show", "show lwip", "show 1.18.203", "blame lwip"])
def test_csv_has_the_rows(home: Path, capsys: pytest.CaptureFixture[str], asks: str) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl")))
    capsys.readouterr()
    assert cli.run(["history", *asks.split(), "-o", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) > 3 and any(cell.isdigit() for cell in rows[1])
    assert len(rows[0]) == len(rows[1]) > 3


def test_bytes_that_are_no_text(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "in.jsonl").write_bytes(b'{"date": "\xff"}\n')
    assert "line 1" in refused(capsys, "history", "import", "in.jsonl")
    assert "no such file" in refused(capsys, "history", "import", "nothing.jsonl").lower()


def test_what_is_no_history_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grown(home / "in.jsonl", 3)
    cases = {"text.db": b"hello, this is no database at all" * 100, "cut.db": b""}
    asked(capsys, "history", "import", "in.jsonl", "--db", "good.db")
    good = (home / "good.db").read_bytes()
    cases["cut.db"] = good[: len(good) // 2]
    for name, data in cases.items():
        (home / name).write_bytes(data)
        for command in (["list"], ["import", "in.jsonl"], ["show"]):
            assert name in refused(capsys, "history", *command, "--db", name)
        assert (home / name).read_bytes() == data
    other = sqlite3.connect("other.db")
    other.execute("CREATE TABLE notes (text)")
    other.commit()
    other.close()
    assert "another tool" in refused(capsys, "history", "import", "in.jsonl", "--db", "other.db")
    assert "no history yet" in refused(capsys, "history", "list", "--db", "nothing.db")
    assert not (home / "nothing.db").exists()
    assert "not a file" in refused(capsys, "history", "list", "--db", str(home))


def test_a_history_that_lost_half_a_page_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl")))
    path = Path(".imgcheck/history.db")
    whole = path.read_bytes()
    for lost in (1, 23, 2_000, 4_095):  # SQLite reads such a page as if it ended in zeros
        path.write_bytes(whole[:-lost])
        assert "damaged" in refused(capsys, "history", "list")


def test_a_newer_history_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grown(home / "in.jsonl", 3)
    asked(capsys, "history", "import", "in.jsonl")
    db = sqlite3.connect(".imgcheck/history.db")
    db.execute("PRAGMA user_version = 99")
    db.close()
    assert "newer imgcheck" in refused(capsys, "history", "list")
    (home / "new.json").write_text('{"schema_version": 99}')
    assert "newer imgcheck" in refused(capsys, "history", "record", "new.json")


@pytest.mark.parametrize("version", [1, 2])
def test_a_history_of_each_version_is_read_and_written(
    home: Path, capsys: pytest.CaptureFixture[str], version: int
) -> None:
    shutil.copy(Path(__file__).parent.parent / f"history/data/version-{version}.db", home / "old.db")
    if version < 2:
        assert "older imgcheck" in refused(capsys, "history", "list", "--db", "old.db")
    grown(home / "in.jsonl", 5)
    asked(capsys, "history", "import", "in.jsonl", "--db", "old.db")
    assert len(asked(capsys, "history", "list", "--db", "old.db")["history"]) == 5
    rows = asked(capsys, "history", "show", "--db", "old.db", "--kind", "image")["overview"]
    # The three builds that the file had, and the two that came later.
    (unpacked,) = [one for one in rows if one["name"] == "unpacked"]
    assert (unpacked["builds"], unpacked["first"], unpacked["last"]) == (5, 790_000, 791_600)


def test_of_many_builds_the_newest_are_listed_and_called_that(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 12)))
    assert asked(capsys, "history", "list")["verdict"].startswith("12 builds in ")
    assert asked(capsys, "history", "list", "--last", "5")["verdict"].startswith("The newest 5 builds in ")


def test_what_takes_less_than_nothing_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = home / "in.jsonl"
    for kind, name, size, good in (
        ("image", "bin", -5, False),
        ("component", "lwip", -1, False),
        ("image", "heap", -5, True),
        ("feature", "ENABLE_A", -5, True),
    ):
        measure = {"kind": kind, "name": name, "resource": "ram", "size": size}
        one = {"revision": name, "date": "2026-01-01", "target": "bl602", "measures": [measure]}
        source.write_text(json.dumps(one))
        if good:
            asked(capsys, "history", "import", str(source))
        else:
            assert "less than nothing" in refused(capsys, "history", "import", str(source))


def test_a_branch_that_is_not_in_it_is_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 12)))
    before = (home / ".imgcheck" / "history.db").read_bytes()
    for command in (
        ("history", "list"),
        ("history", "show", "unpacked"),
        ("history", "export", "--to", "out.jsonl"),
        ("history", "export", "--to", "parquet:out"),
        ("history", "prune"),
        ("history", "blame", "unpacked"),
        ("history", "plot", "--to", "out.svg"),
        ("forecast",),
    ):
        assert "no build of branch deleted is in it; it has main" in refused(
            capsys, *command, "--branch", "deleted"
        )
    assert not list(home.glob("out*"))
    assert (home / ".imgcheck" / "history.db").read_bytes() == before
    assert asked(capsys, "history", "list", "--since", "2090-01-01")["history"] == []


def test_a_password_is_never_printed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for address in (
        "postgresql://me:hunter2@127.0.0.1:1/x",
        "mysql://me:hunter2@127.0.0.1/x",
        "postgresql://me:hunter2@127.0.0.1:nope/x",
        "postgresql://me:hunter2 of mine@127.0.0.1:1/x",
        "postgresql://me:mine@hunter2@127.0.0.1:1/x",
        "postgresql://me:mine@hunter2/@127.0.0.1:1/x",
        "postgresql://me@127.0.0.1:1/x?password=hunter2",
        "postgresql://me@127.0.0.1:1/x?connect_timeout=1&PassWord=hunter2&sslpassword=hunter2",
        "postgresql:me:hunter2@127.0.0.1:1/x",
        "host=127.0.0.1 port=1 user=me password=hunter2",
        "host=127.0.0.1 port=1 user=me password = 'the hunter2'",
    ):
        assert "hunter2" not in refused(capsys, "history", "list", "--db", address)


def test_which_release_broke_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 90)))
    first = asked(capsys, "history", "first", "--does-not-fit", LAYOUT)
    (broke,) = first["answer"]
    # 790,000 + 400 n passes 819,200 with n = 74; 73 is equal, and equal fits.
    assert broke["revision"] == "1.18.274"
    assert broke["headroom"] == LIMIT - (790_000 + 74 * 400)
    assert first["verdict"].startswith("1.18.274 (2026-03-19) is the first that does not fit")
    before = re.escape("1.18.273 (2026-03-18), before it, had ") + r"[\d,]+ bytes left for the "
    assert re.search(before + "(unpacked image|OTA file)", first["verdict"]), first["verdict"]
    (good,) = asked(capsys, "history", "last", "--fits", LAYOUT)["answer"]
    assert (good["revision"], good["headroom"]) == ("1.18.273", 0)
    assert asked(capsys, "history", "first", "--does-not-fit", "guiflasher-2m")["answer"] == []
    assert "did you mean" in refused(capsys, "history", "first", "--does-not-fit", "devcube-1.4.8-2")


def test_who_grew_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line(at, 790_000 + at * 8 + (16_000 if at >= 7 else 0)) for at in range(20)]
    (home / "in.jsonl").write_text("\n".join(rows))
    asked(capsys, "history", "import", "in.jsonl")
    found = asked(capsys, "history", "blame", "lwip")
    assert (found["changes"][0]["revision"], found["changes"][0]["delta"]) == ("1.18.207", 2_001)
    assert "lwip" in refused(capsys, "history", "blame", "lwipp")
    assert "neither a revision nor a measure" in refused(capsys, "history", "show", "1.18.999")


def test_a_change_of_compiler_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        line(at, 790_000 + (40 if at >= 12 else 0), compiler="GCC 12" if at >= 12 else "GCC 8")
        for at in range(20)
    ]
    (home / "in.jsonl").write_text("\n".join(rows))
    asked(capsys, "history", "import", "in.jsonl")
    (change,) = asked(capsys, "history", "show", "unpacked")["changes"]
    assert (change["revision"], change["delta"], change["cause"]) == (
        "1.18.212",
        40,
        "compiler: GCC 8 -> GCC 12",
    )


def test_forecast(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 40)))
    found = asked(capsys, "forecast", "--layout", LAYOUT)["forecasts"]
    unpacked = next(one for one in found if one["slot"] == "unpacked")
    # The last build has 805,600: 13,600 are left, and equal fits.
    assert (unpacked["size"], unpacked["limit"], unpacked["per_release"]) == (805_600, LIMIT, 400)
    assert unpacked["releases_left"] == unpacked["low"] == unpacked["high"] == 35
    assert unpacked["first_that_does_not_fit"] == "1.18.274"
    assert found[0] == unpacked, "the first to overflow is the first said"


def test_what_drives_it_adds_up(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 40)))
    (home / "big.jsonl").write_text(line(41, 810_000) + "\n")
    asked(capsys, "history", "import", "big.jsonl")
    found = asked(capsys, "forecast", "--layout", LAYOUT)
    assert found["commits"][0]["revision"] == "1.18.241"
    assert found["commits"][0]["delta"] == 4_400
    (lwip,) = found["drivers"]
    assert (lwip["component"], lwip["delta"]) == ("lwip", lwip["last"] - lwip["first"])
    assert lwip["last"] == 810_000 // 8
    assert found["strips"] == []


@needs_fixture
def test_what_stripping_the_plans_first_choice_buys(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same saving as `imgcheck plan` names, in releases of 100 bytes."""
    (home / "small.toml").write_text(SMALL_TABLE)
    elf = ("--policy", str(FIXTURE.parents[1] / "imgcheck.toml"), "--layout", "small.toml")
    unpacked = 106_176
    grown(home / "in.jsonl", 21, 100, unpacked - 2_000)
    asked(capsys, "history", "import", "in.jsonl")
    found = asked(capsys, "forecast", "--elf", str(ELF), "--releases", "8", *elf)
    (first,) = found["forecasts"][:1]
    (best,) = (one for one in found["strips"] if one["planned"])
    assert first["slot"] == "unpacked"
    plan = asked(capsys, "plan", str(ELF), "--need", "800", *elf)["plans"][0]
    assert (best["features"], best["saves"]) == (plan["features"], plan["flash"])
    assert best["releases"] == int(best["saves"] / first["per_release"]) >= 8
    assert f"Switching off {', '.join(best['features'])} saves" in found["verdict"]
    assert "small.elf" in refused(capsys, "forecast", "--elf", "small.elf", *elf)


@needs_fixture
def test_nothing_is_bought_where_nothing_grows(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grown(home / "in.jsonl", 20, 0, 106_176)
    asked(capsys, "history", "import", "in.jsonl")
    found = asked(capsys, "forecast", "--elf", str(ELF), "--layout", LAYOUT)
    assert (found["strips"], found["forecasts"][0]["releases_left"]) == ([], None)


@needs_fixture
def test_a_build_at_hand_is_counted_from_and_its_policy_says_which_layouts_and_builds(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has 106,176 bytes, 800 more than the last recorded one of its policy's variant."""
    rows = [line(at, 105_376 - (20 - at) * 100, variant="lamp", target="bl602") for at in range(21)]
    (home / "in.jsonl").write_text("\n".join((*rows, line(22, 900_000, variant="berry"))))
    asked(capsys, "history", "import", "in.jsonl", "--db", "kept.db")
    whole = (FIXTURE.parents[1] / "imgcheck.toml").read_text()
    (home / "small.toml").write_text(SMALL_TABLE)
    policy = re.sub(r"(?m)^layouts = .*", 'layouts = ["small.toml"]', whole)
    assert "small.toml" in policy and "[history]" not in policy
    policy += f'\n[history]\ndb = "{home}/kept.db"\nvariant = "lamp"\n'
    (home / "own.toml").write_text(policy)
    hand = ("--elf", str(ELF), "--policy", "own.toml", "--sources", str(FIXTURE.parents[1]))
    found = asked(capsys, "forecast", *hand)
    assert {one["layout"] for one in found["forecasts"]} == {"small"}
    unpacked = next(one for one in found["forecasts"] if one["slot"] == "unpacked")
    assert (unpacked["size"], unpacked["per_release"]) == (106_176, 100)
    assert unpacked["releases_left"] == (0x1B000 - 106_176) // 100 + 1
    # It is itself the release behind the last recorded one, 1.18.220.
    assert unpacked["first_that_does_not_fit"] == f"1.18.{220 + 1 + unpacked['releases_left']}"
    assert "which is not recorded: +800 bytes since 1.18.220" in found["verdict"]
    record = ("history", "record", str(ELF), "--db", "kept.db", "--variant", "lamp", "--branch", "main")
    asked(capsys, *record, "--revision", "1.18.221", "--date", "2026-02-28")
    again = asked(capsys, "forecast", *hand)
    assert "not recorded" not in again["verdict"]
    assert next(one for one in again["forecasts"] if one["slot"] == "unpacked")["size"] == 106_176


@needs_fixture
def test_a_build_of_another_target_is_not_counted_from(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [line(at, 800_000 + at * 100, target="BK7231N") for at in range(21)]
    (home / "in.jsonl").write_text("\n".join(rows))
    asked(capsys, "history", "import", "in.jsonl")
    said = refused(capsys, "forecast", "--elf", str(ELF))
    assert "its builds are of BK7231N" in said and "is for bl602" in said


def test_one_release_says_nothing_of_growth(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 1)))
    assert "one release says nothing of growth: a forecast needs at least 9" in refused(capsys, "forecast")


def test_the_page_of_a_forecast_has_its_chart(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 40)))
    assert cli.run(["forecast", "--layout", LAYOUT, "--output", "html=when.html"]) == 0
    page = (home / "when.html").read_text()
    assert page.count('<svg class="trend"') == 2  # one for each slot
    assert LAYOUT in page and "Over time" in page and 'class="f"' in page


def test_a_forecast_needs_builds_of_one_kind(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 5)))
    assert "too few" in refused(capsys, "forecast")
    (home / "berry.jsonl").write_text(line(1, 900_000, variant="berry"))
    asked(capsys, "history", "import", "berry.jsonl")
    assert "--variant" in refused(capsys, "forecast")


def test_prune(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 10)))
    asked(capsys, "history", "prune", "--keep", "3")
    assert [one["revision"] for one in asked(capsys, "history", "list")["history"]] == [
        "1.18.207", "1.18.208", "1.18.209",
    ]  # fmt: skip


def test_plot(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line(at, 800_000 + at * 300, revision=f"<b>&\"'{at}") for at in range(30)]
    (home / "in.jsonl").write_text("\n".join(rows))
    asked(capsys, "history", "import", "in.jsonl")
    assert cli.run(["history", "plot", "--to", "sizes.svg"]) == 0
    drawn = ElementTree.parse("sizes.svg")
    texts = [one.text or "" for one in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert LAYOUT in texts
    assert any(text.startswith("<b>&\"'29: 808,700") for text in texts)
    assert not list(drawn.iter("{http://www.w3.org/2000/svg}b"))
    assert cli.run(["history", "plot", "--to", "sizes.png", "--slot", "body"]) == 0
    assert (home / "sizes.png").read_bytes().startswith(b"\x89PNG")
    assert cli.run(["history", "plot", "--to", "sizes.html"]) == 0
    page = (home / "sizes.html").read_text()
    assert page.count('<svg class="trend"') == 2 and LAYOUT in page and "808,700" in page
    assert "<b>" not in re.sub("<b class=[^>]*>", "", page) and "style=" not in page
    assert ".svg or .png" in refused(capsys, "history", "plot", "--to", "sizes.gif")


def test_parquet_is_read_by_others(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from pyarrow import parquet

    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 7)))
    assert cli.run(["history", "export", "--to", "parquet:out"]) == 0
    measures = parquet.read_table(home / "out/measures.parquet").to_pylist()
    assert sum(row["size"] for row in measures if row["name"] == "unpacked") == sum(
        790_000 + at * 400 for at in range(7)
    )
    assert parquet.read_table(home / "out/builds.parquet").num_rows == 7


def test_a_folder_of_parquet_is_exported_to_and_is_no_history(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyarrow import parquet

    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 7)))
    asked(capsys, "history", "import", str(grown(home / "in.jsonl", 9)), "--db", "other.db")
    assert cli.run(["history", "export", "--db", "parquet:out"]) == 0
    assert parquet.read_table(home / "out/builds.parquet").num_rows == 7
    monkeypatch.setenv("IMGCHECK_DB", "other.db")
    assert cli.run(["history", "export", "--db", "parquet:out"]) == 0
    assert parquet.read_table(home / "out/builds.parquet").num_rows == 9
    before = sorted(home.rglob("*"))
    for command in (("import", "in.jsonl"), ("list",), ("prune", "--keep", "1")):
        assert "written by `imgcheck history export`" in refused(
            capsys, "history", *command, "--db", "parquet:out"
        )
    assert "names no folder" in refused(capsys, "history", "export", "--to", "parquet:")
    assert "--to says so too" in refused(
        capsys, "history", "export", "--db", "parquet:out", "--to", "out.jsonl"
    )
    assert sorted(home.rglob("*")) == before


def test_backfill_goes_on_where_it_stopped_and_survives_bad_files(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = home / "releases"
    folder.mkdir()
    for version in ("1.18.1", "1.18.2", "1.18.2_berry"):
        shutil.copy(FIXTURE / "OpenBL602.bin", folder / f"OpenBL602_{version}.bin")
    (folder / "OpenBL602_1.18.3.elf").write_bytes(b"no ELF at all")
    (folder / "1.18.4").mkdir()
    shutil.copy(ELF, folder / "1.18.4/OpenBL602.elf")
    (folder / "notes.txt").write_text("not a build")
    (home / "dates.csv").write_text("revision,date\n1.18.1,2026-01-05\n")
    command = ["history", "backfill", "--artifacts", "releases", "--dates", "dates.csv"]
    found = asked(capsys, *command)
    assert found["verdict"] == "4 builds recorded, 0 were there already, 1 could not be read."
    assert found["diagnostics"][0]["location"]["path"].endswith("OpenBL602_1.18.3.elf")
    listed = asked(capsys, "history", "list")["history"]
    assert {(one["revision"], one["variant"]) for one in listed} == {
        ("1.18.1", ""), ("1.18.2", ""), ("1.18.2", "berry"), ("1.18.4", ""),
    }  # fmt: skip
    assert next(one["date"] for one in listed if one["revision"] == "1.18.1") == "2026-01-05T00:00:00Z"
    shutil.copy(FIXTURE / "OpenBL602.bin", folder / "OpenBL602_1.18.5.bin")
    assert asked(capsys, *command)["verdict"].startswith("1 builds recorded, 4 were there already")


def test_workers_record_what_one_alone_does(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "releases").mkdir()
    for number in range(4):
        shutil.copy(FIXTURE / "OpenBL602.bin", home / f"releases/OpenBL602_1.18.{number}.bin")
    for jobs in ("1", "2"):
        asked(capsys, "history", "backfill", "--artifacts", "releases", "--jobs", jobs, "--db", f"{jobs}.db")
        assert cli.run(["history", "export", "--db", f"{jobs}.db", "--to", f"{jobs}.jsonl"]) == 0
    assert sorted((home / "1.jsonl").read_text().splitlines()) == sorted(
        (home / "2.jsonl").read_text().splitlines()
    )


def test_workers_that_are_made_afresh_end(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from imgcheck.api import backfill

    monkeypatch.setattr(backfill, "_PER_WORKER", 2)
    (home / "in").mkdir()
    for number in range(9):
        data = (FIXTURE / "OpenBL602.bin").read_bytes()
        (home / "in" / f"OpenBL602_1.{number}.bin").write_bytes(data[: -4 * number] if number else data)
    made = asked(capsys, "history", "backfill", "--artifacts", "in", "--jobs", "2")
    assert "9 builds recorded" in made["verdict"]
    assert len(asked(capsys, "history", "list")["history"]) == 9


def test_a_series_is_of_one_kind_of_builds(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line(at, 790_000, variant=variant) for at in range(3) for variant in ("default", "berry")]
    (home / "in.jsonl").write_text("\n".join(rows))
    asked(capsys, "history", "import", "in.jsonl")
    # What all of them share is no choice.
    said = refused(capsys, "history", "show", "unpacked").strip()
    assert said.endswith("(OpenBL602 berry, OpenBL602 default): choose with --variant")
    (series,) = asked(capsys, "history", "show", "unpacked", "--variant", "berry")["series"]
    assert len(series["points"]) == 3
    other = json.loads(line(9, 790_000, variant="berry")) | {"target": "w800"}
    (home / "in.jsonl").write_text(json.dumps(other))
    asked(capsys, "history", "import", "in.jsonl")
    assert "choose with --target and --variant" in refused(capsys, "history", "show", "unpacked")


def test_one_change_is_no_changes(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "in.jsonl").write_text("\n".join(line(at, 790_000 + 5_000 * (at > 9)) for at in range(20)))
    asked(capsys, "history", "import", "in.jsonl")
    assert asked(capsys, "history", "show", "unpacked")["verdict"].endswith("1 change out of proportion.")
