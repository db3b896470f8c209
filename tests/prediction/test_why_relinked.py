"""What `imgcheck why` says would go with a thing goes when the linker is told that nobody refers to it."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import studies

from imgcheck.api import why
from imgcheck.prediction.retention import Retention, retention
from imgcheck.readers import elf, linkmap

GCC = shutil.which("riscv64-unknown-elf-gcc")
TRIED = 24

pytestmark = [
    studies.needs_fixture,
    pytest.mark.skipif(GCC is None, reason="riscv64-unknown-elf-gcc is not installed"),
]
DESCRIBING = (".comment", ".riscv.attributes", ".debug_", ".note")  # that no image has
Place = tuple[str, str, str]  # archive, object, section


@cache
def held() -> Retention:
    known = studies.known()
    graph = known.base.graph
    return retention(graph, elf.read(studies.ELF).entry, why.costs(graph, known.prices))


def linked(out: Path, *more: str) -> Counter[Place]:
    """What the GNU linker places of the fixture's objects."""
    bare = [f"startup/{name}.o" for name in ("constructors", "start", "version")]
    own = sorted(path for path in studies.BASE.rglob("*.a") if path.parent.name != "toolchain")
    tools = [studies.BASE / "toolchain" / name for name in ("libc.a", "libm.a", "libgcc.a")]
    subprocess.run(
        [
            str(GCC), "-march=rv32imafc", "-mabi=ilp32f", "-nostdlib", "-nostartfiles", "-static",
            f"-Wl,--gc-sections,--cref,-Map={out}/a.map,--build-id=none,--no-warn-rwx-segments",
            "-Wl,-T,../../ld/bl602_fixture.ld", "-o", f"{out}/a.elf", *bare, "-Wl,--start-group",
            *(str(path.relative_to(studies.BASE)) for path in (*own, *tools)), "-Wl,--end-group", *more,
        ],
        cwd=studies.BASE, check=True, capture_output=True,
    )  # fmt: skip
    return placed(out / "a.map")


def placed(path: Path) -> Counter[Place]:
    rows = linkmap.read(path).inputs
    every = ((row.archive, row.object, row.name) for row in rows if row.output and row.size and row.path)
    return Counter(one for one in every if not one[2].startswith(DESCRIBING))


def place(node: int) -> Place:
    graph = held().graph
    archive, member = linkmap.parts(graph.objects[graph.nodes[node].object])
    return archive.rpartition("/")[2], member.rpartition("/")[2], graph.nodes[node].name


def size(node: int) -> int:
    return max(held().graph.nodes[node].flash, held().graph.nodes[node].ram)


def wrapped() -> list[int]:
    """Sections that only other objects refer to, by global names: `--wrap` leads all of them elsewhere."""
    graph = held().graph
    public = {one.name for one in elf.read(studies.ELF).symbols if one.bind and one.name}
    made = []
    for node in held().distance:
        one = graph.nodes[node]
        names = {name for name, _, _ in one.symbols}
        alone = all(graph.nodes[other].object != one.object for other in held().referrers.get(node, ()))
        if one.placed and names and names <= public and alone and node not in held().roots and not one.group:
            made.append(node)
    return made


def test_the_relinked_fixture_is_the_committed_one(tmp_path: Path) -> None:
    assert linked(tmp_path) == placed(studies.BASE / "OpenBL602.map")


def unread(path: Path) -> set[int]:
    """Sections that are kept whoever refers to them, of archive members that this link did not read."""
    read = {member for member, _, _ in linkmap.read(path).pulled}
    graph = held().graph
    names = {number: name for number, name in enumerate(graph.objects) if name.endswith(")")}
    return {node for node in held().roots if names.get(graph.nodes[node].object, "") not in {"", *read}}


def test_what_is_retained_is_what_the_linker_drops(tmp_path: Path) -> None:
    every, graph = wrapped(), held().graph
    assert len(every) > 100
    rng = random.Random(12)
    most = sorted(every, key=lambda node: -held().retained[node][0])[:20]
    tried = [*most[:6], *rng.sample(most, 6), *rng.sample(every, TRIED - 12)]
    merged = {place(number) for number, one in enumerate(graph.nodes) if one.merged}
    whole, exact, retained = placed(studies.BASE / "OpenBL602.map"), 0, 0
    for node in tried:
        names = [name for name, _, _ in graph.nodes[node].symbols]
        options = [f"-Wl,--wrap={name},--defsym=__wrap_{name}=bl602_start" for name in names]
        gone = whole - linked(tmp_path, *options)
        lost = held().lost(frozenset((node,)))
        assert sum(graph.nodes[one].flash for one in lost) == held().retained[node][0]
        # What the script keeps of a member holds itself, until nobody asks for the member.
        more = held().lost(frozenset((node, *unread(tmp_path / "a.map"))))
        sized = [one for one in more if graph.nodes[one].placed and size(one)]
        said = Counter(place(one) for one in sized if not graph.nodes[one].merged)
        assert Counter({key: n for key, n in gone.items() if key not in merged}) == said, names
        exact += len(more) == len(lost)
        retained += held().retained[node][0]
    assert exact >= TRIED - 2 and retained > 20_000
