"""A whole target in one file and one registry call: another flash base, other slots, own files and tables.

What is asserted is worked out here from the toy's own numbers; nothing in imgcheck knows of it.
"""

import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from imgcheck import cli, targets
from imgcheck.errors import FormatError
from imgcheck.model import Layout, Partition, Region, Soc, Verdict
from imgcheck.policies import loosening, policy
from imgcheck.targets.target import Asked, Found, Judged, Kind, Survey, TableRules, Target, Unwrapped, Wrapped

BASE, APP, SLOT, OTHER = 0x08000000, 0x4000, 0x6000, 0x3000
_PARTS = (("app", APP, SLOT), ("new", 0xA000, OTHER), ("cfg", 0xD000, 0x800))


class Toy(Target):
    """ARM; runs from 0x08004000; `TOYU`, a length and the plain image; a table `TPT1` at 0x1000."""

    name = "toy"
    title = "Toy"
    chip = Soc(
        "toy", 40, (Region("flash", BASE, 0x10000, "flash"), Region("sram", 0x20000000, 0x2000, "ram")),
        BASE + APP, BASE + 0x10000, 0, 4, 8, 0, frozenset(), (),
    )  # fmt: skip
    table = TableRules(
        "Toy", copies=(0x1000,), page=0x800, below="the first stage", loader="first stage", first_address=APP,
        most_entries=4, longest_name=3, sector=0x800, required={"cfg": "the settings"},
    )  # fmt: skip
    policy = "openbeken-bl602"
    packed_magics = (b"TOYU",)
    kinds: ClassVar = {  # type: ignore[misc]  # of this one class
        "toy-update": Kind("Toy update", "ota", None, (".toyu",)),
        "toy-table": Kind("Toy table", "uart", 0x1000, (".tpt",)),
    }

    def recognises(self, head: bytes, path: str) -> bool:
        return head.startswith((b"TOYU", b"TPT1")) or self.links(head)

    def identify(self, data: bytes, path: str) -> Found | None:
        if data.startswith(b"TPT1"):
            return Found("toy-table")
        if not data.startswith(b"TOYU"):
            return None
        length = int.from_bytes(data[4:8], "little")
        cut = () if length == len(data) - 8 else (f"{length - len(data) + 8} bytes are missing",)
        return Found("toy-update", cut, (("length", length),))

    def wrap(
        self, binary: bytes, *, tune: bool = False, unpacked_len: bool = True, tried: Any = None
    ) -> Wrapped:
        plain = binary + bytes(-len(binary) % 4)
        return Wrapped(plain, plain, b"TOYU" + struct.pack("<I", len(plain)))

    def unwrap(self, data: bytes) -> Unwrapped:
        if data[:4] != b"TOYU":
            raise FormatError("no TOYU")
        return Unwrapped(8, data[8:], data[8:], b"")

    def survey(self, data: bytes, path: str) -> Survey | None:
        if data[:4] != b"TPT1":
            return None
        entries = [struct.unpack_from("<3sxII", data, 5 + 12 * n) for n in range(data[4])]
        parts = tuple(Partition(n.decode(), i, at, size, 0, 0) for i, (n, at, size) in enumerate(entries))
        return Survey(_layout(Path(path).stem, parts), ())

    def layouts(self) -> tuple[Layout, ...]:
        return (_layout("toy-64k", tuple(Partition(n, i, a, s, 0, 0) for i, (n, a, s) in enumerate(_PARTS))),)

    def application_partition(self, layout: Layout) -> Partition | None:
        found = {one.name: one for one in layout.partitions}
        app, new = found.get("app"), found.get("new")
        if app is None:
            return None
        there = (new.address0, new.size0) if new else (0, 0)
        return Partition("app", 0, app.address0, app.size0, *there)

    def judge(self, data: bytes, path: str, wire: bool, asked: Asked) -> Judged:
        size = len(data) - 8
        verdicts = tuple(
            Verdict(one.name, "first stage", "accepts" if size <= OTHER else "refuses", "size", "E2")
            for one in asked.tables
        )
        return Judged(verdicts, (("size", f"{size} of {OTHER}"),), size, size)


def _layout(name: str, parts: tuple[Partition, ...]) -> Layout:
    return Layout(name, 0x10000, parts, "toy", None, (0x1000,), "toy")


def table(parts: Sequence[tuple[str, int, int]] = _PARTS) -> bytes:
    rows = (struct.pack("<3sxII", name.encode(), at, size) for name, at, size in parts)
    return b"TPT1" + bytes((len(parts),)) + b"".join(rows)


def elf(code: bytes, address: int = BASE + APP) -> bytes:
    """An ARM program with one section, `.text`, loaded where it runs."""
    names = b"\0.text\0.shstrtab\0"
    at = 52 + 32
    head = struct.pack(
        "<16sHHIIIIIHHHHHH", b"\x7fELF\1\1\1", 2, 40, 1, address, 52,
        at + len(code) + len(names), 0, 52, 32, 1, 40, 3, 2,
    )  # fmt: skip
    load = struct.pack("<8I", 1, at, address, address, len(code), len(code), 5, 4)
    rows = [
        (0,) * 10,
        (1, 1, 6, address, at, len(code), 0, 0, 4, 0),
        (7, 3, 0, 0, at + len(code), len(names), 0, 0, 1, 0),
    ]
    return head + load + code + names + b"".join(struct.pack("<10I", *row) for row in rows)


@pytest.fixture(autouse=True)
def toy() -> Iterator[None]:
    targets.register(Toy())
    yield
    targets.forget("toy")


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, dict[str, Any]]:
        code = cli.run([*arguments, "--output", "json"])
        said = capsys.readouterr()
        assert "internal error" not in said.err
        return code, json.loads(said.out) if said.out else {"error": said.err}

    return run


def test_report_and_check_know_its_flash_and_slots(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "app.elf").write_bytes(elf((bytes(range(1, 251)) * 4)[:-2] + b"\x82\x80"))
    code, found = ask("report", "app.elf")
    assert (code, found["passed"]) == (0, True)
    (layout,) = found["layouts"]
    limits = {slot["name"]: (slot["size"], slot["limit"]) for slot in layout["slots"]}
    # a raw container: what is downloaded is the image, and a slot may be full to the last byte
    assert (layout["name"], limits) == ("toy-64k", {"unpacked": (1000, SLOT), "body": (1000, OTHER)})
    (tmp_path / "app.elf").write_bytes(elf(b"x" * (OTHER + 4)))
    code, found = ask("check", "app.elf")
    assert code == 1
    assert {one["code"] for one in found["diagnostics"] if one["severity"] == "error"} == {"IMG102"}
    assert ask("report", "app.elf", "--packed")[0] == 1


def test_its_update_is_a_build_and_is_identified_and_verified(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "app.toyu").write_bytes(
        b"TOYU" + struct.pack("<I", OTHER) + bytes(range(1, 256)) * 48 + b"x" * 48
    )
    code, found = ask("report", "app.toyu")
    assert (code, found["layouts"][0]["slots"][1]["headroom"]) == (0, 0)
    code, found = ask("identify", "app.toyu")
    (file,) = found["files"]
    assert (code, file["kind"], file["method"], file["findings"]) == (0, "toy-update", "ota", [])
    code, found = ask("verify", "app.toyu")
    assert (code, [one["outcome"] for one in found["verdicts"]]) == (0, ["accepts"])
    (tmp_path / "long.toyu").write_bytes(b"TOYU" + struct.pack("<I", OTHER + 4) + b"x" * (OTHER + 4))
    assert ask("verify", "long.toyu")[0] == 1


def test_pack_writes_its_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "app.elf").write_bytes(elf(b"abcde"))
    assert cli.run(["pack", "app.elf", "-o", "app.toyu"]) == 0
    assert (tmp_path / "app.toyu").read_bytes() == b"TOYU\x08\0\0\0abcde\0\0\0"


def test_its_tables_are_shown_compared_and_checked(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "a.tpt").write_bytes(table())
    code, found = ask("layout", "show", "a.tpt")
    assert (code, [one["name"] for one in found["partitions"]]) == (0, ["app", "new", "cfg"])
    assert ask("layout", "lint", "a.tpt")[0] == 0
    moved = (("app", APP, SLOT), ("new", 0xA000, OTHER + 0x800), ("cfg", 0xD800, 0x800))
    (tmp_path / "b.tpt").write_bytes(table(moved))
    code, found = ask("layout", "diff", "a.tpt", "b.tpt")
    said = [one["message"] for one in found["diagnostics"]]
    assert code == 0
    assert f"largest OTA body: {OTHER:,} bytes before, {OTHER + 0x800:,} after" in said
    (tmp_path / "c.tpt").write_bytes(table((("app", 0x2000, SLOT), ("new", 0xA000, OTHER))))
    code, found = ask("layout", "lint", "c.tpt")
    codes = {one["code"] for one in found["diagnostics"]}
    assert (code, codes >= {"layout-overlap", "layout-missing"}) == (1, True)
    assert ask("layout", "lint", "toy-64k")[0] == 0


def test_target_chooses_where_the_file_does_not_say(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "app.bin").write_bytes((bytes(range(1, 251)) * 4)[:-2] + b"\x82\x80")

    def names(*more: str) -> list[str]:
        return [one["name"] for one in ask("report", "app.bin", *more)[1]["layouts"]]

    ours = [layout.name for layout in targets.DEFAULT.layouts()]
    assert "toy-64k" not in names() and ours == []
    assert names("--target", "toy") == ["toy-64k"]
    (tmp_path / "imgcheck.toml").write_text('target = "toy"\n')
    assert names() == ["toy-64k"]
    assert "toy-64k" not in names("--target", targets.DEFAULT.name)
    # a table in another target's format is none of this one's
    (tmp_path / "a.tpt").write_bytes(table())
    assert ask("layout", "show", "a.tpt", "--target", targets.DEFAULT.name)[0] == 2


def test_an_unknown_target_is_refused_with_the_nearest(ask: Any, tmp_path: Path) -> None:
    (tmp_path / "app.bin").write_bytes(b"x" * 100)
    for command in (("report", "app.bin"), ("verify", "app.bin"), ("identify", "app.bin")):
        code, found = ask(*command, "--target", "tyo")
        assert code == 2
        assert "no target named 'tyo': did you mean 'toy'?" in found["error"]
    (tmp_path / "imgcheck.toml").write_text('reserve = 0\ntarget = "tyo"\n')
    code, found = ask("report", "app.bin")
    assert code == 2
    assert "imgcheck.toml: no target named" in found["error"] and "(line 2, column 1)" in found["error"]


def test_two_targets_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="two targets"):
        targets.register(Toy())


def test_a_policy_says_and_a_change_of_target_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "imgcheck.toml").write_text('target = "toy"\n')
    assert cli.run(["check", "--show-policy"]) == 0
    (line,) = [one for one in capsys.readouterr().out.splitlines() if one.startswith("target")]
    assert line.startswith('target = "toy"') and "imgcheck.toml:1" in line
    base, proposed = policy.read(tmp_path / "imgcheck.toml"), policy.shipped(policy.DEFAULT)
    told = {one.subject: one.message for one in loosening.compare(base, proposed)}
    assert told["target"] == "the target goes from toy to the file's own: other slots, other limits"
    assert "target" not in {one.subject for one in loosening.compare(base, base)}


def test_a_layout_says_whose_it_is(ask: Any, tmp_path: Path) -> None:
    text = """[pt_table]\naddress0 = 0x1000\naddress1 = 0x1000\n[imgcheck]\ntarget = "NAME"
[[pt_entry]]\ntype = 0\nname = "app"\ndevice = 0\naddress0 = 0x4000\nsize0 = 0x6000\naddress1 = 0
size1 = 0\nlen = 0
"""
    (tmp_path / "t.toml").write_text(text.replace("NAME", "toy"))
    messages = [one["message"] for one in ask("layout", "lint", "t.toml")[1]["diagnostics"]]
    assert any(one.startswith("no partition cfg (the settings)") for one in messages)
    (tmp_path / "t.toml").write_text(text.replace("NAME", "tyo"))
    code, found = ask("layout", "show", "t.toml")
    assert code == 2
    assert "t.toml" in found["error"] and "did you mean 'toy'?" in found["error"]


def test_its_layouts_are_listed_with_limits_of_its_own(ask: Any) -> None:
    found = {one["name"]: one for one in ask("layouts")[1]["limits"]}
    toy = found["toy-64k"]
    assert (toy["target"], toy["max_unpacked_bytes"], toy["max_body_bytes"]) == ("toy", SLOT, OTHER)


def test_a_program_for_another_machine_is_not_its_own() -> None:
    program = bytearray(elf(b"12345678"))
    assert targets.of_data(bytes(program)).name == "toy"
    program[18] = 243  # e_machine: RISC-V
    assert targets.of_data(bytes(program)) is targets.DEFAULT
    assert targets.of_data(elf(b"12345678", BASE)) is targets.DEFAULT  # loaded elsewhere
