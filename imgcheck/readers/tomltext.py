"""A TOML document (https://toml.io/en/v1.0.0) as tomllib reads it, its mistakes at numbered lines."""

import re
import tomllib

from imgcheck.errors import FormatError

# The standard library's decoder says where in words only: "Expected ']' (at line 1, column 10)".
_SAID = re.compile(r"(?P<what>.*?) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|.*)\)", re.DOTALL)


def load(text: str) -> dict[str, object]:
    """The tables of a document whose lines end in LF; raises FormatError with line and column."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise FormatError("not TOML: nested too deeply") from None
    except ValueError as error:  # TOMLDecodeError is one; numbers and dates out of range raise plain ones
        said = _SAID.fullmatch(str(error))
        if not said:
            raise FormatError(f"not TOML: {error}") from None
        what = f"not TOML: {said['what'][:1].lower()}{said['what'][1:]}"
        if said["line"]:
            raise FormatError(what, line=int(said["line"]), column=int(said["column"])) from None
        last = text.count("\n") + 1
        raise FormatError(what, position=f"line {last}, end of file", line=last) from None
