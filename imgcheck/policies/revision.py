"""Files as they are at a git revision, so that a change cannot rewrite the limits that it is judged by."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from posixpath import normpath

from imgcheck.errors import ImgcheckError

_SECONDS = 30
_LARGEST = 16 << 20


class Revision:
    """One commit of the repository that `folder` is in; `text` is what the user called it."""

    def __init__(self, folder: Path, text: str) -> None:
        if not text or text.startswith("-"):
            raise ImgcheckError(f"--policy-from {text!r}: not a git revision")
        self.text = text
        self._folder = folder
        self.root = Path(self._git("rev-parse", "--show-toplevel").decode().rstrip("\n"))
        try:
            found = self._git("rev-parse", "--verify", "--quiet", "--end-of-options", text + "^{commit}")
        except ImgcheckError:
            raise ImgcheckError(
                f"--policy-from {text}: no such commit here; a shallow clone needs `git fetch` of it first"
            ) from None
        self._commit = found.decode().strip()

    def read(self, path: str) -> bytes:
        """What the file was; raises FileNotFoundError when the commit does not have it."""
        name = self._name(Path(path))
        if name is None or not self.has(Path(path)):
            raise FileNotFoundError(2, f"not in the repository at {self.text}", path)
        data = self._git("cat-file", "blob", f"{self._commit}:{name}")
        if len(data) > _LARGEST:
            raise ImgcheckError(f"{path} at {self.text}: larger than any policy or partition table")
        return data

    def has(self, path: Path) -> bool:
        """Whether the commit has a file at `path`."""
        name = self._name(path)
        if name is None:
            return False
        listed = self._git("ls-tree", "-z", "--full-tree", self._commit, "--", name)
        return listed.split(b" ", 2)[1:2] == [b"blob"]

    def find(self, starts: Iterable[Path], name: str) -> Path | None:
        """The nearest file called `name` in or above one of `starts`, the first of them first."""
        for start in starts:
            resolved = start.resolve()
            for folder in (resolved, *resolved.parents):
                if folder.is_relative_to(self.root) and self.has(folder / name):
                    return folder / name
        return None

    def _name(self, path: Path) -> str | None:
        """`path` as git names it, None outside of the repository."""
        # Never by resolving links: a change may have put one anywhere below the root.
        whole, here = Path(normpath(path.absolute())), Path(normpath(self._folder.absolute()))
        if not whole.is_relative_to(self.root) and whole.is_relative_to(here):
            whole = self._folder.resolve() / whole.relative_to(here)
        return whole.relative_to(self.root).as_posix() if whole.is_relative_to(self.root) else None

    def _git(self, *arguments: str) -> bytes:
        try:
            done = subprocess.run(
                ["git", "-C", str(self._folder), "--literal-pathspecs", *arguments],
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                stdin=subprocess.DEVNULL,
            )
        except FileNotFoundError:
            raise ImgcheckError(f"--policy-from {self.text} needs git, which is not installed") from None
        except (OSError, subprocess.TimeoutExpired) as error:
            raise ImgcheckError(f"--policy-from {self.text}: git failed: {error}") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().split("\n")[0]
            raise ImgcheckError(f"--policy-from {self.text}: {said or 'git failed'}")
        return done.stdout
