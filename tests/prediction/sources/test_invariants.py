"""What is remembered by identity, and what is only ever too many: each promise broken would show here."""

from __future__ import annotations

import pytest

from imgcheck.errors import FormatError
from imgcheck.model import FeatureSettings
from imgcheck.prediction import sources as configuration
from imgcheck.prediction.sources import comparison, records, walk
from imgcheck.prediction.sources.features import knowing, reading
from imgcheck.readers import preprocessor

CONFIG = "#define ENABLE_ALPHA 1\n#define ENABLE_BETA 1\n"
FILES = {
    "src/one.h": "#if ENABLE_ALPHA\n#define LEVEL 1\n#else\n#define LEVEL 2\n#endif\n",
    "src/two.h": "#ifdef LEVEL\n#define DEEP LEVEL\n#endif\n#if ENABLE_BETA\n#define LOG(x) x();\n#endif\n",
    "src/a.c": '#include "config.h"\n#include "one.h"\n#include "two.h"\n#if DEEP == 1\nint a = 1;\n#endif\n'
    "void f(void) {\n#if ENABLE_BETA\nLOG(g)\n#endif\nh(DEEP);\n}\n",
    "src/b.c": '#include "config.h"\n#include "two.h"\n#include "one.h"\n#ifndef DEEP\nint b = 2;\n#endif\n'
    '#if ENABLE_ALPHA\nconst char *s = "text";\n#endif\n',
}
SETS = ({"ENABLE_ALPHA"}, {"ENABLE_BETA"}, {"ENABLE_ALPHA", "ENABLE_BETA"})


def differences(files: dict[str, str] = FILES, config: str = CONFIG) -> configuration.Differences:
    tree = configuration.Tree({"src/config.h": config, **files}, preprocessor.parse, ())
    found = configuration.features(tree, FeatureSettings(pattern="ENABLE_*"), "src/config.h")
    return configuration.Differences(found)


def test_an_identity_is_remembered_only_of_a_record_that_is_kept() -> None:
    """What is collected gives its identity to the next: the differences of two others would be taken."""
    made = differences()
    for names in SETS:
        made.changes(names)
    evaluator = made.evaluator
    kept = {id(record) for records in evaluator._records.values() for record in records}
    assert evaluator._differences
    assert {one for pair in evaluator._differences for one in pair} <= kept
    assert evaluator.hints
    assert {hint[0] for hint in evaluator.hints} <= kept


def test_pairs_that_were_compared_are_remembered_only_while_both_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stands for a lost header is made on the way: collected, its identity would be another one's."""
    made_up: list[records.Record] = []
    plain = records.Record.unwalked

    def noted(self: records.Record) -> records.Record:
        made_up.append(plain(self))
        return made_up[-1]

    monkeypatch.setattr(records.Record, "unwalked", noted)
    again = '#include "config.h"\n#if ENABLE_ALPHA\n#include "one.h"\n#else\n#include "two.h"\n#endif\n'
    made = differences({**FILES, "src/c.c": again})
    for names in SETS:
        made.changes(names)
    assert made_up
    assert {id(one) for one in made_up} <= {id(one) for one in made._pairs._bare.values()}


def test_a_hint_may_be_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key has identities of states that may be gone: what it leads to is looked at before it is taken."""
    plain = [differences().changes(names) for names in SETS]
    made = differences()
    for names in SETS:
        made.changes(names)
    records = [record for several in made.evaluator._records.values() for record in several]

    class Wrong(dict[object, object]):
        def get(self, key: object, default: object = None) -> object:
            return next(record for record in reversed(records) if record.path == "src/two.h")

    monkeypatch.setattr(made.evaluator, "hints", Wrong())
    assert [made.changes(names) for names in SETS] == plain


def test_a_hint_that_leads_to_a_walk_from_another_state_is_not_taken() -> None:
    made = differences()
    for names in SETS:
        made.changes(names)
    records = [record for several in made.evaluator._records.values() for record in several]
    other = next(record for record in records if not record.repeats({}))
    hint = ("src/two.h", 0, 0)
    made.evaluator.hints = {hint: other}  # type: ignore[dict-item]  # of states that are gone
    assert made.evaluator.recorded(other.path, {}, frozenset(), hint) is not other  # type: ignore[arg-type]


def test_uses_that_are_equal_need_not_be_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing them by identity saves time only: what is lost and gained at once was not lost."""
    plain = [differences().changes(names) for names in SETS]
    monkeypatch.setattr(comparison, "id", lambda uses: object(), raising=False)
    for names, expected in zip(SETS, plain, strict=True):
        found = differences().changes(names)
        for path, change in found.items():
            if path in expected:
                assert change == expected[path]
            else:
                assert not any(change[1:]), path


def test_names_that_differ_are_never_too_few() -> None:
    """The walk with a record to compare with, and the one without, do the same: what is dirty is walked."""
    for names in SETS:
        made = differences()
        evaluator, off = made.evaluator, made.configuration.off(frozenset(names))
        for path in ("src/a.c", "src/b.c"):
            start = made.configuration.start
            base = walk.walk(evaluator, path, start(path), frozenset())
            alone = walk.walk(evaluator, path, start(path), off)
            dirty: set[str] = set()
            with_base = walk.walk(evaluator, path, start(path), off, base=base, dirty=dirty)
            assert with_base.effects == alone.effects
            assert with_base.active == alone.active
            changed = {name for name in base.effects if base.effects[name] is not alone.effects.get(name)}
            assert changed | (alone.effects.keys() - base.effects.keys()) <= dirty


def test_an_unknown_condition_may_end_a_recursion_so_it_is_not_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A header that includes itself under a condition of the compiler's is walked once, not to the end."""
    walked = []
    plain = walk._Walk.file

    def counted(self: walk._Walk, path: str, within: list[str], base: object) -> object:
        walked.append(path)
        return plain(self, path, within, base)  # type: ignore[arg-type]

    monkeypatch.setattr(walk._Walk, "file", counted)
    again = '#ifdef __COUNTER_BASE__\n#include "deep.h"\n#endif\n'
    files = {"src/a.c": '#include "config.h"\n#include "deep.h"\n', "src/deep.h": again + "#define SEEN 1\n"}
    differences(files).changes({"ENABLE_ALPHA"})
    assert walked.count("src/deep.h") <= 3


def test_headers_that_multiply_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each includes the next one twice, and a counter in macros makes every walk another one."""
    monkeypatch.setattr(walk, "WALKS", 200)
    depth = 10
    looked = "".join(f"#ifdef BIT{n}\n#endif\n" for n in range(depth))
    count = looked + "".join(f"#ifdef BIT{n}\n#undef BIT{n}\n#else\n#define BIT{n}\n" for n in range(depth))
    files = {f"src/h{n}.h": f'#include "h{n + 1}.h"\n' * 2 for n in range(depth)}
    files |= {
        f"src/h{depth}.h": count + "#endif\n" * depth,
        "src/a.c": '#include "config.h"\n#include "h0.h"\n',
    }
    with pytest.raises(FormatError, match="#include does not end"):
        differences(files).changes({"ENABLE_ALPHA"})


MANY = "".join(f"#define ENABLE_{name} 1\n" for name in ("ALPHA", "BETA", "GAMMA", "DELTA"))
SHARED = {
    "src/one.h": "#if ENABLE_ALPHA\nint one(void);\nextern int first;\n#define ONE first\n#endif\n",
    "src/two.h": "#if BOTH\nstatic inline int two(void) { return twice(); }\n#endif\n",
    "src/a.c": '#include "config.h"\n#include "two.h"\n#include "one.h"\nint a(void) {\nreturn ONE + 1;\n}\n',
    "src/b.c": '#include "config.h"\n#include "two.h"\n#if ENABLE_GAMMA\nint b = 2;\n#endif\n',
    "src/c.c": '#include "config.h"\n#include "one.h"\n#if LED\nint c = 3;\n#endif\nint d = ONE;\n',
    "src/d.c": '#include "config.h"\n#if ENABLE_DELTA\nint e = 4;\n#endif\n',
}
LED = (
    "#if ENABLE_BETA || ENABLE_GAMMA\n#define LED 1\n#endif\n"
    "#if ENABLE_ALPHA && ENABLE_DELTA\n#define BOTH 1\n#endif\n"
)
LETTERS = ("ALPHA", "BETA", "GAMMA", "DELTA")
EVERY_SET = [
    {f"ENABLE_{name}" for bit, name in enumerate(LETTERS) if number >> bit & 1} for number in range(1, 16)
]


@pytest.mark.parametrize("config", [MANY + LED, MANY + LED + "int code_of_the_configuration;\n"])
@pytest.mark.parametrize("order", [1, -1])
def test_pieces_of_other_sets_are_taken_only_where_they_are_the_same(config: str, order: int) -> None:
    """A unit is not looked at again for a set whose other features do not matter to it."""
    warm = differences(SHARED, config)
    for names in EVERY_SET[::order]:
        assert warm.changes(names) == differences(SHARED, config).changes(names), names


def test_features_that_do_not_matter_are_told() -> None:
    made = differences(SHARED, MANY + LED)
    names = EVERY_SET[-1]
    among = {path: made.relevance.among(names, path) for path in SHARED if path.endswith(".c")}
    assert among["src/d.c"] == {"ENABLE_DELTA"}
    assert among["src/c.c"] == {"ENABLE_ALPHA", "ENABLE_BETA", "ENABLE_GAMMA"}
    assert among["src/b.c"] == {"ENABLE_ALPHA", "ENABLE_GAMMA", "ENABLE_DELTA"}
    # What stands in the configuration itself may be anything.
    code = differences(SHARED, MANY + LED + "int here;\n")
    assert code.relevance.among(names, "src/d.c") == names


NAMED = {
    "src/a.c": '#include "config.h"\n#include "names.h"\n#include HEADER\nint a = LEVEL;\n',
    "src/names.h": "#define QUOTE_(x) #x\n#define QUOTE(x) QUOTE_(x)\n#define LANGUAGE en\n"
    "#if ENABLE_DELTA\n#define HEADER QUOTE(LANGUAGE)\n#else\n#define HEADER <de.h>\n#endif\n",
    "src/en": "#if ENABLE_BETA\n#define LEVEL 1\n#else\n#define LEVEL 2\n#endif\n#include SECOND\n",
    "src/de.h": "#if ENABLE_GAMMA\n#define LEVEL 3\n#else\n#define LEVEL 4\n#endif\n",
    "src/far.h": "#if ENABLE_ALPHA\nint far;\n#endif\n",
    "src/b.c": '#include "config.h"\n#define SECOND "far.h"\n#include "en"\nint b = LEVEL;\n',
    "src/c.c": "#include HEADER\nint c;\n",
    "src/d.c": "#define PASTED(x) x##ER\n#include PASTED(HEAD)\nint d;\n",
}


def test_a_header_that_a_macro_names_is_read_whichever_definition_counts() -> None:
    made = differences(NAMED, MANY)
    among = {path: made.relevance.among(EVERY_SET[-1], path) for path in NAMED if path.endswith(".c")}
    # <de.h> is no file of this tree without its folder, and what `SECOND` is nobody says in `a.c`.
    assert among["src/a.c"] == {"ENABLE_BETA", "ENABLE_DELTA"}
    assert among["src/b.c"] == {"ENABLE_ALPHA", "ENABLE_BETA"}
    assert among["src/c.c"] == frozenset()
    assert among["src/d.c"] == EVERY_SET[-1]
    warm = differences(NAMED, MANY)
    for names in EVERY_SET:
        assert warm.changes(names) == differences(NAMED, MANY).changes(names), names
    assert warm.changes({"ENABLE_BETA"})["src/a.c"].removed_lines == {4}


def test_changes_that_are_equal_are_one_object() -> None:
    made = differences()
    one, other = (made.changes(names) for names in ({"ENABLE_ALPHA"}, {"ENABLE_ALPHA"}))
    assert one
    assert all(one[path] is other[path] for path in one)
    fresh = differences().changes({"ENABLE_ALPHA"})
    assert fresh == one
    assert all(fresh[path] is not one[path] for path in one)


def test_what_follows_in_a_later_branch_follows_from_each_condition_before_it() -> None:
    led = (
        "#if ENABLE_ALPHA\n#define OTHER 1\n#elif ENABLE_BETA\n#define LED 1\n#else\n#define LAST 1\n#endif\n"
    )
    files = {
        "src/a.c": '#include "config.h"\n#if LED\nint a;\n#endif\n',
        "src/b.c": '#include "config.h"\n#if LAST\nint b;\n#endif\n',
    }
    made = differences(files, MANY + led)
    for path in files:
        assert made.relevance.among(EVERY_SET[-1], path) == {"ENABLE_ALPHA", "ENABLE_BETA"}
    warm = differences(files, MANY + led)
    for names in EVERY_SET:
        assert warm.changes(names) == differences(files, MANY + led).changes(names), names


def test_a_header_of_which_another_unit_spoke_is_looked_at_where_that_one_is_silent() -> None:
    """`b.c` was not asked about the header for one set, as `a.c` said the same; for the next it does not."""
    files = {
        "src/h.h": "#if ENABLE_ALPHA\nextern int x;\nstatic int f(void) { return x; }\n#endif\nint y;\n",
        "src/a.c": '#include "config.h"\n#if !ENABLE_BETA\n#undef ENABLE_ALPHA\n'
        '#define ENABLE_ALPHA 1\n#endif\n#include "h.h"\n',
        "src/b.c": '#include "config.h"\n#include "h.h"\n',
    }
    sets = ({"ENABLE_ALPHA"}, {"ENABLE_ALPHA", "ENABLE_BETA"})
    warm = differences(files)
    assert [warm.changes(names) for names in sets] == [differences(files).changes(names) for names in sets]


def test_blocks_that_count_in_one_walk_only_are_told() -> None:
    for size in (1, 9, 300):
        one, other = records.Record("a.c", size), records.Record("a.c", size)
        assert one.differing(other) == []
        for index in range(0, size, 5):
            one.active[index] = 1
        for index in range(0, size, 7):
            other.active[index] = 1
        odd = [index for index in range(size) if (index % 5 == 0) != (index % 7 == 0)]
        assert one.differing(other) == other.differing(one) == odd


READ_AGAIN = {
    # A header that another takes the place of, under a condition that looks at what differs: its names.
    "src/a.c": '#include "config.h"\n#if ENABLE_ALPHA\n#define HEADER "en.h"\n#else\n#define HEADER "de.h"\n'
    "#endif\n#if ENABLE_ALPHA || LIMIT\n#include HEADER\n#endif\nint a = LEVEL;\nint b = OTHER;\n",
    "src/en.h": "#define LEVEL 1\n",
    "src/de.h": "#define OTHER 2\n",
    # What a switch leaves out of a block hangs on what a macro leads to, too.
    "src/limit.h": "#if ENABLE_BETA\n#define BASE 1\n#else\n#define BASE 9\n#endif\n#define LIMIT BASE\n",
    "src/b.c": '#include "config.h"\n#include "limit.h"\n'
    "void f(void) {\nif (LIMIT > 3 && ENABLE_GAMMA) {\ng();\n}\n}\n",
    "src/c.c": '#include "config.h"\n#include "limit.h"\n#if ENABLE_DELTA\n#undef BASE\n#define BASE 4\n'
    "#endif\n#define CALL(x) g(x, BASE)\nvoid f(void) {\nCALL(LIMIT);\n#if ENABLE_ALPHA\nh();\n#endif\n}\n",
}


@pytest.mark.parametrize("order", [1, -1])
def test_a_block_is_read_again_wherever_it_could_be_another_now(order: int) -> None:
    """The second walk of a source reads its own code as it goes, by what differs so far."""

    def made() -> configuration.Differences:
        found = differences(READ_AGAIN, MANY + "#define LIMIT 1\n")
        reads = reading(found.configuration, frozenset(READ_AGAIN))
        found.configuration = knowing(found.configuration, reads)
        return found

    warm = made()
    assert "ENABLE_GAMMA" in warm.evaluator.switches
    for names in EVERY_SET[::order]:
        assert warm.changes(names) == made().changes(names), names
    assert warm.changes({"ENABLE_ALPHA"})["src/a.c"].vanished == {"OTHER"}


def test_a_header_that_another_takes_the_place_of_leaves_its_names_open() -> None:
    made = differences(READ_AGAIN, MANY + "#define LIMIT 1\n")
    evaluator, start = made.evaluator, made.configuration.start
    base = walk.walk(evaluator, "src/a.c", start("src/a.c"), frozenset())
    dirty: set[str] = set()
    off = made.configuration.off(frozenset({"ENABLE_ALPHA"}))
    walk.walk(evaluator, "src/a.c", start("src/a.c"), off, base=base, dirty=dirty)
    assert {"HEADER", "LEVEL", "OTHER"} <= dirty
