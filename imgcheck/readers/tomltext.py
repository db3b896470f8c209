"""A TOML document (https://toml.io/en/v1.0.0) as tomllib reads it, its mistakes at numbered lines."""

import re
import tomllib

from imgcheck.errors import FormatError

DEEPEST = 64  # parts of a key, and brackets in brackets
# The standard library's decoder says where in words only: "Expected ']' (at line 1, column 10)".
_SAID = re.compile(r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|.*)\)", re.DOTALL)
# Groups that give nothing back fail on their first character: see readers.preprocessor.
_TOKEN = re.compile(
    r"""(?P<string>"{3}(?:[^"\\]|(?=\\[\s\S])\\[\s\S]|(?!"{3})")*+"{3,5} | '{3}[\s\S]*?'{3,5}
        | "(?:[^"\\\n]|(?=\\.)\\.)*+" | '[^'\n]*+')
    | (?P<comment>\#[^\n]*+)
    | (?P<open>[\[{]) | (?P<close>[\]}]) | (?P<dot>\.) | (?P<between>[,=\n])
    | (?P<number>\b0[xob]\w{130})
    | (?P<endless>["'])""",
    re.VERBOSE,
)


def load(text: str) -> dict[str, object]:
    """The tables of a document whose lines end in LF; raises FormatError with line and column."""
    _shallow(text)
    try:
        return tomllib.loads(text)
    except ValueError as error:  # TOMLDecodeError is one; numbers and dates out of range raise plain ones
        said = _SAID.fullmatch(str(error))
        if not said:
            raise FormatError(f"not TOML: {error}") from None
        what = f"not TOML: {said['what'][:1].lower()}{said['what'][1:]}"
        if said["line"]:
            raise FormatError(what, line=int(said["line"]), column=int(said["column"])) from None
        last = text.count("\n") + 1
        raise FormatError(what, position=f"line {last}, end of file", line=last) from None


def _shallow(text: str) -> None:
    """Raises FormatError with the line of what nobody writes, and what takes tomllib or a reader too long.

    The time of tomllib, and the places that are kept of keys, go with the square of a key's parts. What comes
    after a string that does not end is left to tomllib, which refuses it: to look on would be quadratic, too.
    """
    deep = parts = 0
    for token in _TOKEN.finditer(text):
        kind, end = token.lastgroup, token.end()
        if kind == "endless" or (kind == "string" and text.startswith(token[0][0], end)):
            return
        if kind == "dot":
            parts += 1
        elif kind not in ("string", "comment"):
            parts = 0
            deep = max(deep + (kind == "open") - (kind == "close"), 0)
        if parts >= DEEPEST or deep > DEEPEST or kind == "number":
            line = text.count("\n", 0, token.start()) + 1
            what = "a number of more than 64 bits" if kind == "number" else "nested too deeply"
            raise FormatError(f"not TOML: {what}", line=line)
