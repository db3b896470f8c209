"""The vendor's own tool as the judge: what it packs is accepted, and byte for byte what we make."""

import importlib.util
import random
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from imgcheck.devices import identify, layouts
from imgcheck.readers import bootheader, ota, xz
from imgcheck.targets.bl602 import BL602, acceptance, container, generations, offer, packing

SOC = BL602.chip
FIXTURE = Path(__file__).parent / "firmware/build/base/OpenBL602.bin"
SPEC = importlib.util.find_spec("bflb_iot_tool")
pytestmark = pytest.mark.skipif(SPEC is None, reason="bflb-iot-tool is not installed")


def images() -> dict[str, bytes]:
    rng = random.Random(7)
    words = [rng.randbytes(4) for _ in range(500)]
    made = {"words": b"".join(rng.choices(words, k=20000)) + b"odd", "noise": rng.randbytes(30_000)}
    if FIXTURE.exists():
        # The vendor's tool writes its RF parameters behind this mark, the SDK's script does not.
        made["fixture"] = FIXTURE.read_bytes().replace(b"BLRFPARA", b"blrfpara")
    return made


def _other_chips(folder: str, names: list[str]) -> list[str]:
    if Path(folder).name == "chips":
        return [name for name in names if name != "bl602"]
    return [name for name in names if name in ("mfg_v2.79", "cklink", "__pycache__")]


@pytest.fixture(scope="module", params=sorted(images()))
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Path]:
    """An image and the folder with what the tool made of it."""
    assert SPEC and SPEC.origin
    image = images()[request.param]
    folder = tmp_path_factory.mktemp("vendor")
    # The tool writes into its own package: a copy keeps runs apart.
    package = folder / "bflb_iot_tool"
    shutil.copytree(Path(SPEC.origin).parent, package, ignore=_other_chips)
    (folder / "app.bin").write_bytes(image)
    chip = package / "chips/bl602"
    (boot2,) = chip.glob("builtin_imgs/*/boot2_isp_release.bin")
    command = [
        sys.executable, "-m", "bflb_iot_tool", "--chipname=bl602", "--interface=uart", "--firmware=app.bin",
        f"--pt={chip}/partition/partition_cfg_2M.toml", f"--boot2={boot2}",
        f"--dts={chip}/device_tree/bl_factory_params_IoTKitA_40M.dts", "--outdir=out", "--ota=ota", "--build",
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True, timeout=120)
    assert (folder / "ota/FW_OTA.bin.xz.ota").exists(), done.stdout[-500:] + done.stderr[-500:]
    return image, folder


def test_bytes_are_ours(built: tuple[bytes, Path]) -> None:
    image, folder = built
    plain = (folder / "ota/FW_OTA.bin").read_bytes()
    padded = container.padded(image)
    header = bootheader.build(
        len(padded), sha256(padded).digest(), img_start=0x1000, flash=bootheader.flash_any()
    )
    assert plain == bootheader.page(header) + padded
    body = (folder / "ota/FW_OTA.bin.xz").read_bytes()
    assert body == packing.compress(plain)
    assert (folder / "ota/FW_OTA.bin.xz.ota").read_bytes() == ota.build(body, None) + body
    assert (folder / "ota/FW_OTA.bin.ota").read_bytes() == ota.build(plain, None, packed=False) + plain
    ours = container.wrap(image)
    assert ours.plain[4096:] == plain[4096:]
    # Only what the two tools write differently differs: flash chip, start, ignored checksums.
    assert {at for at in range(4096) if ours.plain[at] != plain[at]} <= {*range(12, 100), *range(116, 176)}
    assert abs(len(ours.body) - len(body)) <= 100


def test_fields_are_read(built: tuple[bytes, Path]) -> None:
    image, folder = built
    header = bootheader.parse((folder / "ota/FW_OTA.bin").read_bytes())
    assert (header.crc_fits, header.flash_fits, header.clock_fits) == (True, True, True)
    assert (header.xtal, header.bootcfg, header.img_len) == ("40M", 0x3300, len(image) + -len(image) % 16)
    container = xz.parse((folder / "ota/FW_OTA.bin.xz").read_bytes())
    assert (container.check_name, container.blocks[0].filters[0].dict_bytes) == ("CRC32", 32768)
    assert container.oddities == ()


def test_every_device_takes_it(built: tuple[bytes, Path]) -> None:
    _, folder = built
    for name in ("FW_OTA.bin.xz.ota", "FW_OTA.bin.ota"):
        data = (folder / "ota" / name).read_bytes()
        made = offer.open_ota(data, name, SOC, 1 << 20)
        assert [one.code for one in made.findings] == ["ota-no-unpacked-len"]
        for layout in layouts.default():
            for device in (*generations.FIELD, *generations.SDK["tcp"]):
                assert acceptance.replay(made.offer, layout, device).verdict.outcome == "accepts"
    for name in ("FW_OTA.bin.xz.hash", "FW_OTA.bin.hash"):
        data = (folder / "ota" / name).read_bytes()
        assert offer.open_ota(data, name, SOC, 1 << 20).offer.tail_fits
        twin = offer.twin(data, name, SOC, 1 << 20)
        for layout in layouts.default():
            for device in generations.SDK["hosal"]:
                assert acceptance.replay(twin, layout, device).verdict.outcome == "accepts"


def test_every_file_is_identified(built: tuple[bytes, Path]) -> None:
    _, folder = built
    kinds = {
        "ota/FW_OTA.bin": "fw-ota-bin",
        "ota/FW_OTA.bin.hash": "hash",
        "ota/FW_OTA.bin.ota": "raw-ota",
        "ota/FW_OTA.bin.xz": "xz",
        "ota/FW_OTA.bin.xz.hash": "hash",
        "ota/FW_OTA.bin.xz.ota": "xz-ota",
        "out/whole_flash_data.bin": "whole-flash",
        "out/whole_img.bin": "fw-ota-bin",
        "out/whole_img_boot2.bin": "boot2",
        "out/img_boot2.bin": "boot2-bin",
    }
    found = {name: identify.identify((folder / name).read_bytes(), name, BL602) for name in kinds}
    assert {name: one.kind for name, one in found.items()} == kinds
    places = {one.partition: one.what for one in found["out/whole_flash_data.bin"].contents}
    assert places["factory"].startswith("device tree (DTB), ")
    assert places["FW copy 1"] == "erased"
