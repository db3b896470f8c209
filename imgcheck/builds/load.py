"""One build's files into one Image: every byte once, each with the finest owner that the files tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from imgcheck import targets
from imgcheck.builds import lto, mapmatch, memory, mergedrows, owners, placement, sources
from imgcheck.builds.placement import Placed
from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.model import FILL, HOLE, OTHER_BIN, UNATTRIBUTED, Diagnostic, Image, Item, Location, Soc
from imgcheck.readers import elf as elf_reader
from imgcheck.readers import files, foreign, linkmap
from imgcheck.readers.elf import Elf
from imgcheck.targets.target import Target
from imgcheck.wording import commas


def build(
    elf_path: str | Path,
    map_path: str | Path | None,
    soc: Soc,
    kept: list[linkmap.LinkMap] | None = None,
    known: Callable[[bytes], None] | None = None,
) -> Image:
    """The build that linked to the ELF at `elf_path`, its owners as fine as the link map allows.

    Without a map there are symbols and sections only; without symbols too, sections. The map that was read is
    added to those `kept`; `known` is told the image's bytes before that. Raises FormatError for either file,
    also when the map is of another build.
    """
    path = str(elf_path)
    elf, placed, binary = _placed(path, soc)
    if known is not None:
        known(binary)
    compiled, said = sources.compiled(elf, path)
    elf = elf.without_bytes()  # more than all else together, and the map needs its room
    link_map = None
    if map_path is not None:
        link_map = linkmap.read(map_path)
        try:
            mapmatch.check(elf, placed, link_map)
        except FormatError as error:
            raise error.within(str(map_path)) from None
        if kept is not None:
            kept.append(link_map)
    regions = memory.regions(elf, soc)
    counted = memory.counted_from(placed, regions)
    said += lto.said(link_map)
    merged = mergedrows.NOTHING
    if link_map is not None and map_path is not None:
        merged = mergedrows.gathered(link_map, Path(map_path), _contents(binary, placed, soc))
        said += mergedrows.said(merged, path)
    items = (*owners.items(elf, placed, link_map, compiled, counted, merged), *_holes(placed, soc))
    heap = memory.heap(elf, soc)
    named = any(symbol.size for symbol in elf.symbols)
    image = Image(
        name=Path(path).stem,
        path=path,
        soc=soc,
        items=tuple(sorted(items, key=lambda item: item.address)),
        binary=binary,
        regions=memory.uses(placed, regions, counted),
        heap=heap,
        detail="map" if link_map else "symbols" if named else "sections",
        diagnostics=(
            *_coarse(path, named, heap, soc),
            *memory.elsewhere(placed, regions, soc, path),
            *memory.shared(elf, placed, soc, path),
            *said,
        ),
        producers=compiled.producers,
    )
    _check(image)
    return image


def _placed(path: str, soc: Soc) -> tuple[Elf, tuple[Placed, ...], bytes]:
    """An ELF, where its sections lie, and the image that they make."""
    elf = elf_reader.read(path)
    try:
        placement.check_kind(elf, soc)
        placed = placement.place(elf, soc)
        placement.check_all_inside(placed, soc)
        return elf, placed, placement.image(elf, placed, soc)
    except FormatError as error:
        raise error.within(path) from None


def binary(path: str | Path, target: Target) -> Image:
    """An image alone: its size and bytes, all of them unattributed; a header page in front is taken off."""
    name = str(path)
    soc = target.chip
    data, said = application(_read(name, soc), target, name)
    return replace(whole(Path(name).stem, name, soc, data), diagnostics=said)


def whole(name: str, path: str, soc: Soc, binary: bytes, *, packed: bool = False) -> Image:
    """An image of which nothing is known but its bytes; one that was `packed` may end in padding."""
    content = len(binary.rstrip(b"\0")) if packed else len(binary)
    if len(binary) % soc.image_alignment or len(binary) - content >= soc.image_alignment:
        content = len(binary)  # as much as that is no padding
    start = soc.image_origin
    items = [_nobodys(start, content, UNATTRIBUTED)]
    if content < len(binary):
        items.append(_nobodys(start + content, len(binary) - content, FILL))
    return Image(name, path, soc, tuple(items), binary=binary, regions=(), heap=None, detail="binary")


def _nobodys(address: int, size: int, name: str) -> Item:
    """Bytes of the image that no section has."""
    return Item(address, address, size, 0, section="", input_section="", name=name, object="", archive="")


def compare(image: Image, data: bytes, path: str = "") -> Diagnostic | None:
    """A diagnostic if `data`, the `.bin` beside the ELF, is not the image that the ELF makes."""
    made = image.binary
    if data == made:
        return None
    where = Location(path) if path else None
    explained = targets.find(image.soc.name).explained(made, data)
    if explained:
        return Diagnostic("bin-radio-parameters", "note", explained, where, subject="bin")
    first = next(
        (at for at, (a, b) in enumerate(zip(made, data, strict=False)) if a != b), min(len(made), len(data))
    )
    message = f"the .bin was not made from this ELF: they differ from offset {first:#x} on"
    if len(data) != len(made):
        message += f"; it has {commas(len(data))} bytes, the ELF's image {commas(len(made))}"
    return Diagnostic(
        OTHER_BIN, "warning", message, where, help="Build again, or name the right --bin.", subject="bin"
    )


def _read(path: str, soc: Soc) -> bytes:
    """The file, unless it is larger than anything that could be an image (a device node, say)."""
    size = files.size(path)
    larger = f"{commas(size)} bytes, more than the flash can hold"
    data = files.read(path, soc.largest_unpacked, larger)
    if not data:
        raise FormatError("the file is empty", path)
    return data


def check_raw(data: bytes, path: str) -> None:
    """Raises FormatError for lines of text, files of another world and what nobody wrote: no firmware."""
    if what := foreign.name(data):
        raise FormatError(f"no firmware: it is {what}", path, offset=0x0)
    if byte := foreign.blank(data):
        raise FormatError(f"no firmware: all {commas(len(data))} bytes are {byte}", path)
    head = data[:4096]
    if b"\n" in head and (said := elf_reader.instead(head)):
        raise FormatError(f"not a raw image{said}", path, offset=0x0)


def application(data: bytes, target: Target, path: str) -> tuple[bytes, tuple[Diagnostic, ...]]:
    """The image in a raw file and what is odd; FormatError for what is none, firmware or not."""
    if data.startswith(b"\x7fELF"):
        raise FormatError("an ELF, not a raw image", path, offset=0x0)
    check_raw(data, path)
    return target.application(data, path)


def _contents(binary: bytes, placed: tuple[Placed, ...], soc: Soc) -> mergedrows.Contents:
    """The bytes of the map's rows in the image's sections; none of a row that lies in no such section."""
    sections = {one.section.name: one for one in placed if one.in_image}

    def of(row: linkmap.InputSection) -> bytes:
        one = sections.get(row.output)
        if one is None or row.address < one.section.address:
            return b""
        start, size = row.address - one.section.address, one.section.size
        load = one.load - soc.image_origin
        return binary[load + min(start, size) : load + min(start + row.size, size)]

    return of


def _holes(placed: tuple[Placed, ...], soc: Soc) -> list[Item]:
    """The image bytes between sections, which objcopy writes as zero."""
    inside = sorted((row for row in placed if row.in_image), key=lambda row: row.load)
    ends = ((left.load + left.section.size, right.load) for left, right in pairwise(inside))
    return [_nobodys(end, start - end, HOLE) for end, start in ends if start > end]


def _coarse(path: str, named: bool, heap: int | None, soc: Soc) -> list[Diagnostic]:
    said = []
    if not named:
        message = "the ELF is stripped: what has no line in the link map is known by its section only"
        help_ = "Give the ELF as it was linked; objcopy -S strips a copy for the image."
        said.append(Diagnostic("elf-stripped", "warning", message, Location(path), help=help_, subject="elf"))
    if heap is None:
        message = f"no static heap size: the ELF lacks {' or '.join(soc.heap_symbols)}"
        said.append(Diagnostic("no-heap-symbols", "note", message, Location(path), subject="heap"))
    return said


def _check(image: Image) -> None:
    """Refuse to report sums that do not add up, whatever the reason."""
    flash = sum(item.flash for item in image.items)
    if flash != len(image.binary):
        raise ImgcheckError(
            f"{image.path}: internal error: {flash} bytes attributed of {len(image.binary)} in the image"
        )
    ram, used = sum(item.ram for item in image.items), sum(region.used for region in image.regions)
    if ram != used:
        raise ImgcheckError(f"{image.path}: internal error: {ram} bytes of RAM attributed of {used} used")
