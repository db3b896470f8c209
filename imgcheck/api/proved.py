"""The proofs that a project keeps, and what they make of later error bars."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from imgcheck.api.build import Built, Inputs
from imgcheck.model import Savings
from imgcheck.policies.policy import NAME as POLICY
from imgcheck.prediction import proofs
from imgcheck.prediction.proofs import Proof
from imgcheck.readers import files


def beside(made: Built, inputs: Inputs) -> Path:
    """Where a project's proofs are kept: beside its policy, else in the current folder."""
    root = made.facts.policy.root
    return (Path(root) if root and (Path(root) / POLICY).exists() else Path.cwd()) / proofs.NAME


def known(path: Path) -> tuple[Proof, ...]:
    """The proofs that are kept; none when there is no such file."""
    with files.named(path):
        if not path.is_file():
            return ()
    data = files.read(path, proofs.LARGEST)
    return proofs.parse(data, str(path))


def barred(found: Savings, made: Built, inputs: Inputs) -> Savings:
    """The savings with the error bars that this project's proofs give them, and a word about it."""
    learnt = proofs.learn(known(beside(made, inputs)))
    if learnt is None:
        return found
    return replace(
        found,
        features=proofs.applied(found.features, learnt),
        sets=proofs.applied_sets(found.sets, learnt),
        diagnostics=(*found.diagnostics, proofs.said(learnt)),
    )
