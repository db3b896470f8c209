"""Clauses, each with how it is broken, the tests that must notice, and what the clause is for."""

from __future__ import annotations

from typing import NamedTuple


class Clause(NamedTuple):
    """`old` stands once in `file` (below imgcheck/)."""

    file: str
    old: str
    new: str
    tests: str
    why: str


WALK = "prediction/sources/walk.py"
MENTIONS = "prediction/mentions.py"
CUT = "prediction/cutting.py"
LINK = "prediction/linkage.py"
CAPACITY = "devices/capacity.py"
EFFECTS = "prediction/effects.py"
DOUBT = "prediction/doubt.py"
EVALUATION = "prediction/sources/evaluation.py"
BREAKDOWN = "builds/breakdown.py"
OWNERS = "builds/owners.py"
BASELINE = "api/baseline.py"
FILES = "readers/files.py"
SOUND = "devices/soundness.py"
RANGES = "builds/rangemap.py"
MEMORY = "builds/memory.py"
GATE = "rules/gate.py"
_SOURCES = "tests/prediction/sources/test_configuration.py tests/prediction/sources/test_invariants.py"
_CUTTING = "tests/prediction/test_cutting.py"
_LINKAGE = "tests/prediction/test_linkage.py"
_CAPACITY = "tests/devices/test_capacity.py"
_SOUND = "tests/devices/test_soundness.py"
_RANGES = "tests/builds/test_rangemap.py"
_LOAD = "tests/builds/test_load.py"
_OWNERS = "tests/builds/test_owners.py"
_RULES = "tests/rules"
_EFFECTS = "tests/prediction/test_effects.py"
_BREAKDOWN = "tests/builds/test_breakdown.py"
_GROWN = "tests/api/test_excused.py tests/api/test_check_baseline.py"
_DOOR = "tests/readers/test_files.py"

CLAUSES = (
    Clause(WALK, "certain = chain.certain and not chain.unknown", "certain = chain.certain", _SOURCES,
           "after an unknown branch nothing is certain"),
    Clause(WALK, "                    self.dirty.update(base.children[index].effects)", "                    pass", _SOURCES,
           "a lost include makes its users dirty"),
    Clause(WALK, "                    self.dirty.add(directive.name)\n                elif", "                    pass\n                elif", _SOURCES,
           "a lost define makes its users dirty"),
    Clause(WALK, "if base is not None and base.path != target:\n            self.dirty.update(base.effects)", "if base is not None and base.path != target:\n            pass", _SOURCES,
           "an include of another file: what the first one did is in doubt"),
    Clause(WALK, "            self.dirty.update(child.effects)\n            return None", "            return None", _SOURCES,
           "an include under a condition that differs: what the other file did there is in doubt"),
    Clause(WALK, "if base is None:\n            self.dirty.update(child.effects)", "if base is None:\n            pass", _SOURCES,
           "an include that is new: what it did differs"),
    Clause(WALK, "if target in within and not certain:\n            return", "if False:\n            return", _SOURCES,
           "an unknown condition may end a recursion of headers"),
    Clause(WALK, "state = self.evaluator.maybe(before, state)", "pass", _SOURCES,
           "what is set in an unknown branch may be either"),
    Clause(WALK, "if len(within) > DEPTH or self.walks > WALKS:", "if len(within) > DEPTH:", _SOURCES,
           "headers that include each other twice end"),
    Clause(WALK, "if self.macros.get(mark):", "if False:", _SOURCES,
           "pragma once"),
    Clause(WALK, "fork = chain.start if chain.unknown else -1", "fork = -1", _SOURCES,
           "a further branch of an unknown condition continues from the front"),
    Clause(MENTIONS, "return tuple(dict.fromkeys((full, \"::\".join(scopes[-2:]), scopes[-1])))", "return (full,)", f"{_CUTTING} {_SOURCES}",
           "a source names a C++ function with or without its scopes"),
    Clause(MENTIONS, "source_name(edge.symbol).rsplit(\"::\", 1)[-1] in", "source_name(edge.symbol) in", f"{_CUTTING} {_SOURCES}",
           "a source mentions a C++ function by its last name"),
    Clause(MENTIONS, ".content.rstrip(b\"\\0\") if", ".content if", _CUTTING,
           "a string's end is not in the source"),
    Clause(CUT, "bool(node.symbols) and all(source_name(name)", "bool(node.symbols) and any(source_name(name)", _CUTTING,
           "a section goes when all that it defines is gone"),
    Clause(CUT, "change.removed_lines - change.added_lines for", "change.removed_lines for", _CUTTING,
           "a line of a macro that stays, expanded otherwise, is not gone"),
    Clause(CUT, "going += [i for i in reversed(range(before)) if i not in named]", "going += [i for i in range(before) if i not in named]", _CUTTING,
           "of elements that refer to nothing the last go"),
    Clause(CUT, "if rest or step == 0:", "if step == 0:", _CUTTING,
           "an array of a fixed length loses nothing"),
    Clause(CUT, "if node.retained and node.edges and all(", "if node.retained and node.edges and any(", _CUTTING,
           "a kept list goes with the last function in it"),
    Clause("prediction/sources/pairs.py", "            self._bare[id(record)] = record.unwalked()\n", "            return record.unwalked()\n", _SOURCES,
           "what was compared by identity is kept"),
    Clause(LINK, "due.update(set(group) - cut.nodes)", "due.update(set(group) - gone)", _LINKAGE,
           "what stays with a section stays also where its object is linked for nothing else"),
    Clause(LINK, "asked = {target for symbol, target in needs.items() if symbol in surviving[index]} - seen", "asked = {*needs.values()} - seen", f"{_LINKAGE} tests/prediction/test_effects.py {_CUTTING}",
           "a member that nobody asks for any more is not loaded"),
    Clause(LINK, "if n not in cut.nodes:", "if True:", f"{_LINKAGE} tests/prediction/test_effects.py {_CUTTING}",
           "a section that is cut asks for nothing"),
    Clause("prediction/suffixes.py", "groups.setdefault(len(content) % align if align > 1 else 0, [])", "groups.setdefault(0, [])", f"{_LINKAGE} tests/prediction/test_pools.py",
           "strings share tails only where they are aligned"),
    Clause("prediction/linkgraph.py", "index not in reached and not node.merged and", "index not in reached and", f"{_LINKAGE} tests/prediction/test_linkgraph.py",
           "what was merged away is not kept by the script"),
    Clause(CAPACITY, "- targets.of_layout(layout).strict_body, 0)", ", 0)", _CAPACITY,
           "the body must be smaller than its slot, not as large"),
    Clause(CAPACITY, "takes_update = other > 0 and all(", "takes_update = all(", _CAPACITY,
           "without a second slot nothing fits"),
    Clause(CAPACITY, "key=lambda fit: (fit.fits, min(", "key=lambda fit: (True, min(", _CAPACITY,
           "a layout that does not fit decides before any that does"),
    Clause(CAPACITY, "binary = max(image - image % chip.image_alignment, 0)", "binary = max(image, 0)", _CAPACITY,
           "the image is padded before it is judged"),
    Clause(CAPACITY, "stopped = other == 0 and binding.headroom >= 0", "stopped = False", _CAPACITY,
           "without a second slot it is that which stops the update"),
    Clause(SOUND, "if furthest is None or end > furthest[1]:", "if True:", _SOUND,
           "an overlap with an earlier, longer partition"),
    Clause(SOUND, "if not target.overlaps_deliberately(start, partition, other, layout):", "if True:", "tests/devices",
           "manufacturing firmware in the second slot is meant"),
    Clause(RANGES, "sorted(batch, key=itemgetter(0))", "batch", _RANGES,
           "the range that starts first has its bytes"),
    Clause(RANGES, "start = max(start, free)", "start = start", _RANGES,
           "what an earlier range has stays its own"),
    Clause(RANGES, "end = min(end, limit)", "end = end", _RANGES,
           "bytes outside of the space are dropped"),
    Clause(GATE, "if one.expires >= self.today), None)", "if one.expires > self.today), None)", _RULES,
           "a waiver holds on its last day"),
    Clause(GATE, "if rule.code in self.selection.explicit:", "if False:", f"{_RULES} tests/attacks",
           "a rule that is named is never skipped"),
    Clause(GATE, "if provider and need not in self.facts.missing:", "if provider:", _RULES,
           "what is missing is not looked for twice"),
    Clause("devices/layout_lint.py", "if one.severity == \"error\" and one.code != \"layout-no-second-slot\"", "if one.severity == \"error\"", "tests/devices tests/cli/test_cli_report.py",
           "a missing second slot is the verdict's own word"),
    Clause("builds/artefact.py", "bytes(-len(image.binary) % chip.image_alignment)", "b\"\"", "tests/builds/test_artefact.py tests/targets",
           "an OTA file has the padded image"),
    Clause("builds/load.py", "if data == made:", "if False:", "tests/builds",
           "a .bin that is the ELF's own is no finding"),
    Clause(MEMORY, "taken = max(taken, section.address + section.size)", "taken = section.address + section.size", "tests/builds/test_memory.py",
           "a nested overlay is counted once"),
    Clause(EVALUATION, "and likely.path == path and likely.repeats(macros):", "and likely.path == path:", _SOURCES,
           "a hint is looked at before it is taken"),
    Clause(WALK, "            if known is None:\n                evaluator.keep(child, self.off)", "            if False:\n                evaluator.keep(child, self.off)", _SOURCES,
           "what is compared by identity is kept"),
    Clause(EFFECTS, "for start, end in reversed(loss.spans):", "for start, end in loss.spans:", _EFFECTS,
           "what comes in place of lost bytes takes the last of them"),
    Clause(EFFECTS, "max(loss.added - sum(end - start for start, end in loss.spans), 0)", "loss.added", _EFFECTS,
           "a section grows by what it gets beyond what it loses"),
    Clause("prediction/losing.py", "nodes = base.nodes.difference(", "nodes = frozenset(range(len(graph.nodes))).difference(", f"{_LINKAGE} {_EFFECTS}",
           "what the graph does not explain stays"),
    Clause(EFFECTS, "and i not in without.nodes and", "and", _EFFECTS,
           "a section that goes whole loses no parts"),
    Clause(EFFECTS, "prices[min(end, last)] - prices[min(start, last)]", "prices[end] - prices[start]", _EFFECTS,
           "beyond the image nothing costs"),
    Clause("prediction/spans.py", "        elif end > start:\n", "        else:\n", _EFFECTS,
           "no span is empty"),
    Clause("prediction/spans.py", "if merged and start <= merged[-1][1]:", "if False:", _EFFECTS,
           "nested inlined calls are counted once"),
    Clause("prediction/spans.py", "merged[-1] = (merged[-1][0], max(merged[-1][1], end))", "merged[-1] = (merged[-1][0], end)", _EFFECTS,
           "a span inside another does not shorten it"),
    Clause(DOUBT, "_UNREAD_ERROR if graph.coarse else _SHARE_ERROR", "_SHARE_ERROR", _EFFECTS,
           "without objects a saving is less sure"),
    Clause(BREAKDOWN, "if item.name == UNATTRIBUTED:", "if False:", _BREAKDOWN,
           "what nobody owns is one thing, wherever it lies"),
    Clause(BREAKDOWN, "checksums.get(key, 0))", "0)", _BREAKDOWN,
           "a pool in several parts has one checksum of all of them"),
    Clause(OWNERS, "return row if address < end and row.path else None", "return row", _OWNERS,
           "behind the end of a row nothing is its own"),
    Clause(OWNERS, "occupied = max(0, last - max(first, counted_from))", "occupied = last - first", _LOAD,
           "of sections over each other in RAM what stands out counts"),
    Clause(OWNERS, "for one in symbols if one.size == symbol.size}", "for one in symbols}", _OWNERS,
           "an alias ends where the symbol does"),
    Clause("builds/waste.py", "if not (item.flash and item.ram) or item.name in NOBODY:", "if not (item.flash and item.ram):", "tests/builds/test_waste.py",
           "padding in RAM is nobody's constant"),
    Clause(CAPACITY, "// max(slot.limit, 1)", "// 1", _CAPACITY,
           "the slot binds that has the least share left, not the fewest bytes"),
    Clause(BASELINE, "if before is not None and measure is not None:", "if False:", _GROWN,
           "who makes it worse is not excused"),
    Clause(BASELINE, "if finding.code in _FLOORS:", "if False:", _GROWN,
           "of a floor less is worse"),
    Clause("api/measured.py", "code != waiver_expired.CODE for code", "True for code", "tests/attacks/test_false_green.py",
           "nothing wrong was found by not looking"),
    Clause("api/measured.py", "if place and not place.shipped]", "if place]", "tests/cli/test_check_command.py",
           "a shipped component may match nothing"),
    Clause("api/diff.py", "if old.provenance.target != new.provenance.target:", "if False:", "tests/api/test_diff.py",
           "builds for two chips are not compared"),
    Clause("builds/artefact.py", "!= image.binary or not artefact.stream:", "!= image.binary and not artefact.stream:", "tests/builds/test_artefact.py",
           "an OTA file of another image prices nothing of this one"),
    Clause(FILES, "more = _NONBLOCK | (0 if links else _NOFOLLOW)", "more = _NONBLOCK", _DOOR,
           "a link is refused where it must be"),
    Clause(FILES, "    if max(len(data), size) > most:", "    if len(data) > most:", _DOOR,
           "a sparse giant is refused by its size"),
    Clause("policies/policy.py", "return replace(draft, features=dict(draft.features))", "return draft", "tests/policies/test_policy.py",
           "what ships is parsed once, and each project has its own paths in it"),
)  # fmt: skip
