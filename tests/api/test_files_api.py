"""identify, verify and pack as they are called: exit codes, JSON, bad input, whole files or none."""

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import otafiles
import pytest
from documents import validate

from imgcheck import cli
from imgcheck.readers import bfpt, ota, xzdata
from imgcheck.targets.bl602 import packing

FIXTURE = Path(__file__).parents[1] / "firmware/build/base"
IMAGE_BYTES = len(otafiles.IMAGE)

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> tuple[int, str, str]:
        code = cli.run([str(one) for one in arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


@pytest.fixture
def good(tmp_path: Path) -> Path:
    file = tmp_path / "FW_OTA.bin.xz.ota"
    file.write_bytes(otafiles.ota())
    return file


def test_verify_accepts(run: Run, good: Path) -> None:
    code, out, err = run("verify", good, "--output", "json")
    found = json.loads(out)
    assert (code, err, found["passed"]) == (0, "", True)
    assert {one["outcome"] for one in found["verdicts"]} == {"accepts"}
    assert {one["layout"] for one in found["verdicts"]} >= {
        "devcube-1.4.8-2m",
        "devcube-1.8-2m",
        "guiflasher-2m",
    }
    assert len(found["verdicts"]) == 4 * len({one["layout"] for one in found["verdicts"]})
    assert set(found["verdicts"][0]) >= {"layout", "installed", "outcome", "step", "message"}


def test_verify_names_the_layout_that_does_not_accept(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.xz.ota"
    plain = otafiles.page(image=bytes(880640 - 4096))
    file.write_bytes(otafiles.seal(otafiles.packed(plain)))
    code, out, _ = run("verify", file, "-o", "json")
    found = json.loads(out)
    outcomes = {(one["layout"], one["installed"]): one["outcome"] for one in found["verdicts"]}
    assert code == 1
    assert outcomes["devcube-1.4.8-2m", "OpenBeken before 2025-06, old boot2"] == "bricks"
    assert outcomes["devcube-1.4.8-2m", "OpenBeken since 2025-06, new boot2"] == "refuses"
    assert outcomes["devcube-1.8-2m", "OpenBeken before 2025-06, old boot2"] == "accepts"
    code, out, _ = run("verify", file, "--layout", "devcube-1.8-2m")
    assert code == 0
    assert "Accepted by every device" in out
    code, out, _ = run("verify", file, "--layout", "devcube-1.4.8-2m", "--installed", "1.17.450,boot2=old")
    assert code == 1
    assert "Bricks devices with devcube-1.4.8-2m" in out
    assert "past the end of the slot" in " ".join(out.split())


def test_verify_shows_the_steps(run: Run, good: Path) -> None:
    _, out, _ = run("verify", good)
    for step in ("erase", "header", "unpacked_len", "body size", "SHA-256", "boot2: unpack", "boot header"):
        assert step in run("verify", good, "--installed", "1.19.0")[1], step
    # A path is never cut.
    assert all(len(line) <= 80 or " " not in line.strip() for line in out.splitlines())


def test_running_from_the_second_slot(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.xz.ota"
    plain = otafiles.page(image=bytes(600_000))
    file.write_bytes(otafiles.seal(otafiles.packed(plain), len(plain)))
    assert run("verify", file, "--layout", "devcube-1.4.8-2m")[0] == 0
    assert run("verify", file, "--layout", "devcube-1.4.8-2m", "--active", "1")[0] == 1


def test_a_hash_twin_is_for_hosal(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "FW_OTA.bin.xz.hash"
    file.write_bytes(otafiles.packed() + sha256(otafiles.packed()).digest())
    assert run("verify", file, "--installed", "hosal")[0] == 0
    code, out, _ = run("verify", file, "-o", "json")
    found = json.loads(out)
    assert code == 1
    assert {one["message"] for one in found["verdicts"]} == {"Invalid header ident"}
    accepts = {one["installed"] for one in found["other_verdicts"] if one["outcome"] == "accepts"}
    assert accepts == {"SDK's hosal update, old boot2", "SDK's hosal update, new boot2"}


def test_a_layout_of_ones_own(run: Run, good: Path, tmp_path: Path) -> None:
    table = tmp_path / "small.toml"
    table.write_text(
        "[pt_table]\naddress0 = 0xE000\naddress1 = 0xF000\n[[pt_entry]]\ntype = 0\nname = 'FW'\ndevice = 0\n"
        "address0 = 0x10000\nsize0 = 0x4000\naddress1 = 0x14000\nsize1 = 0x4000\nlen = 0\n"
    )
    code, out, _ = run("verify", good, "--layout", table, "-o", "json")
    assert code == 1
    assert {one["layout"] for one in json.loads(out)["verdicts"]} == {"small"}


@pytest.mark.parametrize(("size", "accepted"), [(880639, True), (880640, False)])
def test_the_vendor_tools_sixteen_bytes(run: Run, tmp_path: Path, size: int, accepted: bool) -> None:
    file = tmp_path / "app.bin"
    file.write_bytes(otafiles.marked(b"\x17" * size))
    code, out, _ = run("verify", file, "--layout", "devcube-1.8-2m", "-o", "json")
    verdicts = {one["installed"]: one for one in json.loads(out)["verdicts"]}
    tool = verdicts["UART, bflb-iot-tool 1.10 and later Dev Cubes"]
    assert (tool["outcome"] == "accepts") is accepted
    assert verdicts["UART, GUI flasher"]["outcome"] == "accepts"
    assert code == (0 if accepted else 1)


def test_the_gui_flasher_forgets_the_header_page(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "app.bin"
    file.write_bytes(otafiles.marked(b"\x17" * 819200))
    _, out, _ = run("verify", file, "--layout", "devcube-1.4.8-2m", "-o", "json")
    assert [one["outcome"] for one in json.loads(out)["verdicts"]] == ["refuses", "bricks"]


def test_a_flashed_image_that_does_not_start(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "FW_OTA.bin"
    file.write_bytes(otafiles.page())
    assert run("verify", file)[0] == 0
    file.write_bytes(otafiles.changed(otafiles.page(), 5000))
    code, out, _ = run("verify", file, "-o", "json")
    assert code == 1
    assert {(one["outcome"], one["message"]) for one in json.loads(out)["verdicts"]} == {
        ("bricks", "Hash error")
    }


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("empty.ota", b"", "the file is empty"),
        ("x.elf", b"\x7fELF" + bytes(100), "no device takes an ELF"),
        ("missing.ota", None, "No such file"),
    ],
)
def test_bad_input(run: Run, tmp_path: Path, name: str, data: bytes | None, said: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    code, out, err = run("verify", tmp_path / name)
    assert (code, out) == (2, "")
    assert err.startswith("imgcheck: error: ")
    assert said in err
    assert err.count("\n") == 1


def test_a_folder_is_no_ota_file(run: Run, tmp_path: Path) -> None:
    code, _, err = run("verify", tmp_path)
    assert code == 2
    assert "directory" in err


def test_a_cut_image_that_no_checksum_guards(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "x.xz.ota"
    header = bytearray(otafiles.boot_header(bootcfg=0x33300))
    header[132:136] = header[172:176] = b"\xef\xbe\xad\xde"
    file.write_bytes(otafiles.ota(otafiles.page(bytes(header), otafiles.IMAGE[:-160])))
    code, out, _ = run("verify", file, "-o", "json")
    assert code == 1
    assert {(one["outcome"], one["step"]) for one in json.loads(out)["verdicts"]} == {("bricks", "start")}


def test_what_is_no_application(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "partition.bin"
    file.write_bytes(bfpt.build(()))
    code, out, _ = run("verify", file, "-o", "json")
    found = json.loads(out)
    assert code == 1
    assert {one["message"] for one in found["verdicts"]} == {"No header found"}
    assert "no OTA file: partition table (BFPT)" in found["diagnostics"][-1]["message"] + str(
        found["diagnostics"]
    )


def test_unknown_generation(run: Run, good: Path) -> None:
    code, _, err = run("verify", good, "--installed", "boot2=odl")
    assert code == 2
    assert "did you mean boot2=old" in err


def test_pack_makes_what_verify_accepts(run: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "app.bin", tmp_path / "app.xz.ota"
    source.write_bytes(otafiles.IMAGE + b"abc")
    code, out, _ = run("pack", source, "-o", target)
    assert code == 0
    made = target.read_bytes()
    header = ota.parse(made)
    plain = xzdata.unpack(made[512:], 1 << 20)
    assert plain[4096:] == otafiles.IMAGE + b"abc" + bytes(13)
    assert header.unpacked_len == len(plain)
    assert made[512:] == packing.compress(plain)
    assert str(len(made)) in out.replace(",", "")
    assert run("verify", target)[0] == 0


def test_pack_without_unpacked_len(run: Run, tmp_path: Path) -> None:
    source, target = tmp_path / "app.bin", tmp_path / "app.xz.ota"
    source.write_bytes(otafiles.IMAGE)
    assert run("pack", source, "-o", target, "--no-unpacked-len")[0] == 0
    assert ota.parse(target.read_bytes()).unpacked_len is None


def test_tuned_is_smaller_and_accepted(run: Run, tmp_path: Path) -> None:
    source, plain, tuned = tmp_path / "app.bin", tmp_path / "a.ota", tmp_path / "b.ota"
    source.write_bytes(otafiles.IMAGE)
    assert run("pack", source, "-o", plain)[0] == 0
    code, out, _ = run("pack", source, "-o", tuned, "--tune")
    assert code == 0
    assert "--lzma2=dict=32KiB" in out
    assert tuned.stat().st_size <= plain.stat().st_size
    assert xzdata.unpack(tuned.read_bytes()[512:], 1 << 20) == xzdata.unpack(
        plain.read_bytes()[512:], 1 << 20
    )
    assert run("verify", tuned)[0] == 0


@pytest.mark.skipif(not (FIXTURE / "OpenBL602.elf").exists(), reason="fixture not built")
def test_an_elf_packs_like_its_bin(run: Run, tmp_path: Path) -> None:
    for name in ("OpenBL602.elf", "OpenBL602.bin"):
        assert run("pack", FIXTURE / name, "-o", tmp_path / f"{name}.ota")[0] == 0
    assert (tmp_path / "OpenBL602.elf.ota").read_bytes() == (tmp_path / "OpenBL602.bin.ota").read_bytes()


def test_a_bin_with_its_page_packs_like_one_without(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(otafiles.IMAGE)
    (tmp_path / "b.bin").write_bytes(otafiles.page())
    for name in ("a", "b"):
        assert run("pack", f"{name}.bin", "-o", f"{name}.ota")[0] == 0
    assert (tmp_path / "a.ota").read_bytes() == (tmp_path / "b.ota").read_bytes()


def test_pack_keeps_its_source(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "app.bin"
    source.write_bytes(otafiles.IMAGE)
    code, _, err = run("pack", source, "-o", source)
    assert code == 2
    assert "give another name" in err
    assert source.read_bytes() == otafiles.IMAGE


def test_pack_refuses_what_is_packed(run: Run, good: Path) -> None:
    code, _, err = run("pack", good, "-o", "again.ota")
    assert code == 2
    assert "packed already" in err
    assert not Path("again.ota").exists()


def test_pack_writes_whole_or_not_at_all(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "app.bin"
    source.write_bytes(otafiles.IMAGE)
    code, _, err = run("pack", source, "-o", tmp_path / "missing" / "x.ota")
    assert code == 2
    assert "cannot be written" in err
    code, _, err = run("pack", source, "-o", tmp_path)
    assert code == 2
    target = tmp_path / "x.ota"
    target.write_bytes(b"before")
    assert run("pack", tmp_path / "nothing.bin", "-o", target)[0] == 2
    assert target.read_bytes() == b"before"
    assert run("pack", source, "-o", target)[0] == 0
    assert target.read_bytes() != b"before"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["app.bin", "x.ota"]


def test_identify_files_and_folders(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    folder.mkdir()
    base = "OpenBL602_1.18.9"
    (folder / f"{base}_OTA.bin").write_bytes(otafiles.page())
    (folder / f"{base}_OTA.bin.xz").write_bytes(otafiles.packed())
    (folder / f"{base}_OTA.bin.xz.ota").write_bytes(otafiles.page())
    (tmp_path / "lone.ota").write_bytes(otafiles.ota())
    code, out, _ = run("identify", folder, tmp_path / "lone.ota", "-o", "json")
    files = json.loads(out)["files"]
    assert code == 0
    assert [(Path(one["path"]).name, one["kind"], one["method"], one["offset"]) for one in files] == [
        (f"{base}_OTA.bin", "fw-ota-bin", "uart", 0x10000),
        (f"{base}_OTA.bin.xz", "xz", "none", None),
        (f"{base}_OTA.bin.xz.ota", "fw-ota-bin", "uart", 0x10000),
        ("lone.ota", "xz-ota", "ota", None),
    ]
    assert any(f"{base}.bin (for UART)" in one for one in files[0]["findings"])
    assert files[2]["findings"] == ["named like a .xz.ota file, but it is: FW_OTA.bin"]
    assert files[3]["findings"] == []
    code, out, _ = run("identify", folder)
    # A path is never cut: a long line is one that holds such a name.
    long = [line for line in out.splitlines() if len(line) > 80]
    assert all(base in line or str(folder) in line for line in long)


def test_identify_takes_anything_but_what_is_not_there(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    assert run("identify", tmp_path / "empty")[0] == 0
    assert run("identify", tmp_path / "nothing")[0] == 2
    hollow = tmp_path / "hollow"
    hollow.mkdir()
    code, _, err = run("identify", hollow)
    assert code == 2
    assert "no files in it" in err


def test_names_do_not_reach_the_terminal(run: Run, tmp_path: Path) -> None:
    name = tmp_path / "x\x1b[31m.bin"
    name.write_bytes(b"\xff" * 100)
    _, out, _ = run("identify", name)
    assert "\x1b" not in out


def test_the_json_is_as_the_schema_says(run: Run, good: Path) -> None:
    for command in ("verify", "identify"):
        validate(json.loads(run(command, good, "-o", "json")[1]))


def test_a_build_folder_is_looked_into_with_its_ota_files(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ota" / "dts40M").mkdir(parents=True)
    (tmp_path / "ota" / "dts40M" / "FW_OTA.bin.xz.ota").write_bytes(otafiles.seal(otafiles.packed()))
    (tmp_path / "ota" / ".cache").mkdir()
    (tmp_path / "ota" / ".cache" / "x").write_bytes(b"x")
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "other").write_bytes(b"x")
    (tmp_path / "a.map").write_bytes(b"Memory Configuration\n")
    found = json.loads(run("identify", tmp_path, "-o", "json")[1])["files"]
    assert [Path(one["path"]).relative_to(tmp_path).as_posix() for one in found] == [
        "a.map",
        "ota/dts40M/FW_OTA.bin.xz.ota",
    ]
    assert found[1]["method"] == "ota"
