import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError, UndecidedError
from imgcheck.model import FeatureSettings
from imgcheck.prediction import sources as configuration
from imgcheck.readers import preprocessor

CONFIG = """\
#ifndef CONFIG_H
#define CONFIG_H
#define ENABLE_EVERYWHERE 1
#if PLATFORM_ONE
#define ENABLE_ALPHA 1
#elif PLATFORM_TWO
#define\tENABLE_ALPHA\t\t1 // the one that counts
#define ENABLE_BETA (1)
//#define ENABLE_GAMMA 1
#define ENABLE_DELTA 0
# define ENABLE_EMPTY
#define NAME "two"
#endif
#if ENABLE_ALPHA || ENABLE_BETA
#define ENABLE_SHARED 1
#endif
#if ENABLE_SHARED
#define NEEDS_SHARED
#endif
#endif
"""
SETTINGS = FeatureSettings(defines={"PLATFORM_TWO": "1"}, pattern="ENABLE_*")


def configured(files: Any, config: Any = CONFIG, settings: Any = SETTINGS, include_dirs: Any = ()) -> Any:
    tree = configuration.Tree({"src/config.h": config, **files}, preprocessor.parse, include_dirs)
    return configuration.features(tree, settings, "src/config.h")


def changes(files: Any, *names: Any, config: Any = CONFIG, settings: Any = SETTINGS) -> Any:
    return configuration.Differences(configured(files, config, settings)).changes(names)


def change(text: Any, *names: Any, path: str = "src/a.c", config: Any = CONFIG, **others: Any) -> Any:
    found = changes(
        {path: '#include "config.h"\n' + text, **others}, *(names or ("ENABLE_ALPHA",)), config=config
    )
    return found.get(path)


# --- the configuration header -----------------------------------------------------------------


def test_features_are_the_active_defines_that_are_not_zero() -> None:
    found = configured({}).features
    assert list(found) == [
        "ENABLE_EVERYWHERE",
        "ENABLE_ALPHA",
        "ENABLE_BETA",
        "ENABLE_EMPTY",
        "ENABLE_SHARED",
    ]
    alpha = found["ENABLE_ALPHA"]
    assert (alpha.path, alpha.line, alpha.column, alpha.value) == ("src/config.h", 7, 1, "1")
    assert alpha.text == "#define\tENABLE_ALPHA\t\t1 // the one that counts"
    assert alpha.end_column == 1 + len(alpha.text)
    assert found["ENABLE_EMPTY"].value == ""
    assert {name: one.derived_from for name, one in found.items() if one.derived_from} == {
        "ENABLE_SHARED": ("ENABLE_ALPHA", "ENABLE_BETA")
    }


def test_macros_are_those_of_the_header_and_the_command_line() -> None:
    assert configured({}).macros == {
        "CONFIG_H": "",
        "ENABLE_ALPHA": "1",
        "ENABLE_BETA": "( 1 )",
        "ENABLE_DELTA": "0",
        "ENABLE_EMPTY": "",
        "ENABLE_EVERYWHERE": "1",
        "ENABLE_SHARED": "1",
        "NAME": '"two"',
        "NEEDS_SHARED": "",
        "PLATFORM_TWO": "1",
    }


def test_headers_of_the_header_are_followed() -> None:
    config = '#include "more/drivers.h"\n#ifndef ENABLE_LATE\n#define ENABLE_LATE ENABLE_ON\n#endif\n'
    files = {"src/more/drivers.h": "#pragma once\n#define ENABLE_ON 1\n#define ENABLE_OFF 0\n"}
    found = configured(files, config).features
    assert [(one.name, one.path, one.line, one.derived_from) for one in found.values()] == [
        ("ENABLE_LATE", "src/config.h", 3, ("ENABLE_ON",)),
        ("ENABLE_ON", "src/more/drivers.h", 2, ()),
    ]


def test_a_feature_defined_twice_has_both_places() -> None:
    config = (
        "#define ENABLE_A 1\n#if PLATFORM_TWO\n#define ENABLE_A 1\n#endif\n"
        "#undef ENABLE_B\n#define ENABLE_C 1\n#undef ENABLE_C\n"
    )
    found = configured({}, config).features
    assert list(found) == ["ENABLE_A"]
    assert found["ENABLE_A"].places == (("src/config.h", 0), ("src/config.h", 2))
    text = "#if ENABLE_A\nint a = 1;\n#endif\n"
    assert change(text, "ENABLE_A", config=config).removed_lines == {3}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("#if A\n", "src/config.h: #if without #endif (line 1)"),
        ("\n#if (PLATFORM_TWO\n#endif\n", "src/config.h: #if is no expression: '(' without ')' (line 2)"),
        ('#include "config.h"\n', "src/config.h: #include does not end (line 1)"),
    ],
)
def test_headers_that_cannot_be_compiled(config: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        configured({}, config)
    assert str(caught.value) == message


def test_what_is_not_there_is_said() -> None:
    with pytest.raises(UndecidedError, match=r"ENABLE_GAMMA is not switched on in src/config\.h"):
        changes({}, "ENABLE_GAMMA")
    with pytest.raises(UndecidedError, match=r"src/other\.h: no such header"):
        configuration.features(configuration.Tree({}, preprocessor.parse), SETTINGS, "src/other.h")


def test_a_cyclic_macro_is_what_the_standard_says() -> None:
    assert list(
        configured(
            {}, "#define A B\n#define B A\n#if A\n#define ENABLE_NO 1\n#else\n#define ENABLE_YES 1\n#endif\n"
        ).features
    ) == ["ENABLE_YES"]


# --- lines ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "removed"),
    [
        ("#if ENABLE_ALPHA", True),
        ("#ifdef ENABLE_ALPHA", True),
        ("#if defined(ENABLE_ALPHA) && PLATFORM_TWO", True),
        ("#if ENABLE_ALPHA && SDK_VERSION > 3", True),
        ("#if ENABLE_ALPHA || SDK_VERSION > 3", False),
        ("#if ENABLE_ALPHA && !PLATFORM_TWO", False),
        ("#if ENABLE_ALPHA || ENABLE_BETA", False),
        ("#if ENABLE_ALPHA && ENABLE_NEVER", False),
        ("#ifdef __GNUC__", False),
        ("#if PLATFORM_ONE && ENABLE_ALPHA", False),
        ("#if PLATFORM_NEVER_HEARD_OF || !ENABLE_ALPHA", False),
    ],
)
def test_lines_of_a_condition(condition: str, removed: bool) -> None:
    found = change(f"{condition}\nint a = 1;\n#endif\n")
    assert (found is not None and found.removed_lines == {3}) == removed


def test_the_other_branch_comes() -> None:
    found = change("void f(void) {\n#if ENABLE_ALPHA\n  was();\n#else\n  is();\n#endif\n}\n")
    assert (found.removed_lines, found.added_lines) == ({4}, {6})
    assert (found.vanished, found.appeared) == ({"was"}, {"is"})
    assert found.vanished_in == {"f": {"was"}}


def test_an_unknown_condition_leaves_its_lines_and_braces_alone() -> None:
    text = (
        "#ifdef __GNUC__\nvoid f(int a) {\n#else\nstatic void f(int a) {\n"
        "#endif\n#if ENABLE_ALPHA\n  gone();\n#endif\n  stays();\n}\n"
        "void g(void) { other(); }\n"
    )
    found = change(text)
    assert found.vanished_in == {"f": {"gone"}}
    assert found.removed_lines == {8}


def test_a_fallback_that_switches_it_on_again() -> None:
    text = "#ifndef ENABLE_ALPHA\n#define ENABLE_ALPHA 1\n#endif\n#if ENABLE_ALPHA\nint a = 1;\n#endif\n"
    assert change(text) is None


def test_features_that_follow_from_others() -> None:
    text = "#if ENABLE_SHARED\nint a = 1;\n#endif\n#ifdef NEEDS_SHARED\nint b = 1;\n#endif\n"
    assert change(text, "ENABLE_ALPHA") is None
    assert change(text, "ENABLE_ALPHA", "ENABLE_BETA").removed_lines == {3, 6}


def test_macros_of_other_headers_follow() -> None:
    header = "#if ENABLE_ALPHA\n#define USE_A\n#else\n#define NO_A\n#endif\n"
    text = '#include "use.h"\n#ifdef USE_A\nint a = x;\n#endif\n#ifdef NO_A\nint b = y;\n#endif\n'
    found = change(text, **{"src/use.h": '#include "config.h"\n' + header})
    assert (found.removed_lines, found.added_lines) == ({4}, {7})
    assert (found.vanished, found.appeared) == ({"x"}, {"y"})
    assert (found.vanished_definitions, found.vanished_in) == ({"a"}, {"a": {"x"}})


def test_crlf_comments_and_continuations() -> None:
    text = (
        "//* not a comment start\r\n#if \\\r\n  ENABLE_ALPHA /* or\r\n"
        ' not */\r\nint a = x; // "\r\n#endif\r\n'
    )
    assert change(text).removed_lines == {6}


def test_removing_nothing_changes_nothing() -> None:
    assert changes({"src/a.c": "#if ENABLE_ALPHA\nint a;\n#endif\n"}) == {}


# --- includes ---------------------------------------------------------------------------------


def test_includes_are_found_beside_in_folders_and_by_their_only_name() -> None:
    files = {
        "src/driver/a.c": (
            '#include "../config.h"\n#include "one.h"\n#include <two.h>\n'
            '#include "deep/three.h"\n#include "no.h"\n'
        ),
        "src/driver/one.h": "",
        "sdk/inc/two.h": "",
        "x/y/deep/three.h": "",
        "x/no.h": "",
        "y/no.h": "",
    }
    differences = configuration.Differences(configured(files, include_dirs=["sdk//inc/."]))
    assert differences.included("src/driver/a.c") == {"src/driver/a.c", "src/config.h", *list(files)[1:4]}


def test_a_source_that_may_get_the_configuration_from_elsewhere() -> None:
    text = "#if ENABLE_ALPHA\nint a = 1;\n#endif\n"
    user = {"src/user.c": '#include "config.h"\n'}
    # compiled with -include, since nobody includes it
    assert "src/a.c" in changes({"src/a.c": text}, "ENABLE_ALPHA")
    # or through a header that is not here
    assert "src/a.c" in changes({"src/a.c": '#include "sdk.h"\n' + text, **user}, "ENABLE_ALPHA")
    # but a file that simply forgot it has the feature off
    assert "src/a.c" not in changes({"src/a.c": text, **user}, "ENABLE_ALPHA")


def test_code_in_headers_counts_under_the_headers_name() -> None:
    header = (
        "#pragma once\nstatic inline int f(int x) {\n#if ENABLE_ALPHA\n"
        "  return g(x);\n#endif\n  return x;\n}\n"
    )
    files = {f"src/{name}.c": '#include "config.h"\n#include "f.h"\n#include "f.h"\n' for name in "ab"}
    found = changes({**files, "src/f.h": header}, "ENABLE_ALPHA")
    assert list(found) == ["src/f.h"]
    assert found["src/f.h"].removed_lines == {4}
    assert found["src/f.h"].vanished_in == {"f": {"g"}}


def test_a_header_that_is_no_longer_included() -> None:
    files = {"src/impl.h": 'static const char *const text = "gone";', "src/c.cpp": ""}
    found = changes(
        {**files, "src/a.c": '#include "config.h"\n#if ENABLE_ALPHA\n#include "impl.h"\n#endif\n'},
        "ENABLE_ALPHA",
    )
    assert found["src/impl.h"].removed_lines == {1}
    assert found["src/impl.h"].vanished_strings == (b"gone",)
    assert found["src/impl.h"].vanished_definitions == {"text"}


# --- uses -------------------------------------------------------------------------------------


def test_a_declaration_is_no_use() -> None:
    text = """extern void gone(void);
int gone2(int), other;
typedef struct { int gone; } gone_t;
void f(struct s *p) {
  extern int gone;
  p->gone = p->gone2;
#if ENABLE_ALPHA
  gone(); gone2();
#endif
}
"""
    found = change(text)
    assert found.vanished == {"gone", "gone2"}
    assert found.vanished_in == {"f": {"gone", "gone2"}}


def test_a_use_that_another_function_keeps() -> None:
    text = "void f(void) {\n#if ENABLE_ALPHA\n  shared(); mine();\n#endif\n}\nvoid g(void) { shared(); }\n"
    found = change(text)
    assert found.vanished == {"mine"}
    assert found.vanished_in == {"f": {"shared", "mine"}}


def test_tables_lose_elements_and_what_those_name() -> None:
    text = """static const driver_t drivers[] = {
  { "one", one_init, { 1, 2 } },
#if ENABLE_ALPHA
  { "two", two_init, F(1, 2) }, { "three", one_init },
#endif
  [9] = { "four" },
};
int after = 3, more[] = {1,
#ifdef ENABLE_ALPHA
 2, 3
#endif
};
"""
    found = change(text)
    # Ten long with and without them, as element 9 stays.
    assert found.elements == {"more": (3, 1)}
    assert change(text.replace("[9] = ", "")).elements == {"drivers": (4, 2), "more": (3, 1)}
    assert found.vanished == {"two_init", "F"}
    assert found.vanished_in == {"drivers": {"two_init", "F"}}
    assert found.vanished_strings == (b"three", b"two")
    assert found.vanished_definitions == set()


def test_tables_inside_functions_have_their_own_name() -> None:
    text = (
        'void f(void) {\n  static const char *const names[] = { "a",\n'
        '#if ENABLE_ALPHA\n    "b", other,\n#endif\n  };\n  use(names);\n}\n'
    )
    found = change(text)
    assert found.elements == {"names": (3, 1)}
    assert found.vanished_in == {"names": {"other"}}
    assert found.strings_in == {"names": (b"b",)}
    text = (
        "void f(void) {\n#if ENABLE_ALPHA\n  static char buffer[9], *p;\n  static int one = 1;\n#endif\n}\n"
    )
    assert change(text).vanished_definitions == {"buffer", "p", "one"}


def test_a_table_that_goes_as_a_whole() -> None:
    found = change(
        "#if ENABLE_ALPHA\nstatic int table[3] = { 1, 2, 3 };\n"
        "int bss[7], *p;\nint proto(void);\nstruct s;\n#endif\n"
    )
    assert found.elements == {"table": (3, 0)}
    assert found.vanished_definitions == {"table", "bss", "p"}


def test_strings_are_joined_and_decoded() -> None:
    text = r"""void f(void) {
#if ENABLE_ALPHA
  p("a\x41\102\n" /* c */ NAME "\"\u00e9");
  p("twice");
  p(L"w");
#endif
  p("twice");
  p("begin "
#if ENABLE_ALPHA
    "middle "
#endif
    "end");
}
"""
    found = change(text)
    assert sorted(found.vanished_strings) == [
        b'aAB\ntwo"\xc3\xa9',
        b"begin middle end",
        b"twice",
        b"w\0\0\0",
    ]
    assert found.strings_in == {"f": (b'aAB\ntwo"\xc3\xa9', b"begin middle end", b"w\0\0\0")}


def test_macros_that_change_count_where_they_are_used() -> None:
    header = (
        "#if ENABLE_ALPHA\n"
        "#define LOG(fmt, ...) log_it(LEVEL, fmt, ##__VA_ARGS__)\n#else\n"
        '#define LOG(fmt, ...)\n#endif\n#define DEEP(x) LOG("deep", x)\n'
    )
    text = '#include "log.h"\nvoid f(void) {\n  LOG("x",\n    foo);\n  DEEP(1);\n  bar(LEVEL);\n}\n'
    found = change(text, **{"src/log.h": '#include "config.h"\n' + header})
    assert found.vanished == {"log_it", "foo"}
    assert found.vanished_in == {"f": {"log_it", "foo"}}
    assert found.vanished_strings == (b"deep", b"x")
    assert found.removed_lines == {4, 6}
    assert found.added_lines == {6}  # DEEP itself did not change, only what it leads to


def test_a_feature_in_code_rather_than_in_a_condition() -> None:
    found = change("int f(void) { return ENABLE_ALPHA + 1; }\n")
    assert found.appeared == {"ENABLE_ALPHA"}
    assert (found.removed_lines, found.added_lines) == ({2}, {2})


def test_functions_are_told_apart() -> None:
    text = """SECTION(".x") static int attributed(int a) __attribute__((noinline));
SECTION(".x") static int __attribute__((noinline)) attributed(int a) {
#if ENABLE_ALPHA
  one();
#endif
}
int (*returns_pointer(int a))(void) {
#if ENABLE_ALPHA
  two();
#endif
}
struct s *returns_struct(void) {
#if ENABLE_ALPHA
  three();
#endif
}
void (*const pointers[2])(void) = { four,
#if ENABLE_ALPHA
  five
#endif
};
enum { A, B = sizeof(gone) };
static struct { int x; } objects[] = { { six },
#if ENABLE_ALPHA
  { seven },
#endif
};
"""
    assert change(text).vanished_in == {
        "attributed": {"one"},
        "objects": {"seven"},
        "pointers": {"five"},
        "returns_pointer": {"two"},
        "returns_struct": {"three"},
    }


def test_true_is_what_the_language_of_each_file_says() -> None:
    header = "#if true\nint in_both;\n#endif\n#if ENABLE_ALPHA\nint one = 1;\n#endif\n"
    files = {"src/h.h": "#if true\n" + header + "#endif\n"}
    for suffix, expected in (("cpp", {"one"}), ("c", {"one"})):
        found = changes({f"src/a.{suffix}": '#include "config.h"\n#include "h.h"\n', **files}, "ENABLE_ALPHA")
        assert found["src/h.h"].vanished_definitions == expected
    text = '#include "config.h"\n#if not true\n#if ENABLE_ALPHA\nint one = 1;\n#endif\n#endif\n'
    assert changes({"src/a.cpp": text}, "ENABLE_ALPHA") == {}


def test_cplusplus_methods_have_their_class() -> None:
    text = """extern "C" {
void plain(void) {
#if ENABLE_ALPHA
  one();
#endif
}
}
namespace n {
class C : public Base<int> {
public:
  C() : a{1}, b(2) {
#if ENABLE_ALPHA
    two();
#endif
  }
  int inlined() const override {
#if ENABLE_ALPHA
    this->three();
#endif
  }
  virtual void pure() = 0;
  int a = 3;
};
}
template <typename T = int> n::C::~C() noexcept {
#if ENABLE_ALPHA
  auto f = [](int x) { return four(x); };
#endif
}
bool operator==(const C &a, const C &b) {
#if ENABLE_ALPHA
  five();
#endif
}
int braced{
#if ENABLE_ALPHA
  six
#endif
};
#if ENABLE_ALPHA
namespace { const Coded made("text", seven, 3); void proto(Coded made, int); }
#endif
"""
    found = change(text, path="src/a.cpp")
    assert {owner: names - {"f", "x"} for owner, names in found.vanished_in.items()} == {
        "plain": {"one"},
        "n::C::C": {"two"},
        "n::C::inlined": {"three"},
        "n::C::~C": {"four"},
        "operator==": {"five"},
        "braced": {"six"},
        "(anonymous namespace)::made": {"seven"},
    }
    assert found.vanished_definitions == {"(anonymous namespace)::made"}
    assert found.vanished_strings == (b"text",)


# --- switching off ----------------------------------------------------------------------------


def test_the_line_as_it_becomes() -> None:
    one = configured({})
    assert (
        configuration.switched_off(one, "ENABLE_ALPHA")
        == "//#define\tENABLE_ALPHA\t\t1 // the one that counts"
    )


@pytest.mark.skipif(shutil.which("git") is None, reason="no git on this machine")
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ["", "#define ENABLE_LAST 1"])
def test_git_applies_the_patch(tmp_path: Path, end: str, tail: str) -> None:
    config = (
        CONFIG
        + "/* \xe9 */ #define ENABLE_C 1 /* goes\n on */\n"
        + "\n" * 9
        + "#define ENABLE_D \\\n 1\n"
        + tail
    ).replace("\n", end)
    one = configured({}, config)
    names = ["ENABLE_ALPHA", "ENABLE_BETA", "ENABLE_C", "ENABLE_D"] + (["ENABLE_LAST"] if tail else [])
    (tmp_path / "src").mkdir()
    path = tmp_path / "src" / "config.h"
    path.write_bytes(config.encode())
    patch = configuration.patch(one, names)
    subprocess.run(["git", "apply", "--check", "-"], input=patch.encode(), cwd=tmp_path, check=True)
    subprocess.run(["git", "apply", "-"], input=patch.encode(), cwd=tmp_path, check=True)
    after = path.read_bytes().decode()
    assert after.count(end) == config.count(end) and after.count("\n") == config.count("\n")
    assert configured({}, after).features.keys() == one.features.keys() - {*names, "ENABLE_SHARED"}
    changed = [line for line, other in zip(after.split(end), config.split(end), strict=True) if line != other]
    assert len(changed) == len(names)


def test_no_features_no_patch() -> None:
    assert configuration.patch(configured({}), ()) == ""


def test_a_guard_that_was_commented_out() -> None:
    config = """#if PLATFORM_TWO
// #if you like it
//#if (VARIANT == 2)
#define ENABLE_IR 1
//#endif
/* #ifdef X */
#define ENABLE_OTHER 1
#else
//#endif
#define ENABLE_NOT_HERE 1
#endif
//#if A
//#if B
#define ENABLE_INNER 1
//#endif
//#endif
#define ENABLE_FREE 1
"""
    found = configuration.slips(configured({}, config))
    assert [(one.feature, one.line, one.guard_line, one.guard, one.end_line) for one in found] == [
        ("ENABLE_IR", 4, 3, "//#if (VARIANT == 2)", 5),
        ("ENABLE_INNER", 14, 13, "//#if B", 15),
    ]
    assert configuration.slips(configured({})) == ()


# --- laws and hostile input -------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        "#if ENABLE_ALPHA\n",
        "#elif X\n",
        "#else\n",
        "#endif\n",
        "#define F(a,b) a##b #a {\n",
        "#define ENABLE_ALPHA F(1\n",
        '#include "b.h"\n',
        "#include F(1,2)\n",
        "#undef F\n",
        "F(",
        "F(x,",
        ")",
        "{",
        "}",
        "(",
        "[",
        "]",
        "=",
        ";",
        ",",
        "x",
        "static ",
        "extern ",
        '"s"',
        "'c'",
        "struct ",
        "enum ",
        "class ",
        "namespace ",
        "template ",
        "operator",
        ":",
        "::",
        "~",
        "\n",
        "/*",
        "*/",
        "\\\n",
        "#",
        "\x00",
        "�",
        "typedef ",
        "->",
        ".",
        "#pragma once\n",
        "#if F(1,2)\n",
    ]
)
TEXTS = st.lists(PIECES, max_size=30).map("".join)


@given(TEXTS, TEXTS, st.sampled_from(["src/a.c", "src/a.cpp"]))
@examples(150)
def test_any_source_is_read_or_refused(text: Any, header: Any, path: str) -> None:
    try:
        found = changes(
            {path: '#include "config.h"\n' + text, "src/b.h": header}, "ENABLE_ALPHA", "ENABLE_BETA"
        )
    except FormatError:
        return
    for one in found.values():
        assert one.vanished.isdisjoint(one.appeared)
        assert one.vanished <= frozenset().union(*one.vanished_in.values())


LINES = st.sampled_from(
    [
        "int v@ = w@;",
        "void f@(void) {",
        "g@();",
        "}",
        'p("@", q@);',
        "{ x@, },",
        "LOG(a@)",
        "#define M@ m@",
        "M1",
        "M2",
    ]
)
CONDITIONS = st.sampled_from(
    [
        "#if ENABLE_ALPHA",
        "#ifdef ENABLE_BETA",
        "#if !ENABLE_ALPHA",
        "#if ENABLE_ALPHA || ENABLE_BETA",
        "#ifdef U",
    ]
)


@st.composite
def sources(draw: Any) -> Any:
    lines, depth = [], 0
    for number in range(draw(st.integers(1, 20))):
        kind = draw(st.integers(0, 5))
        if kind == 0:
            lines.append(draw(CONDITIONS))
            depth += 1
        elif kind == 1 and depth:
            lines.append("#endif")
            depth -= 1
        else:
            lines.append(draw(LINES).replace("@", str(number % 4)))
    return "\n".join(lines + ["#endif"] * depth) + "\n"


@given(sources())
@examples(100)
def test_a_shortcut_changes_nothing(text: Any) -> None:
    """What is remembered between questions, and what a walk passes over, must not show."""
    files = {
        "src/a.c": '#include "h.h"\n' + text,
        "src/h.h": (
            '#include "config.h"\n#if ENABLE_ALPHA\n#define LOG(x) x();\n#else\n#define LOG(x)\n#endif\n'
        ),
    }
    warm = configuration.Differences(configured(files))
    sets = [{"ENABLE_ALPHA"}, {"ENABLE_BETA"}, {"ENABLE_ALPHA", "ENABLE_BETA"}, {"ENABLE_ALPHA"}]
    for names in sets:
        assert warm.changes(names) == changes(files, *names)
    # The same from the other side: the header as the patch leaves it, against nothing left to switch off.
    one = configured(files)
    config = one.tree.source("src/config.h").text.split("\n")
    for _, index in one.features["ENABLE_ALPHA"].places:
        config[one.tree.source("src/config.h").directives[index].line - 1] = ""
    after = configuration.Differences(configured(files, "\n".join(config)))
    left = after.changes({"ENABLE_BETA"}).get("src/a.c")
    assert left is None or left.removed_lines <= set(range(1, text.count("\n") + 2))


def test_deep_nesting_needs_no_deep_stack() -> None:
    most = preprocessor.MOST_NESTED
    text = "#if ENABLE_ALPHA\n" * most + "int a = x;\n" + "#endif\n" * most
    assert change(text).removed_lines == {most + 2}
    text = "void f(void) " + "{" * 200_000 + "\n#if ENABLE_ALPHA\nx();\n#endif\n" + "}" * 200_000
    assert change(text).vanished_in == {"f": {"x"}}


def test_headers_that_include_each_other_end() -> None:
    files = {f"src/h{n}.h": f'#include "h{n + 1}.h"\n#include "h{n + 1}.h"\n' for n in range(60)}
    assert change('#include "h0.h"\n#if ENABLE_ALPHA\nint a = x;\n#endif\n', **files).removed_lines == {4}
    loop = {"src/h.h": '#ifdef SDK\n#include "h.h"\n#include "h.h"\n#endif\n'}
    assert change('#include "h.h"\n#if ENABLE_ALPHA\nint a = x;\n#endif\n', **loop).removed_lines == {4}
    with pytest.raises(FormatError, match=re.escape("#include does not end")):
        change(
            '#include "h.h"\n#if ENABLE_ALPHA\nint a;\n#endif\n',
            **{"src/h.h": '#include "h.h"\n#include "h.h"\n'},
        )


def test_macros_that_expand_without_end_are_left_alone() -> None:
    laughs = "".join(f"#define A{n} A{n + 1} A{n + 1}\n" for n in range(64))
    assert change(laughs + "void f(void) { A0;\n#if ENABLE_ALPHA\nx();\n#endif\n}\n").vanished_in == {
        "f": {"x"}
    }


@pytest.mark.parametrize(
    "config",
    [
        "".join(
            f"#ifndef ENABLE_N{n}\n#define ENABLE_{n % 500} 1\n"
            + "#endif\n" * (1_000 if n % 1_000 == 999 else 0)
            for n in range(5_000)
        ),
        "//#if X\n" * 5_000
        + "".join(f"#define ENABLE_{n % 500} 1\n" for n in range(5_000))
        + "//#endif\n" * 5_000,
        "".join(f"#ifdef U{n}\n#define ENABLE_A {n}\n#endif\n" for n in range(5_000)),
    ],
    ids=["nested", "slips", "unknown"],
)
def test_large_headers_take_linear_time(config: Any) -> None:
    one = configured({}, config)
    configuration.patch(one, one.features)
    configuration.slips(one)


@pytest.mark.parametrize(
    "text",
    [
        "enum{}" * 10_000,
        "int a,\n#define Q\n" * 5_000,
        "struct {\n#define Q\n" * 5_000,
        "int f(){" + "F(" * 20_000,
    ],
)
def test_large_sources_take_linear_time(text: str) -> None:
    assert change(f"#define F(x) x\n#if ENABLE_ALPHA\n{text}\n#endif\n").removed_lines


# --- what a walk must not be sure of, or pass over ----------------------------------------------


def test_nothing_is_certain_after_a_branch_that_may_have_counted() -> None:
    text = (
        "#ifdef __GNUC__\n#define X 1\n#elif 1\n#define X 2\n#endif\n"
        "#if X == 1\n#if ENABLE_ALPHA\nint a = 1;\n#endif\n#endif\n"
    )
    assert change(text).vanished_definitions == {"a"}


def test_who_uses_what_a_lost_header_defined_is_walked_again() -> None:
    """Header two.h reads no feature itself; it changes because one.h is no longer there in front of it."""
    text = '#if ENABLE_ALPHA\n#include "one.h"\n#endif\n#include "two.h"\n#ifdef LEVEL\nint a = 1;\n#endif\n'
    headers = {"src/one.h": "#define USE 1\n", "src/two.h": "#ifdef USE\n#define LEVEL 1\n#endif\n"}
    assert change(text, **headers).vanished_definitions == {"a"}


def test_who_uses_what_a_lost_line_defined_is_walked_again() -> None:
    text = '#if ENABLE_ALPHA\n#define USE 1\n#endif\n#include "two.h"\n#ifdef LEVEL\nint a = 1;\n#endif\n'
    headers = {"src/two.h": "#ifdef USE\n#define LEVEL 1\n#endif\n"}
    assert change(text, **headers).vanished_definitions == {"a"}


def test_who_uses_what_a_new_header_defines_is_walked_again() -> None:
    text = (
        '#if !ENABLE_ALPHA\n#include "one.h"\n#endif\n#include "two.h"\n#ifndef LEVEL\nint a = 1;\n#endif\n'
    )
    headers = {"src/one.h": "#define USE 1\n", "src/two.h": "#ifdef USE\n#define LEVEL 1\n#endif\n"}
    assert change(text, **headers).vanished_definitions == {"a"}


def test_an_include_whose_name_comes_from_a_macro_may_be_of_another_file() -> None:
    text = (
        '#if ENABLE_ALPHA\n#define WHICH "one.h"\n#else\n#define WHICH "three.h"\n#endif\n'
        '#include WHICH\n#include "two.h"\n#ifdef LEVEL\nint a = 1;\n#endif\n'
    )
    headers = {
        "src/one.h": "#define USE 1\n",
        "src/three.h": "\n",
        "src/two.h": "#ifdef USE\n#define LEVEL 1\n#endif\n",
    }
    assert change(text, **headers).vanished_definitions == {"a"}


def test_a_header_that_says_once_is_read_once() -> None:
    header = "#pragma once\n#ifdef SEEN\n#define TWICE 1\n#endif\n#define SEEN 1\n"
    text = '#include "h.h"\n#include "h.h"\n#ifndef TWICE\n#if ENABLE_ALPHA\nint a = 1;\n#endif\n#endif\n'
    assert change(text, **{"src/h.h": header}).vanished_definitions == {"a"}


def test_every_branch_of_an_unknown_condition_starts_where_the_first_one_does() -> None:
    """Each opens the same function; what follows is one function deep, not three."""
    text = (
        "#ifdef __GNUC__\nvoid f(int a) {\n#elif defined(__CLANG__)\nstatic void f(int a) {\n"
        "#else\ninline void f(int a) {\n#endif\none();\n}\n"
        "void g(void) {\n#if ENABLE_ALPHA\ntwo();\n#endif\n}\n"
    )
    assert change(text).vanished_in == {"g": {"two"}}


# --- switched on a second time ----------------------------------------------------------------

BOARD = '#include "board.h"\n#ifndef ENABLE_X\n#define ENABLE_X 1\n#endif\n'


@pytest.mark.parametrize(
    ("config", "board", "lines"),
    [
        (BOARD, "#define ENABLE_X 1\n", {("src/config.h", 3), ("src/board.h", 1)}),
        (BOARD.replace("X 1", "X 0"), "#define ENABLE_X 1\n", {("src/board.h", 1)}),
        (BOARD, "", {("src/config.h", 3)}),
        (
            "#define ENABLE_X 1\n#if !ENABLE_X\n#undef ENABLE_X\n#define ENABLE_X 2\n#endif\n",
            "",
            {("src/config.h", 1), ("src/config.h", 4)},
        ),
        (
            "#if PLATFORM_ONE\n#define ENABLE_X 1\n#else\n#define ENABLE_X 1\n#endif\n",
            "",
            {("src/config.h", 4)},
        ),
    ],
)
def test_a_feature_that_another_line_switches_on_again_is_off_without_both(
    config: str, board: str, lines: set[tuple[str, int]]
) -> None:
    found = configured({"src/board.h": board}, config)
    places = found.features["ENABLE_X"].places
    at = {(path, found.tree.source(path).directives[index].line) for path, index in places}
    assert at == lines
    code = "#if ENABLE_X\nint x(void) { return 1; }\n#endif\n"
    gone = changes(
        {"src/board.h": board, "src/a.c": '#include "config.h"\n' + code}, "ENABLE_X", config=config
    )
    assert gone["src/a.c"].vanished_definitions == {"x"}
