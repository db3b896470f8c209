"""Objects of a git repository by their hash, read with nothing of what the repository's tree configures.

The repository is told where it is and looks for none; its objects are what their names are the hashes of,
or an error. No configuration but its own is read, and no command of that is one that `cat-file` runs:
hooks, a pager, a file system monitor, text conversion, replaced objects and remotes are out of reach.
"""

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import NamedTuple

from imgcheck.errors import ImgcheckError
from imgcheck.readers import files

SECONDS = 30
_SHORTEST = 4  # digits of a hash that git takes
LARGEST = 16 << 20
_LARGEST_LINK = 4096  # bytes of a .git file
_OPTIONS = (
    "--no-replace-objects", "--no-optional-locks", "--no-pager",
    "-c", "safe.bareRepository=explicit", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}",
    "-c", "protocol.allow=never", "-c", "core.useReplaceRefs=false",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C",
}  # fmt: skip


class Entry(NamedTuple):
    """One name in a tree: its mode as git writes it ("100644", "120000", "40000"), and its object."""

    mode: str
    oid: str


class Objects:
    """The objects of the repository whose `.git` is in `root`; raises ImgcheckError where git cannot.

    `bare`: of the one that `root` is. Only who names it may say so, no look at what lies there.
    """

    def __init__(self, root: Path, bare: bool = False) -> None:
        self._directory = str(root.resolve()) if bare else _directory(root / ".git")
        self._git = _executable()
        self._seen: dict[str, tuple[str, bytes]] = {}

    def resolve(self, text: str) -> str | None:
        """The hash of what `text` names, None when it names nothing."""
        with self._started("rev-parse", "--verify", "--quiet", "--end-of-options", text) as process:
            said, _ = process.communicate()
        oid = said.decode("ascii", "replace").strip()
        return oid if process.returncode == 0 and oid else None

    def rivals(self, name: str) -> Mapping[str, str]:
        """All that git may take a short name for, with the object of each; a short hash is one too.

        Git takes a tag before a branch, and any ref before the beginning of a hash.
        """
        ways = [f"refs/{kind}{name}" for kind in ("", "tags/", "heads/", "remotes/")]
        form = "%(refname) %(*objectname) %(objectname)"  # what a tag is of comes before itself
        with self._started("for-each-ref", f"--format={form}", "--", *ways) as process:
            said, _ = process.communicate()
        rows = [line.split() for line in said.decode("utf-8", "replace").splitlines()]
        found = {row[0]: row[1] for row in rows if len(row) > 1 and row[0] in ways}
        if found and len(name) >= _SHORTEST and not set(name.lower()) - set("0123456789abcdef"):
            with self._started("rev-parse", f"--disambiguate={name}") as process:
                said, _ = process.communicate()
            found |= {f"the hash {oid[:12]}": oid for oid in said.decode("ascii", "replace").split()}
        return found

    def tags(self) -> Mapping[str, int]:
        """Each tag with the seconds since 1970 at which it, or the commit that it names, was made."""
        form = "%(creatordate:unix) %(refname:lstrip=2)"
        with self._started("for-each-ref", f"--format={form}", "refs/tags") as process:
            said, _ = process.communicate()
        if process.returncode:
            raise ImgcheckError(f"git cannot list the tags of {self._directory}")
        rows = (line.split(" ", 1) for line in os.fsdecode(said).splitlines())
        return {name: int(seconds) for seconds, name in rows if seconds.isdecimal() and len(seconds) < 20}

    def read(self, oid: str) -> tuple[str, bytes]:
        """Kind and bytes of an object; raises ImgcheckError when it is missing or not what its name says."""
        if oid not in self._seen:
            with self._started("cat-file", "--batch") as process:
                assert process.stdin and process.stdout
                process.stdin.write(oid.encode() + b"\n")
                process.stdin.flush()
                head = process.stdout.readline(200).split()
                if len(head) != 3:
                    raise ImgcheckError(f"git has no object {oid}; it may have to be fetched first")
                kind, size = head[1], int(head[2])
                if size > LARGEST:
                    raise ImgcheckError(f"git object {oid}: larger than any policy or partition table")
                data = process.stdout.read(size)
                process.kill()
            hashed = hashlib.new("sha1" if len(oid) == 40 else "sha256", b"%s %d\0" % (kind, size))
            hashed.update(data)
            if hashed.hexdigest() != oid:
                raise ImgcheckError(
                    f"git object {oid} is not what its name says: the repository was tampered with"
                )
            self._seen[oid] = (kind.decode(), data)
        return self._seen[oid]

    def entries(self, tree: str) -> Mapping[bytes, Entry]:
        """What a tree object has, by name."""
        kind, data = self.read(tree)
        if kind != "tree":
            raise ImgcheckError(f"git object {tree} is no tree")
        # "100644 name\0" and the hash as bytes, again and again.
        found, at, length = {}, 0, len(tree) // 2
        while at < len(data):
            end = data.index(b"\0", at)
            mode, _, name = data[at:end].partition(b" ")
            found[name] = Entry(mode.decode("ascii"), data[end + 1 : end + 1 + length].hex())
            at = end + 1 + length
        return found

    @contextmanager
    def _started(self, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        try:
            process = subprocess.Popen(
                [self._git, f"--git-dir={self._directory}", *_OPTIONS, *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT, cwd=self._directory,
            )  # fmt: skip
        except OSError as error:
            raise ImgcheckError(f"git cannot be run: {error.strerror}") from None
        timer = Timer(SECONDS, process.kill)
        timer.daemon = True
        timer.start()
        try:
            with process:
                try:
                    yield process
                except BrokenPipeError:
                    raise ImgcheckError(f"git cannot read {self._directory}") from None
                finally:
                    process.kill()
        finally:
            timer.cancel()


def _executable() -> str:
    """The system's git: never one that lies in the current folder, whatever PATH says."""
    path = os.environ.get("PATH") or os.defpath
    folders = [folder for folder in path.split(os.pathsep) if Path(folder).is_absolute()]
    found = shutil.which("git", path=os.pathsep.join(folders)) if folders else None
    if found is None:
        raise ImgcheckError("git is needed, and it is not installed")
    return found


def _directory(entry: Path) -> str:
    """The repository of a `.git`: the folder itself, or what the file of a worktree names."""
    try:
        if entry.is_dir():
            return str(entry.resolve())
        text = os.fsdecode(files.begin(entry, _LARGEST_LINK))
    except OSError as error:
        raise ImgcheckError(f"{entry}: {error.strerror or 'cannot be read'}") from None
    key, _, path = text.rstrip("\n").partition(": ")
    if key != "gitdir" or not (entry.parent / path).is_dir():
        raise ImgcheckError(f"{entry}: names no git repository")
    return str((entry.parent / path).resolve())
