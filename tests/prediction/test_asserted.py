"""Checks that a compiler makes: one that does not hold without a feature makes that one needed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import HEADER, LIBRARY, TOP, compile_, firmware_of, needs_toolchain

from imgcheck import cli

ENUM = "enum {\n  K_ONE, K_TWO,\n#if ENABLE_A\n  K_A,\n#endif\n  K_COUNT };\n"
SCOPED = ENUM.replace("enum {", "enum class Kind {")
NAMES = 'static const char *const names[] = { "one", "two",\n#if ENABLE_A\n  "the one",\n#endif\n};\n'
MEMBERS = "{ int a;\n#if ENABLE_A\n  int more[4];\n#endif\n  short b; }"
RECORD = f"struct record {MEMBERS};\nstatic struct record last[2];\n"
LENGTH = "#if ENABLE_A\n#define LENGTH 40\n#else\n#define LENGTH 4\n#endif\n"
ALIGNED = "#define GLUE_(a, b) a##b\n#define GLUE(a, b) GLUE_(a, b)\n"
C_ASSERT = ALIGNED + "#define C_ASSERT(c) typedef char GLUE(check_, __LINE__)[(c) ? 1 : -1]\n"
BUG_ON = "#define BUILD_BUG_ON(c) ((void)sizeof(char[1 - 2 * !!(c)]))\n"
IS_ZERO = "#define BUG_ON_ZERO(e) (sizeof(struct { int:-!!(e); }))\n"
STOPPED = (
    '#define MUST(c) do { extern void GLUE(stop_, __LINE__)(void) __attribute__((error("no")));'
    " if (!(c)) GLUE(stop_, __LINE__)(); } while (0)\n"
)
# What stands in front of a function and in it; a check that does not hold without the feature is marked.
CASES = {
    "enumerator": (ENUM + '/*!*/_Static_assert(K_COUNT == 3, "three");', ""),
    "enumerator that may go": (ENUM + '_Static_assert(K_COUNT >= 2, "two");', ""),
    "without words": (ENUM + "/*!*/_Static_assert(K_COUNT == 3);", ""),
    "the macro": ('/*!*/_Static_assert(ENABLE_A, "A");', ""),
    "the macro, or another": ('_Static_assert(ENABLE_A || 1, "A");', ""),
    "a macro of it": (LENGTH + '/*!*/_Static_assert(LENGTH > 8, "long");', ""),
    "a macro of it that may": (LENGTH + '_Static_assert(LENGTH >= 4, "long");', ""),
    "elements": (NAMES + '/*!*/_Static_assert(sizeof names / sizeof names[0] == 3, "three");', ""),
    "elements as enumerators": (
        ENUM + NAMES + '_Static_assert(sizeof(names) / sizeof(*names) == K_COUNT, "same");', ""),
    "elements by a macro": (
        "#define SIZE(a) (sizeof(a) / sizeof((a)[0]))\n" + NAMES + "/*!*/_Static_assert(SIZE(names) == 3);",
        "",
    ),
    "bytes of an array": (NAMES + '/*!*/_Static_assert(sizeof names == 3 * sizeof(char *), "");', ""),
    "a structure": (RECORD + '/*!*/_Static_assert(sizeof(struct record) == 24, "size");', ""),
    "a structure that may": (RECORD + '_Static_assert(sizeof(struct record) <= 24, "size");', ""),
    "where a member is": (
        "#include <stddef.h>\n" + RECORD + '/*!*/_Static_assert(offsetof(struct record, b) == 20, "");', ""),
    "a type": (f"typedef struct {MEMBERS} rec_t;\n" + '/*!*/_Static_assert(sizeof(rec_t) == 24, "");', ""),
    "an array of them": (RECORD + '/*!*/_Static_assert(sizeof last == 2 * 24, "size");', ""),
    "in a function": (ENUM, '/*!*/_Static_assert(K_COUNT == 3, "three");'),
    "a typedef": (ENUM + "/*!*/typedef char check[(K_COUNT == 3) ? 1 : -1];", ""),
    "a typedef that holds": (ENUM + "typedef char check[(K_COUNT < 4) ? 1 : -1];", ""),
    "a sum": (ENUM + "/*!*/typedef char check[2 * (K_COUNT >= 3) - 1];", ""),
    "extern": (ENUM + "/*!*/extern char check[(K_COUNT == 3) ? 1 : -1];", ""),
    "a bit-field": (ENUM + "/*!*/struct check { int x : (K_COUNT == 3) ? 1 : -1; };", ""),
    "C_ASSERT": (ENUM + C_ASSERT + "/*!*/C_ASSERT(K_COUNT == 3);", ""),
    "BUILD_BUG_ON": (ENUM + BUG_ON, "/*!*/BUILD_BUG_ON(K_COUNT != 3);"),
    "BUG_ON_ZERO": (ENUM + IS_ZERO, "/*!*/n += BUG_ON_ZERO(K_COUNT != 3);"),
    "a division": (ENUM + "/*!*/enum { check = 1 / !!(K_COUNT == 3) };", ""),
    "equal cases": (ENUM, "/*!*/switch (0) { case 0: case (K_COUNT == 3): break; }"),
    "an error that is called": (ENUM + ALIGNED + STOPPED, "/*!*/MUST(K_COUNT == 3);"),
    "one of another length": (ENUM, "for (char *p = (char *)&n + 4; n > 3; n -= p[-1]) out++;"),
    "in front of an array": (ENUM + "extern int all[];", "n += all[K_COUNT - 3];"),
    "only with it": ('#if ENABLE_A\n_Static_assert(sizeof(int) == 4, "");\n#endif', ""),
    "only without it": ('#if !ENABLE_A\n/*!*/_Static_assert(sizeof(int) == 8, "");\n#endif', ""),
    "only without it, holds": ('#if !ENABLE_A\n_Static_assert(sizeof(int) == 4, "");\n#endif', ""),
}  # fmt: skip
CPLUSPLUS = {
    "C++": (ENUM + "/*!*/static_assert(K_COUNT == 3);", ""),
    "enum class": (SCOPED + '/*!*/static_assert(static_cast<int>(Kind::K_COUNT) == 3, "");', ""),
    "constexpr": (
        "#if ENABLE_A\nconstexpr int count = 40;\n#else\nconstexpr int count = 4;\n#endif\n"
        "/*!*/static_assert(count > 8);", ""),
}  # fmt: skip


def source(number: int, text: str, body: str, cplusplus: bool) -> str:
    """One case, with code of its own feature that goes."""
    top = TOP if not cplusplus else '#include "config.h"\nextern "C" {\n#include "lib.h"\n}\n'
    extern = 'extern "C"' if cplusplus else ""
    made = (
        f"{text}\n{extern} int run_{number}(int n) {{\n  {body}\n"
        f"#if ENABLE_A\n  n += rich(out + {number});\n#endif\n  return n + plain(n);\n}}\n"
    )
    return (top.rstrip("\n") + "\n" + made).replace("ENABLE_A", f"ENABLE_{number}")


def config(names: range, off: int = -1) -> str:
    """The header with a feature off."""
    return "".join(f"#define ENABLE_{one} {int(one != off)}\n" for one in names)


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    """What is found of features."""
    every = json.loads(capsys.readouterr().out)["diagnostics"]
    return [one for one in every if one["code"].startswith("feature-")]


@needs_toolchain
def test_what_a_compiler_does_not_take_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each case is a source of one firmware, and compiled without its feature as well."""
    every = [*CASES.items(), *CPLUSPLUS.items()]
    names, plain = range(len(every)), len(CASES)
    files = {"lib.h": HEADER, "lib.c": LIBRARY, "config.h": config(names)}
    for number, (_, (text, body)) in enumerate(every):
        kind = "c" if number < plain else "cpp"
        files[f"case{number}.{kind}"] = source(number, text, body, number >= plain)
    calls = (
        "".join(f"int run_{one}(int);\n" for one in names),
        "".join(f"out += run_{one}(out);\n" for one in names),
    )
    files["main.c"] = f"{TOP}int all[4];\n{calls[0]}int main(void) {{ for (;;) {{ {calls[1]} }} }}\n"
    elf = firmware_of(tmp_path / "on", files)
    assert cli.run(["features", str(elf), "-o", "json"]) in (0, 1)
    every_one = said(capsys)
    needed = {one["subject"]: one["message"] for one in every_one if one["code"] == "feature-needed"}
    assert not [one for one in every_one if one["code"] != "feature-needed"]
    (tmp_path / "off").mkdir()
    (tmp_path / "off" / "lib.h").write_text(HEADER)
    for number, (name, _) in enumerate(every):
        (tmp_path / "off" / "config.h").write_text(config(names, number))
        file = f"case{number}.{'c' if number < plain else 'cpp'}"
        before, marked, _ = files[file].partition("/*!*/")
        if marked:
            with pytest.raises(AssertionError, match="error"):
                compile_(tmp_path / "off", file, files[file])
            place = f"{file}:{1 + before.count(chr(10))}"
            assert needed[f"ENABLE_{number}"].endswith(f"{place} does not hold"), (name, needed)
        else:
            compile_(tmp_path / "off", file, files[file])
            assert f"ENABLE_{number}" not in needed, name


SPREAD = {
    "kinds.h": ENUM,
    "check.h": '_Static_assert(K_COUNT == 3, "three");\n',
    "other.c": TOP + '#include "kinds.h"\n#include "check.h"\nint also(int n) { return n; }\n',
}
LOOP = (
    "int main(void) {\n  for (;;) {\n#if ENABLE_A\n    out += rich(out);\n#endif\n"
    "    out += plain(1);\n  }\n}\n"
)


@needs_toolchain
def test_a_check_in_another_file_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In a header, of what another header says; the source has nothing of the feature."""
    files = {
        "lib.h": HEADER,
        "lib.c": LIBRARY,
        "config.h": "#define ENABLE_A 1\n",
        "main.c": TOP + LOOP,
        **SPREAD,
    }
    elf = firmware_of(tmp_path / "on", files)
    with pytest.raises(AssertionError, match=r"check\.h:1"):
        firmware_of(tmp_path / "off", {**files, "config.h": "#define ENABLE_A 0\n"})
    assert cli.run(["features", str(elf), "-o", "json"]) in (0, 1)
    (needed,) = said(capsys)
    assert needed["code"] == "feature-needed" and needed["message"].endswith("check.h:1 does not hold")
    assert cli.run(["plan", str(elf), "--need", "4", "-o", "json"]) == 1
    assert not json.loads(capsys.readouterr().out)["plans"]


UNSURE = {
    "a function": (ENUM, "_Static_assert(__builtin_popcount(K_COUNT) == 2"),
    "an unknown type": (
        "#include <stddef.h>\n" + RECORD,
        "_Static_assert(sizeof(struct record) > sizeof(max_align_t) - 12",
    ),
}  # fmt: skip


@needs_toolchain
@pytest.mark.parametrize("way", UNSURE)
def test_what_is_not_worked_out_is_said(way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody claims that it holds, and no plan takes the feature."""
    text, check = UNSURE[way]
    files = {
        "lib.h": HEADER, "lib.c": LIBRARY, "config.h": "#define ENABLE_A 1\n",
        "main.c": f'{TOP}{text}{check}, "");\n{LOOP}',
    }  # fmt: skip
    elf = firmware_of(tmp_path / "on", files)
    assert cli.run(["features", str(elf), "-o", "json"]) in (0, 1)
    (unsure,) = said(capsys)
    assert unsure["code"] == "feature-checked" and "is not known" in unsure["message"]
    assert cli.run(["plan", str(elf), "--need", "4", "-o", "json"]) == 1
    assert not json.loads(capsys.readouterr().out)["plans"]
