"""The OTA artefact against xz, and against files that are not what they say."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from imgcheck.builds import artefact
from imgcheck.errors import FormatError
from imgcheck.model import OTHER_IMAGE, Image, Read
from imgcheck.readers import bootheader, ota, xzdata
from imgcheck.targets.bl602 import BL602, container, packing

SOC = BL602.chip
BINARY = b"".join(b"%d;" % (n * n) for n in range(9000)) + b"end"
IMAGE = Image("OpenBL602", "build/OpenBL602.elf", SOC, (), BINARY, (), None, "binary")


def test_sizes() -> None:
    packed = artefact.pack(BINARY, BL602)
    image = len(BINARY) + -len(BINARY) % 16
    assert packed.unpacked == 4096 + image == len(packed.plain)
    assert packed.body == len(packed.stream)
    assert packed.file == 512 + packed.body
    assert packed.plain[4096:] == BINARY + bytes(image - len(BINARY))
    assert bootheader.parse(packed.plain).img_len == image
    assert xzdata.unpack(packed.stream, 1 << 20) == packed.plain


@pytest.mark.skipif(not shutil.which("xz"), reason="no xz")
@pytest.mark.parametrize("options", [packing.SDK, packing.Options(0, 1, 1)])
def test_xz_makes_the_same_bytes(options: packing.Options, tmp_path: Path) -> None:
    packed = container.wrap(BINARY, options)
    (tmp_path / "FW_OTA.bin").write_bytes(packed.plain)
    said = str(options) if options != packing.SDK else "--lzma2=dict=32KiB"
    command = ["xz", "-c", "--format=xz", "--check=crc32", said, str(tmp_path / "FW_OTA.bin")]
    made = subprocess.run(command, check=True, capture_output=True).stdout
    library = subprocess.run(["xz", "--version"], check=True, capture_output=True, text=True).stdout
    if made != packed.body and "liblzma" in library:
        # Another liblzma may find other matches; the properties are the same all the same.
        assert len(made) == pytest.approx(len(packed.body), abs=100)
    assert made[:24] == packed.body[:24]


def test_prices_reach_the_payload() -> None:
    packed = artefact.pack(BINARY, BL602)
    prices = artefact.prices(packed, BL602)
    assert len(prices) == packed.unpacked + 1
    assert packed.body - prices[-1] <= 0.001 * packed.body + 60


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    made = container.wrap(BINARY)
    contents = {
        "FW_OTA.bin.xz.ota": made.header + made.body,
        "FW_OTA.bin.xz": made.body,
        "FW_OTA.bin.ota": ota.build(made.plain, len(made.plain), packed=False) + made.plain,
    }
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
    return {name: tmp_path / name for name in contents}


@pytest.mark.parametrize("name", ["FW_OTA.bin.xz.ota", "FW_OTA.bin.xz", "FW_OTA.bin.ota"])
def test_read_what_was_packed(files: dict[str, Path], name: str) -> None:
    expected = artefact.pack(BINARY, BL602)
    given = artefact.read(files[name], IMAGE, BL602)
    assert given.diagnostics == ()
    assert given.unpacked == expected.unpacked
    assert given.plain == expected.plain
    assert given.source == Read(str(files[name]))
    if "xz" in name:
        assert (given.body, given.file, given.stream) == (expected.body, expected.file, expected.stream)
    else:
        assert (given.body, given.stream) == (given.unpacked, b"")


@pytest.mark.parametrize("offset", [0, 1, 5000, len(BINARY) - 1])
def test_another_image_is_named_with_its_first_difference(files: dict[str, Path], offset: int) -> None:
    other = bytearray(BINARY)
    other[offset] ^= 0x40
    (said,) = artefact.read(
        files["FW_OTA.bin.xz.ota"], replace(IMAGE, binary=bytes(other)), BL602
    ).diagnostics
    assert said.code == OTHER_IMAGE
    assert said.message == f"not made from build/OpenBL602.elf: the images first differ at offset {offset:#x}"


def test_a_longer_image_is_another(files: dict[str, Path]) -> None:
    longer = replace(IMAGE, binary=container.padded(BINARY) + b"x")
    (said,) = artefact.read(files["FW_OTA.bin.xz"], longer, BL602).diagnostics
    assert "its image has" in said.message


@pytest.mark.parametrize(("offset", "subject"), [(20, "length"), (64, "sha256"), (96, "unpacked_len")])
def test_a_header_that_contradicts_its_body(files: dict[str, Path], offset: int, subject: str) -> None:
    file = files["FW_OTA.bin.xz.ota"]
    data = bytearray(file.read_bytes())
    data[offset] ^= 1
    file.write_bytes(data)
    assert [said.subject for said in artefact.read(file, IMAGE, BL602).diagnostics] == [subject]


def test_what_is_no_artefact(tmp_path: Path) -> None:
    file = tmp_path / "x.ota"
    for data, said in (
        (b"", "neither an OTA file"),
        (b"\x7fELF" + bytes(600), "neither an OTA file"),
        (ota.build(b"", None)[:200], "ends after 200"),
        (ota.build(b"nothing", None) + b"nothing", "its body is none"),
        (container.wrap(BINARY).body[:-30], "ends early"),
    ):
        file.write_bytes(data)
        with pytest.raises(FormatError, match=said) as caught:
            artefact.read(file, None, BL602)
        assert caught.value.file == str(file)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bomb.xz"
    file.write_bytes(packing.compress(bytes(SOC.largest_unpacked + 1)))
    with pytest.raises(FormatError, match="unpacks to more than"):
        artefact.read(file, None, BL602)


def test_an_artefact_of_another_image_prices_nothing_of_this_one() -> None:
    """Its stream would price bytes that are not there: the image is packed anew then."""
    own = artefact.image_prices(IMAGE, artefact.pack(BINARY, BL602), BL602)
    other = artefact.pack(bytes(len(BINARY)), BL602)
    assert other.stream
    assert list(artefact.image_prices(IMAGE, other, BL602)) == list(own)
    assert list(
        artefact.image_prices(IMAGE, replace(artefact.pack(BINARY, BL602), stream=b""), BL602)
    ) == list(own)
