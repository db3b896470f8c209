"""A real PostgreSQL for the tests, started in a temporary folder, and builds to put into stores."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from imgcheck.history.builds import Build, Size

START = datetime(2026, 1, 1, tzinfo=UTC)


def programs() -> Path | None:
    """Where Debian keeps PostgreSQL's own programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    there = shutil.which("initdb")
    return Path(there).parent if there else None


class Postgres:
    """One server on a socket in a folder of its own; as root it runs as the user that the package made."""

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        # Not pytest's own folder, which only its user may enter.
        self.folder = folder = Path(tempfile.mkdtemp(prefix="imgcheck-pg-"))
        if self._as:
            shutil.chown(folder, "postgres")
        self._run("initdb", "-D", folder / "data", "-A", "trust", "-U", "imgcheck", "--no-sync", "-E", "UTF8")
        options = f"-k {folder} -h '' -c fsync=off"
        self._run("pg_ctl", "-D", folder / "data", "-o", options, "-w", "-l", folder / "log", "start")

    @property
    def address(self) -> str:
        return f"postgresql://imgcheck:secret@/postgres?host={self.folder}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, name: str, *arguments: object) -> None:
        command = [*self._as, str(self._binaries / name), *map(str, arguments)]
        subprocess.run(command, check=True, cwd=self.folder, stdout=subprocess.DEVNULL, timeout=60)


def build(number: int, size: int | None = None, **words: str) -> Build:
    """The build of day `number`."""
    base = 100_000 + number if size is None else size
    values = {"revision": f"r{number}", "target": "OpenBL602", "branch": "main", **words}
    sizes = (
        Size("image", "bin", "flash", base),
        Size("component", "lwip", "flash", base // 3),
        Size("component", "lwip", "ram", 7),
    )
    return Build(date=START + timedelta(days=number), sizes=sizes, **values)  # type: ignore[arg-type]  # texts
