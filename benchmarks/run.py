"""How fast is imgcheck, against Python's own lzma and against its peers, on a build of OpenBL602's size?

Every row is measured in the same run, the tools taking turns, and the median of the rounds counts. Targets
are ratios where they can be, because machines differ; nothing here is a test, and the exit status is 0.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import earlier
import many

HERE = Path(__file__).resolve().parent
BUILD = HERE / "build"
MANY = many.BUILD
OUT = BUILD / "out"
PEERS = BUILD / "peers" / "bin"
CROSS = shutil.which("riscv64-unknown-elf-nm") or "/usr/bin/riscv64-unknown-elf-nm"
CROSS = CROSS.removesuffix("nm")
PYTHON = sys.executable
# pip compiles what it installs, the peers too; a checkout that keeps no bytecode would be timed compiling.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
IMGCHECK = Path(PYTHON).with_name("imgcheck")
TEN = ("text", "markdown", "json", "csv", "html", "github", "gitlab", "sarif", "junit", "rdjson")

# In its own process, so that the time is the call's and not the interpreter's.
TIMED = """
import sys, time
{before}
start = time.perf_counter()
{call}
sys.stderr.write(f"seconds {{time.perf_counter() - start:.6f}}\\n")
"""
LZMA = TIMED.format(
    before="""
import lzma, pathlib
plain = bytes(4096) + pathlib.Path("OpenBL602.bin").read_bytes()
filters = [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": 1 << 15}]
""",
    call="lzma.compress(plain, check=lzma.CHECK_CRC32, filters=filters)",
)
PRICES = TIMED.format(
    before="""
from imgcheck.builds import artefact, load
from imgcheck.targets.bl602 import BL602
made = artefact.pack(load.binary("OpenBL602.bin", BL602).binary, BL602)
""",
    call="artefact.prices(made, BL602)",
)


@dataclass
class Row:
    """One command; `inner` takes the time that the command itself wrote to stderr."""

    name: str
    command: list[str]
    inner: bool = False
    accepts: tuple[int, ...] = (0,)
    folder: Path = BUILD
    extra: dict[str, str] = field(default_factory=dict)  # of the environment
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)
    failure: str = ""

    @property
    def wall(self) -> float:
        return statistics.median(self.seconds)

    @property
    def peak(self) -> float:
        return statistics.median(self.peaks)

    def once(self, keep: bool = True) -> None:
        """Run it; wait4 gives this child's own peak, which resource.getrusage would mix with others'."""
        if self.failure:
            return
        errors = OUT / "stderr"
        with errors.open("wb") as stderr, open(os.devnull, "wb") as null:  # noqa: PTH123
            start = time.perf_counter()
            try:
                child = subprocess.Popen(
                    self.command,
                    cwd=self.folder,
                    env={**ENVIRONMENT, **self.extra},
                    stdout=null,
                    stderr=stderr,
                    stdin=null,
                )
            except OSError as error:
                self.failure = str(error)
                return
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        said = errors.read_text(errors="replace").strip().splitlines()
        if child.returncode not in self.accepts or (said and said[0].startswith("Traceback")):
            self.failure = f"exit {child.returncode}: {said[-1][:90] if said else 'no message'}"
            return
        if not keep:
            return
        self.seconds.append(float(said[-1].split()[1]) if self.inner else wall)
        self.cpu.append(usage.ru_utime + usage.ru_stime)
        self.peaks.append(usage.ru_maxrss / 1024)


def rows() -> dict[str, Row]:
    tool = str(IMGCHECK)
    elf, report = "OpenBL602.elf", [tool, "report", "OpenBL602.elf"]
    check = [tool, "check", elf]
    ten = [word for name in TEN for word in ("--output", f"{name}={OUT / 'ten'}.{name}")]
    quiet = ["--non-interactive", "--generate-report", "--report-filename", str(OUT / "puncover")]
    # Started from /: it stops at sources outside the folder it runs in, and libc names ../../newlib.
    puncover = [str(PEERS / "puncover"), "--elf_file", str(BUILD / elf), "--gcc-tools-base", CROSS, *quiet]
    over = (0, 1)  # 1 is an answer too
    found = [
        Row("python -c pass", [PYTHON, "-c", "pass"]),
        Row("imgcheck --version", [tool, "--version"]),
        Row("Python's lzma, in process", [PYTHON, "-c", LZMA], inner=True),
        Row("imgcheck report", report, accepts=over),
        Row("imgcheck report, five outputs", [*report, *ten[:10]], accepts=over),
        Row("imgcheck report --packed", [*report, "--packed"], accepts=over),
        Row("imgcheck check, green", check),
        Row("imgcheck check, one output", [*check, "--output", f"json={OUT / 'one.json'}"]),
        Row("imgcheck check, ten outputs", [*check, *ten]),
        Row("imgcheck features", [tool, "features", elf], accepts=over),
        Row("imgcheck plan --need 24KiB", [tool, "plan", elf, "--need", "24KiB"], accepts=over),
        Row("imgcheck report, html", [*report, "--output", f"html={OUT / 'page.html'}"], accepts=over),
        Row("report, 60,000 symbols", [tool, "report", "new.elf"], accepts=over, folder=MANY),
        Row("diff of reports, 60,000 symbols each", [tool, "diff", "old.json", "new.json"], folder=MANY),
        Row("diff of ELFs, 60,000 symbols each", [tool, "diff", "old.elf", "new.elf"], folder=MANY),
        Row("prices of the OTA stream, in process", [PYTHON, "-c", PRICES], inner=True),
        Row("nm -S --size-sort", [f"{CROSS}nm", "-S", "--size-sort", elf]),
        Row("elf-size-analyze, JSON", [str(PEERS / "elf-size-analyze"), "-t", CROSS, "-F", "-R", "-j", elf]),
        Row("fpvgcc --sar (map only)", [str(PEERS / "fpvgcc"), "OpenBL602.map", "--sar"]),
        Row("puncover, JSON", puncover, folder=Path("/")),
    ]
    return {row.name: row for row in found}


@dataclass(frozen=True)
class Target:
    """`value` gives the figure from the rows that it names; KeyError or StatisticsError without them."""

    what: str
    limit: float
    unit: str
    value: Callable[[dict[str, Row]], float]


def ratio(above: str, below: str) -> Callable[[dict[str, Row]], float]:
    return lambda found: found[above].wall / found[below].wall


TARGETS = [
    Target("report / lzma alone", 3.0, "x", ratio("imgcheck report", "Python's lzma, in process")),
    Target("report, peak", 80, "MiB", lambda found: found["imgcheck report"].peak),
    Target("--version / python -c pass", 3, "x", ratio("imgcheck --version", "python -c pass")),
    Target("features", 6, "s", lambda found: found["imgcheck features"].wall),
    Target("features, peak", 250, "MiB", lambda found: found["imgcheck features"].peak),
    Target("plan", 8, "s", lambda found: found["imgcheck plan --need 24KiB"].wall),
    Target("report, html", 7, "s", lambda found: found["imgcheck report, html"].wall),
    Target("price decoder", 1.0, "s", lambda found: found["prices of the OTA stream, in process"].wall),
    Target("green check / report", 1.1, "x", ratio("imgcheck check, green", "imgcheck report")),
    Target(
        "diff of reports / report, 60,000 symbols",
        1.3,
        "x",
        ratio("diff of reports, 60,000 symbols each", "report, 60,000 symbols"),
    ),
    Target(
        "diff of ELFs / report, 60,000 symbols",
        2.2,
        "x",
        ratio("diff of ELFs, 60,000 symbols each", "report, 60,000 symbols"),
    ),
    Target("ten outputs / one", 1.2, "x", ratio("imgcheck check, ten outputs", "imgcheck check, one output")),
]


def install_peers() -> None:
    """Peers live in a venv of their own: their dependencies are none of imgcheck's."""
    if PEERS.exists():
        return
    subprocess.run([PYTHON, "-m", "venv", str(PEERS.parent)], check=True)
    command = [str(PEERS / "pip"), "install", "-q", "elf-size-analyze", "fpvgcc", "puncover"]
    if subprocess.run(command, check=False).returncode:
        print("the peers from PyPI could not be installed; they are left out", file=sys.stderr)


def tables(found: dict[str, Row], rounds: int) -> str:
    lines = [f"Medians of {rounds}, tools taking turns, {os.cpu_count()} cores.", ""]
    lines += ["| command | wall s | processor s | peak MiB |", "|---|---:|---:|---:|"]
    for row in found.values():
        figures = (
            f"{row.wall:.3f} | {statistics.median(row.cpu):.2f} | {row.peak:.0f}"
            if row.seconds
            else "- | - | -"
        )
        lines.append(f"| {row.name} | {figures} |")
    lines += [f"\n{row.name} left out: {row.failure}" for row in found.values() if row.failure]
    lines += ["", "| target | measured | at most | |", "|---|---:|---:|---|"]
    for target in TARGETS:
        try:
            value = target.value(found)
        except (statistics.StatisticsError, KeyError):
            lines.append(f"| {target.what} | - | {target.limit:g} {target.unit} | not measured |")
            continue
        verdict = "met" if value <= target.limit else "**missed**"
        lines.append(
            f"| {target.what} | {value:.2f} {target.unit} | {target.limit:g} {target.unit} | {verdict} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="rows whose name contains this")
    parser.add_argument("--against", default="", metavar="REV", help="an earlier revision, side by side")
    options = parser.parse_args()
    subprocess.run([PYTHON, str(HERE / "generate.py")], check=True)
    OUT.mkdir(exist_ok=True)
    many.ensure()
    for case in ("old", "new"):
        command = [str(IMGCHECK), "report", f"{case}.elf", "--packed", "--output", f"json={case}.json"]
        subprocess.run(command, cwd=MANY, check=False, capture_output=True)
    if not options.only:
        install_peers()
    found = rows()
    wanted = [row for row in found.values() if options.only in row.name]
    tree = earlier.checkout(options.against) if options.against else None
    own = [row for row in wanted if row.command[0] == str(IMGCHECK)] if tree else []
    pairs = [(earlier.twin(row, tree), row) for row in own if tree]
    # Each right before or after its twin: what the machine does meanwhile, it does to both.
    turns = [one for row in wanted for one in (*(old for old, new in pairs if new is row), row)]
    for row in turns:
        row.once(keep=False)  # warm the caches
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for row in turns if number % 2 else reversed(turns):
            row.once()
    text = tables({name: row for name, row in found.items() if row.seconds or row.failure}, options.rounds)
    (BUILD / "results.md").write_text(text)
    print(text)
    if pairs:
        beside = earlier.table(pairs, options.against, options.rounds)
        (BUILD / "against.md").write_text(beside)
        print(beside)


if __name__ == "__main__":
    main()
