"""What is a page of the catalogue? What is wrong, when that is found, and what to do about it."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias


class Page(NamedTuple):
    """The page of a code that is no rule's: `wrong` in one sentence, `when` and `todo` in a few."""

    wrong: str
    when: str
    todo: str

    def text(self) -> str:
        """The page as a rule's docstring is one: what is wrong in the first line."""
        return f"{self.wrong}\n\nWhen\n{_indented(self.when)}\n\nWhat to do\n{_indented(self.todo)}"


Pages: TypeAlias = Mapping[str, Page]


def _indented(text: str, width: int = 96) -> str:
    lines, line = [], "   "
    for word in text.split():
        if len(line) + len(word) >= width and line.strip():
            lines.append(line)
            line = "   "
        line += f" {word}"
    return "\n".join([*lines, line])
