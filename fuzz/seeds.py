"""What a fuzz target begins with, sound files of its format: `seeds.py FOLDER NAME`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import chipfiles

folder, name = Path(sys.argv[1]), sys.argv[2]
for sample, data in chipfiles.samples().items():
    if sample.split(maxsplit=1)[0] == name:
        (folder / sample.replace(" ", "-")).write_bytes(data)

POLICY = """extends = "f1.toml"
layouts = ["devcube-1.4.8-2m"]
reserve = "4 KiB"
[components]
http = ["source:src/http/*", "object:a.o"]
[budgets]
image = { flash = "800 KiB" }
[features]
config = "cfg.h"
keep = ["ENABLE_A"]
weights = { ENABLE_B = 3 }
[rules]
ignore = ["IMG601"]
[[waivers]]
rule = "IMG101"
reason = "because"
expires = 2027-01-01
"""
TREE = """/dts-v1/;
/ {
    flash0: flash@0 { reg = <0 0x200000>;
        partitions { compatible = "fixed-partitions"; #address-cells = <1>; #size-cells = <1>;
            a: partition@1000 { label = "FW"; reg = <0x1000 (DT_SIZE_K(4) << 1)>; };
        };
    };
};
&a { /delete-property/ label; };
/delete-node/ &{/flash@0/partitions/partition@1000};
"""
LLD = """     VMA      LMA     Size Align Out     In      Symbol
23000000 23000000       a0     4 .text
23000000 23000000        1     1         BYTE ( 1 )
23000004 23000004       42     2         libmy.a(m.o):(.text.startup.main)
23000004 23000004       42     1                 main
       0        0       c4     1 .shstrtab
"""
TEXTS = {"extends": POLICY + "\0extends = 'openbeken-bl602'\n", "policy": POLICY, "dts": TREE, "linkmap": LLD}


def records() -> list[str]:
    """What other runs leave: a report, a line of a history, a baseline."""
    from datetime import UTC, datetime

    from imgcheck.emitters import json
    from imgcheck.history import baseline, builds
    from imgcheck.model import Identity
    from imgcheck.report import files

    report = json.emit(files.identify([Identity("a", "unknown", "a", "none", None, 3, ("odd",), (), ())]))
    size = builds.Size("component", "http", "flash", 42)
    made = builds.Build(date=datetime(2026, 1, 1, tzinfo=UTC), revision="a" * 40, sizes=(size,))
    return [report, builds.line(made), baseline.write(baseline.of_record(made, 0))]


if name == "build":
    import mutated
    import smallbuild

    (folder / "small").write_bytes(mutated.packed([*smallbuild.make()]))
for number, text in enumerate(records() if name == "records" else filter(None, [TEXTS.get(name)])):
    (folder / f"seed-{number}").write_text(text, encoding="utf-8")
