"""`imgcheck` and `python -m imgcheck`."""

import gc
import sys

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
        from imgcheck.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:  # before there was anybody to say so: importing takes its time
        sys.stderr.write("imgcheck: interrupted\n")
        code = 130
    gc.freeze()  # Python collects once more when it ends
    sys.exit(code)


if __name__ == "__main__":
    main()
