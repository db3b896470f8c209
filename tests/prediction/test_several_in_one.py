"""A section of several functions or variables: what one of them no longer names another one may name."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, TOP, needs_toolchain
from rebuilt import rebuilt

pytestmark = needs_toolchain
WORDS = ", ".join(f'"a word of number {n}"' for n in range(30))
# The table is named by a function that goes, one that loses a statement, and one that stays.
PAGES = f"""{TOP}
const char *words[] = {{ {WORDS} }};
int order[40] = {{ 1, 2, 3 }};
#if ENABLE_A
void page_a(int n) {{ say(words[n & 15]); order[n & 7] = rich(n); }}
#endif
void page_b(int n) {{ say(words[n & 7]); order[n & 15] += plain(n); }}
void page_c(int n) {{
    out += other(n);
#if ENABLE_A
    say(words[n & 3]);
    order[n & 3] -= plain(out);
#endif
    out ^= n;
}}
"""
MAIN = f"""{TOP}
void page_a(int), page_b(int), page_c(int);
int main(void) {{
#if ENABLE_A
    page_a(out);
#endif
    page_b(out);
    page_c(out);
    return 0;
}}
"""
# Rows of one table go, and those of another one name the same functions.
TABLES = f"""{TOP}
static int first(int n) {{ return rich(n) + 1; }}
static int second(int n) {{ return plain(n) * 3; }}
int (*const most[])(int) = {{
#if ENABLE_A
    first, second,
#endif
    other, rich, plain, }};
int (*const some[])(int) = {{ first, second, other, other, }};
"""
CALLS = f"""{TOP}
extern int (*const most[])(int), (*const some[])(int);
int main(void) {{ for (;;) {{ out += most[out & 1](out); out -= some[out & 3](out); }} }}
"""


@pytest.mark.parametrize(
    ("sections", "files"),
    [
        (("-fdata-sections",), {"pages.c": PAGES, "main.c": MAIN}),
        ((), {"pages.c": PAGES, "main.c": MAIN}),
        (("-ffunction-sections",), {"tables.c": TABLES, "main.c": CALLS}),
        (("-ffunction-sections", "-fdata-sections"), {"tables.c": TABLES, "main.c": CALLS}),
    ],
)
def test_what_another_function_of_the_section_names_stays(
    tmp_path: Path, sections: tuple[str, ...], files: dict[str, str]
) -> None:
    row, flash, ram, _ = rebuilt(tmp_path, {**ON, **files}, sections)
    assert abs(row["ram"] - ram) <= 8, (row, ram)
    assert abs(row["flash"] - flash) <= min(row["flash_error"], 60), (row, flash)
