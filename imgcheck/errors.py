"""What imgcheck raises when it cannot go on; the command line turns each into one line and exit code 2."""

from enum import Enum


class Need(Enum):
    """What a question needs before it can be answered: rules name theirs, errors what was lacking."""

    ELF = "elf"  # owners of bytes: an image alone has none
    MAP = "map"  # the link map
    OTA = "ota"  # an OTA file that was given or found
    BASE = "base"  # another revision's policy to compare with
    BASELINE = "baseline"  # an earlier build's sizes
    FIELD = "field"  # the layouts that devices are known to carry
    WASTES = "wastes"  # bytes that could be had for nothing
    SLIPS = "slips"  # features that are on by a slip in the configuration header
    SAVINGS = "savings"  # what each feature costs
    SECOND = "second"  # what other readers see in the ELF
    HISTORY = "history"  # earlier builds, enough of them to say where sizes go
    CALIBRATION = "calibration"  # a link graph that reproduces the link


class ImgcheckError(Exception):
    """Something the user can act on: one sentence, no traceback."""


class FormatError(ImgcheckError):
    """Input that is not what its format says.

    `message` says what is wrong, `file` names the input as the user knows it ("" until a reader's
    caller knows it). Where in it is a number: `line` and `column` from 1 (0: not known), or a byte
    `offset`. `position` names what numbers do not say ("section .text"),
    or says them otherwise; as an attribute it is the place for people in any case.
    """

    def __init__(
        self,
        message: str,
        file: str = "",
        position: str = "",
        *,
        line: int = 0,
        column: int = 0,
        offset: int | None = None,
    ) -> None:
        super().__init__(message, file, position)
        self.message = message
        self.file = file
        self.words = position
        self.line = line
        self.column = column
        self.offset = offset

    @property
    def position(self) -> str:
        """Where, for people."""
        if self.words:
            return self.words
        if self.line:
            return f"line {self.line}, column {self.column}" if self.column else f"line {self.line}"
        return "" if self.offset is None else f"offset {self.offset:#x}"

    def __str__(self) -> str:
        where = f" ({self.position})" if self.position else ""
        return f"{self.file}: {self.message}{where}" if self.file else f"{self.message}{where}"

    def within(self, file: str) -> "FormatError":
        """The same error, naming `file` if it named none (a `parse(data)` does not know its path)."""
        if self.file:
            return self
        return FormatError(
            self.message, file, self.words, line=self.line, column=self.column, offset=self.offset
        )


class UndecidedError(ImgcheckError):
    """The question was understood, but what was given is not enough to answer it.

    `reason` is what was lacking, where a caller may decide by it; the message is for people only.
    """

    def __init__(self, message: str, reason: Need | None = None) -> None:
        super().__init__(message)
        self.reason = reason
