"""Another library reads this ELF otherwise than imgcheck does.

What it does
    With --second-reader the ELF is read again by lief and by pyelftools, in a process of their own. The bytes
    that objcopy would write, the sections, and the symbols with their sizes must be what imgcheck read.

Why it matters
    A file can be made so that one reader sees a small firmware and the device gets a large one. Three
    readers that were written by different people are not fooled by the same trick.

What to do
    Build the ELF again from clean sources. If the difference stays, keep the file and report it: one of the
    three has a defect.

Example
    fw.elf: lief reads another image: 102080 bytes, not 102068; the first difference is at offset 0x18eb4
"""

from collections.abc import Iterator

from imgcheck.model import Diagnostic, Facts, Location, Need, Severity

CODE = "IMG108"
SEVERITY: Severity = "error"
NEEDS = (Need.SECOND,)


def check(facts: Facts) -> Iterator[Diagnostic]:
    """One finding for each library that disagrees."""
    for words in facts.second:
        yield Diagnostic(
            CODE,
            SEVERITY,
            f"{facts.image.path}: {words}",
            Location(facts.image.path),
            help="Build the ELF again; if the difference stays, one of the readers has a defect.",
            subject=words.partition(" ")[0],
        )
