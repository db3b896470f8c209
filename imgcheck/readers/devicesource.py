"""Device tree source (DTS), read for where its nodes and properties stand (Devicetree Specification v0.4, 6).

A lenient scanner: what a board file of Zephyr includes and which macros it uses need not be there, and
whether the source is right is for the compilers in devicecompilers.py to say. Here its lines are found, and
what of it could not be followed:

    flash0: flash@23000000 {                 a node: labels, name, line
        reg = <0x23000000 DT_SIZE_M(4)>;     a property: name, line, bytes as far as they can be known
    };
    &flash0 { /delete-node/ old; };          what is said again, or taken back
"""

import re
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers.devicenodes import DEEPEST, LARGEST, Node, Property
from imgcheck.readers.devicevalues import encode, unknown

_LONGEST_NAME = 255  # shown of what should be a node's name
_MOST_NOTES = 100  # of one kind


class Text(NamedTuple):
    """Source as text; `bad_lines` has the line of each byte that is not UTF-8."""

    text: str
    bad_lines: tuple[int, ...]


class Note(NamedTuple):
    """Something that was not followed, or is not as it should be, and the line where it stands."""

    line: int
    message: str


class Scan(NamedTuple):
    """A tree; what of its source was not followed, what other files add, properties behind nodes."""

    root: Node
    unfollowed: tuple[Note, ...]
    elsewhere: tuple[Note, ...]
    late: tuple[Note, ...]


def decode(data: bytes) -> Text:
    """The text of a source file as Python's text files give it, with what cannot be decoded replaced.

    Raises FormatError for what is too large or no text at all.
    """
    if len(data) > LARGEST:
        raise FormatError(f"too large for a device tree: {len(data)} bytes")
    if b"\0" in data:
        raise FormatError("a binary file, neither DTS nor DTB", offset=data.index(0))
    text = data.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
    bad = tuple(number for number, line in enumerate(text.split("\n"), 1) if _UNDECODED.search(line))
    return Text(_UNDECODED.sub("\ufffd", text), bad)


def parse(text: str) -> Node:
    """The root node of DTS source, with lines; FormatError as `scan`."""
    return scan(text).root


def scan(text: str) -> Scan:
    """The tree in DTS source, and what of it was not followed.

    Raises FormatError with the line where its braces, strings or comments do not close.
    """
    if len(text) > LARGEST:
        raise FormatError(f"too large for a device tree: {len(text)} characters")
    reading = _Reading()
    words: list[str] = []
    start = line = 1
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind in ("comment", "directive"):
            if kind == "directive":
                reading.directive(token, line)
            words.append(" ")
        elif kind == "open":
            raise FormatError("a comment that never ends", line=line)
        elif kind == "quote":
            raise FormatError("a string that never ends", line=line)
        elif token in ("{", "}", ";"):
            statement = "".join(words)
            words = []
            if token == "{":
                reading.opened(statement, start, line)
            else:
                reading.said(statement, start)
            if token == "}":
                reading.closed(line)
        else:
            if not any(word.strip() for word in words):
                words = []
                start = line + token[: len(token) - len(token.lstrip())].count("\n")
            words.append(token)
        line += token.count("\n")
    return reading.finished()


_UNDECODED = re.compile("[\udc80-\udcff]")
_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*[\s\S]*?\*/)
    | (?P<open>/\*)
    | (?P<directive>^[ \t]*\#[ \t]*
        (?:include|define|undef|if|ifdef|ifndef|else|elif|endif|pragma|error|line)\b[^\n]*
        |/include/[ \t]*"[^"\n]*")
    | (?P<string>"(?:[^"\\]|\\[\s\S])*")
    | (?P<quote>")
    | (?P<mark>[{};])
    | (?P<reference>&\{[^{}"\n]*\})
    | (?P<text>[^"/{};\#&]+|[\s\S])""",
    re.VERBOSE | re.MULTILINE,
)
# CPython 3.11 miscounts groups around possessive quantifiers, so there are none; every alternative differs in
# its first character instead, which keeps these linear all the same.
_LABEL = re.compile(r"\s*([A-Za-z_]\w*)[ \t]*:")
_NAME = re.compile(r"\s*([^\s=]+)\s*")
_COMMAND = re.compile(r"/([a-z][a-z0-9-]*)/\s*([\s\S]*)")
_CONDITION = re.compile(r"\s*#\s*(?:if|ifdef|ifndef|elif|else)\b")
_ELSEWHERE = re.compile(r"\s*#\s*include\b|/include/")


def _labels(text: str) -> tuple[list[str], int]:
    found, at = [], 0
    while match := _LABEL.match(text, at):
        found.append(match[1])
        at = match.end()
    return found, at


class _Reading:
    """The tree as far as it is read; what a reference does not find gets a node of its own in the root."""

    def __init__(self) -> None:
        self.root = Node("/", 0)
        self.stack: list[Node] = []
        self.labels: dict[str, Node] = {}
        self.parents: dict[int, Node] = {}  # by id, of the nodes that are in the tree and so keep it
        self.named: dict[int, list[str]] = {}  # labels, likewise
        self.behind: list[bool] = []  # of each open block: whether a node has stood in it
        self.here: list[set[str]] = []  # of each open block: the properties that it has said
        self.unfollowed: list[Note] = []
        self.elsewhere: list[Note] = []
        self.late: list[Note] = []

    def finished(self) -> Scan:
        if self.stack:
            raise FormatError(f"node {self.stack[-1].name} never ends", line=self.stack[-1].line)
        cut = slice(_MOST_NOTES)
        return Scan(self.root, tuple(self.unfollowed[cut]), tuple(self.elsewhere[cut]), tuple(self.late[cut]))

    def directive(self, text: str, line: int) -> None:
        shown = " ".join(text.split())[:_LONGEST_NAME]
        if _CONDITION.match(text):
            self.unfollowed.append(
                Note(line, f"{shown} is the preprocessor's to decide: all branches were read")
            )
        elif _ELSEWHERE.match(text):
            message = f"{shown} is not followed: what it adds or changes is not seen"
            self.elsewhere.append(Note(line, message))

    def opened(self, head: str, start: int, line: int) -> None:
        names, at = _labels(head)
        name = " ".join(head[at:].split())[:_LONGEST_NAME]
        if name.startswith("/") and name != "/":
            self.unfollowed.append(Note(start, f"{name} is not followed"))
            name = name.rpartition("/")[2].strip() or name
        if name == "/" and not self.stack:
            self.root.line = self.root.line or start
            node = self.root
        elif name.startswith("&"):
            node = self._extended(name, start)
        else:
            node = self._child(self.stack[-1] if self.stack else self.root, name, start)
        for label in names:
            if self.labels.get(label, node) is not node:
                self.unfollowed.append(Note(start, f"{label[:_LONGEST_NAME]} is the label of two nodes"))
            self.labels[label] = node
            self.named.setdefault(id(node), []).append(label)
        if len(self.stack) == DEEPEST:
            raise FormatError(f"more than {DEEPEST} nodes inside each other", line=line)
        if self.behind:
            self.behind[-1] = True
        self.stack.append(node)
        self.behind.append(False)
        self.here.append(set())

    def said(self, statement: str, line: int) -> None:
        """A statement that a ; ends, or the end of its block."""
        _, at = _labels(statement)
        match = _NAME.match(statement, at)
        if not match:
            return
        command = _COMMAND.match(statement[at:].lstrip())
        if command:
            self._command(command[1], command[2].strip(), line)
            return
        rest = statement[match.end() :]
        if not self.stack or (rest and not rest.startswith("=")):  # it is none: a word without = or ;
            return
        self._late(match[1], line)
        self.here[-1].add(match[1])
        data = encode(rest[1:])
        self.stack[-1].properties[match[1]] = Property(
            match[1], data, line, "" if data is not None else unknown(rest[1:])
        )

    def closed(self, line: int) -> None:
        if not self.stack:
            raise FormatError("a } without its {", line=line)
        self.stack.pop()
        self.behind.pop()
        self.here.pop()

    def _late(self, name: str, line: int) -> None:
        if self.behind[-1]:
            self.late.append(Note(line, f"{name[:_LONGEST_NAME]} stands behind a node of its block"))

    def _command(self, command: str, what: str, line: int) -> None:
        if command == "delete-property" and self.stack:
            self._late(what, line)
            if what in self.here[-1]:  # dtc keeps it in a block that makes its node
                message = (
                    f"/delete-property/ {what[:_LONGEST_NAME]} in the block that says it: compilers differ"
                )
                self.unfollowed.append(Note(line, message))
            self.stack[-1].properties.pop(what, None)
        elif command == "delete-node":
            if self.behind:
                self.behind[-1] = True
            parent = self.stack[-1] if self.stack else None
            node = self._found(what) if what.startswith("&") else parent and parent.children.get(what)
            if node:
                self._delete(node)
            elif what.startswith("&") or (parent and parent.name.startswith("&")):
                shown = what[:_LONGEST_NAME]
                self.unfollowed.append(Note(line, f"/delete-node/ {shown}: no such node in this file"))

    def _extended(self, name: str, line: int) -> Node:
        node = self._found(name)
        if node is None:
            self.elsewhere.append(
                Note(line, f"{name} is no node of this file: what else it holds is not seen")
            )
            node = self._child(self.root, name, line)
        return node

    def _child(self, parent: Node, name: str, line: int) -> Node:
        node = parent.children.get(name)
        if node is None:
            node = parent.children[name] = Node(name, line)
            self.parents[id(node)] = parent
        return node

    def _found(self, reference: str) -> Node | None:
        if reference.startswith("&{"):
            path = reference[2:].rstrip("}").strip()
            return self.root.at(*filter(None, path.split("/"))) if path.startswith("/") else None
        return self.labels.get(reference[1:].strip())

    def _delete(self, gone: Node) -> None:
        parent = self.parents.get(id(gone))
        if parent is None:  # the root
            return
        del parent.children[gone.name]
        for _, node in gone.walk():
            del self.parents[id(node)]
            for label in self.named.pop(id(node), ()):
                if self.labels.get(label) is node:
                    del self.labels[label]
