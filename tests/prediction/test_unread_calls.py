"""Calls of objects that were not read are told from instructions alone, as well as by relocations."""

from studies import known, needs_fixture

from imgcheck.prediction import addresses


@needs_fixture
def test_calls_without_relocations_are_those_with_them() -> None:
    base = known("base").base
    assert base.sites is not None
    jumps = set(base.sites.jumps)
    code = [node for node in base.graph.nodes if node.code and node.placed and node.offset >= 0]
    found = {site for node in code for site in addresses._calls(base.binary, node)}
    assert len(jumps) > 500
    # A function that calls itself moves as one: nothing in it has to be corrected.
    own = {
        (at, target)
        for at, target in jumps
        for node in code
        if node.offset <= at < node.offset + node.flash and node.address <= target < node.address + node.flash
    }
    assert jumps - found == own
    assert len(found - jumps) <= len(jumps) // 100
