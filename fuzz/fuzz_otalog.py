"""Any log can be read, and what is known in it gets a verdict."""

import atheris

with atheris.instrument_imports(include=["imgcheck"]):
    from imgcheck import targets
    from imgcheck.devices import otalog
    from imgcheck.report.logs import build

import mutated
import running


def one(data: bytes) -> None:
    """The story, its verdict and its report."""
    story = otalog.read(data.decode("utf-8", "replace").split("\n"))
    build(story, "log", {}, (), targets.DEFAULT.chip)
    assert otalog.verdict(story) or not story.events


running.run(one, mutated.lines)
