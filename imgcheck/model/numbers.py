"""Measures, findings, and the places that they point at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from imgcheck.model.places import Location

# Codes of what reading a build meets, and rules are about.
OTHER_IMAGE = "artefact-other-image"  # packed from another image than the one that it is judged with
INCONSISTENT = "artefact-inconsistent"  # its own header or container contradicts its contents
REFUSED = "artefact-refused"  # no device decodes or starts it
OTHER_BIN = "bin-differs"  # the raw image beside an ELF is another one
HEAP_SHARED = "heap-shared"  # a heap of the linker script lies over other bytes
ELSEWHERE = "ram-elsewhere"  # runs where the chip is not known to have memory

Severity: TypeAlias = Literal["error", "warning", "note"]
Resource: TypeAlias = Literal["flash", "ram", "ota"]
RESOURCES: tuple[Resource, ...] = ("flash", "ram", "ota")


class Key(NamedTuple):
    """What a measured thing is called in every build: nothing in it depends on what else there is.

    `name` is the thing's own name: a symbol's, never one that a report made unique.
    """

    kind: str
    archive: str
    object: str
    name: str

    def __str__(self) -> str:
        """One word for files: `symbol:libopenbeken.a:drv_ssdp.o:buffer`; the last part may hold colons."""
        parts = (part.replace("%", "%25").replace(":", "%3A") for part in self[:3])
        return f"{':'.join(parts)}:{self.name}"


class Home(NamedTuple):
    """Where a symbol or a string pool lies, and what else is known of it that tells it from others."""

    section: str = ""  # output section
    address: int | None = None  # run address of its first byte
    source: str = ""  # path as the compiler knew it
    line: int = 0  # 0 unknown
    aliases: tuple[str, ...] = ()  # other names for the same bytes
    content: str = ""  # of a string pool: a checksum of its bytes


class Measure(NamedTuple):
    """The hinge number: "component lwip flash 41,232"."""

    kind: str  # section, archive, object, component, symbol, pool, region
    name: str
    resource: Resource
    size: int
    capacity: int | None = None
    identity: Key | None = None  # None: the kind and the name say it all
    home: Home | None = None

    @property
    def key(self) -> Key:
        """The same in every build that has the thing."""
        return self.identity or Key(self.kind, "", "", self.name)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding of one rule, or of a stage that met something worth saying."""

    code: str
    severity: Severity
    message: str
    location: Location | None = None
    measure: Measure | None = None
    help: str = ""
    subject: str = (
        ""  # what it is about, stable from build to build (never a size): waivers and fingerprints use it
    )
    replacement: str | None = None  # the text that the located line should become
    waived: str = ""  # why it does not count, "" when it does
    inherited: bool = False  # it does not count because the build that this is compared with has it as well
    brief: str = ""  # the same in a clause, for a verdict that lists several
    limit: Location | None = None  # where the limit stands, for one whose own place is in a source
