"""Our own firmware, rebuilt with changed sources and linked anew: is everything found again?"""

import shutil
import sys
from importlib import util
from pathlib import Path
from typing import Any

import pytest

from imgcheck.api import build as builds
from imgcheck.api import diff
from imgcheck.history import deltas, pairing, symbolnames

FIRMWARE = Path(__file__).parents[1] / "firmware"
BASE = FIRMWARE / "build/base"
CROSS = "riscv64-unknown-elf-"

pytestmark = pytest.mark.skipif(
    shutil.which(f"{CROSS}gcc") is None or not Path("/usr/lib/picolibc/riscv64-unknown-elf").is_dir(),
    reason="the toolchain is not here",
)


@pytest.fixture(scope="module")
def script() -> Any:
    spec = util.spec_from_file_location("fixture_build", FIRMWARE / "build.py")
    assert spec and spec.loader
    module = util.module_from_spec(spec)
    sys.modules["fixture_build"] = module
    spec.loader.exec_module(module)
    return module


class Workshop:
    """A copy of the fixture: sources to change, archives to put what was compiled of them into."""

    def __init__(self, script: Any, folder: Any) -> None:
        self.script, self.root, self.out = script, folder / "root", folder / "out"
        for name in ("src", "components", "ld"):
            shutil.copytree(FIRMWARE / name, self.root / name)
        shutil.copytree(BASE, self.out)

    def run(self, *command: Any) -> None:
        self.script.run([CROSS + command[0], *map(str, command[1:])], self.out)

    def changed(self, source: Any, *edits: Any, called: str = "", flags: Any = ()) -> None:
        """Compiles a source after the edits, into another object than before if it is `called` otherwise."""
        unit = next(one for one in self.script.units(self.root) if one.source == source)
        path = self.root / source
        text = path.read_text()
        for old, new in edits:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text)
        if called:
            path.rename(path.with_name(called))
            unit = next(u for u in self.script.units(self.root) if u.source.endswith(f"/{called}"))
        archive = self.out / unit.component / f"lib{unit.component}.a"
        made = self.out / f"{Path(unit.source).stem}.o"
        command = self.script.command_for(unit, self.root, ["PLATFORM_BL602=1", "OBK_VARIANT=0"])
        self.script.run([*[c for c in command if c != "-MMD"], *flags, "-c", "-o", str(made)], self.root)
        self.run("ar", "dD", archive, f"{Path(source).stem}.o")
        self.run("ar", "qcsD", archive, made)

    def moved(self, member: Any, before: Any, after: Any) -> None:
        archives = [self.out / name / f"lib{name}.a" for name in (before, after)]
        self.run("ar", "x", archives[0], member)
        self.run("ar", "dD", archives[0], member)
        self.run("ar", "qcsD", archives[1], self.out / member)

    def reordered(self, name: Any) -> None:
        archive = self.out / name / f"lib{name}.a"
        members = self.script.run([CROSS + "ar", "t", str(archive)], self.out).split()
        for member in members[: len(members) // 2]:
            self.run("ar", "mD", archive, member)

    def linked(self) -> Any:
        self.script.link(self.root, self.out, BASE / "toolchain", self.script.units(self.root))
        made = builds.build(
            builds.Inputs(self.out / "OpenBL602.elf", policy=str(FIRMWARE / "imgcheck.toml")), True
        )
        return diff.measured(made, "new")


CASES: dict[str, Any] = {  # changes; what is called otherwise: symbols, objects
    "renamed file and function, edited texts": (
        lambda shop: (
            shop.changed("src/driver/drv_ssdp.c", ("ssdp_receive", "ssdp_received"), ("upnp", "upnp-"),
                         called="drv_discovery.c"),
            shop.changed("src/httpserver/http_fns.c", ("#21333e", "#21333e;margin:1em")),
        ),
        {"ssdp_receive": "ssdp_received"},
        {"drv_ssdp.o": "drv_discovery.o"},
    ),
    "another optimisation of some files": (
        lambda shop: (
            shop.changed("src/cmnds/cmd_expr.c", flags=("-O2",)),
            shop.changed("src/mqtt/new_mqtt.c", flags=("-O1",)),
        ),
        {},
        {},
    ),
    "moved members and another order": (
        lambda shop: (shop.moved("cmd_tokenizer.o", "openbeken", "cli"), shop.moved("aes.o", "cipher", "hal"),
                      shop.reordered("openbeken"), shop.reordered("lwip")),
        {},
        {},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def base() -> Any:
    made = builds.build(builds.Inputs(BASE / "OpenBL602.elf", policy=str(FIRMWARE / "imgcheck.toml")), True)
    return diff.measured(made, "old")


@pytest.mark.parametrize("case", CASES)
def test_nearly_all_bytes_are_found_again(script: Any, base: Any, tmp_path: Path, case: Any) -> None:
    changes, names, objects = CASES[case]
    shop = Workshop(script, tmp_path)
    changes(shop)
    new = shop.linked()

    def of_old(thing: Any) -> Any:
        name = symbolnames.plain(thing.key.name)
        return objects.get(thing.key.object, thing.key.object), names.get(name, name)

    def of_new(thing: Any) -> Any:
        return thing.key.object, symbolnames.plain(thing.key.name)

    every = right = 0
    pairs = pairing.pair(base, new)
    for kind in ("symbol", "pool"):
        before, after = ({of(t) for t in s.things[kind]} for s, of in ((base, of_old), (new, of_new)))
        for pair in pairs[kind]:
            ours, theirs = {of_old(thing) for thing in pair.old}, {of_new(thing) for thing in pair.new}
            size = sum(thing.flash + thing.ram for thing in (*pair.old, *pair.new))
            known = ours == theirs if ours and theirs else not (ours & after or theirs & before)
            every += size
            right += size * known
    assert right / every >= 0.995, f"{right / every:.3%}"
    found = deltas.compare(base, new)
    assert found.deltas
    assert found.changed_by == ()  # nothing but the sources
