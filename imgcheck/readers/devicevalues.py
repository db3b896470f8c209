"""Values of device tree source: `<1 (2 + 3)>`, `"text"`, `[00 11]` as bytes, as far as the text says them.

What only the preprocessor, another file or a finished tree knows (macros, references) is left open and named.
"""

import ast
import re
import struct

_LONGEST_EXPRESSION = 200
_LONGEST_SHOWN = 64  # of a name that is not known
_GROUP = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"  # an expression, three deep; only there stand << and >>
_PIECE = re.compile(
    rf'\s*(?:"(?P<text>(?:[^"\\]|\\[\s\S])*)"|<(?P<cells>(?:[^<>()]|{_GROUP})*)>|\[(?P<bytes>[^]]*)\])\s*(?:,|$)'
)
_CELL = re.compile(rf"\s+|(?P<scale>DT_SIZE_[KM])?(?P<group>{_GROUP})|(?P<word>\w+)")
_SCALE = {"DT_SIZE_K": 1 << 10, "DT_SIZE_M": 1 << 20}


def encode(value: str) -> bytes | None:
    """The bytes of a property's value, None where the text does not say them in full."""
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


def unknown(value: str) -> str:
    """What of a value that cannot be worked out is to blame: its first name, or the value itself."""
    bare = re.sub(r'"(?:[^"\\]|\\[\s\S])*"', " ", value)
    names = (name for name in re.findall(r"&\{[^}]*\}|&?\b[A-Za-z_]\w*", bare) if name not in _SCALE)
    return next(names, " ".join(value.split()))[:_LONGEST_SHOWN]


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
