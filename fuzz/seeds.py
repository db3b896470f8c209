"""A small sound file of every container for its fuzz target to begin with: `seeds.py FOLDER NAME`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import chipfiles

folder, name = Path(sys.argv[1]), sys.argv[2]
for sample, data in chipfiles.samples().items():
    if sample.split(maxsplit=1)[0] == name:
        (folder / sample.replace(" ", "-")).write_bytes(data)
