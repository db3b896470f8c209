"""Do these sources give this build, and which of their lines does its code belong to?"""

from __future__ import annotations

from collections.abc import Mapping

from imgcheck.beside import Beside
from imgcheck.model import Diagnostic, Policy
from imgcheck.prediction import agreement, otherwise, sourcing
from imgcheck.prediction.agreement import ContradictedError, Evidence
from imgcheck.prediction.coderows import Inline
from imgcheck.prediction.origins import Origin
from imgcheck.readers.objects import Object


def judged(
    evidence: Evidence,
    affected: dict[int, Object | None],
    touched: frozenset[str],
    build: tuple[bytes, Policy],
) -> tuple[dict[int, Origin], tuple[Diagnostic, ...]]:
    """Where each object came from, with the code of those `affected`, and what is odd about the sources.

    What the linked ELF says of the sources is looked at beside the objects. `build` is the image, and what
    the policy says of it. Raises UndecidedError where the sources are not the build's.
    """
    lines, judged = evidence.lines, list[Diagnostic]()
    binary, policy = build
    names = sourcing.naming(affected, evidence.origins, touched.union(evidence.active))
    with Beside(lambda: (agreement.judge(evidence), lines.calls(names))) as judging:
        lines.load(names)

        def calls() -> Mapping[int, tuple[Inline, ...]]:
            said, found = judging.result()
            judged.extend(said)
            return found

        words = evidence.differences.tree.words
        try:
            made = sourcing.with_code(
                affected, evidence.graph, lines, evidence.origins, binary, (calls, words)
            )
        except ContradictedError as error:
            raise otherwise.told(evidence, policy, error) from None
    return made, tuple(judged)
