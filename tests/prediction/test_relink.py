"""Images without some functions against what ld really links without them, and every address in them."""

from __future__ import annotations

import random
import shutil
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from compiled import ABI, CROSS, compile_, needs_toolchain, run
from gatheredmap import TOGETHER, gathered
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from studies import built, known, needs_fixture

from imgcheck.builds import memory
from imgcheck.prediction import addresses, buildfiles, layout, linkage, linkgraph, relink
from imgcheck.prediction import effects as savings
from imgcheck.prediction.cutting import Removal
from imgcheck.prediction.layout import Area, Piece
from imgcheck.prediction.linkage import Cut, Output
from imgcheck.prediction.relink import Sites
from imgcheck.prediction.riscv import AUIPC, call_target, immediate
from imgcheck.prediction.spans import disjoint
from imgcheck.readers import elf, linkmap
from imgcheck.targets.bl602 import BL602

NOTHING = Removal(Cut(frozenset(), {}), {})

SCRIPT = """
ENTRY(start)
MEMORY { flash (rx) : ORIGIN = 0x23000000, LENGTH = 1M  ram (rwx) : ORIGIN = 0x42014000, LENGTH = 128K }
SECTIONS {
  .text : { *(.text.start) *(.text .text.*) } > flash
  .rodata : { . = ALIGN(4); *(.rodata .rodata.*) *(.srodata .srodata.*) } > flash
  .data : { . = ALIGN(4); *(.tcm.*) *(.data .data.*) __global_pointer$ = . + 0x800;
            *(.sdata .sdata.*) . = ALIGN(16); KEEP(*(.mark)) . = ALIGN(64); } > ram AT > flash
  .bss (NOLOAD) : { *(.sbss .sbss.*) *(.bss .bss.*) *(COMMON) . = ALIGN(4); } > ram
  PROVIDE(_heap_start = .); PROVIDE(_heap_size = ORIGIN(ram) + LENGTH(ram) - _heap_start);
}
"""
START = """
int shared_0[64], shared_1[1000], shared_2[3] = {1};
extern int work_0(int); extern char _heap_start, _heap_size;
struct { char *start; unsigned long bytes; } heap = { &_heap_start, (unsigned long)&_heap_size };
void say(const char *t) { while (*t) *(volatile char *)0x4000a088 = *t++; }
void note(double d) { *(volatile double *)0x4000a090 = d; }
__attribute__((section(".mark"))) int mark = 5;
void start(void) {
    while (heap.bytes) heap.start[--heap.bytes] = 0;
    say("started"); work_0(5); say(" of it"); MANY }
""".replace("MANY", "".join(f'say("k{i:03} of it"); ' for i in range(40)))
WORK = """
extern int shared_S[]; extern int work_A(int); extern int work_B(int); extern int work_C(int);
extern void say(const char *);
static int near_N = N + 1; static char far_N[BYTES]; static const int table_N[] = {NUMBERS};
extern void note(double);
__attribute__((section(".tcm.wN"), noinline)) int fast_N(int n) { return n ? work_A(n - 1) : near_N; }
int work_N(int n) {
    note(0.1 + N); near_N += n; far_N[n & 1] = n; shared_S[n & 3]++;
    if (n <= 0) return table_N[n & 1];
    switch (n & 15) {
        case 0: say("a text of N"); break; case 1: return 7; case 2: return near_N;
        case 7: say("not a text of N"); break;
        case 8: say("long tail of N"); break; case 9: say(" tail of N"); break;
        case 10: say(" end of N"); break; case 11: say("some end of N"); break;
        case 12: say("zzzz end of N"); break;
        case 4: return fast_N(n - 2); case 5: n += N; break; case 6: say("text for N"); break; }
    return work_A(n - 1) + work_B(n - 2) + work_C(n - 3); }
"""
EXTRA = """
extern void say(const char *); extern int work_A(int);
static int state_N[BYTES]; static int begin_N = 77; const int *names_N[] = { state_N, &begin_N, state_N + 1 };
__attribute__((section(".tcm.xN"), noinline)) int tcm_N(int n) {
    return *names_N[n] + begin_N++ + work_A(n + 1); }
__attribute__((noinline)) static int deep_N(int n) {
    state_N[n] = n; return n > 3 ? work_A(n) : tcm_N(n) + begin_N; }
extern void note(double);
int extra_N(int n) { say("extra N"); say("and a text of N"); say("text for N");
    say("the long tail of N"); say("some tail of N"); note(0.1 + N);
    say("and some end of N"); say("!!!! of it");
    return work_A(n) * deep_N(n); }
"""
EXTRAS = (0, 1, 2)


class Link(NamedTuple):
    """A linked program, laid out for predictions, with the code sections of its map."""

    base: savings.Build
    graph: linkage.Graph
    code: dict[tuple[str, str], int]


def sources(seed: int, count: int = 14) -> dict[str, str]:
    """C files with calls, tables, switches, small and large data, and code in RAM."""
    dice = random.Random(seed)

    def filled(text: str, number: int) -> str:
        words = {
            "BYTES": dice.choice([3, 40, 700]),
            "NUMBERS": ", ".join(str(dice.randrange(9999)) for _ in range(dice.randrange(1, 30))),
            "_A(": f"_{dice.randrange(count)}(",
            "_B(": f"_{dice.randrange(count)}(",
            "_C(": f"_{(number + 1) % count}(",
            "_S[": f"_{number % 3}[",
            "_N": f"_{number}",
            "wN": f"w{number}",
            "xN": f"x{number}",
            " N": f" {number}",
        }
        for word, value in words.items():
            text = text.replace(word, str(value))
        return text

    # What goes is linked first: strings and constants that it shares with the others move to those.
    made = {f"x{i}.c": filled(EXTRA, i) for i in EXTRAS}
    return made | {f"w{i}.c": filled(WORK, i) for i in range(count)}


Library = Callable[..., Path]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """Puts `lib.a`, also in two halves, its start and a script into a folder; compiled once for each seed."""

    @cache
    def compiled(seed: int, flags: tuple[str, ...]) -> Path:
        folder = tmp_path_factory.mktemp("library")
        members = [compile_(folder, name, text, *flags) for name, text in sources(seed).items()]
        odd = members[len(EXTRAS) + 1 :: 2]
        even = [one for one in members if one not in odd]
        for archive, held in (("lib.a", members), ("odd.a", odd), ("even.a", even)):
            run(f"{CROSS}ar", "qcsD", archive, *held, cwd=folder)
        compile_(folder, "start.c", START, *flags)
        return folder

    def put(folder: Path, seed: int, *flags: str) -> Path:
        (folder / "s.ld").write_text(SCRIPT)
        made = compiled(seed, flags)
        for archive in made.glob("*.a"):
            shutil.copy(archive, folder)
        return Path(shutil.copy(made / "start.o", folder))

    return put


def linked(
    folder: Path,
    start: Path,
    extras: tuple[int, ...],
    told: Callable[[str], str] | None = None,
    archives: tuple[str, ...] = ("lib.a",),
) -> Link:
    """The program with some of the functions that only the command line asks for; `told` rewrites its map."""
    target = folder / f"with{''.join(map(str, extras))}.elf"
    run(
        f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,s.ld,--no-warn-rwx-segments",
        f"-Wl,--gc-sections,--cref,-Map={target.stem}.map", *[f"-Wl,-u,extra_{i}" for i in extras],
        "-o", target, start, *archives, cwd=folder,
    )  # fmt: skip
    binary = target.with_suffix(".bin")
    run(f"{CROSS}objcopy", "-O", "binary", target, binary)
    if told is not None:
        target.with_suffix(".map").write_text(told(target.with_suffix(".map").read_text()))
    links, parsed = linkmap.read(target.with_suffix(".map")), elf.read(target)
    found = buildfiles.load_objects(links, target.with_suffix(".map"), None)
    graph = linkgraph.build(found.linked, links, parsed, BL602.chip)
    data = binary.read_bytes()
    sites = addresses.find(graph, found.linked, parsed, data, memory.heaps(parsed, BL602.chip))
    code = {(r.object, r.name): r.size for r in links.inputs if r.name.startswith((".text", ".tcm"))}
    return Link(savings.build(graph, data, sites), graph, code)


@needs_toolchain
@pytest.mark.parametrize("kept", [(1,), (), (0, 2)])
@pytest.mark.parametrize(
    ("model", "relax", "seed"),  # a program for each way of compiling
    [("medlow", "relax", 1), ("medlow", "no-relax", 7), ("medany", "relax", 4), ("medany", "no-relax", 5)],
)
def test_as_ld_links_without(
    library: Library, tmp_path: Path, model: str, seed: int, kept: tuple[int, ...], relax: str
) -> None:
    # With medany a switch has a table of distances, from the table to its labels.
    start = library(tmp_path, seed, f"-mcmodel={model}", f"-m{relax}")
    whole, part = linked(tmp_path, start, EXTRAS), linked(tmp_path, start, kept)
    found = linkage.calibrate(whole.graph)
    assert (found.missing_bytes, found.extra_bytes) == (0, 0)
    gone = {f"extra_{i}" for i in EXTRAS if i not in kept}
    cut = frozenset(
        i for i, one in enumerate(whole.graph.nodes) if any(name in gone for name, _, _ in one.symbols)
    )
    effect = savings.effect(whole.base, Removal(Cut(cut, {}), {}))
    made = savings.rebuilt(whole.base, effect)
    assert made is not None
    really = len(whole.base.binary) - len(part.base.binary)
    assert abs(effect.flash - really) <= 8
    assert effect.gone
    assert whole.base.sites is not None
    assert (len(whole.base.sites.distances) > 1) == (model == "medany")  # one is the size of the heap
    assert bool(whole.base.sites.lowers) == (model == "medlow")
    # Functions that come nearer to each other are called in two bytes instead of four.
    shorter = sum(whole.code[key] - size for key, size in part.code.items())
    assert shorter == 2 * len(effect.nearer)
    assert shorter == 0 or relax == "relax"
    assert made == part.base.binary


# Nothing asks for what is in the first archive until the second one was read: it is linked after that.
GROUP = (
    *(f"-Wl,-u,work_{i}" for i in range(0, 14, 2)), "-Wl,--start-group", "odd.a", "even.a", "-Wl,--end-group",
)  # fmt: skip


@needs_toolchain
@pytest.mark.parametrize("zero", [False, True])
@pytest.mark.parametrize(
    ("seed", "kept", "of"),
    [(1, (1,), ("lib.a",)), (5, (0, 2), ("lib.a",)), (7, (), ("lib.a",)), (7, (), GROUP)],
)
def test_as_a_linker_that_gathers_strings_links_without(
    library: Library,
    tmp_path: Path,
    seed: int,
    kept: tuple[int, ...],
    of: tuple[str, ...],
    zero: bool,
) -> None:
    start = library(tmp_path, seed, "-mcmodel=medlow", "-mno-relax")
    (tmp_path / "s.ld").write_text(SCRIPT.replace("*(.rodata .rodata.*)", f"{TOGETHER} *(.rodata .rodata.*)"))
    whole = linked(tmp_path, start, EXTRAS, lambda text: gathered(text, zero), of)
    plain, part = linked(tmp_path, start, EXTRAS, archives=of), linked(tmp_path, start, kept, archives=of)
    found = linkage.calibrate(whole.graph)
    assert (found.missing_bytes, found.extra_bytes) == (0, 0)
    assert {one[:2] for one in whole.base.pools.places.values()} == {
        one[:2] for one in plain.base.pools.places.values()
    }
    gone = {f"extra_{i}" for i in EXTRAS if i not in kept}
    cut = frozenset(
        i for i, one in enumerate(whole.graph.nodes) if any(name in gone for name, _, _ in one.symbols)
    )
    effect = savings.effect(whole.base, Removal(Cut(cut, {}), {}))
    assert effect.flash == len(whole.base.binary) - len(part.base.binary)
    assert savings.rebuilt(whole.base, effect) == part.base.binary


@needs_toolchain
def test_without_gc_sections_nothing_goes_by_itself(library: Library, tmp_path: Path) -> None:
    start = library(tmp_path, 1, "-mcmodel=medlow", "-mrelax")
    run(
        f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,s.ld,--no-warn-rwx-segments",
        "-Wl,--cref,-Map=all.map", "-Wl,-u,extra_1", "-o", "all.elf", start, "lib.a", cwd=tmp_path,
    )  # fmt: skip
    links, parsed = linkmap.read(tmp_path / "all.map"), elf.read(tmp_path / "all.elf")
    found = buildfiles.load_objects(links, tmp_path / "all.map", None)
    graph = linkgraph.build(found.linked, links, parsed, BL602.chip)
    assert not graph.collected
    assert linkage.calibrate(graph).missing_bytes == 0


@needs_fixture
def test_nothing_gone_is_the_same_image() -> None:
    base = known().base
    effect = savings.effect(base, NOTHING)
    assert savings.rebuilt(base, effect) == base.binary
    assert base.sites is not None
    assert relink.image(base.binary, base.layout, base.sites) == base.binary


@needs_fixture
def test_sites_of_the_fixture_hold_what_they_say() -> None:
    base = known().base
    assert base.sites is not None
    assert len(base.sites.jumps) > 500
    assert len(base.sites.pairs) > 500
    assert len(base.sites.words) > 100
    assert decoded(base.binary, base.sites, pcs()) == meant(base.sites)


def pcs() -> list[tuple[int, int, int]]:
    """(image offset, its end, run address minus offset) of each output section in the image."""
    return [
        (o.load, o.load + o.size, o.address - o.load)
        for o in known().base.graph.outputs
        if o.load >= 0 and o.size
    ]


def pc_of(offset: int, places: list[tuple[int, int, int]]) -> int:
    return offset + next(shift for start, end, shift in places if start <= offset < end)


def meant(sites: Sites) -> list[tuple[str, int, int]]:
    return sorted(
        [("jump", at, target) for at, target in sites.jumps]
        + [("pair", at, target) for at, _, target in sites.pairs]
        + [("near", at, target) for at, target in sites.near]
        + [("word", at, target) for at, target in sites.words]
        + [("distance", at, target - origin & 0xFFFFFFFF) for at, target, origin in sites.distances]
        + [("lower", at, target & 0xFFF) for at, target in sites.lowers]
    )


def word_at(image: bytes, at: int) -> int:
    return int.from_bytes(image[at : at + 4], "little")


def decoded(image: bytes, sites: Sites, places: list[tuple[int, int, int]]) -> list[tuple[str, int, int]]:
    found = []
    for at, _ in sites.jumps:
        word = word_at(image, at)
        found.append(("jump", at, pc_of(at, places) + call_target(word)))
    for first, second, _ in sites.pairs:
        upper = word_at(image, first)
        value = (upper & 0xFFFFF000) + immediate(word_at(image, second))
        value += pc_of(first, places) if upper & 0x7F == AUIPC else 0
        found.append(("pair", first, value & 0xFFFFFFFF))
    for at, _ in sites.near:
        found.append(("near", at, sites.gp + immediate(word_at(image, at))))
    for at, _ in sites.words:
        found.append(("word", at, word_at(image, at)))
    for at, _, _ in sites.distances:
        found.append(("distance", at, word_at(image, at)))
    for at, _ in sites.lowers:
        found.append(("lower", at, immediate(word_at(image, at)) & 0xFFF))
    return sorted(found)


@needs_fixture
@examples(10)
@given(st.data())
def test_every_address_means_what_moved(data: st.DataObject) -> None:
    base = known().base
    assert base.sites is not None
    nodes = base.graph.nodes
    # The start of the image stays: after it the linker script leaves a gap up to a fixed place.
    code = [
        i for i, one in enumerate(nodes)
        if one.placed and one.code and one.flash and not one.merged and one.output != ".init"
    ]  # fmt: skip
    chosen = data.draw(st.sets(st.sampled_from(code), min_size=1, max_size=30))
    gone = disjoint(sorted((nodes[i].address, nodes[i].address + nodes[i].flash) for i in chosen))
    made = relink.image(base.binary, layout.lay_out(base.areas, gone), base.sites)
    new = new_places(base, gone)
    assert len(made) == max(image + size for image, _, size in new.values() if image >= 0)

    def there(address: int) -> int | None:
        at = bisect_right(starts, address) - 1
        start, end = spans[at]
        inside = at >= 0 and start <= address < end
        return address - start + new[start][1] if inside and start in new else None

    def where(offset: int, old: int) -> tuple[int, int] | None:
        """Image offset and run address of what was at an offset and ran at `old`."""
        at = bisect_right(starts, old) - 1
        start, end = spans[at]
        if not start <= old < end or start not in new:
            return None
        return old - start + new[start][0], old - start + new[start][1]

    spans = sorted(
        (one.address, one.address + max(one.flash, one.ram))
        for one in nodes
        if one.placed and max(one.flash, one.ram) and not one.merged and one.output != ".tbss"
    )
    starts = [start for start, _ in spans]
    places = pcs()
    checked = 0
    for at, target in base.sites.jumps:
        site, aim = where(at, pc_of(at, places)), there(target)
        if site and aim is not None:
            word = word_at(made, site[0])
            if word & 3 == 3 or abs(aim - site[1]) < 2046:
                assert site[1] + call_target(word) == aim
                checked += 1
    for first, second, target in base.sites.pairs:
        site, low = where(first, pc_of(first, places)), where(second, pc_of(second, places))
        aim = there(target)
        if site and low and aim is not None:
            upper = word_at(made, site[0])
            value = (upper & 0xFFFFF000) + immediate(word_at(made, low[0]))
            value += site[1] if upper & 0x7F == AUIPC else 0
            assert value & 0xFFFFFFFF == aim
            checked += 1
    for at, target in base.sites.words:
        site, aim = where(at, pc_of(at, places)), there(target)
        if site and aim is not None:
            assert word_at(made, site[0]) == aim
            checked += 1
    assert checked > 1000


def new_places(base: savings.Build, gone: Sequence[tuple[int, int]]) -> dict[int, tuple[int, int, int]]:
    """Old address of each section -> its new image offset, address and size, laid out one by one."""
    lost = {start for start, _ in gone}
    found: dict[int, tuple[int, int, int]] = {}
    end = old_end = load_end = old_load_end = 0
    for area in base.areas:
        output, pieces = area.output, area.pieces
        at, load = output.address, output.load
        if end < old_end <= at < old_end + 4096:
            at = up(end, output.align) + at - up(old_end, output.align)
        if load >= 0 and load_end < old_load_end <= load < old_load_end + 4096:
            load = up(load_end, output.align) + load - up(old_load_end, output.align)
        first = at
        for piece in pieces:
            if any(start <= piece.start < stop for start, stop in gone if start in lost):
                continue
            at = up(at, piece.align)
            size = piece.end - piece.start
            found[piece.start] = (load + at - first if load >= 0 else -1, at, size)
            at += size
        old_end, end = output.address + output.size, at
        if load >= 0:
            old_load_end, load_end = output.load + output.size, load + at - first
    return found


def up(value: int, align: int) -> int:
    return -(-value // align) * align


@needs_fixture
@examples(15)
@given(st.data())
def test_any_bytes_may_go(data: st.DataObject) -> None:
    base, image = known().base, built().facts.image
    low = image.soc.image_origin
    spans = data.draw(
        st.lists(
            st.tuples(st.integers(low, low + len(base.binary)), st.integers(1, 5000)).map(
                lambda one: (one[0], one[0] + one[1])
            ),
            max_size=5,
        )
    )
    assert base.sites is not None
    laid_out = layout.lay_out(base.areas, disjoint(sorted(spans)))
    made = relink.image(base.binary, laid_out, base.sites)
    assert len(made) <= len(base.binary) + 64  # alignment may cost what little went


def test_a_gap_of_the_script_stays_as_wide() -> None:
    first = Area(Output(".a", 0x1000, 0x40, 4, 0), (Piece(0x1000, 0x1020, 4), Piece(0x1020, 0x1040, 4)))
    second = Area(Output(".b", 0x1080, 8, 4, 0x80), (Piece(0x1080, 0x1088, 4),))
    binary = bytes(range(0x40)) + bytes(0x40) + b"after it"
    made = relink.image(binary, layout.lay_out((first, second), ((0x1000, 0x1020),)), Sites())
    assert made == bytes(range(0x20, 0x40)) + bytes(0x40) + b"after it"


def test_what_is_loaded_behind_another_does_not_move_into_it() -> None:
    """Data is aligned where it runs; `AT>` loads it right behind what is before it, aligned to nothing."""
    pieces = (Piece(0x1000, 0x1004, 4), Piece(0x1004, 0x100C, 4), Piece(0x100C, 0x1014, 4))
    code = Area(Output(".a", 0x1000, 20, 4, 0), pieces)
    data = Area(Output(".data", 0x8000, 8, 8, 20), (Piece(0x8000, 0x8008, 8),))
    binary = b"aaaabbbbbbbbccccccccdatadata"
    made = relink.image(binary, layout.lay_out((code, data), ((0x1000, 0x1004),)), Sites())
    assert made == b"bbbbbbbbccccccccdatadata"


def test_alignment_is_kept_after_what_goes() -> None:
    output = Output(".a", 0x1000, 16, 8, 0)
    area = Area(output, (Piece(0x1000, 0x1004, 4), Piece(0x1004, 0x1006, 2), Piece(0x1008, 0x1010, 8)))
    binary = b"aaaabb\0\0cccccccc"
    assert relink.image(binary, layout.lay_out((area,), ((0x1004, 0x1006),)), Sites())[8:] == b"cccccccc"
    assert relink.image(binary, layout.lay_out((area,), ((0x1000, 0x1006),)), Sites()) == b"cccccccc"


def test_a_pair_whose_lower_half_lies_before_is_found_there() -> None:
    """What nobody meant stays as it is: the lower half moves with its own run, not with the upper's."""
    nop, lui, addi = 0x00000013, 0x230002B7, 0x10028293  # lui t0, 0x23000; addi t0, t0, 0x100
    words = [nop, addi, nop, nop, nop, lui, nop, nop]
    binary = b"".join(word.to_bytes(4, "little") for word in words)
    start = 0x23000000
    pieces = tuple(Piece(start + at, start + at + 8, 4) for at in (0, 8, 16, 24))
    area = Area(Output(".text", start, 32, 4, 0), pieces)
    sites = Sites((), ((20, 4, start + 0x100),), (), (), 0)
    made = relink.image(binary, layout.lay_out([area], [(start + 8, start + 16)]), sites)
    kept = [int.from_bytes(made[at : at + 4], "little") for at in range(0, len(made), 4)]
    assert len(kept) == 6
    assert [kept[0], kept[2], kept[4], kept[5]] == [nop] * 4
    assert (kept[1] & 0x7F, kept[3] & 0x7F) == (0x13, 0x37)


@needs_toolchain
@pytest.mark.parametrize("sort", ["", ",--sort-section=alignment,--sort-common"])
def test_commons_lie_by_their_own_alignment(tmp_path: Path, sort: str) -> None:
    (tmp_path / "s.ld").write_text(SCRIPT)
    uses = "extern char one_0, one_1, one_2; extern long long wide_1; int start(void) {"
    objects = [
        compile_(tmp_path, "a.c", f"{uses} one_0++; one_1++; wide_1++; return one_2; }}", "-fcommon"),
        *(
            compile_(tmp_path, f"c{number}.c", text, "-fcommon")
            for number, text in enumerate(("char one_0;", "char one_1;", "char one_2; long long wide_1;"))
        ),
    ]
    run(
        f"{CROSS}gcc", *ABI, "-nostdlib", "-nostartfiles", "-static", "-Wl,-T,s.ld,--no-warn-rwx-segments",
        f"-Wl,--gc-sections,--cref,-Map=all.map{sort}", "-o", "all.elf", *objects, cwd=tmp_path,
    )  # fmt: skip
    links, parsed = linkmap.read(tmp_path / "all.map"), elf.read(tmp_path / "all.elf")
    graph = linkgraph.build(
        buildfiles.load_objects(links, tmp_path / "all.map", None).linked, links, parsed, BL602.chip
    )
    commons = [one for one in graph.nodes if one.name == "COMMON" and one.placed]
    assert sorted(one.align for one in commons if one.ram == 1) == [1, 1]
    assert max(one.align for one in commons) == 8
    assert any(one.address % 4 for one in commons)
    assert all(run.to == run.start for run in layout.lay_out(layout.areas(graph), ()).runs)
