"""What is this file, and which method takes it?

Every kind is told by its content; a name only decides what any bytes could be (a raw image, a text), and what
a name promises is compared with what is there. What is the target's own, its target knows.
"""

from __future__ import annotations

from pathlib import Path

from imgcheck.builds.placement import machine
from imgcheck.devices import texts
from imgcheck.errors import FormatError
from imgcheck.model import Identity
from imgcheck.readers import devicetree, elf, foreign
from imgcheck.targets import assetnames
from imgcheck.targets.target import Found, Kind, Target
from imgcheck.wording import commas

KINDS = {
    "elf": Kind("ELF", "none", None, (".elf",)),
    "dtb": Kind("device tree (DTB)", "none", None, (".dtb",)),
    "dts": Kind("device tree source", "none", None, (".dts", ".dtsi", ".overlay")),
    "partition-toml": Kind("partition table (TOML)", "none", None, (".toml",)),
    "policy": Kind("imgcheck policy", "none", None, (".toml",)),
    "map": Kind("link map", "none", None, (".map",)),
    "erased": Kind("erased flash, nothing in it", "none", None, ()),
    "empty": Kind("empty file", "none", None, ()),
    "other-chip": Kind("file for a chip whose slots are not known", "none", None, ()),
    "archive": Kind("archive (zip, gzip or tar)", "none", None, (".zip", ".gz", ".tgz", ".tar")),
    "text": Kind("text", "none", None, ()),
    "unknown": Kind("unknown", "none", None, ()),
}  # fmt: skip

_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b")


def identify(data: bytes, path: str, target: Target) -> Identity:
    """What the bytes of the file named `path` are; never raises for any bytes."""
    found = _found(data, path, target)
    kinds = {**KINDS, **target.kinds}
    kind = kinds[found.kind]
    findings = [*found.findings, *_name(path, found.kind, kinds)]
    return Identity(
        path=path,
        kind=found.kind,
        title=kind.title,
        method="uart" if kind.method == "uart" else "ota" if kind.method == "ota" else "none",
        offset=kind.offset if found.offset is None else found.offset,
        size=len(data),
        findings=tuple(findings),
        fields=found.fields,
        contents=found.contents,
    )


def _found(data: bytes, path: str, target: Target) -> Found:
    if not data:
        return Found("empty", ("the file is empty",))
    if not data.strip(b"\xff"):
        return Found("erased", (f"no firmware: all {commas(len(data))} bytes are FF",))
    if not data.strip(b"\0"):
        return Found("unknown", (f"no firmware: all {commas(len(data))} bytes are 00",))
    if data.startswith(b"\x7fELF"):
        return _elf(data, target)
    if data.startswith(_ARCHIVES):
        return Found("archive", ("no firmware itself; unpack it: what matters is inside",))
    named = assetnames.parse(Path(path).name)
    if named and not named.platform.target and texts.kind(data, path) is None:
        return Found("other-chip", (), (("platform", named.platform.name), ("is", named.part.kind)))
    own = target.identify(data, path)
    if own:
        return own
    if data[257:262] == b"ustar":
        return Found("archive", ("no firmware itself; unpack it: what matters is inside",))
    if data.startswith(devicetree.MAGIC):
        return _dtb(data)
    text = texts.kind(data, path)
    if what := foreign.name(data):
        return Found("text" if text else "unknown", (f"no firmware: it is {what}",))
    if text:
        return Found(text.kind, text.findings, text.fields)
    return target.guess(data, path) or Found(
        "unknown", ("nothing in it is known; it is not taken for firmware",)
    )


def _elf(data: bytes, target: Target) -> Found:
    try:
        parsed = elf.parse(data)
    except FormatError as error:
        other = data[4:5] == b"\2" or data[5:6] == b"\2"  # 64 bits, or big-endian: whole, but no chip's
        what = f"no firmware of a {target.title}" if other else "truncated or damaged"
        return Found("elf", (f"{what}: {error}",))
    findings = []
    chip = target.chip
    if parsed.machine != chip.elf_machine:
        findings.append(
            f"no firmware of a {target.title}: built for {machine(parsed.machine)}; "
            f"this target is {machine(chip.elf_machine)}"
        )
    elif parsed.kind != elf.ET_EXEC:
        findings.append("an object file, not a linked application")
    elif not any(s.filesz and s.paddr == chip.image_origin for s in parsed.segments):
        findings.append(f"nothing is loaded at {chip.image_origin:#x}: no {target.title} application")
    return Found("elf", tuple(findings), (("machine", parsed.machine), ("entry", parsed.entry)))


def _dtb(data: bytes) -> Found:
    try:
        devicetree.parse(data)
    except FormatError as error:
        return Found("dtb", (str(error),))
    return Found("dtb", (), (("totalsize", int.from_bytes(data[4:8], "big")),))


def _name(path: str, kind: str, kinds: dict[str, Kind]) -> list[str]:
    """What the file's name promises and its content does not keep."""
    name = Path(path).name.lower()
    promised = max(
        (e for one in kinds.values() for e in one.endings if name.endswith(e)), key=len, default=""
    )
    kept = max((e for e in kinds[kind].endings if name.endswith(e)), key=len, default="")
    if len(kept) >= len(promised) or kind in ("empty", "erased", "other-chip"):
        return []
    what = "it is none" if kind == "unknown" else f"it is: {kinds[kind].title}"
    return [f"named like a {promised} file, but {what}"]
