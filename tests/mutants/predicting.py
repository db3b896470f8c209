"""Clauses of what predicts savings: pieces of tables, variables that nothing reads, what only a compiler made."""

from __future__ import annotations

from clauses import Clause

NOISE = "prediction/packnoise.py"
OVERSIZED = "prediction/oversized.py"
ANEW = "prediction/anew.py"
EXTENTS = "prediction/sources/extents.py"
UNREAD = "prediction/sources/unread.py"
FRAGMENTS = "prediction/sources/fragments.py"
PASTING = "prediction/sources/pasting.py"
WRAPPING = "prediction/wrapping.py"
SETTLED = "prediction/sources/settled.py"
ARGUMENTS = "prediction/sources/arguments.py"
SINGLE = "prediction/single.py"
GAINED = "prediction/gained.py"
LIBRARY = "prediction/library.py"
JOINS = "prediction/joins.py"
LOWERING = "prediction/sources/lowering.py"
INVOKED = "prediction/sources/invoked.py"
INSTEAD = "prediction/sources/instead.py"
CODELINES = "prediction/codelines.py"
NAMELESS = "prediction/nameless.py"
ASSEMBLED = "prediction/assembled.py"
SOURCING = "prediction/sourcing.py"
REDECLARED = "prediction/sources/redeclared.py"
NODES = "prediction/linknodes.py"
CONCERNS = "prediction/concerns.py"
TABLES = "prediction/tables.py"
_NOISE = "tests/prediction/test_packnoise.py"
_BROUGHT = "tests/prediction/sources/test_brought.py"
_EMPTIED = "tests/prediction/sources/test_emptied.py tests/prediction/test_unread_calls.py tests/prediction/test_values.py"
_FRAGMENTS = "tests/prediction/test_fragments.py"
_PASTING = "tests/prediction/test_pasting.py"
_WRAPPING = "tests/prediction/test_wrapping.py"
_SETTLED = "tests/prediction/test_settled.py"
_SINGLE = "tests/prediction/test_single.py tests/prediction/test_code_tables.py"
_GAINED = "tests/prediction/test_gained.py tests/prediction/test_staying.py tests/prediction/test_weak.py"
_LIBRARIES = "tests/prediction/test_libraries.py"
_ARITHMETIC = "tests/prediction/sources/test_arithmetic.py"
_NAMELESS = "tests/prediction/test_nameless.py"
_ASSEMBLED = "tests/prediction/test_assembled.py"
_PRELINKED = "tests/prediction/test_prelinked.py"
_DECLARED = "tests/prediction/test_redeclared.py"
_COMMON = "tests/prediction/test_common.py"
_CPLUSPLUS = "tests/prediction/test_cplusplus.py tests/prediction/test_concerns.py"

PREDICTING = (
    Clause(NOISE, "* min(unsure / _UNSURE, 1) ** 2", "", _NOISE,
           "where nothing is unsure packing alone is right"),
    Clause(NOISE, "/ (1 + (packed / _HALF_OF_IT) ** 2)", "", _NOISE,
           "of much prices say little"),
    Clause(NOISE, "None if spread > _TWO_WAYS else", "", _NOISE,
           "a build with two ways to be packed keeps wide bars"),
    Clause(NOISE, "if len(beyond) < _FEW:", "if False:", _NOISE,
           "few features do not show two ways"),
    Clause(OVERSIZED, "if index not in gone)", ")", "tests/prediction/test_oversized.py",
           "what goes anyway does not widen a bar"),
    Clause(OVERSIZED, "(origin.sources | origin.files) & unread", "origin.sources & unread", "tests/prediction/test_oversized.py",
           "a header that was not read concerns who includes it"),
    Clause(ANEW, "size = 0 if name in there else size", "pass", _GAINED,
           "a body that is there by another name is not compiled anew"),
    Clause(EXTENTS, "if token == \"}\" and not self.depth and self.function:", "if False:", _BROUGHT,
           "a body ends a declaration"),
    Clause(UNREAD, "if not _LASTING.isdisjoint(tokens[max(first - _QUALIFIERS, 0) : index]):", "if False:", _EMPTIED,
           "somebody else may read what is static or volatile"),
    Clause(UNREAD, "if not plain or deep != declared or", "if not plain or", _EMPTIED,
           "what is behind a pointer is not the variable's own"),
    Clause(UNREAD, "not code.pure(after + 1, stop):", "False:", _EMPTIED,
           "a call stays although its result is not read"),
    Clause(UNREAD, "or tokens[close + 1 : close + 2] == [\"else\"]:", "or False:", _EMPTIED,
           "a condition with an else stays"),
    Clause(UNREAD, "and index not in code.dead and name not in code.meant:", "and index not in code.dead:", _EMPTIED,
           "what a macro has nobody knows"),
    Clause(FRAGMENTS, "not self._guarded(target) and self._inside(path, index)", "self._inside(path, index)", _FRAGMENTS,
           "a header with a guard is no piece"),
    Clause(FRAGMENTS, "(depth > 0 or last not in _ENDS)", "depth > 0", _FRAGMENTS,
           "what stands behind a half declaration is in the middle of it"),
    Clause(PASTING, "new = {name for name, words in every if not words.isdisjoint(found)} - found", "new = set[str]()", _PASTING,
           "a macro that leads to the one that pastes makes names too"),
    Clause(WRAPPING, "(real in asked and real not in defined) or _WRAP + name not in asked", "_WRAP + name not in asked", _WRAPPING,
           "a wrapper that is called by name is one where the real one is asked for"),
    Clause(WRAPPING, "if real not in defined:", "if True:", _WRAPPING,
           "a function that is called __real_ is its own"),
    Clause(SETTLED, "or \"volatile\" in tokens[max(index - 4, 0) : index]", "", f"{_SETTLED} {_EMPTIED}",
           "a volatile variable has no value for good"),
    Clause(SETTLED, "            if changes(tokens, index):\n                return None\n", "", f"{_SETTLED} {_EMPTIED}",
           "what is set again has no value for good"),
    Clause(ARGUMENTS, "[a if a == b else None for", "[a for", _SINGLE,
           "calls with two constants are no one constant"),
    Clause(SINGLE, "if count == 1)", "if count <= 2)", _SINGLE,
           "only a function with one caller left is put there"),
    Clause(SINGLE, "node.local and node.offset", "node.offset", _SINGLE,
           "what others know is not put into its caller"),
    Clause(GAINED, "if name not in self.compiled:", "if True:", _GAINED,
           "what comes in is counted once"),
    Clause(GAINED, "if owner not in dropped and owner not in fresh:", "if True:", f"{_GAINED} tests/prediction/test_put_in.py",
           "strings of what nobody uses do not come in"),
    Clause(INVOKED, "return not (state.empty or alone)", "return not alone", _BROUGHT,
           "a macro that stands for nothing makes no code"),
    Clause(INSTEAD, "len(was) == len(now) == 1 and was <= vanished", "len(was) == len(now) == 1", _BROUGHT,
           "only what is not defined any more is called otherwise"),
    Clause(CODELINES, "if first and first.end < len(whole):", "if False:", f"{_PRELINKED} tests/prediction/test_codelines.py",
           "an object of several units has all their sources"),
    Clause(SOURCING, "if not defined.isdisjoint(tree.words(path))]", "]", _PRELINKED,
           "another project's file of that name is not the object's"),
    Clause("prediction/removals.py", "and all(known.isdisjoint(one.units) for one in changes.values())", "", f"{_NAMELESS} {_FRAGMENTS}",
           "a piece of a table concerns the objects that it says"),
    Clause("prediction/mentions.py", "(named(node) for node in nodes if node.placed)", "map(named, nodes)", f"{_NAMELESS} tests/prediction/test_put_in.py",
           "a function that only lives on in others mentions nothing itself"),
    Clause(NAMELESS, "going = [at for at, edge in held.items() if text_of(graph, edge) in texts]", "going = list[int]()", _NAMELESS,
           "the texts that go are those of the cases that go"),
    Clause(NAMELESS, "key=lambda one: (abs(table.size // one - table.before), -one))", "key=lambda one: one)", _NAMELESS,
           "an element is as large as makes the table as long as the switch has cases"),
    Clause(ASSEMBLED, "elif _BACK.match(text):", "elif False:", _ASSEMBLED,
           "behind .popsection the section before goes on"),
    Clause(ASSEMBLED, "rest = max(size - skipped, 0)", "rest = size", _ASSEMBLED,
           "what .incbin skips is not taken in"),
    Clause(ASSEMBLED, "_COMMENT.sub(r\"\\1\", line)", "line", _ASSEMBLED,
           "a comment makes no bytes"),
    Clause(REDECLARED, "again = {name for", "again = {\"\" for", _DECLARED,
           "another branch may have the whole definition"),
    Clause(NODES, "_padded(here_only) or tuple(", "tuple(", _COMMON,
           "a common symbol is the largest's"),
    Clause(CONCERNS, "and not _unsaid(known, node, edge.symbol, unsaid)", "", _CPLUSPLUS,
           "what the source has no use of any more breaks nothing"),
    Clause(TABLES, "lost = frozenset(edge for edge in node.edges if edge.symbol and source_name(edge.symbol) in gone)", "lost = frozenset[Edge]()", _CPLUSPLUS,
           "a table of virtual functions loses those that go"),
    Clause(LIBRARY, "other = None if known or wanted.weak else", "other = None if known else", _LIBRARIES,
           "a weak reference asks for nobody"),
    Clause(LIBRARY, "if self._defined(f\"{load}({archives.called(path, archive, place)})\", symbol):", "if False:", _LIBRARIES,
           "a member that is linked already is not linked again"),
    Clause(LIBRARY, "if node.flash or node.ram:", "if node.placed:", _LIBRARIES,
           "sections without bytes do not tell where others lie"),
    Clause(JOINS, "return mode in self._native or", "return", _LIBRARIES,
           "a processor with floats needs no library for them"),
    Clause(LOWERING, "if now == FLOAT and value.pending:", "if False:", _ARITHMETIC,
           "what is done with floats as well is, where nobody wants more"),
    Clause(LOWERING, "left, right = _promoted(left), _promoted(right)", "pass", _ARITHMETIC,
           "what is narrower than an int is one where it is computed with"),
)  # fmt: skip
