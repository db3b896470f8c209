"""A build that recorded no macros is taken for the variant that its objects are of, and for no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from compiled import ABI, CROSS, POLICY, SCRIPT, needs_toolchain, run

from imgcheck import cli

pytestmark = needs_toolchain
KINDS = {"plain": 0, "lamps": 1, "meters": 2, "both": 3}
CONFIG = """#define ENABLE_ALWAYS 1
#if KIND == 1 || KIND == 3
#define ENABLE_LAMPS 1
#endif
#if KIND == 2 || KIND == 3
#define ENABLE_METERS 1
#endif
"""
WORK = "".join(f"    out += n * {n} + (out >> {n % 7});\n" for n in range(1, 20))
MAIN = (
    '#include "config.h"\nvolatile int out;\n'
    + "".join(
        f"#if ENABLE_{name}\nstatic __attribute__((noinline)) void {name.lower()}(int n) {{\n"
        f"{WORK}    out ^= {number};\n}}\n#endif\n"
        for number, name in enumerate(("ALWAYS", "LAMPS", "METERS"))
    )
    + "int main(void) {\n    for (;;) {\n"
    + "".join(
        f"#if ENABLE_{name}\n        {name.lower()}(out);\n#endif\n" for name in ("ALWAYS", "LAMPS", "METERS")
    )
    + "    }\n}\n"
)


FILES = {"config.h": CONFIG, "main.c": MAIN}
LESS = {
    "config.h": """#define ENABLE_ALWAYS 1
#define ENABLE_LAMPS 1
#define ENABLE_METERS 1
#if KIND == 1 || KIND == 3
#undef ENABLE_LAMPS
#endif
#if KIND == 2 || KIND == 3
#undef ENABLE_METERS
#endif
""",
    "lamps.c": f"""#include "config.h"
extern volatile int out;
#if ENABLE_LAMPS
void lamps(int n) {{
{WORK}}}
void lamps_off(int n) {{
{WORK}}}
#endif
""",
    "main.c": f"""#include "config.h"
volatile int out;
void lamps(int), lamps_off(int);
static __attribute__((noinline)) void always(int n) {{
{WORK}
#if ENABLE_METERS
    out += out / 3;
    out ^= out << 5;
#endif
    out += 5;
#if ENABLE_METERS
    out -= out % 11;
    out ^= out << 7;
#endif
    out ^= 9;
#if ENABLE_METERS
    out -= out % 13;
#endif
}}
int main(void) {{
    for (;;) {{
        always(out);
#if ENABLE_LAMPS
        lamps(out);
        lamps_off(out);
#endif
    }}
}}
""",
}


def made(
    folder: Path,
    kind: int,
    own: str = "",
    debug: str = "-g",
    files: dict[str, str] = FILES,
    kinds: dict[str, int] = KINDS,
) -> Path:
    variants = "".join(f'{name} = "KIND={value}"\n' for name, value in kinds.items())
    policy = POLICY + own + f"[variants]\n{variants}"
    for name, text in {**files, "fw.ld": SCRIPT, "imgcheck.toml": policy}.items():
        (folder / name).write_text(text)
    sources = [name for name in files if name.endswith(".c")]
    gcc = (f"{CROSS}gcc", *ABI)
    flags = ("-Os", debug, "-ffreestanding", "-ffunction-sections")
    run(*gcc, *flags, f"-DKIND={kind}", "-c", *sources, cwd=folder)
    linking = ("-nostdlib", "-static", "-Wl,--gc-sections,-Map=fw.map", "-T", "fw.ld", "-o", "fw.elf")
    run(*gcc, *linking, *(name[:-2] + ".o" for name in sources), cwd=folder)
    run(f"{CROSS}objcopy", "-O", "binary", "fw.elf", "fw.bin", cwd=folder)
    return folder / "fw.elf"


def findings(firmware: Path, capsys: pytest.CaptureFixture[str]) -> tuple[set[str], dict[str, str]]:
    """The features of a build, and what was found of its defines."""
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    said = {one["code"]: one["message"] for one in found["diagnostics"] if one["subject"] == "defines"}
    return {one["name"] for one in found["features"]}, said


@pytest.mark.parametrize(("name", "kind"), [*KINDS.items()][1:])
def test_the_variant_is_the_one_that_the_code_is_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, kind: int
) -> None:
    """The one with everything fits what is there as well, and says of it what is not there."""
    firmware = made(tmp_path, kind)
    assert cli.run(["features", str(firmware), "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    wanted = {
        "ENABLE_ALWAYS",
        *(["ENABLE_LAMPS"] if kind & 1 else ()),
        *(["ENABLE_METERS"] if kind & 2 else ()),
    }
    assert {one["name"] for one in found["features"]} == wanted
    assert all(one["flash"] > 100 for one in found["features"])
    (said,) = [one["message"] for one in found["diagnostics"] if one["code"] == "defines-disagree"]
    assert f"the build is what KIND={kind} (variant {name}) compiles, and the policy takes it for one" in said


def test_a_build_that_is_what_the_policy_says_is_not_asked_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["features", str(made(tmp_path, 0)), "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "defines-disagree" not in {one["code"] for one in found["diagnostics"]}


def test_where_the_project_says_otherwise_it_is_asked_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firmware = made(tmp_path, 2, "[features.defines]\nKIND = 1\n")
    assert cli.run(["features", str(firmware)]) == 2
    assert "with KIND=2 (variant meters) they are active" in " ".join(capsys.readouterr().err.split())


def test_where_no_variant_fits_the_sources_are_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firmware = made(tmp_path, 2)
    text = (tmp_path / "main.c").read_text().replace("ENABLE_METERS", "ENABLE_OTHERS")
    (tmp_path / "main.c").write_text(text)
    assert cli.run(["features", str(firmware)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "build first" in said and "they are active" not in said


def test_what_the_build_recorded_is_not_doubted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The conditions were changed after it: as another variant it would agree with them."""
    firmware = made(tmp_path, 2, debug="-g3")
    text = (tmp_path / "main.c").read_text()
    swapped = text.replace("LAMPS", "X").replace("ENABLE_METERS", "ENABLE_LAMPS").replace("X", "METERS")
    (tmp_path / "main.c").write_text(swapped)
    assert cli.run(["features", str(firmware)]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "build first" in said and "they are active" not in said


@pytest.mark.parametrize(
    ("name", "kind", "debug"),
    [("lamps", 1, "-g"), ("lamps", 1, "-g0"), ("meters", 2, "-g"), ("both", 3, "-g"), ("both", 3, "-g0")],
)
def test_a_build_that_is_less_than_the_policy_says_is_taken_for_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, kind: int, debug: str
) -> None:
    """No code contradicts the policy's word, as each variant is a part of it: what is not there does."""
    on, said = findings(made(tmp_path, kind, debug=debug, files=LESS), capsys)
    missing = {*(["ENABLE_LAMPS"] if kind & 1 else ()), *(["ENABLE_METERS"] if kind & 2 else ())}
    if debug == "-g0" and kind == 3:  # statements leave nothing else than code, of which no line tells
        missing -= {"ENABLE_METERS"}
        name, kind = "lamps", 1
    assert {"ENABLE_ALWAYS", "ENABLE_LAMPS", "ENABLE_METERS"} - on >= missing
    assert f"the build is what KIND={kind} (variant {name}) compiles, and" in said["defines-disagree"]
    if kind & 1:
        assert "lamps.c was compiled without lamps()" in said["defines-disagree"]


def test_what_is_compiled_always_and_called_by_one_variant_only_tells_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """OpenBeken's drivers often have no condition of their own: only a table names them."""
    always = LESS["lamps.c"].replace("#if ENABLE_LAMPS\n", "").replace("#endif\n", "")
    on, said = findings(made(tmp_path, 1, files={**LESS, "lamps.c": always}), capsys)
    assert on == {"ENABLE_ALWAYS", "ENABLE_METERS"} and "KIND=1 (variant lamps)" in said["defines-disagree"]


@pytest.mark.parametrize("debug", ["-g", "-g0", "-g3"])
def test_a_build_that_has_all_that_the_policy_says_is_not_doubted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], debug: str
) -> None:
    on, said = findings(made(tmp_path, 0, debug=debug, files=LESS), capsys)
    assert on == {"ENABLE_ALWAYS", "ENABLE_LAMPS", "ENABLE_METERS"} and not said


def test_what_the_project_itself_says_is_not_doubted_for_what_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    on, said = findings(made(tmp_path, 3, "[features.defines]\nKIND = 0\n", files=LESS), capsys)
    assert len(on) == 3 and not said


def test_a_build_that_is_no_variant_names_both_and_whose_rows_are_in_doubt(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firmware = made(tmp_path, 1, files=LESS, kinds={"all": 0, "none": 3})
    on, said = findings(firmware, capsys)
    assert on == {"ENABLE_ALWAYS", "ENABLE_LAMPS", "ENABLE_METERS"}
    assert "not clearly one without KIND" in said["defines-unclear"]
    assert "nor what KIND=3 (variant none) compiles" in said["defines-unclear"]
    assert said["defines-unclear"].endswith("do not trust what is said of ENABLE_LAMPS, ENABLE_METERS")
