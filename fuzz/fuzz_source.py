"""Any bytes are C source that can be lexed and cut into directives, or a FormatError."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck.errors import FormatError
    from imgcheck.readers import preprocessor

import mutated
import running


def one(data: bytes) -> None:
    """Lexing keeps to the text; parsing says where it fails."""
    text = preprocessor.decode(data)
    preprocessor.lex(text)
    try:
        preprocessor.parse(text, "fuzz.c")
    except FormatError as error:
        assert str(error)


running.run(one, mutated.lines)
