"""What may a build not exceed because an earlier one did not? A text file with a line per measure, sorted.

# imgcheck baseline 1
target bl602
compiler GNU C11 12.2.0
components 608a39f0bc7b
policy firmware
revision 14642d940e76e9a6a72bf07a8f9a5dfec395298f
reason 2026-11-27 TLS for MQTT
component flash 5000 lwip
finding 106176 IMG101 small unpacked
total flash 102068
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeVar

from imgcheck.errors import FormatError
from imgcheck.history.builds import Build
from imgcheck.history.deltas import NOISE
from imgcheck.history.reports import parts
from imgcheck.model import OURS, Provenance, Resource, Snapshot

MAGIC = b"# imgcheck baseline "
VERSION = 1
LARGEST = 4 << 20
_HEAD = ("target", "compiler", "components", "policy", "revision")
_RESOURCES: tuple[Resource, ...] = ("flash", "ram", "ota")
_KINDS = ("total", "component")

SizeKey = tuple[str, str, Resource]  # kind, name, resource; the name of the total is ""
FindingKey = tuple[str, str]  # code, subject


K = TypeVar("K")
V = TypeVar("V")


class Reason(NamedTuple):
    """Why the baseline was raised, and on which day (ISO)."""

    date: str
    text: str


class Baseline(NamedTuple):
    """The sizes that a build is compared with, and the findings that it had already."""

    target: str
    compiler: str
    components: str  # a digest of how the policy divides the firmware
    policy: str
    revision: str
    sizes: Mapping[SizeKey, int]
    findings: Mapping[FindingKey, int | None]  # with the size that they were about
    reasons: tuple[Reason, ...] = ()


def is_one(start: bytes) -> bool:
    """Whether a file that starts like this is a baseline."""
    return start.startswith(MAGIC)


def parse(data: bytes) -> Baseline:
    """Raises FormatError with the line of what is none."""
    if len(data) > LARGEST:
        raise FormatError("larger than any baseline")
    try:
        first, *lines = data.decode("utf-8").replace("\r\n", "\n").split("\n")
    except UnicodeDecodeError as error:
        raise FormatError("not UTF-8 text", offset=error.start) from None
    version = first[len(MAGIC) :].strip()
    if not is_one(first.encode()) or not (version.isascii() and version.isdecimal()):
        raise FormatError("no baseline: it begins with '# imgcheck baseline 1'", line=1)
    if len(version) > len(str(VERSION)) or int(version) > VERSION:
        raise FormatError(f"a baseline of version {version[:9]}, of a newer imgcheck", line=1)
    head: dict[str, str] = {}
    sizes: dict[SizeKey, int] = {}
    findings: dict[FindingKey, int | None] = {}
    reasons: list[Reason] = []
    for number, line in enumerate(lines, 2):
        word, _, rest = line.partition(" ")
        if not line or line.startswith("#"):
            continue
        try:
            if word in _HEAD and word not in head:
                head[word] = rest
            elif word == "reason":
                reasons.append(Reason(*_two(rest)))
            elif word == "finding":
                _add(findings, *_finding(rest))
            elif word in _KINDS:
                _add(sizes, *_size(word, rest))
            else:
                raise ValueError("no line that a baseline has")
        except ValueError as error:
            raise FormatError(str(error), line=number) from None
    if "target" not in head:
        raise FormatError("it does not say for which target")
    target, compiler, components, policy, revision = (head.get(name, "") for name in _HEAD)
    return Baseline(
        target=target,
        compiler=compiler,
        components=components,
        policy=policy,
        revision=revision,
        sizes=sizes,
        findings=findings,
        reasons=tuple(reasons),
    )


def _two(text: str) -> tuple[str, str]:
    first, space, rest = text.partition(" ")
    if not space or not rest.strip():
        raise ValueError("a word is missing at the end")
    return first, rest


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 12:
        raise ValueError(f"{text[:20]!r} is no number of bytes")
    return int(text)


def _size(kind: str, text: str) -> tuple[SizeKey, int]:
    resource, rest = _two(text)
    found = next((one for one in _RESOURCES if one == resource), None)
    if found is None:
        raise ValueError(f"{resource[:20]!r} is neither flash, ram nor ota")
    size, _, name = rest.partition(" ")
    if bool(name) == (kind == "total"):
        raise ValueError("a component has a name, the total has none")
    return (kind, name, found), _number(size)


def _finding(text: str) -> tuple[FindingKey, int | None]:
    size, rest = _two(text)
    code, _, subject = rest.partition(" ")
    return (code, subject), None if size == "-" else _number(size)


def _add(found: dict[K, V], key: K, value: V) -> None:
    if key in found:
        raise ValueError("is there twice")
    found[key] = value


def write(base: Baseline) -> str:
    """The file's text; the same baseline gives the same text."""
    lines = [f"{word} {value}" for word, value in zip(_HEAD, base[:5], strict=True) if value]
    lines += [f"reason {one.date} {one.text}" for one in base.reasons]
    rows = [
        f"{kind} {resource} {size} {name}".rstrip() for (kind, name, resource), size in base.sizes.items()
    ]
    rows += [
        f"finding {'-' if size is None else size} {code} {subject}".rstrip()
        for (code, subject), size in base.findings.items()
    ]
    # By what a line is about, so that a changed size stays where it was.
    rows.sort(key=lambda line: [word for at, word in enumerate(line.split(" ")) if at != _at(line)])
    magic = f"{MAGIC.decode()}{VERSION}"
    about = "# Written by `imgcheck baseline update`: goes down by itself, up with --reason only."
    return "\n".join([magic, about, *map(_one_line, lines), *map(_one_line, rows)]) + "\n"


def _at(line: str) -> int:
    """Where in a line its size is."""
    return 1 if line.startswith("finding") else 2


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)


def of(snapshot: Snapshot, findings: Mapping[FindingKey, int | None]) -> Baseline:
    """The baseline that a build would be for those after it."""
    made = snapshot.provenance
    sizes: dict[SizeKey, int] = {}
    for resource in _RESOURCES:
        total = {"flash": snapshot.flash, "ram": snapshot.ram, "ota": snapshot.ota}[resource]
        if total is not None:
            sizes["total", "", resource] = total
    for thing in snapshot.things.get("component", ()):
        if thing.key.name in OURS:
            continue  # padding and the like: nobody's to keep small
        for resource in _RESOURCES:
            if thing.size(resource):
                sizes["component", thing.key.name, resource] = thing.size(resource)
    compiler = made.compilers[0] if made.compilers else ""
    return Baseline(
        target=made.target,
        compiler=compiler,
        components=made.components,
        policy=made.policy,
        revision=made.revision,
        sizes=sizes,
        findings=dict(findings),
    )


def of_record(made: Build, wrapper: int) -> Baseline:
    """The baseline that a build of a history is; an OTA file has `wrapper` bytes more than its body.

    Components add up to all of RAM where they were recorded; of a build without them RAM is not known.
    """
    sizes: dict[SizeKey, int] = {}
    ram: list[int] = []
    for kind, name, resource, size in made.sizes:
        if (kind, name) == ("image", "bin"):
            sizes["total", "", "flash"] = size
        elif (kind, name) == ("image", "ota_body"):
            sizes["total", "", "ota"] = size + wrapper
        elif kind == "component" and (known := next((one for one in _RESOURCES if one == resource), None)):
            if known == "ram":
                ram.append(size)
            if size and name not in OURS:
                sizes["component", name, known] = size
    if ram:
        sizes["total", "", "ram"] = sum(ram)
    policy, digest = parts(made.policy)
    return Baseline(
        target=made.target,
        compiler=made.compiler,
        components=digest,
        policy=policy,
        revision=made.revision,
        sizes=sizes,
        findings={},
    )


def updated(
    old: Baseline, new: Baseline, reason: Reason | None, *, anew: bool = False
) -> tuple[Baseline, tuple[SizeKey, ...]]:
    """What is kept after `new`, and what would have gone up but for the want of a reason.

    A reason that nothing wanted is not kept, and raises nothing; one that begins it `anew` is.
    """
    higher = _higher(old, new)
    if reason is not None and (anew or higher or _worse(old, new)):
        return new._replace(reasons=(*old.reasons, reason)), ()
    sizes = {key: min(size, old.sizes.get(key, 0)) for key, size in new.sizes.items()}
    findings = {
        key: _less(old.findings[key], size) for key, size in new.findings.items() if key in old.findings
    }
    kept = {key: size for key, size in sizes.items() if size}
    return new._replace(sizes=kept, findings=findings, reasons=old.reasons), higher


def _higher(old: Baseline, new: Baseline) -> tuple[SizeKey, ...]:
    """What grew; less than the noise floor of a resource is none."""
    return tuple(
        key
        for key, size in new.sizes.items()
        if size > old.sizes.get(key, 0) + max(0, NOISE.get(key[2], 1) - 1)
    )


def _worse(old: Baseline, new: Baseline) -> bool:
    """Whether there is a finding that was not there, or is about more than it was."""
    return any(
        key not in old.findings or (size is not None and size > (old.findings[key] or 0))
        for key, size in new.findings.items()
    )


def _less(old: int | None, new: int | None) -> int | None:
    return new if old is None or new is None else min(old, new)


def refusal(base: Baseline, made: Provenance) -> str:
    """Why a build cannot be compared with the baseline, "" when it can."""
    compiler = made.compilers[0] if made.compilers else ""
    if base.target != made.target:
        return f"it is of another target: {base.target}, this build is for {made.target}"
    if base.compiler and compiler and base.compiler != compiler:
        return f"it is of another compiler: {base.compiler}, this build is of {compiler}"
    if not base.components and base.policy and base.policy != made.policy:
        return f"it is of another policy: {base.policy}, this build is judged by {made.policy}"
    if base.components and base.components != made.components:
        return f"it is of another policy: {base.policy or 'one'} divides the firmware into other components"
    return ""


def named(key: SizeKey) -> str:
    """What a line is about, for a message."""
    kind, name, resource = key
    return f"{name or kind} {resource}"
