"""What comes in of archives that nobody asked for, against builds that were made without the feature."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from compiled import (
    ABI,
    CROSS,
    SCRIPT,
    SECTIONS,
    firmware_of,
    left_out,
    needs_toolchain,
    objects_of,
    run,
)

from imgcheck import cli

pytestmark = needs_toolchain
PICOLIBC = Path("/usr/lib/picolibc/riscv64-unknown-elf/lib/release/rv32imafc/ilp32f/libc.a")
needs_picolibc = pytest.mark.skipif(not PICOLIBC.exists(), reason="no picolibc")
# Where the heap lies, for a C library's malloc; constructors stay where an object has some.
WHOLE = SCRIPT.replace(
    "*(COMMON) }", "*(COMMON) . = ALIGN(8); __heap_start = .; __heap_end = . + 4096; }"
).replace("*(.rodata .rodata.*)", "*(.rodata .rodata.*) KEEP(*(.init_array*))")
MAIN = """
int use(int); volatile int out;
void _exit(int n) { for (;;) out = n; }
int main(void) { for (;;) out += use(out); }
"""
WORK = """
extern volatile int out;
int rich(int n) { for (int i = 0; i < n; i++) out += (out ^ i) * (n + 9);
  for (int i = n; i; i /= 3) out ^= out << (i & 7); out -= n / (out | 1) + 9; return out ^ n; }
"""
NAMES = """
extern volatile int out; int rich(int);
typedef __SIZE_TYPE__ size_t; typedef long long int64_t; typedef unsigned long long uint64_t;
long strtol(const char *, char **, int); double strtod(const char *, char **); double sin(double);
long long strtoll(const char *, char **, int); int snprintf(char *, size_t, const char *, ...);
int sscanf(const char *, const char *, ...); double pow(double, double); float sinf(float);
void qsort(void *, size_t, size_t, int (*)(const void *, const void *));
void *malloc(size_t); void free(void *); char *strdup(const char *); int abs(int);
int first(int), deep(int);
"""


def texts(coming: str, more: str = "") -> dict[str, str]:
    """The files of a firmware whose only feature keeps some code out."""
    use = f"""#include "config.h"
{NAMES}{more}
int use(int n) {{
  out += n;
  for (int i = 0; i < n; i++) out ^= i;
#if ENABLE_A
  return rich(n);
#else
  {coming}
#endif
}}
"""
    return {"fw.ld": WHOLE, "config.h": "#define ENABLE_A 1\n", "main.c": MAIN, "use.c": use, "work.c": WORK}


def libgcc() -> str:
    """The compiler's library."""
    return run(f"{CROSS}gcc", *ABI, "-print-libgcc-file-name").strip()


def asked(firmware: Path, capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, Any], dict[str, str]]:
    """What imgcheck says of the feature, and its findings by code."""
    assert cli.run(["features", str(firmware), "--feature", "ENABLE_A", "-o", "json"]) == 0
    said = json.loads(capsys.readouterr().out)
    return said["features"][0], {one["code"]: one["message"] for one in said["diagnostics"]}


def compared(
    folder: Path, files: Mapping[str, str], capsys: pytest.CaptureFixture[str], **how: Any
) -> tuple[dict[str, Any], dict[str, str], int]:
    """What is said of the feature holds against the rebuilt image; also the flash that it really saves."""
    firmware = firmware_of(folder / "on", files, **how)
    flash, ram = left_out(folder / "off", firmware, files, **how)
    row, said = asked(firmware, capsys)
    assert abs(row["flash"] - flash) <= row["flash_error"], (row["flash"], row["flash_error"], flash)
    assert abs(row["ram"] - ram) <= 8, (row["ram"], ram)
    return row, said, flash


CALLS = {
    "strtol": "char b[9]; b[0] = n; b[1] = 0; return strtol(b, 0, 0);",
    "strtod": "char b[9]; b[0] = n; b[1] = 0; return strtod(b, 0);",
    "strtoll": "char b[9]; b[0] = n; b[1] = 0; return strtoll(b, 0, 0);",
    "snprintf": 'char b[32]; snprintf(b, sizeof b, "%f x", (double)n); return b[2];',
    "sscanf": 'int v = 0; char b[9]; b[0] = n; b[1] = 0; sscanf(b, "%d", &v); return v;',
    "sin": "return sin(n);",
    "sinf": "return sinf(n);",
    "pow": "return pow(n, 1.5);",
    "malloc": "int *p = malloc(n); if (!p) return 0; *p = 3; n = p[n]; free(p); return n;",
    "strdup": "char b[9]; b[0] = n; b[1] = 0; return strdup(b)[n];",
    "qsort": "static int a[9]; a[n & 7] = n; qsort(a, 9, sizeof *a, order); return a[4];",
    "long double": "volatile long double x = n; x = x * x + 3; return x;",
    "double": "volatile double x = n; x = x * x + 3; return x > 7;",
    "float and double": "volatile float x = n; return x * 1.1;",
    "64 bits": "volatile int64_t x = n; return x / n % 7;",
    "64 bits unsigned": "volatile uint64_t x = n; return x / 10;",
}
ORDER = "static int order(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }"


@needs_picolibc
@pytest.mark.parametrize("call", CALLS)
def test_what_code_that_comes_in_needs_of_libraries_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], call: str
) -> None:
    """Of the C library and the compiler's, with all that this needs itself."""
    libraries = ("-Wl,--start-group", PICOLIBC, libgcc(), "-Wl,--end-group")
    files = texts(CALLS[call], ORDER if call == "qsort" else "")
    row, said, flash = compared(tmp_path, files, capsys, libraries=libraries)
    assert flash < -200
    assert row["flash_error"] < 0.05 * -flash + 32
    assert not row["estimate"]
    assert "are linked that nobody asked for so far" in said["feature-links-more"]


def piece(name: str, calls: str = "") -> str:
    """A member of an archive: code, strings, variables, and a function that nobody calls."""
    return f"""
extern volatile int out; int deep(int), deeper(int), away(int);
volatile int start_{name} = {len(calls) + 3}; static int room_{name}[{20 + len(name)}];
static const char *const texts_{name}[] = {{"one of {name}", "two of {name}"}};
int {name}(int n) {{
  for (int i = 0; i < n; i++) room_{name}[i & 7] += (start_{name} ^ i) * (n + {len(name)});
  for (const char *p = texts_{name}[n & 1]; *p; p++) start_{name} += *p;
  return {calls} room_{name}[n & 3];
}}
int unused_{name}(int n) {{ return n * start_{name} / 7 + away(n); }}
"""


CHAIN = {"first.c": piece("first", "deep(n) +"), "deep.c": piece("deep", "deeper(n) +"),
         "deeper.c": piece("deeper"), "away.c": "int away(int n) { return n; }\n"}  # fmt: skip
LINKS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "chain": (CHAIN, ()),
    "nothing collected": (CHAIN, ("-Wl,--no-gc-sections",)),
    "nothing relaxed": (CHAIN, ("-Wl,--no-relax",)),
    "weak": (
        {
            **CHAIN,
            "first.c": "__attribute__((weak)) int deep(int);\n"
            "int first(int n) { return deep ? deep(n) : n; }\n",
        },
        (),
    ),
    "constructor": (
        {
            "first.c": "static int g; __attribute__((constructor)) static void setup(void) {\n"
            "  for (int i = 0; i < 9; i++) g += i * g / 3 + 7; }\nint first(int n) { return g + n; }\n"
        },
        (),
    ),
    "common": (
        {
            "first.c": "__attribute__((common)) int all[20];\nint first(int n) { return all[n & 7] = n; }\n",
            "second.c": "__attribute__((common)) int all[20];\n",
        },
        (),
    ),
    "circle": (
        {**CHAIN, "deeper.c": piece("deeper", "first(n) +").replace("away(int)", "away(int), first(int)")},
        (),
    ),
}


def archive(folder: Path, members: Mapping[str, str], *flags: str) -> Path:
    """An archive of an SDK, that is no part of the firmware's sources."""
    folder.mkdir()
    for name, text in members.items():
        (folder / name).write_text(text)
    objects_of(folder, members, (*ABI, "-Os", "-ffreestanding", *SECTIONS))
    objects = [name.replace(".c", ".o") for name in members]
    run(f"{CROSS}ar", "qcsD", *flags, "libsdk.a", *objects, cwd=folder)
    return folder / "libsdk.a"


@pytest.mark.parametrize("kind", ["whole", "thin"])
@pytest.mark.parametrize("link", LINKS)
def test_an_archive_that_nobody_asked_gives_what_is_called_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], link: str, kind: str
) -> None:
    members, flags = LINKS[link]
    library = archive(tmp_path / "sdk", members, *(("--thin",) if kind == "thin" else ()))
    _, said, _ = compared(tmp_path, texts("return first(n);"), capsys, libraries=(*flags, library, "-lgcc"))
    assert "libsdk.a" in said["feature-links-more"]


def test_of_an_archive_of_which_some_is_linked_the_rest_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is there already is not there twice: `deep` is called all the time."""
    library = archive(tmp_path / "sdk", CHAIN)
    files = texts("return first(n);", "int always(int n) { return deep(n); }")
    files["main.c"] = MAIN.replace("use(out)", "use(out) + always(out)").replace(
        "use(int)", "use(int), always(int)"
    )
    _, said, _ = compared(tmp_path, files, capsys, libraries=(library, "-lgcc"))
    assert said["feature-links-more"].endswith("first.o")


@pytest.mark.parametrize("call", ["64 bits", "64 bits unsigned"])
def test_what_is_compiled_for_speed_may_divide_without_a_library(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], call: str
) -> None:
    sections = ("-ffunction-sections", "-fdata-sections", "-O2")
    row, _, _ = compared(tmp_path, texts(CALLS[call]), capsys, sections=sections)
    assert row["flash_error"] < 1500


@needs_picolibc
def test_a_function_that_a_library_has_too_is_taken_from_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A definition that goes is no error where a use of it stays: the linker finds another one."""
    own = """
#if ENABLE_A
long strtol(const char *a, char **b, int c) {
  long r = 0; while (*a) r = r * c + *a++ - 48; return r + out * 3; }
#endif
__attribute__((noinline)) int also(int n) { out++; return strtol("12", 0, n) + 3; }
"""
    files = texts("return n;", own)
    files["main.c"] = MAIN.replace("use(out)", "use(out) + also(out)").replace(
        "use(int)", "use(int), also(int)"
    )
    _, said, _ = compared(tmp_path, files, capsys, libraries=(PICOLIBC, "-lgcc"))
    assert "feature-needed" not in said
    assert "strtol" in said["feature-links-more"]


RUN = "__attribute__((noinline)) int run(int a, int b) { return rich(a) + b; }"


@needs_picolibc
@pytest.mark.parametrize(
    "more",
    [
        ("int strtol = n * 3; return run(strtol, n);", RUN),
        ("return twice(n);", "static inline int twice(int n) { return n * 2 + out; }"),
        ("return abs(n);", ""),
    ],
    ids=["variable", "inline", "instruction"],
)  # fmt: skip
def test_what_only_has_the_name_of_a_librarys_function_brings_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, str]
) -> None:
    files = texts(*more)
    if "strtol" in more[0]:
        files["use.c"] = files["use.c"].replace("long strtol(const char *, char **, int);", "")
    row, said, _ = compared(tmp_path, files, capsys, libraries=(PICOLIBC, "-lgcc"))
    assert "feature-links-more" not in said
    assert not row["estimate"]


def damaged(whole: bytes, how: str) -> bytes:
    """An archive that cannot be read."""
    count = struct.unpack(">I", whole[68:72])[0]
    places = slice(72, 72 + 4 * count)
    found: bytes = {
        "cut in the index": whole[:100],
        "cut in a member": whole[:1500],
        "no archive": b"something else",
        "a million names": whole[:68] + struct.pack(">I", 1_000_000) + whole[72:],
        "places behind the end": whole[:72] + b"\xff" * 4 * count + whole[places.stop :],
        "places of no member": whole[:72] + struct.pack(">I", 77) * count + whole[places.stop :],
        "no objects": whole.replace(b"\x7fELF", b"\x7fBAD"),
    }[how]
    return found


@pytest.mark.parametrize(
    "how",
    ["gone", "a folder", "cut in the index", "cut in a member", "no archive", "a million names",
     "places behind the end", "places of no member", "no objects"],
)  # fmt: skip
def test_what_cannot_be_looked_up_is_an_estimate_that_no_plan_takes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    """And its bar holds: never a saving of so many bytes, plus or minus nothing."""
    library = archive(tmp_path / "sdk", CHAIN)
    files = texts("return first(n);")
    firmware = firmware_of(tmp_path / "on", files, libraries=(library, "-lgcc"))
    flash, _ = left_out(tmp_path / "off", firmware, files, libraries=(library, "-lgcc"))
    whole = library.read_bytes()
    library.unlink()
    if how == "a folder":
        library.mkdir()
    elif how != "gone":
        library.write_bytes(damaged(whole, how))
    row, said = asked(firmware, capsys)
    assert abs(row["flash"] - flash) <= row["flash_error"]
    assert row["estimate"]
    assert "calls first, which no linked object has" in said["feature-calls-unknown"]
    assert "(libsdk.a could not be read)" in said["feature-calls-unknown"]
    cli.run(["plan", str(firmware), "--layout", "devcube-1.4.8-2m", "-o", "json"])
    assert json.loads(capsys.readouterr().out)["plans"] == []


def test_what_is_declared_and_nowhere_to_be_found_is_an_estimate(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firmware = firmware_of(tmp_path / "on", texts("return first(n);"))
    row, said = asked(firmware, capsys)
    assert row["estimate"]
    assert (
        "calls first, which no linked object has and no library at hand; how" in said["feature-calls-unknown"]
    )


def test_several_that_are_nowhere_are_not_as_unsure_as_their_sum(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four of them are twice what one is, as what is independent adds up."""
    names = ("first", "second", "third", "fourth")
    more = "".join(f"int {name}(int n);\n" for name in names)
    bars = [
        asked(firmware_of(tmp_path / str(count), texts(f"return {calls};", more)), capsys)[0]["flash_error"]
        for count in (1, 4)
        for calls in [" + ".join(f"{name}(n)" for name in names[:count])]
    ]
    assert bars[0] > 5000
    assert bars[1] == pytest.approx(2 * bars[0], rel=0.02)


def test_nothing_is_read_that_nobody_asks_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No archive beyond those that objects were linked from."""
    library = archive(tmp_path / "sdk", CHAIN)
    files = texts("return n * 5;")
    firmware = firmware_of(tmp_path / "on", files, libraries=(library, "-lgcc"))

    def refused(path: Path) -> None:
        raise AssertionError(path)

    monkeypatch.setattr("imgcheck.readers.archives.read", refused)
    asked(firmware, capsys)
    flash, _ = left_out(tmp_path / "off", firmware, files)
    assert flash > 0


def test_a_source_that_makes_no_object_so_far_is_estimated_by_its_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its member of an archive is empty, and nobody linked it: no line table tells that it is compiled."""
    body = '#include "config.h"\n#if !ENABLE_A\n' + piece("first").replace(
        "int away(int)", "int other(int)"
    ).replace("away(n)", "other(n)")
    files = {
        **texts("return first(n);"),
        "spare.c": f"{body}\nint other(int n) {{ return n / 3; }}\n#endif\n",
    }
    firmware = firmware_of(tmp_path / "on", files, archives={"libapp.a": ["spare.o"]})
    flash, _ = left_out(tmp_path / "off", firmware, files, archives={"libapp.a": ["spare.o"]})
    row, said = asked(firmware, capsys)
    assert abs(row["flash"] - flash) <= row["flash_error"] < 1000
    assert row["estimate"]
    assert "calls first" in said["feature-calls-unknown"]


@pytest.mark.parametrize("limit", ["_MOST_MEMBERS", "_MOST_BYTES"])
def test_no_more_is_read_than_a_library_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """What lies behind that is as unknown as what is not there."""
    library = archive(tmp_path / "sdk", CHAIN)
    firmware = firmware_of(tmp_path / "on", texts("return first(n);"), libraries=(library, "-lgcc"))
    monkeypatch.setattr(f"imgcheck.prediction.library.{limit}", 1)
    row, said = asked(firmware, capsys)
    assert row["estimate"]
    assert "calls deep" in said["feature-calls-unknown"]
    assert "first.o" in said["feature-links-more"]


def test_a_name_of_which_two_members_are_called_is_looked_for_in_the_right_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One `part.o` of the archive is linked, another one is not."""
    (tmp_path / "sdk").mkdir()
    for folder, text in (("a", piece("deep")), ("b", piece("first"))):
        archive(tmp_path / "sdk" / folder, {"part.c": text, "away.c": CHAIN["away.c"]})
    library = tmp_path / "sdk" / "libsdk.a"
    members = ("a/part.o", "b/part.o", "a/away.o")
    run(f"{CROSS}ar", "qcsD", library, *members, cwd=tmp_path / "sdk")
    files = texts("return first(n);", "int always(int n) { return deep(n); }")
    files["main.c"] = MAIN.replace("use(out)", "use(out) + always(out)").replace(
        "use(int)", "use(int), always(int)"
    )
    _, said, flash = compared(tmp_path, files, capsys, libraries=(library, "-lgcc"))
    assert flash < 0
    assert said["feature-links-more"].endswith("part.o")


def test_what_another_member_of_the_same_archive_still_calls_is_needed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The archive has a definition that goes, as it was built with the feature: nobody else has one."""
    files = texts("return n;")
    files["own.c"] = '#include "config.h"\n#if ENABLE_A\nint first(int n) { return n * 77; }\n#endif\n'
    files["also.c"] = "int first(int n);\nint also(int n) { return first(n) + 1; }\n"
    files["main.c"] = MAIN.replace("use(out)", "use(out) + also(out)").replace(
        "use(int)", "use(int), also(int)"
    )
    _, said = asked(firmware_of(tmp_path / "on", files, archives={"libapp.a": ["also.o", "own.o"]}), capsys)
    assert "first would go, and also.o still uses it" in said["feature-needed"]
    assert "feature-links-more" not in said


def test_a_processor_computes_itself_what_it_can(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The compiler's library divides floats for chips without them; it may also be not at hand."""
    assert "divsf3" in run(f"{CROSS}nm", "-s", libgcc())
    library = tmp_path / "libgcc.a"
    library.write_bytes(Path(libgcc()).read_bytes())
    files = texts("float x = n;\n  x = x / 3;\n  return x;")
    firmware = firmware_of(tmp_path / "on", files, libraries=(library,))
    for _ in ("there", "gone"):
        row, said = asked(firmware, capsys)
        assert not {"feature-links-more", "feature-calls-unknown"} & said.keys()
        assert row["flash"] > 0
        library.unlink(missing_ok=True)
