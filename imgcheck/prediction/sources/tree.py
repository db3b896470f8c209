"""Which file does an #include mean, and which macros does the project itself decide about?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from string import digits
from types import MappingProxyType

from imgcheck.source import MARK, Source

QUOTED = re.compile(r'\s*"([^"\n]+)"|\s*<([^>\n]+)>')
WORD = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")
DEFINED = re.compile(r"#[ \t]*define[ \t]+([A-Za-z_$][\w$]*)")
FALLBACK = re.compile(
    r"#[ \t]*if(?:ndef[ \t]+|[ \t]*![ \t]*defined[ \t]*\(?[ \t]*)([A-Za-z_$][\w$]*)\b[^\n]*\n"
    r"\s*#[ \t]*define[ \t]+\1\b"
)
# What may stand in front of the first directive of a header that says whether it was read.
_AHEAD = re.compile(r"\s+|//[^\n]*|/\*(?s:.*?)\*/|#[ \t]*pragma[ \t]+once\b")
_GUARD = re.compile(
    r"#[ \t]*if(?:ndef[ \t]+|[ \t]*![ \t]*defined[ \t]*\(?[ \t]*)([A-Za-z_$][\w$]*)\b[^\n]*\n"
    r"\s*#[ \t]*define[ \t]+\1\b[^\n]*\n(?!\s*#[ \t]*(?:endif|el))"
)
_APART = "".join(one if one.isalnum() or one in "_$" else " " for one in map(chr, range(128)))
PARENTS = re.compile(r"^(\.\.?/)+")
SOURCES = frozenset({"c", "cc", "cpp", "cxx", "c++", "C"})
CPLUSPLUS = SOURCES - {"c"}


class Tree:
    """All source files and headers there are, parsed when first asked for.

    `files` maps paths (with `/`, relative to one root or absolute) to their text; `include_dirs` are folders
    in the same terms. `parse(text, path)` is the reader, which raises FormatError. `unread` are files
    that are too large, with the identifiers in them: their text is empty here.
    """

    def __init__(
        self,
        files: Mapping[str, str],
        parse: Callable[[str, str], Source],
        include_dirs: Iterable[str] = (),
        unread: Mapping[str, frozenset[str]] = MappingProxyType({}),
    ) -> None:
        self.files = files
        self.unread = unread
        self._parse = parse
        self._parsed: dict[str, Source] = {}
        self._names = {normal(path): path for path in files}
        self._folders = tuple(dict.fromkeys(normal(folder) for folder in include_dirs))
        self._resolved: dict[tuple[str, str, bool], str | None] = {}  # by folder
        self._asked: dict[tuple[str, str, bool], str | None] = {}  # by file
        self._by_base: dict[str, list[str]] = {}
        for name in self._names:
            self._by_base.setdefault(name.rpartition("/")[2], []).append(name)
        self._words: dict[str, frozenset[str]] = dict(unread)
        self._defined: frozenset[str] | None = None
        self._guards: frozenset[str] | None = None
        self._sources: tuple[str, ...] | None = None

    def source(self, path: str) -> Source:
        """The file `path`, cut into directives and blocks. Raises FormatError, KeyError."""
        found = self._parsed.get(path)
        if found is None:
            found = self._parsed[path] = self._parse(self.files[path], path)
        return found

    def sources(self) -> tuple[str, ...]:
        """All paths that a compiler is called with, headers left out."""
        if self._sources is None:
            self._sources = tuple(sorted(path for path in self.files if path.rpartition(".")[2] in SOURCES))
        return self._sources

    def find(self, path: str) -> str | None:
        """The file that `path` means: itself, or the only one whose path ends with it."""
        name = normal(path)
        if name in self._names:
            return self._names[name]
        ending = "/" + name.lstrip("./")
        matches = [
            one for one in self._by_base.get(name.rpartition("/")[2], ()) if ("/" + one).endswith(ending)
        ]
        return self._names[matches[0]] if len(matches) == 1 else None

    def resolve(self, text: str, includer: str, *, beyond: bool = False) -> str | None:
        """The file that `#include text` in `includer` means, None if it is not ours but an SDK's.

        `beyond` is #include_next: only folders behind the one that `includer` was found in.
        """
        asked = (text, includer, beyond)
        if asked not in self._asked:  # for each walk of each file: its folder is told once
            folder = normal(includer.rpartition("/")[0])
            key = (text, folder, beyond)
            if key not in self._resolved:
                self._resolved[key] = self._resolve(text, folder, beyond)
            self._asked[asked] = self._resolved[key]
        return self._asked[asked]

    def _resolve(self, text: str, folder: str, beyond: bool) -> str | None:
        found = QUOTED.match(text)
        if not found:
            return None
        name = found[1] or found[2]
        if beyond:
            behind = self._folders.index(folder) + 1 if folder in self._folders else 0
            folders = tuple(one for one in self._folders[behind:] if one != folder)
        else:
            folders = (folder, *self._folders) if found[1] else self._folders
        for start in folders if name[0] != "/" else ("",):
            candidate = normal(f"{start}/{name}" if start else name)
            if candidate in self._names:
                return self._names[candidate]
        # Include folders are seldom given in full; a name that only one file can mean is that file.
        return self.find(PARENTS.sub("", name)) if found[1] and not beyond else None

    def words(self, path: str) -> frozenset[str]:
        """The identifiers in the text of `path`, if only in a comment; each file is read once for them."""
        found = self._words.get(path)
        if found is None:
            found = self._words[path] = frozenset(words(self.files[path]))
        return found

    @property
    def guards(self) -> frozenset[str]:
        """The macros that headers define to be read once."""
        if self._guards is None:
            headers = (self.files[path] for path in self.files if path.rpartition(".")[2] not in SOURCES)
            self._guards = frozenset(filter(None, map(_guard, headers)))
        return self._guards

    @property
    def defined(self) -> frozenset[str]:
        """The macros that some file of the tree defines, other than where they are missing."""
        if self._defined is None:
            names: set[str] = set()
            for text in self.files.values():
                if "define" in text:
                    # One definition of a name in a file may be its fallback; a second one is not.
                    names.update((Counter(DEFINED.findall(text)) - Counter(FALLBACK.findall(text))).keys())
            self._defined = frozenset(names)
        return self._defined


def _guard(text: str) -> str:
    """The macro that a header defines to be read once, "" for none: nobody else defines that."""
    at = len(MARK) * text.startswith(MARK)
    while found := _AHEAD.match(text, at):
        at = found.end()
    guard = _GUARD.match(text, at)
    return guard[1] if guard is not None else ""


def words(text: str) -> Iterable[str]:
    """All that WORD finds in a text."""
    if not text.isascii():
        return WORD.findall(text)
    # A fifth of the time, and there are megabytes.
    found = set(text.translate(_APART).split())
    return {word.lstrip(digits) for word in found} - {""}


def cplusplus(path: str) -> bool:
    """Whether a compiler takes `path` for C++."""
    return path.rpartition(".")[2] in CPLUSPLUS


def normal(path: str) -> str:
    """`path` without `.` and `..`, as far as they can be resolved by name."""
    parts: list[str] = []
    for part in path.replace("\\", "/").split("/"):
        if part == ".." and parts and parts[-1] not in {"..", ""}:
            parts.pop()
        elif part != "." and (part or not parts):
            parts.append(part)
    if len(parts) > 1 and not parts[0] and path[:1] not in "/\\":
        parts = parts[1:]
    return "/".join(parts)
