"""What an empty block takes along in the source: conditions, flags, functions that are constant."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import ImgcheckError
from imgcheck.model import FeatureSettings
from imgcheck.prediction.sources import Differences, Tree, compiled, features, reading
from imgcheck.prediction.sources.comparison import SourceChange
from imgcheck.readers import preprocessor

CONFIG = "#define ENABLE_A 1\n#define LIMIT 7\n"
OFF = "#if ENABLE_A\n    work();\n#endif\n"


def change(code: str) -> SourceChange:
    files = {"config.h": CONFIG, "a.c": '#include "config.h"\n' + code}
    known = features(Tree(files, preprocessor.parse), FeatureSettings(config="config.h"), "config.h")
    return Differences(known).changes(("ENABLE_A",))["a.c"]


def taken(code: str) -> set[str]:
    """The lines that go, as they read, those of the feature itself left out."""
    lines = ['#include "config.h"', *code.splitlines()]
    return {lines[number - 1].strip() for number in change(code).removed_lines} - {"work();", ""}


def flag(setting: str, condition: str = "flag", behind: str = "") -> str:
    return (
        f"int g; int get(void);\nint f(int n) {{\nint flag = 0;\n{setting}\ng = n;\n"
        f"if ({condition}) {{\n{OFF}}}\n{behind}\nreturn n;\n}}\n"
    )


def test_a_flag_goes_with_the_block_that_it_guards() -> None:
    code = flag("if (n > LIMIT)\nflag = 1;\nif (n < 2) {\nflag |= n;\n}")
    assert taken(code) == {
        *("int flag = 0;", "if (n > LIMIT)", "flag = 1;", "if (n < 2) {", "flag |= n;", "if (flag) {", "}")
    }
    assert change(code).flagged == {"f"}


@pytest.mark.parametrize(
    "code",
    [
        flag("flag = get();"),  # setting it does something else
        flag("flag = 1;", behind="g = flag;"),  # something else reads it
        flag("set(&flag);"),
        flag("if (n > LIMIT)\nflag = 1;", condition="flag && get()"),
        "int flag;\nint f(int n) {\nflag = n;\nif (flag) {\n" + OFF + "}\nreturn n;\n}\n",  # not its own
        flag("flag = 1;").replace("int flag = 0;", "static int flag = 0;"),  # it lasts
    ],
)
def test_a_flag_that_is_needed_stays(code: str) -> None:
    assert not [line for line in taken(code) if "flag =" in line or "&flag" in line]
    assert not change(code).flagged


def filled(declared: str, setting: str = "seen[i] = n;", behind: str = "", use: str = "show(seen);") -> str:
    return (
        "int g; void show(char *); char get(void);\n#define CHECK() g = other[0]\n"
        f"int f(int n) {{\n{declared}\n"
        f"for (int i = 0; i < 4; i++) {{\ng += i;\n{setting}\n}}\n"
        f"#if ENABLE_A\n{use}\nwork();\n#endif\n{behind}\nreturn g;\n}}\n"
    )


@pytest.mark.parametrize(
    ("declared", "setting"),
    [
        ("char seen[4];", "seen[i] = n;"),
        ("unsigned char seen[2][4];", "seen[1][i] = n + g;"),
        ("struct pair *seen, x;", "seen = 0;"),
        ("const char *seen;", "seen = names[i];"),
        ("int seen;", "seen++;"),
        ("int seen;", "seen -= n;"),
    ],
)
def test_what_only_the_feature_looks_at_is_not_filled(declared: str, setting: str) -> None:
    assert taken(filled(declared, setting)) == {setting, "show(seen);"}
    assert not change(filled(declared, setting)).flagged


@pytest.mark.parametrize(
    "code",
    [
        filled("char seen[4];", "seen[i] = get();"),
        filled("char seen[4];", "seen[get()] = n;"),
        filled("char seen[4];", "seen[g++] = n;"),
        filled("char seen[4];", behind="show(seen);"),
        filled("char seen[4];", behind="g = seen[2];"),
        filled("char seen[4];", "seen[i] = n; keep(&seen[i]);"),
        filled("static char seen[4];"),
        filled("static const unsigned char seen[4];"),
        filled("extern char seen[4];"),
        filled("volatile int seen[4];"),
        filled("char *seen = buffer;"),  # what it points to may be read
        filled("char *seen[4];", "seen[i][2] = n;"),
        filled("", "seen[i] = n;"),  # not its own
        filled("char other[4];", "other[i] = n;", "CHECK();", use="show(other);"),  # a macro reads it
    ],
)
def test_what_somebody_may_look_at_is_filled(code: str) -> None:
    assert not [line for line in taken(code) if "] =" in line]


def test_an_assignment_of_an_object_may_be_a_call() -> None:
    code = (
        '#include "config.h"\nvoid f(int n) {\nTYPE seen;\nseen = n;\n#if ENABLE_A\nshow(seen);\n#endif\n}\n'
    )

    def gone(kind: str) -> frozenset[int]:
        files = {"config.h": CONFIG, "a.cpp": code.replace("TYPE", kind)}
        known = features(Tree(files, preprocessor.parse), FeatureSettings(config="config.h"), "config.h")
        return Differences(known).changes(("ENABLE_A",))["a.cpp"].removed_lines

    assert gone("String") == {6}
    assert gone("uint8_t") == gone("unsigned long") == {4, 6}


def test_conditions_stay_when_there_is_something_else_in_them() -> None:
    assert taken(flag("flag = 1;", condition="n = get()")) == set()
    assert taken("int f(int n) {\nif (n) {\n" + OFF + "} else {\nn++;\n}\nreturn n;\n}\n") == set()
    kept = "int f(int n) {\nif (n) {\n" + OFF + "n++;\n}\nreturn n;\n}\n"
    assert taken(kept) == set()
    # Written on one line with something else, the line stays.
    assert "if (n > 1) flag = 1; g = 2;" not in taken(flag("if (n > 1) flag = 1; g = 2;"))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return 0;", 0),
        ("return false;", 0),
        ("return (LIMIT + 1);", 8),
        ("return -1;", -1),
        ("return RESULT_OK;", None),
        ("(void)n;", None),
        ("", None),
        ("int i;\nreturn 1;", 1),
    ],
)
def test_a_body_that_is_left_constant(body: str, value: int | None) -> None:
    assert change(f"int f(int n) {{\n{OFF}{body}\n}}\n").constants == {"f": value}


@pytest.mark.parametrize("body", ["return n;", "other();", "return other();", "g = 1;", "n++;\nreturn 0;"])
def test_a_body_that_still_does_something(body: str) -> None:
    assert not change(f"int f(int n) {{\n{OFF}{body}\n}}\n").constants


def test_a_condition_in_brackets_goes_like_one_without() -> None:
    assert taken(flag("flag = 1;", condition="(flag) && (n > 2)")) >= {"int flag = 0;", "flag = 1;"}
    assert taken("int f(int n) {\nif ((n > 2)) {\n" + OFF + "}\nreturn n;\n}\n") == {"if ((n > 2)) {", "}"}


WORDS = """
( ) { } [ ] ; , : ? = == += ++ -- & && | * . -> < > ! ~ # ::
if else for while do switch case default break return goto static const int void struct enum
typedef extern class namespace template sizeof operator union asm static_assert
f g flag n LIMIT ENABLE_A get 0 1 7u 'a' "text" L"wide"
"""
TOKENS = (
    *WORDS.split(),
    *("\n", "\n#if ENABLE_A\n", "\n#else\n", "\n#endif\n", "\n#if LIMIT > 3\n", "if (", ") {\n", OFF),
    *("int f(int n) {\n", "int flag = 0;\n", "flag = 1;\n", "return 0;\n", "}\n", "int t[LIMIT] = {"),
)


def closing(tokens: list[str], start: int) -> int:
    """What `Code.closing` is by its own words: one token after the other."""
    depth = 0
    for index in range(start, len(tokens)):
        depth += (tokens[index] in "([{") - (tokens[index] in ")]}")
        if not depth:
            return index
    return -1


def function(code: compiled.Code, at: int) -> tuple[str, int, int] | None:
    """What `Code.function` is, likewise."""
    depth, found = 0, None
    for index in range(at - 1, -1, -1):
        token = code.tokens[index]
        depth += (token == "}") - (token == "{")
        if depth < 0:
            depth = 0
            if index and code.tokens[index - 1] == ")":
                name = code.tokens[code.opening(index - 1) - 1]
                if name in {"f", "g", "x"}:
                    found = (name, index)
        elif found and not depth and token == ";":
            break
    end = closing(code.tokens, found[1]) if found else -1
    return (*found, end) if found and end >= 0 else None


IF, ENDIF = "\n#if 1\n", "\n#endif\n"
PARTS = ("{", "}", "(", ")", "[", ";", "x", "f ( x ) {", "if ( x ) {", "g ( ) { ; }", IF, ENDIF)


@examples(400)
@given(st.lists(st.sampled_from(PARTS), max_size=40))
@example(["f ( x ) {", IF, "}", ENDIF, "x", ";"])
@example(["f ( x ) {", IF, ";", ENDIF, "g ( x ) {", "x", "}", "}"])
def test_brackets_of_blocks_are_those_of_their_tokens(soup: list[str]) -> None:
    parts: list[str] = []
    for part in soup:  # no #endif without its #if, and none left out
        if part != ENDIF or parts.count(IF) > parts.count(ENDIF):
            parts.append(part)
    parts += [ENDIF] * (parts.count(IF) - parts.count(ENDIF))
    tree = Tree({"a.c": " ".join([*parts, "\n"])}, preprocessor.parse)
    code = compiled.Code(reading.Blocks(tree), "a.c", range(len(tree.source("a.c").directives) + 1), ())
    for at, token in enumerate(code.tokens):
        assert code.function(at) == function(code, at)
        if token in "([{":
            assert code.closing(at) == closing(code.tokens, at)


@examples(400)
@given(st.lists(st.sampled_from(TOKENS), max_size=60))
def test_no_text_is_too_strange(soup: list[str]) -> None:
    """Text that no compiler takes is read like any other: an answer, or an error of ours."""
    with suppress(ImgcheckError):
        change(" ".join(["int f(int n) {\n", *soup, "\n", OFF, "}\n"]))
