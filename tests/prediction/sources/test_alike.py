"""What is remembered of a file that other sets of features leave alike is what would be found anew."""

from __future__ import annotations

import gc
from itertools import combinations

from hypothesis import example, given
from hypothesis import strategies as st
from laws import examples

from imgcheck.model import FeatureSettings
from imgcheck.prediction import sources as configuration
from imgcheck.readers import preprocessor

NAMES = ("ENABLE_A", "ENABLE_B", "ENABLE_C")
CONFIG = "".join(f"#define {name} 1\n" for name in NAMES)
SETS = [frozenset(some) for size in (1, 2, 3) for some in combinations(NAMES, size)]

LOG = "#if ENABLE_A\n#define LOG(x) x();\n#else\n#define LOG(x)\n#endif"
HOOK = "#if ENABLE_B\n#define HOOK(x) LOG(x)\n#else\n#define HOOK(x)\n#endif"
SAME = "#if ENABLE_C\n#define SAME SAME\n#endif"

# What can make one and the same block of code another one: a macro, an enumerator, the size of a type, a
# switch that code reads, a flag of which nothing is left, a #pragma.
HEADER = st.lists(
    st.sampled_from([
        LOG,
        "#if ENABLE_B\n#define LEVEL ENABLE_A\n#else\n#define LEVEL 0\n#endif",
        "#define BOTH (ENABLE_A && ENABLE_C)",
        HOOK,
        SAME,
        "#if BOTH\n#define COUNT 4\n#else\n#define COUNT 2\n#endif",
        "enum which {\n#if ENABLE_B\nFIRST,\n#endif\nSECOND,\n#if ENABLE_C\nTHIRD,\n#endif\nLAST };",
        "struct record { int a;\n#if ENABLE_A\nchar b[8];\n#endif\n#if ENABLE_C\nint c;\n#endif\n};",
        "#if ENABLE_C\ntypedef short unit;\n#else\ntypedef long unit;\n#endif",
        "#if ENABLE_B\n#pragma pack(1)\n#endif\nstruct tight { char a; int b; };\n#pragma pack()",
    ]),
    max_size=5,
)  # fmt: skip
CODE = st.lists(
    st.sampled_from([
        "static int t@[LAST];",
        "static char s@[sizeof(struct record)];",
        "static unit u@[COUNT];",
        "void v@(void) { HOOK(g@) LOG(v) h(SAME); }",
        "static const int w@[] = {\n#include \"rows.inc\"\n};",
        "#if ENABLE_B\n#pragma pack(1)\n#endif\nstruct o@ { char a; int b;};\n#pragma pack()\nint x@[COUNT];",
        "void f@(void) { LOG(g@) h(LEVEL); }",
        "void k@(int n) { if (ENABLE_A) { g@(n); } else { h(n); } }",
        "void l@(void) { if (LEVEL) { g@(0); } }",
        "void m@(int f) {\n#if ENABLE_A\nf = 1;\n#endif\nif (f) {\n#if ENABLE_B\ng@(1);\n#endif\n} }",
        "int n@(void) {\n#if ENABLE_C\ng@(2);\n#endif\nreturn 1; }",
        "const char *o@ = BOTH ? \"on\" : \"off\";",
        "static const struct tight p@[] = {\n#if ENABLE_A\n{1, 2},\n#endif\n{3, 4} };",
        "#if ENABLE_A && !ENABLE_B\nint q@;\n#elif ENABLE_C\nint r@;\n#endif",
    ]),
    max_size=6,
)  # fmt: skip


def differences(header: list[str], code: list[str]) -> configuration.Differences:
    text = "\n".join(line.replace("@", str(number)) for number, line in enumerate(code))
    files = {
        "src/config.h": CONFIG,
        "src/h.h": '#include "config.h"\n' + "\n".join(header) + "\n",
        "src/a.c": '#include "h.h"\n' + text + "\n",
        "src/rows.inc": "#if ENABLE_A\n1,\n#endif\nSAME,\n#if ENABLE_B\nLEVEL,\n#endif\n",
        "src/b.c": '#include "h.h"\nint other[LAST];\nvoid w(void) { LOG(v) }\n',
    }
    tree = configuration.Tree(files, preprocessor.parse, ())
    found = configuration.features(tree, FeatureSettings(pattern="ENABLE_*"), "src/config.h")
    return configuration.Differences(found)


@given(HEADER, CODE, st.permutations(SETS))
@example([LOG, HOOK], ["void v@(void) { HOOK(g@) }"], SETS)  # nothing, by way of another macro or not
@example([LOG, SAME], ["void v@(void) { LOG(g@)\nh(SAME); }"], SETS)  # a macro that leaves no trace
@examples(100)
def test_it_is_what_would_be_found_anew(
    header: list[str], code: list[str], sets: list[frozenset[str]]
) -> None:
    warm = differences(header, code)
    for names in sets:
        assert warm.changes(names) == differences(header, code).changes(names)


def test_what_is_known_by_its_identity_is_held() -> None:
    """What is collected gives its identity to the next: another file's change would be taken."""
    made = differences(
        [LOG],
        ["void f@(void) { LOG(g@) }\n#if ENABLE_B\nint x@;\n#endif"],
    )
    for names in SETS:
        made.changes(names)
    gc.collect()
    known = made._compared._known
    assert known
    for key, (visits, _) in known.items():
        assert isinstance(key, tuple)
        assert key[2] == tuple((one.block, id(one.uses), id(one.tokens)) for one in visits)
        assert {state for _, _, state in key[3]} <= {id(s) for one in visits for s in one.macros.values()}


def test_most_sets_leave_a_file_as_another_set_does() -> None:
    made = differences([], ["#if ENABLE_A\nint x@ = 1;\n#endif"])
    for names in SETS:
        made.changes(names)
    own = [key for key in made._compared._known if isinstance(key, tuple) and key[1] == "src/a.c"]
    assert len(own) == 1  # with ENABLE_A off, whatever else is
