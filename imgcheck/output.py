"""Where a report goes: every output is written whole or not at all, and checked before the work."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TextIO

from imgcheck import emitters
from imgcheck.emitters import Medium
from imgcheck.errors import ImgcheckError
from imgcheck.model import Report
from imgcheck.printable import printable
from imgcheck.report.verdict import binding
from imgcheck.wording import near

SUMMARY_BYTES = 1_000_000  # GitHub drops the whole summary of a step above 1 MiB
PEOPLE = ("text", "concise")  # formats that follow a terminal's encoding
_SUFFIXES = {
    ".csv": "csv",
    ".htm": "html",
    ".html": "html",
    ".json": "json",
    ".md": "markdown",
    ".sarif": "sarif",
    ".txt": "text",
    ".xml": "junit",
}
_SAMPLE = "█░▶±…"  # what the text formats draw with


class Destination(NamedTuple):
    """One output; `path` None is standard output."""

    format: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Outputs:
    """All outputs of a run, GitHub's files for the job summary and the step's outputs."""

    destinations: tuple[Destination, ...]
    summary: Path | None = None
    variables: Path | None = None
    look: Medium = emitters.PLAIN  # what standard output is like

    @property
    def silent(self) -> bool:
        """Whether nothing goes to standard output."""
        return all(one.path for one in self.destinations)

    def wants(self, format: str) -> bool:
        """Whether one of the outputs has this format."""
        return any(one.format == format for one in self.destinations)

    def load(self) -> None:
        """Imports what the formats need, which can be done beside something that waits."""
        # What fails here fails again when the report is written, and is told then.
        with suppress(ImportError, OSError):
            for one in self.destinations:
                emitters.load(one.format)

    def write(self, report: Report, stdout: TextIO) -> None:
        """Writes every output; files first, all of them or none, then what goes to `stdout`.

        A file gets the detail that `look` asks for, 80 columns and no colour. Only what is for people follows
        the encoding of `stdout`: everything else is UTF-8.

        Raises ImgcheckError naming the path that could not be written.
        """
        files: list[tuple[Path, str | bytes]] = []
        printed, words = "", True
        for one in self.destinations:
            emitter = emitters.load(one.format)
            if one.path:
                files.append((one.path, emitter.emit(_seen(report, one), Medium(detail=self.look.detail))))
            else:
                words = one.format in PEOPLE
                printed = emitter.emit(
                    _seen(report, one), self.look._replace(unicode=not words or _draws(stdout))
                )
        replace(files)
        if self.summary:
            limit = SUMMARY_BYTES - _length(self.summary)
            _append(self.summary, emitters.load("markdown").emit(report, Medium(limit=max(limit, 0))))
        if self.variables:
            _append(self.variables, "".join(f"{name}={value}\n" for name, value in variables(report)))
        _print(printed, stdout, words)


def plan(texts: Sequence[str], environment: Mapping[str, str] | None = None) -> Outputs:
    """Parses `FORMAT[=PATH]` texts (none: text to standard output) and checks that each can be written.

    With `environment`, GitHub's summary and output files named in it are written too.
    Raises ImgcheckError: unknown format, standard output asked for twice, one path twice, or a path
    that cannot be written.
    """
    destinations = tuple(parse(text) for text in texts or ["text"])
    if sum(one.path is None for one in destinations) > 1:
        raise ImgcheckError("only one output can go to standard output; give the others a path: FORMAT=PATH")
    paths = [_followed(one.path) for one in destinations if one.path]
    for path in paths:
        if paths.count(path) > 1:
            raise ImgcheckError(f"{path}: two outputs cannot share a file")
    for one in destinations:
        if one.path:
            check(one.path)
    named = {key: (environment or {}).get(key) for key in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    summary, step = (Path(value) if value else None for value in named.values())
    for named_path in (summary, step):
        if named_path:
            check(named_path)
    return Outputs(destinations, summary, step)


def parse(text: str) -> Destination:
    """One `FORMAT`, `FORMAT=PATH`, or a path whose suffix says the format; the path `-` is stdout."""
    name, equals, path = text.partition("=")
    if name not in emitters.EMITTERS and (inferred := suffixed(text)):
        return Destination(inferred, Path(text))
    if name not in emitters.EMITTERS:
        close = near(name, emitters.EMITTERS, 1)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(emitters.EMITTERS)}"
        raise ImgcheckError(f"--output {name}: no such format; {hint}")
    if equals and not path:
        raise ImgcheckError(f"--output {text}: a path is missing after =")
    return Destination(name, None if path in ("", "-") else Path(path))


def named(text: str) -> bool:
    """Whether a text says a format: by its name, or by a path's suffix."""
    return text.partition("=")[0] in emitters.EMITTERS or bool(suffixed(text))


def suffixed(text: str) -> str:
    """The format that a path's suffix stands for, "" when it stands for none."""
    return _SUFFIXES.get(Path(text).suffix.lower(), "") if Path(text).stem else ""


def check(path: Path) -> None:
    """Raises ImgcheckError if a file could not be written at `path`; leaves nothing behind."""
    target = _followed(path)
    if target.is_dir():
        raise ImgcheckError(f"{path}: cannot be written: it is a folder")
    try:
        if target.exists() and not os.access(target, os.W_OK):
            raise ImgcheckError(f"{path}: cannot be written: permission denied")
        if _stays(target):
            os.close(_opened(target))
            return
        import tempfile

        handle, name = tempfile.mkstemp(prefix=".imgcheck-", dir=target.parent)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise ImgcheckError(f"{path}: cannot be written: {error.strerror or error}") from error


def replace(files: Iterable[tuple[Path, str | bytes]]) -> None:
    """Writes each text beside its file first and moves it over only when all of them are written.

    Texts are UTF-8; bytes that were none when read (a patch of an old header) come out as they were.
    """
    ready: list[tuple[Path, Path]] = []
    try:
        for path, text in files:
            data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
            target = _followed(path)  # a link stays a link
            try:
                if _stays(target):
                    with os.fdopen(_opened(target), "wb") as out:
                        if target.is_file():
                            out.truncate(0)
                        out.write(data)
                    continue
                beside = target.with_name(f".imgcheck-{os.getpid()}-{len(ready)}.tmp")
                ready.append((beside, target))
                # x: never through a link that somebody else put there. A plain open honours the umask.
                with beside.open("xb") as out:
                    out.write(data)
                if target.exists():
                    beside.chmod(target.stat().st_mode & 0o7777)
            except OSError as error:
                raise ImgcheckError(f"{path}: cannot be written: {error.strerror or error}") from error
        for beside, target in ready:
            beside.replace(target)
    finally:
        for beside, _ in ready:
            beside.unlink(missing_ok=True)


def _followed(path: Path) -> Path:
    """Where links lead; what is there and is no file stays as it was called: /dev/stdout may be a pipe."""
    try:
        target = path.resolve()
        return path if path.exists() and not target.exists() else target
    except (OSError, RuntimeError):  # pathlib's word for links that lead to each other
        raise ImgcheckError(f"{path}: cannot be written: its links lead nowhere") from None


def _stays(target: Path) -> bool:
    """Whether nothing can be moved over it: a device, a pipe, or a file that only a link still leads to.

    Standard output may be a file that has lost its name (a runner's temporary one); what is called
    /dev/stdout is a link of the system then, and no file of ours may take its place.
    """
    return target.exists() and (not target.is_file() or target.is_symlink())


def _opened(target: Path) -> int:
    """A device or a pipe, open for writing; a pipe that nobody reads is refused rather than waited for."""
    handle = os.open(target, os.O_WRONLY | os.O_NONBLOCK)
    os.set_blocking(handle, True)
    return handle


def variables(report: Report) -> tuple[tuple[str, str], ...]:
    """What a later step of a workflow may want: (name, one line)."""
    verdict = {True: "pass", False: "fail", None: "unknown"}[report.passed]
    found = [("verdict", verdict)]
    if report.worst:
        slot = binding(report.worst)
        found += [("headroom", str(slot.headroom)), ("binding", f"{report.worst.name} {slot.name}")]
    if report.summary:
        found.append(("ota_bytes", str(report.summary.ota_file_bytes)))
    return tuple((name, printable(value)) for name, value in found)


def _append(path: Path, text: str) -> None:
    try:
        with path.open("a", encoding="utf-8", newline="") as out:
            out.write(text)
    except OSError as error:
        raise ImgcheckError(f"{path}: cannot be written: {error.strerror or error}") from error


def _seen(report: Report, one: Destination) -> Report:
    """What a page shows on top of a report costs time, and does not change what the others say."""
    return report.drawn or report if one.format == "html" else report


def _print(text: str, stream: TextIO, words: bool) -> None:
    encoding = (getattr(stream, "encoding", None) or "utf-8") if words else "utf-8"
    data = text.encode(encoding, "backslashreplace")
    raw = getattr(stream, "buffer", None)
    if raw is None:
        stream.write(data.decode(encoding))
    else:
        stream.flush()
        raw.write(data)
    stream.flush()


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _draws(stream: TextIO) -> bool:
    try:
        _SAMPLE.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
