"""What imgcheck raises when it cannot go on; the command line turns each into one line and exit code 2."""


class ImgcheckError(Exception):
    """Something the user can act on: one sentence, no traceback."""


class FormatError(ImgcheckError):
    """Input that is not what its format says.

    `message` says what is wrong, `file` names the input as the user knows it ("" until a reader's
    caller knows it), `position` says where in it ("line 7", "offset 0x40", "section .text").
    """

    def __init__(self, message: str, file: str = "", position: str = "") -> None:
        super().__init__(message, file, position)
        self.message = message
        self.file = file
        self.position = position

    def __str__(self) -> str:
        where = f" ({self.position})" if self.position else ""
        return f"{self.file}: {self.message}{where}" if self.file else f"{self.message}{where}"

    def within(self, file: str) -> "FormatError":
        """The same error, naming `file` if it named none (a `parse(data)` does not know its path)."""
        return self if self.file else FormatError(self.message, file, self.position)


class UndecidedError(ImgcheckError):
    """The question was understood, but what was given is not enough to answer it."""
