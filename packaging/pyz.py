"""Makes one file that runs with any Python 3.11 or later: the wheel and what it needs, in a zip.

    python packaging/pyz.py WHEEL TARGET.pyz

What is needed comes from the environment that runs this. Compiled modules cannot be imported from a zip:
markupsafe has the same in Python, and cryptography, which only the containers of other chips need, stays out.
"""

import re
import sys
import zipfile
from importlib import metadata
from io import BytesIO
from pathlib import Path

COMPILED = frozenset(("cryptography",))  # with all that only they need
MAIN = "from imgcheck.__main__ import main\n\nmain()\n"


def needed(wheel: zipfile.ZipFile) -> list[str]:
    """The distributions that the wheel needs, and those that they need."""
    about = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    waiting = re.findall(r"^Requires-Dist: (.*)$", wheel.read(about).decode(), re.MULTILINE)
    found: list[str] = []
    while waiting:
        name, _, marker = waiting.pop().partition(";")
        name = re.split(r"[^\w.-]", name.strip())[0].lower().replace("_", "-")
        if (
            "extra" in marker
            or name in found
            or name in COMPILED
            or "python_version <" in marker.replace('"', "")
        ):
            continue
        found.append(name)
        waiting += metadata.requires(name) or []
    return found


def make(wheel_path: Path, target: Path) -> None:
    """Writes the file."""
    data = BytesIO()
    with zipfile.ZipFile(wheel_path) as wheel, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as out:
        for name in wheel.namelist():
            out.writestr(name, wheel.read(name))
        for distribution in needed(wheel):
            for file in metadata.files(distribution) or ():
                path = file.as_posix()
                if path.startswith("..") or path.endswith((".so", ".pyd", ".pyc", "RECORD")):
                    continue
                out.writestr(path, file.locate().read_bytes())
        out.writestr("__main__.py", MAIN)
    target.write_bytes(b"#!/usr/bin/env python3\n" + data.getvalue())
    target.chmod(0o755)


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
