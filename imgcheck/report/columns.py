"""How cells become words: the only place that knows "12,345" and "94.4 %"."""

from imgcheck.model import Cell, Column


def size_text(cell: Cell) -> str:
    """Bytes with thousands separators; a price that is a fraction of a byte is rounded."""
    if isinstance(cell, int):
        return f"{cell:,}"
    return f"{round(cell):,}" if isinstance(cell, float) else str(cell)


def share_text(cell: Cell) -> str:
    """A share of 1.0 in percent; never "100.0 %" for what is not whole, nor "0.0 %" for what is there."""
    if not isinstance(cell, int | float):
        return str(cell)
    percent = cell * 100
    if 99.95 <= percent < 100:
        return "99.9 %"
    if 0 < percent < 0.05:
        return "<0.1 %"
    return f"{percent:.1f} %"


def change_text(cell: Cell) -> str:
    """How much something grew: "+1,234", "-56", "0"."""
    return f"{round(cell):+,}" if isinstance(cell, int | float) and round(cell) else str(cell)


def error_text(cell: Cell) -> str:
    """An error bar."""
    return f"±{round(cell):,}" if isinstance(cell, int | float) else str(cell)


def last_part(cell: Cell) -> str:
    """A path without its folders, "libm.a(s.o)"; a symbol before it stays, "sin of libm.a(s.o)"."""
    what, of, path = str(cell).rpartition(" of ")
    return f"{what}{of}{path.rpartition('/')[2]}"


def path_column(title: str, brief: bool = True) -> Column:
    """A column of paths, of which only the last part is shown where width is short."""
    return Column(title, brief=brief, short=last_part)


def size_column(title: str, brief: bool = True) -> Column:
    """A column of bytes."""
    return Column(title, "right", size_text, brief=brief)


def share_column(title: str, brief: bool = True) -> Column:
    """A column of shares, which a format may draw as bars."""
    return Column(title, "right", share_text, bar=True, brief=brief)


def change_column(title: str, brief: bool = True) -> Column:
    """A column of differences."""
    return Column(title, "right", change_text, brief=brief)


def error_column(title: str = "±", brief: bool = True) -> Column:
    """A column of error bars."""
    return Column(title, "right", error_text, brief=brief)
