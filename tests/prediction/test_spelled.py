"""Arrays of characters that strings spell over an #if, and those of a given length; against a rebuild."""

from __future__ import annotations

from pathlib import Path

import pytest
from compiled import ON, TOP, needs_toolchain
from rebuilt import rebuilt

LOOP = "int main(void) {\n  for (;;) {\n    out += plain(out);\n%s\n  }\n}\n"
SAY = LOOP % "    say(page);\n    out += sizeof page;"
MORE = "\n#if ENABLE_A\n  \"<script>function a() { return document.all('feature'); }</script>\"\n#endif\n"
OTHER = '\n#if ENABLE_A\n  "the text of a build that has everything"\n#else\n  "less"\n#endif\n'
MACRO = '#if ENABLE_A\n#define NAME "a build that has everything"\n#else\n#define NAME "less"\n#endif\n'
PAGE = '<style>body { color: red }</style>"'
WAYS = {  # with the bytes that a rebuild may differ by
    "a page": (f'const char page[] = "{PAGE}{MORE}"<p>";\n' + SAY, 16),
    "a page at its end": (f'static const char page[] = "{PAGE}{MORE};\n' + SAY, 16),
    "between braces": (f'const char page[] = {{ "{PAGE}{MORE}"<p>" }};\n' + SAY, 16),
    "an #else": (f'const char page[] ={OTHER}"<p>";\n' + SAY, 8),
    "a macro": (MACRO + 'const char page[] = "made of " NAME ".";\n' + SAY, 8),
    "in RAM": (f"char page[] ={OTHER};\n" + LOOP % "    say(page);\n    page[1]++;", 8),
    "unsigned": (f"unsigned char page[] ={OTHER};\n" + LOOP % "    say((char *)page);\n    page[1]++;", 8),
    "of a function": (
        f"int show(void) {{\n  static const char page[] ={OTHER};\n  say(page);\n  return sizeof page;\n}}\n"
        + LOOP % "    out += show();",
        8,
    ),
    "a given length": (f'static char page[200] = "{PAGE}{MORE};\n' + LOOP % "    say(page);\npage[1]++;", 0),
    "a table of a given length": (
        "static short page[90] = {7, 8,\n#if ENABLE_A\n  1, 2, 3, 4,\n#endif\n};\n"
        + LOOP % "    page[out % 90u] += out;\n    out += page[(out + 1) % 90u];",
        0,
    ),
    "rows": (
        'static const char page[][24] = {\n"a", "b",\n#if ENABLE_A\n  "of the feature", "too",\n#endif\n};\n'
        + LOOP % "    say(page[out % (sizeof page / 24)]);",
        8,
    ),
    "addresses": (
        f'static const char *page[] = {{"{PAGE}{MORE}"<p>", "other"}};\n' + LOOP % "    say(page[out & 1]);",
        8,
    ),
}  # fmt: skip


@needs_toolchain
@pytest.mark.parametrize("way", WAYS)
def test_what_a_string_spells_is_as_long_as_it_is_built(tmp_path: Path, way: str) -> None:
    text, apart = WAYS[way]
    row, flash, ram, _ = rebuilt(tmp_path, {**ON, "main.c": TOP + text})
    assert abs(row["flash"] - flash) <= min(row["flash_error"], apart), (row, flash)
    assert row["ram"] == ram
