"""`imgcheck` and `python -m imgcheck`."""

import gc
import os
import sys
from typing import NoReturn

from imgcheck import __version__


def main() -> None:
    """Runs the command line and exits with its code."""
    # Asked by every CI job and every editor plug-in: answered before click is imported.
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"imgcheck {__version__}\n")
        return
    # A run makes millions of small values and few cycles, and then it ends: collecting costs a tenth of it.
    gc.disable()
    try:
        from imgcheck import heap

        heap.ends()
        from imgcheck.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anybody to say so: importing takes its time
        sys.stderr.write("imgcheck: interrupted\n")
        code = 130
    _end(code)


def _end(code: int) -> NoReturn:
    """Ends the process as it is: Python would first take all apart that a build consists of."""
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):  # who read it is gone, or the disk is full
            code = code or 2
    os._exit(code)


if __name__ == "__main__":
    main()
