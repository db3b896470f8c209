"""What a base has as well is excused, unless the change made it worse."""

from imgcheck.api.baseline import Compared
from imgcheck.model import Base, Diagnostic, Difference, Measure


def compared(code: str, before: int) -> Compared:
    difference: Difference = None  # type: ignore[assignment] # nothing here asks for it
    return Compared(Base("base.json", {}), {(code, "heap"): before}, difference, (), False)


def heap(code: str, size: int) -> Diagnostic:
    return Diagnostic(code, "error", "text", measure=Measure("region", "heap", "ram", size), subject="heap")


def test_of_a_floor_less_is_worse() -> None:
    """IMG202 is about the heap at start, which must not become less; everything else must not become more."""
    base = compared("IMG202", 50_000)
    assert base.excuse(heap("IMG202", 40_000)) == ""
    assert base.excuse(heap("IMG202", 50_000)) == base.excuse(heap("IMG202", 60_000)) != ""
    other = compared("IMG201", 50_000)
    assert other.excuse(heap("IMG201", 60_000)) == ""
    assert other.excuse(heap("IMG201", 40_000)) != ""


def test_files_that_were_no_build_either_excuse_nothing() -> None:
    """The base's OTA file was of another build, and so is this one: which is as wrong as before."""
    for code in ("IMG105", "IMG107", "IMG108"):
        said = Diagnostic(code, "error", "text", subject="heap")
        assert compared(code, 0).excuse(said) == "", code
    assert compared("IMG303", 0).excuse(Diagnostic("IMG303", "error", "text", subject="heap"))
