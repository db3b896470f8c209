"""An ELF read by lief and by pyelftools: a program of its own, which knows nothing of imgcheck.

Run as `python -I otherreaders.py FILE ORIGIN LIMIT`, it prints one JSON object: for each library the image
that objcopy would write between the two addresses (base64 of zlib), its sections as [name, address, size]
and its symbols as [name, address, size]. It runs in a process with bounds: neither library is trusted with
what a stranger committed.
"""

import base64
import json
import sys
import zlib

_ALLOC = 2
_NOBITS = 8
_LOAD = 1
_KINDS = ("STT_NOTYPE", "STT_FUNC", "STT_OBJECT")


def image(segments: list[tuple[int, bytes]], origin: int, limit: int) -> bytes:
    """The loaded bytes from `origin` on, gaps zero, as `objcopy -O binary` writes them."""
    # A linker may load the file's own headers in front of the first section: what lies before is cut off.
    cut = [(max(at, origin), data[max(origin - at, 0) :]) for at, data in segments]
    inside = [(at, data) for at, data in cut if data and at < limit]
    size = max((at + len(data) - origin for at, data in inside), default=0)
    out = bytearray(min(size, limit - origin))
    for at, data in inside:
        out[at - origin : at - origin + len(data)] = data[: max(len(out) - (at - origin), 0)]
    return bytes(out)


def by_elftools(path: str, origin: int, limit: int) -> dict[str, object]:
    """What pyelftools sees."""
    from elftools.elf.elffile import ELFFile
    from elftools.elf.sections import SymbolTableSection

    with open(path, "rb") as file:  # noqa: PTH123 (this program is read by people who audit it: no more imports)
        elf = ELFFile(file)
        segments = [(one["p_paddr"], one.data()) for one in elf.iter_segments() if one["p_type"] == "PT_LOAD"]
        sections = [
            [one.name, one["sh_addr"], one["sh_size"]]
            for one in elf.iter_sections()
            if one["sh_flags"] & _ALLOC and one["sh_size"]
        ]
        table = elf.get_section_by_name(".symtab")
        symbols = [
            [one.name, one["st_value"], one["st_size"]]
            for one in (table.iter_symbols() if isinstance(table, SymbolTableSection) else ())
            if one["st_info"]["type"] in _KINDS and one.name and one["st_shndx"] != "SHN_UNDEF"
        ]
    return _found(image(segments, origin, limit), sections, symbols)


def by_lief(path: str, origin: int, limit: int) -> dict[str, object]:
    """What lief sees."""
    import lief

    lief.logging.disable()
    elf = lief.ELF.parse(path)  # held in a name: lief's parts do not outlive it
    if elf is None:
        raise ValueError("lief reads no ELF in it")
    loads = [one for one in elf.segments if one.type == lief.ELF.Segment.TYPE.LOAD]
    segments = [(one.physical_address, bytes(one.content)[: one.physical_size]) for one in loads]
    sections = [
        [str(one.name), one.virtual_address, one.size]
        for one in elf.sections
        if one.has(lief.ELF.Section.FLAGS.ALLOC) and one.size
    ]
    kinds = (lief.ELF.Symbol.TYPE.NOTYPE, lief.ELF.Symbol.TYPE.FUNC, lief.ELF.Symbol.TYPE.OBJECT)
    symbols = [
        [str(one.name), one.value, one.size]
        for one in elf.symtab_symbols
        if one.type in kinds and one.name and one.shndx
    ]
    return _found(image(segments, origin, limit), sections, symbols)


def _found(data: bytes, sections: list[list[object]], symbols: list[list[object]]) -> dict[str, object]:
    packed = base64.b64encode(zlib.compress(data, 1)).decode()
    return {"image": packed, "sections": sorted(sections, key=str), "symbols": sorted(symbols, key=str)}


def main() -> None:
    """Both readers on one file."""
    path, origin, limit = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    found: dict[str, object] = {}
    for name, read in (("pyelftools", by_elftools), ("lief", by_lief)):
        try:
            found[name] = read(path, origin, limit)
        except ModuleNotFoundError as error:
            found[name] = {"missing": str(error.name)}
        except Exception as error:  # whatever a library does with hostile bytes is its answer
            found[name] = {"error": f"{type(error).__name__}: {error}"[:300]}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
