"""Device tree source (DTS), read for where its nodes and properties stand.

A lenient scanner: what a board file of Zephyr includes and which macros it uses need not be there, and
whether the source is right is for the compilers in devicecompilers.py to say. Here only its lines are found:

    flash0: flash@23000000 {                 a node: labels, name, line
        reg = <0x23000000 DT_SIZE_M(4)>;     a property: name, line, bytes as far as they can be known
"""

import ast
import re
import struct
from typing import NamedTuple

from imgcheck.errors import FormatError
from imgcheck.readers.devicenodes import DEEPEST, LARGEST, Node, Property

_LONGEST_NAME = 255  # shown of what should be a node's name
_LONGEST_EXPRESSION = 200


class Text(NamedTuple):
    """Source as text; `bad_lines` has the line of each byte that is not UTF-8."""

    text: str
    bad_lines: tuple[int, ...]


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
    """The root node of DTS source, with lines.

    Raises FormatError with the line where its braces, strings or comments do not close.
    """
    if len(text) > LARGEST:
        raise FormatError(f"too large for a device tree: {len(text)} characters")
    root = Node("/", 0)
    stack: list[Node] = []
    labels: dict[str, Node] = {}
    words: list[str] = []
    start = line = 1
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind in ("comment", "directive"):
            words.append(" ")
        elif kind == "open":
            raise FormatError("a comment that never ends", line=line)
        elif kind == "quote":
            raise FormatError("a string that never ends", line=line)
        elif token == "{":
            node = _opened("".join(words), root, stack, labels, start)
            if len(stack) == DEEPEST:
                raise FormatError(f"more than {DEEPEST} nodes inside each other", line=line)
            stack.append(node)
            words = []
        elif token == "}":
            if not stack:
                raise FormatError("a } without its {", line=line)
            _assigned("".join(words), stack, start)
            stack.pop()
            words = []
        elif token == ";":
            _assigned("".join(words), stack, start)
            words = []
        else:
            if not any(word.strip() for word in words):
                words = []
                start = line + token[: len(token) - len(token.lstrip())].count("\n")
            words.append(token)
        line += token.count("\n")
    if stack:
        raise FormatError(f"node {stack[-1].name} never ends", line=stack[-1].line)
    return root


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
    | (?P<text>[^"/{};\#]+|[\s\S])""",
    re.VERBOSE | re.MULTILINE,
)
# CPython 3.11 miscounts groups around possessive quantifiers, so there are none; every alternative differs in
# its first character instead, which keeps these linear all the same.
_LABEL = re.compile(r"\s*([A-Za-z_]\w*)[ \t]*:")
_NAME = re.compile(r"\s*([^\s=]+)\s*")
_GROUP = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"  # an expression, three deep; only there stand << and >>
_PIECE = re.compile(
    rf'\s*(?:"(?P<text>(?:[^"\\]|\\[\s\S])*)"|<(?P<cells>(?:[^<>()]|{_GROUP})*)>|\[(?P<bytes>[^]]*)\])\s*(?:,|$)'
)
_CELL = re.compile(rf"\s+|(?P<scale>DT_SIZE_[KM])?(?P<group>{_GROUP})|(?P<word>\w+)")
_SCALE = {"DT_SIZE_K": 1 << 10, "DT_SIZE_M": 1 << 20}


def _labels(text: str) -> tuple[list[str], int]:
    found, at = [], 0
    while match := _LABEL.match(text, at):
        found.append(match[1])
        at = match.end()
    return found, at


def _opened(head: str, root: Node, stack: list[Node], labels: dict[str, Node], line: int) -> Node:
    names, at = _labels(head)
    name = " ".join(head[at:].split())[:_LONGEST_NAME]
    if name == "/" and not stack:
        root.line = root.line or line
        return root
    if name.startswith("&") and name[1:] in labels:
        return labels[name[1:]]
    node = (stack[-1] if stack else root).children.setdefault(name, Node(name, line))
    for label in names:
        labels[label] = node
    return node


def _assigned(statement: str, stack: list[Node], line: int) -> None:
    _, at = _labels(statement)
    match = _NAME.match(statement, at)
    if not match or not stack or match[1].startswith("/"):
        return
    rest = statement[match.end() :]
    if not rest or rest.startswith("="):  # else it is none: a word without = or ;
        stack[-1].properties[match[1]] = Property(match[1], _encode(rest[1:]), line)


def _encode(value: str) -> bytes | None:
    out, at = [], 0
    value = value.strip()
    while at < len(value):
        match = _PIECE.match(value, at)
        if not match:
            return None
        if match["text"] is not None:
            out.append(match["text"].encode("utf-8", "replace") + b"\0")
        elif match["bytes"] is not None:
            try:
                out.append(bytes.fromhex("".join(match["bytes"].split())))
            except ValueError:
                return None
        else:
            numbers = _numbers(match["cells"])
            if numbers is None:
                return None
            out += [struct.pack(">I", number & 0xFFFFFFFF) for number in numbers]
        at = match.end()
    return b"".join(out)


def _numbers(text: str) -> list[int] | None:
    numbers, at = [], 0
    while at < len(text):
        match = _CELL.match(text, at)
        if not match:
            return None
        word = match["group"] or match["word"]
        if word:
            number = _evaluate(word)
            if number is None:
                return None
            numbers.append(number * _SCALE.get(match["scale"] or "", 1))
        at = match.end()
    return numbers


def _evaluate(text: str) -> int | None:
    """An expression of C integers, None for anything else."""
    if text.isdecimal() and (text[0] != "0" or len(text) == 1) and len(text) < 20:
        return int(text)
    if len(text) > _LONGEST_EXPRESSION:
        return None
    text = re.sub(r"DT_SIZE_([KM])\s*\(([^()]*)\)", lambda m: f"(({m[2]})*{_SCALE['DT_SIZE_' + m[1]]})", text)
    try:
        text = re.sub(r"\w+", lambda m: str(_integer(m[0])), text).replace("/", "//")
        return _value(ast.parse(text.strip(), mode="eval").body)
    except (ValueError, SyntaxError, MemoryError, RecursionError, ZeroDivisionError):
        return None


def _integer(text: str) -> int:
    digits = text.rstrip("uUlL")
    return int(digits, 8) if re.fullmatch(r"0[0-7]+", digits) else int(digits, 0)


def _value(node: ast.expr) -> int:
    match node:
        case ast.Constant(value=int(number)):
            return number
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.BinOp(left=left, op=op, right=right):
            one, two = _value(left) & 0xFFFFFFFFFFFFFFFF, _value(right) & 0xFFFFFFFFFFFFFFFF
            match op:
                case ast.Add():
                    return one + two
                case ast.Sub():
                    return one - two
                case ast.Mult():
                    return one * two
                case ast.FloorDiv():
                    return one // two
                case ast.LShift():
                    return one << min(two, 64)
                case ast.RShift():
                    return one >> min(two, 64)
                case ast.BitOr():
                    return one | two
    raise ValueError(ast.dump(node))
