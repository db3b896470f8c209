import re
import shutil
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.prediction.sources import Tree
from imgcheck.prediction.sources.evaluation import Evaluator
from imgcheck.prediction.sources.expressions import Malformed, evaluate
from imgcheck.prediction.sources.macros import Exploded, Macro, Maybe, State, expand
from imgcheck.prediction.sources.walk import walk
from imgcheck.readers import preprocessor

needs_cpp = pytest.mark.skipif(shutil.which("cpp") is None, reason="no cpp on this machine")


def macro(name: Any, body: Any, parameters: Any = None) -> Macro:
    return Macro(name, parameters, tuple(preprocessor.lex(body)))


MACROS: dict[str, State | None] = {
    "ONE": macro("ONE", "1"),
    "EMPTY": macro("EMPTY", ""),
    "SUM": macro("SUM", "1 + 1"),
    "LOOP": macro("LOOP", "POOL"),
    "POOL": macro("POOL", "LOOP"),
    "AT_LEAST": macro("AT_LEAST", "((a) * 100 + (b) <= 305)", ("a", "b")),
    "HAS": macro("HAS", "(defined(ONE) && !defined O_GONE)"),
    "EITHER": Maybe((macro("EITHER", "1"), None)),
    "SURELY": Maybe((macro("SURELY", "1"), macro("SURELY", "2"))),
}


def value(text: Any, cplusplus: bool = False) -> Any:
    return evaluate(preprocessor.lex(text), MACROS, lambda name: name.startswith("O_"), set(), cplusplus)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ONE", 1),
        ("O_FF", 0),
        ("UNKNOWN", None),
        ("EMPTY", None),
        ("defined ONE && defined(EMPTY)", 1),
        ("defined UNKNOWN", None),
        ("defined O_FF", 0),
        ("defined EITHER", None),
        ("defined SURELY", 1),
        ("SURELY", None),
        ("UNKNOWN && 0", 0),
        ("0 && UNKNOWN", 0),
        ("UNKNOWN || ONE", 1),
        ("UNKNOWN || O_FF", None),
        ("!UNKNOWN", None),
        ("UNKNOWN == UNKNOWN", None),
        ("UNKNOWN ? 1 : 1", 1),
        ("UNKNOWN ? 1 : 2", None),
        ("ONE ? 3 : UNKNOWN", 3),
        ("SUM * 2", 3),
        ("LOOP", 0),
        ("AT_LEAST(3, 5)", 1),
        ("AT_LEAST(3, SUM + 4)", 0),
        ("HAS", 1),
        ("__has_include(<x.h>)", None),
        ("ONE && VERSION_AT_LEAST(1, (2))", None),
        ("__has_include(<x.h>) || ONE", 1),
        ("-1 > 0u", 1),
        ("-1 / 2", 0),
        ("-7 % 3", -1),
        ("1 / 0", None),
        ("'a' == 97 && '\\n' == 012 && '\\x41' == 'A'", 1),
        ("0x10UL + 0b11 + 1'000", 1019),
        ("1 << 4 | 1 ^ 3 & 2", 19),
        ("1 ? 2 : 0 ? 3 : 4", 2),
        ("-+~!0", 2),
    ],
)
def test_values(text: str, expected: int | None) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    ["(", "1 +", "1 2", ")", "1 ? 2", "1 : 2", "1.5", '"x"', "defined", "defined(ONE", "F(1", "+", "@"],
)
def test_no_expression(text: str) -> None:
    with pytest.raises(Malformed):
        value(text)


def test_words_are_operators_in_cplusplus_only() -> None:
    assert value("not O_FF and ONE", cplusplus=True) == 1
    with pytest.raises(Malformed):
        value("ONE and ONE")


def test_true_is_a_number_in_cplusplus_only() -> None:
    assert value("true", cplusplus=True) == 1
    assert value("false || !true", cplusplus=True) == 0
    assert value("true") is None  # <stdbool.h> makes it a macro


@pytest.mark.parametrize(
    "text",
    [
        "(" * 99_999 + "1" + ")" * 99_999,
        "!" * 99_998 + "1",
        "1 ?" * 30_000 + "1" + ": 0" * 30_000,
        "1||" * 49_000 + "1",
    ],
)
def test_deep_conditions_need_no_deep_stack(text: str) -> None:
    try:
        assert value(text) in {0, 1}
    except Malformed as error:
        assert str(error) == "too long"


def test_an_expansion_has_an_end() -> None:
    laughs = {f"A{i}": macro(f"A{i}", f"A{i + 1} A{i + 1}") for i in range(64)}
    with pytest.raises(Exploded):
        expand(["A0"], laughs)
    with pytest.raises(Malformed, match="expands without end"):
        evaluate(["A0"], laughs, lambda name: True, set())
    chain = {f"A{i}": macro(f"A{i}", f"A{i + 1}") for i in range(5_000)}
    assert expand(["A0"], chain) == ["A5000"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('LOG(LOG_X, "a" B, f(1, 2))', 'addLog(3, LOG_X, "a" "b", f(1, 2));'),
        ('LOG(LOG_X, "a")', 'addLog(3, LOG_X, "a");'),
        ('STR(a b) STR("q")', '"a b" "\\"q\\""'),
        ("CAT(fo, o)(CAT(, x))", "foo(x)"),
        ("NAME LOG", "foo_impl LOG"),
        ('NOTHING(f(x), "gone") y', "y"),
        ("ID(ID(ID(B)))", '"b"'),
        ("SELF(SELF)", "SELF + 1"),
        ("INDIRECT (x)", "x"),
        ("ID(", "ID ("),
        ("INDIRECT(ID)(x) ID (ID) (y)", "ID(x) ID(y)"),
        ("NAME(B)(B)", 'foo_impl("b")("b")'),
        ("B B)ID(B)(", '"b" "b" ) "b" ('),
    ],
)
def test_expansions(text: str, expected: str) -> None:
    macros = {
        "LOG": macro("LOG", "addLog(3, x, fmt, ##__VA_ARGS__);", ("x", "fmt", "...")),
        "B": macro("B", '"b"'),
        "STR": macro("STR", "#x", ("x",)),
        "CAT": macro("CAT", "x ## y", ("x", "y")),
        "NAME": macro("NAME", "foo ## _impl"),
        "NOTHING": macro("NOTHING", "", ("...",)),
        "ID": macro("ID", "x", ("x",)),
        "SELF": macro("SELF", "x + 1", ("x",)),
        "INDIRECT": macro("INDIRECT", "ID"),
    }
    assert expand(preprocessor.lex(text), macros) == preprocessor.lex(expected)


# --- cpp as the oracle: every name below is known, so there is no third value -----------------

NAMES = [f"K_{letter}" for letter in "ABCDEF"]
ATOMS = st.one_of(
    st.sampled_from(NAMES),
    st.sampled_from(NAMES).map("defined({})".format),
    st.sampled_from(NAMES).map("defined {}".format),
    st.sampled_from(["0", "1", "2", "-1", "7u", "'a'", "0x10", "TWICE(1)", "TWICE(K_A)"]),
)
EXPRESSIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.tuples(
            inner,
            st.sampled_from(["+", "-", "*", "&", "|", "^", "<", ">", "<=", ">=", "==", "!=", "&&", "||"]),
            inner,
        ).map(" ".join),
        inner.map("!({})".format),
        inner.map("({})".format),
        st.tuples(inner, inner, inner).map(lambda three: "({} ? {} : {})".format(*three)),
    ),
    max_leaves=6,
)
BODIES = st.sampled_from(["", "0", "1", "2", "(1)", "1 + 1", *NAMES])


@st.composite
def regions(draw: Any, depth: int = 3) -> Any:
    """Lines of directives and marks; each mark is a name of its own."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        choice = draw(st.integers(0, 9 if depth else 4))
        name = draw(st.sampled_from(NAMES))
        if choice < 2:
            lines.append("@")
        elif choice == 2:
            lines.append(f"#undef {name}")
        elif choice == 3:
            lines += [f"#undef {name}", f"#define {name} {draw(BODIES)}"]
        elif choice == 4:
            lines.append('#include "one.h"')
        else:
            opening = st.one_of(
                EXPRESSIONS.map("#if {}".format), st.sampled_from([f"#ifdef {name}", f"#ifndef {name}"])
            )
            lines.append(draw(opening))
            lines += draw(regions(depth=depth - 1))
            for _ in range(draw(st.integers(0, 2))):
                lines.append(f"#elif {draw(EXPRESSIONS)}")
                lines += draw(regions(depth=depth - 1))
            if draw(st.booleans()):
                lines.append("#else")
                lines += draw(regions(depth=depth - 1))
            lines.append("#endif")
    return lines


def marked(lines: Any, letter: Any) -> Any:
    return "".join(
        (f"{letter}{number}" if line == "@" else line) + "\n" for number, line in enumerate(lines, 1)
    )


@needs_cpp
@given(
    regions(), regions(depth=2), st.dictionaries(st.sampled_from(NAMES), BODIES, max_size=3), st.booleans()
)
@examples(35)
def test_active_lines_and_macros_are_those_of_cpp(
    tmp_path_factory: pytest.TempPathFactory, source: Any, header: Any, defines: Any, guarded: bool
) -> None:
    header = [line for line in header if not line.startswith("#include")]
    if guarded:
        header = ["#ifndef ONE_H", "#define ONE_H", *header, "#endif"]
    files = {"a.c": "#define TWICE(x) (x + x)\n" + marked(source, "S"), "one.h": marked(header, "H")}
    folder = tmp_path_factory.mktemp("cpp")
    for name, text in files.items():
        (folder / name).write_text(text)
    options = [f"-D{name}={body}" for name, body in defines.items()]
    run = ["cpp", "-undef", "-w", "-P", "-dD", *options, "a.c"]  # directives stay in what it prints
    text = subprocess.run(run, capture_output=True, text=True, cwd=folder, check=False)
    tree = Tree(files, preprocessor.parse)
    given: dict[str, State | None] = {name: macro(name, body) for name, body in defines.items()}
    macros = dict(given)
    seen: list[str] = []

    def visit(path: Any, block: Any, fork: Any, _: Any) -> None:
        seen.extend(re.findall(r"[SH]\d+", tree.source(path).block(block)))

    evaluator = Evaluator(tree, lambda name: True, frozenset())
    try:
        walk(evaluator, "a.c", macros, frozenset(), visit=visit, watch=frozenset(files))
    except FormatError:
        assert text.returncode
        return
    if text.returncode:
        return  # `#if` of an empty macro: cpp refuses it, here it is unknown
    printed = text.stdout.splitlines()
    said = [line for line in printed if line.startswith(("#define ", "#undef "))]
    assert seen == re.findall(r"[SH]\d+", "\n".join(line for line in printed if line not in said))
    expected: dict[str, list[str]] = {}
    for line in said:
        what, name, body = [*line.split(None, 2), ""][:3]
        expected.pop(name.partition("(")[0], None)
        if what == "#define" and name in NAMES:
            expected[name] = body.split()
    assert {
        name: list(one.tokens) for name, one in macros.items() if name in NAMES and isinstance(one, Macro)
    } == {name: preprocessor.lex(" ".join(body)) for name, body in expected.items()}
    # A second walk takes the header from the record of the first.
    record = walk(evaluator, "a.c", given, frozenset())
    assert given == macros
    active = {
        name
        for index, on in enumerate(record.active)
        if on
        for name in re.findall(r"S\d+", tree.source("a.c").block(index))
    }
    assert active == {name for name in seen if name[0] == "S"}
