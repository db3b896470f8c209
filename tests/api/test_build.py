"""Whatever happens to the files of a build, a report comes out or one clear error."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from laws import examples

from imgcheck.api import build
from imgcheck.errors import ImgcheckError

BASE = Path(__file__).resolve().parents[1] / "firmware" / "build" / "base"
NAMES = ("OpenBL602.elf", "OpenBL602.map", "OpenBL602.bin", "FW_OTA.bin.xz.ota")

pytestmark = pytest.mark.skipif(not (BASE / NAMES[0]).exists(), reason="the fixture is not built")


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    found = {name: next(BASE.rglob(name), None) for name in NAMES}
    return {name: path.read_bytes() for name, path in found.items() if path}


def laid_out(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder / NAMES[0]


def judge(folder: Path, **options: bool) -> None:
    ota = folder / NAMES[3]
    inputs = build.Inputs(folder / NAMES[0], ota=ota if ota.exists() else None, policy="openbeken-bl602")
    try:
        report = build.show(inputs, features=False, tree=False, **options)  # type: ignore[arg-type]  # flags
    except ImgcheckError as error:
        assert str(error)
        assert "\n" not in str(error)
        return
    for kind in ("section", "archive", "object", "component", "symbol"):
        sizes = [m.size for m in report.measures if m.kind == kind and m.resource == "flash"]
        assert report.summary
        assert sum(sizes) == report.summary.bin_bytes


@examples(30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), data=st.data())
def test_flipped_bits(name: str, data: st.DataObject, files: dict[str, bytes], tmp_path: Path) -> None:
    if name not in files:
        return
    broken = bytearray(files[name])
    places = st.one_of(st.integers(0, 255), st.integers(0, len(broken) - 1))
    for at in data.draw(st.lists(places, min_size=1, max_size=6)):
        broken[at] ^= 1 << data.draw(st.integers(0, 7))
    laid_out(tmp_path, files | {name: bytes(broken)})
    judge(tmp_path)


@examples(20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(NAMES), share=st.floats(0, 1))
def test_truncated(name: str, share: float, files: dict[str, bytes], tmp_path: Path) -> None:
    if name not in files:
        return
    laid_out(tmp_path, files | {name: files[name][: int(share * len(files[name]))]})
    judge(tmp_path)


def test_prices_add_up_to_the_file(files: dict[str, bytes], tmp_path: Path) -> None:
    report = build.show(build.Inputs(laid_out(tmp_path, files)), packed=True, features=False, tree=True)
    assert report.summary
    for kind in ("section", "archive", "object", "component", "symbol"):
        ota = [m.size for m in report.measures if m.kind == kind and m.resource == "ota"]
        assert sum(ota) == report.summary.ota_file_bytes
        assert min(ota) >= 0


def test_an_ota_file_of_another_build_is_never_judged(files: dict[str, bytes], tmp_path: Path) -> None:
    if NAMES[3] not in files:
        pytest.skip("the fixture has no OTA file")
    (tmp_path / "build").mkdir()
    binary = tmp_path / "build" / "other.bin"
    binary.write_bytes(files[NAMES[2]][:-16])
    (tmp_path / "ota" / "x").mkdir(parents=True)
    found = tmp_path / "ota" / "x" / NAMES[3]
    found.write_bytes(files[NAMES[3]])
    alone = build.show(build.Inputs(binary), packed=False, features=False, tree=False)
    given_ = build.show(build.Inputs(binary, ota=found), packed=True, features=False, tree=False)
    assert alone.summary and given_.summary
    assert alone.summary.ota_source == "packed by imgcheck"
    assert given_.summary.ota_source == "packed by imgcheck"
    for report in (alone, given_):
        assert any(one.code == "artefact-other-image" for one in report.diagnostics)


def test_a_page_without_sources_says_why_it_has_no_features(files: dict[str, bytes], tmp_path: Path) -> None:
    elf = laid_out(tmp_path, files)
    report = build.show(build.Inputs(elf), packed=None, features=None, tree=True)
    assert report.drawn and any(one.code == "features-unknown" for one in report.drawn.diagnostics)
    assert not any(one.code == "features-unknown" for one in report.diagnostics)  # nobody else asked
    with pytest.raises(ImgcheckError):
        build.show(build.Inputs(elf), features=True)


def test_the_map_of_another_build_is_refused(files: dict[str, bytes], tmp_path: Path) -> None:
    over = BASE.parent / "over" / "OpenBL602.map"
    if not over.exists():
        pytest.skip("the fixture is not built")
    elf = laid_out(tmp_path, files)
    shutil.copy(over, tmp_path / NAMES[1])
    with pytest.raises(ImgcheckError, match=r"OpenBL602\.map.*0x"):
        build.show(build.Inputs(elf), features=False, tree=False)
