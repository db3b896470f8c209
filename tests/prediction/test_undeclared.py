"""A name goes while code that stays uses it: such a build does not compile, as a rebuild shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, TOP, needs_toolchain
from rebuilt import needed

GUARDED = "#if ENABLE_A\n%s\n#endif\n"
LOOP = (
    "int main(void) {\n  for (;;) {\n%s\n#if ENABLE_A\n    out += rich(out);\n#endif\n"
    "    out += plain(1);\n  }\n}\n"
)
EMPTY = LOOP % ""
ENUM = "enum {\n  K_ONE, K_TWO,\n#if ENABLE_A\n  K_A,\n#endif\n  K_COUNT };\n"
RECORD = GUARDED % "struct record { int a; int b; };"
HEADER = '#include "a.h"\n'
# the source, a header of it, another source, and what goes ("" where the build compiles without)
WAYS = {
    "an enumerator": (ENUM + LOOP % "    if (out == K_A) out += plain(3);", "", "", "K_A"),
    "an enumerator of a header": (HEADER + LOOP % "    out += out == K_A;", ENUM, "", "K_A"),
    "in a table": (
        ENUM
        + 'static const char *const names[] = { [K_ONE] = "one", [K_A] = "A" };\n'
        + LOOP % "    say(names[out & 1]);",
        "",
        "",
        "K_A",
    ),
    "in another source": (EMPTY, ENUM, HEADER + "int used(int x) { return x == K_A; }\n", "K_A"),
    "a macro": (GUARDED % "#define PORT 80" + LOOP % "    out += plain(PORT);", "", "", "PORT"),
    "a macro of a header": (
        HEADER + LOOP % "    out += plain(PORT);",
        GUARDED % "#define PORT 80",
        "",
        "PORT",
    ),
    "a header's that is not read": (
        GUARDED % HEADER + LOOP % "    out += plain(PORT);",
        "#define PORT 80\n",
        "",
        "PORT",
    ),
    "a macro that is called": (
        GUARDED % "#define LOG(x) say(x)" + LOOP % '    LOG("text");',
        "",
        "",
        "LOG",
    ),
    "a tag": (
        RECORD + "static struct record last;\n" + LOOP % "    out += last.b++;",
        "",
        "",
        "struct record",
    ),
    "a tag of a header": (
        EMPTY,
        RECORD,
        HEADER + "static struct record last;\nint used(void) { return last.a++; }\n",
        "struct record",
    ),
    "its size": (RECORD + LOOP % "    out += sizeof(struct record);", "", "", "struct record"),
    "the size of a type": (
        GUARDED % "typedef struct { int a; } rec_t;" + LOOP % "    out += sizeof(rec_t);",
        "",
        "",
        "rec_t",
    ),
    "a variable of a function": (
        LOOP % "#if ENABLE_A\n    int n = rich(out);\n#endif\n    out += n;",
        "",
        "",
        "n",
    ),
    "a function of its own": (
        GUARDED % "static int own(int x) { return rich(x); }" + LOOP % "    out += own(1);",
        "",
        "",
        "own",
    ),
    "a pointer to it": (
        RECORD + "void *same(struct record *r) { return r; }\n" + LOOP % "    out += !same((void *)&out);",
        "",
        "",
        "",
    ),
    "a macro that nobody uses": (ENUM + "#define IS_A(x) ((x) == K_A)\n" + EMPTY, "", "", ""),
    "what a macro drops": (
        ENUM + "#define LOG(x, y)\n" + LOOP % '    LOG("text", K_A);',
        "",
        "",
        "",
    ),
    "another one in its place": (
        HEADER + LOOP % "    out += plain(PORT);",
        GUARDED % "#define PORT 80" + "#ifndef PORT\n#define PORT 8080\n#endif\n",
        "",
        "",
    ),
    "a function in its place": (
        "#if ENABLE_A\n#define LOG(x) say(x)\n#else\n"
        "static inline void LOG(const char *x) { (void)x; }\n#endif\n" + LOOP % '    LOG("text");',
        "",
        "",
        "",
    ),
    "an enumerator in its place": (
        "#if ENABLE_A\n#define KIND 7\n#else\nenum { KIND = 3 };\n#endif\n"
        + LOOP % "    out += plain(KIND);",
        "",
        "",
        "",
    ),
    "one of a function that is linked": (
        GUARDED % "#define other(x) rich(x)" + LOOP % "    out += other(7);",
        "",
        "",
        "",
    ),
    "a member of that name": (
        ENUM + "struct all { int K_A; };\nstatic struct all all;\n" + LOOP % "    out += all.K_A++;",
        "",
        "",
        "",
    ),
    "another one of that name": (
        LOOP
        % "#if ENABLE_A\n    int n = rich(out);\n    out += n;\n#endif\n    { int n = plain(3); out -= n; }",
        "",
        "",
        "",
    ),
}


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_goes_while_code_uses_it_is_said(way: str, tmp_path: Path) -> None:
    source, header, other, goes = WAYS[way]
    files = {**ON, "a.h": header, "main.c": TOP + source, "other.c": TOP + other}
    found = needed(tmp_path, files, "error|undefined reference" if goes else "")
    assert len(found) == bool(goes)
    if goes:
        user = "other.o" if other else "main.o"
        assert found[0].endswith(f"without ENABLE_A: {goes} would go, and {user} still uses it"), found
