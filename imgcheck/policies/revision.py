"""Files as they are at a git revision, so that a change cannot rewrite the limits that it is judged by.

Every path is followed in the revision's own tree, links included: what the working tree links where is
the change's doing. See docs/threat-model.md for what is believed of the repository itself.
"""

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from posixpath import normpath

from imgcheck.errors import ImgcheckError
from imgcheck.policies.checkouts import CHECKOUTS
from imgcheck.policies.gitobjects import Objects

_MOST_LINKS = 40
_LINK, _TREE = "120000", "40000"
_NAME = re.compile(r"[^~^:@{]+")  # of a ref; what follows says which commit from there
_WHOLE = re.compile(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")  # a hash
_HEADS = ("HEAD", "FETCH_HEAD", "ORIG_HEAD", "MERGE_HEAD")
Parts = tuple[str, ...]


class Revision:
    """One commit of a repository; `text` is what the user called it, as the value of `option`.

    The repository is the one that the first of `folders` lies in that lies in any.
    """

    def __init__(self, folders: Iterable[Path], text: str, option: str = "--policy-from") -> None:
        if not text or text.startswith("-"):
            raise ImgcheckError(f"{option} {text!r}: not a git revision")
        self.text = text
        found = next((one for folder in folders for one in _repositories(_here(folder))), None)
        if found is None:
            raise ImgcheckError(f"{option} {text}: neither the build nor this folder is in a git repository")
        self.root = found.resolve()
        try:
            self._objects = Objects(self.root)
            self._tree = self._commit(text)
        except ImgcheckError as error:
            raise ImgcheckError(f"{option} {text}: {error}") from None

    def read(self, path: str) -> bytes:
        """What the file was; raises FileNotFoundError when the commit does not have it."""
        parts = self._resolved(Path(path))
        entry = self._entry(parts) if parts is not None else None
        if entry is None or entry[0] in (_LINK, _TREE):
            raise FileNotFoundError(2, f"not in the repository at {self.text}", path)
        return self._objects.read(entry[1])[1]

    def has(self, path: Path) -> bool:
        """Whether the commit has a file at `path`, or something that is meant to be one: a link."""
        parts = self._resolved(path)
        entry = self._entry(parts) if parts is not None else None
        return entry is not None and entry[0] != _TREE

    def made(self, path: Path) -> bool:
        """Whether what lies at `path` in the working tree is what this commit put there.

        By any of the ways to it: as it is written, and where links lead. A link, a submodule or a file of the
        commit on the way is its making too.
        """
        whole = _here(path)
        for way in (whole, Path(normpath(whole)), whole.resolve(), whole.parent.resolve() / whole.name):
            parts = self._below(way) or []
            for number in range(1, len(parts) + 1):
                entry = self._entry(tuple(parts[:number]))
                if entry is None:
                    break
                if entry[0] != _TREE:
                    return True
        return False

    def find(self, starts: Iterable[Path], name: str) -> Path | None:
        """The nearest file called `name` in or above one of `starts`, the first of them first."""
        for start in starts:
            parts = self._resolved(start)
            while parts is not None:
                entry = self._entry((*parts, name))
                if entry is not None and entry[0] != _TREE:
                    return self.root.joinpath(*parts, name)
                parts = parts[:-1] if parts else None
        return None

    def age(self, commit: str, most: int) -> int | None:
        """How many commits of the main line came after `commit`; `most` + 1 when it is not among the last.

        None where that cannot be told: a shallow clone ends before. A release's name is a tag's.
        """
        oid = self._objects.resolve(f"{self.text}^{{commit}}")
        whole = len(commit) in (40, 64) and not set(commit) - set("0123456789abcdef")
        wanted = commit if whole else self._objects.resolve(f"{commit}^{{commit}}")
        if wanted is None:
            return None
        for number in range(most + 1):
            if oid is None or oid == wanted:
                return None if oid is None else number
            try:
                _, data = self._objects.read(oid)
            except ImgcheckError:
                return None
            lines = data.split(b"\n\n")[0].split(b"\n")
            parents = [line[7:].decode("ascii", "replace") for line in lines if line.startswith(b"parent ")]
            if not parents:
                break
            oid = parents[0]
        return most + 1

    def _commit(self, text: str) -> str:
        """The tree of the commit that `text` names; a name that is a hash cannot be taken by another one."""
        self._alone(text)
        oid = self._objects.resolve(text)
        for _ in range(_MOST_LINKS if oid else 0):
            assert oid is not None
            kind, data = self._objects.read(oid)
            # "object <hash>\n" begins a tag, "tree <hash>\n" a commit.
            word, _, rest = data.partition(b"\n")[0].decode("ascii", "replace").partition(" ")
            if kind == "commit" and word == "tree":
                return rest
            if kind != "tag" or word != "object":
                break
            oid = rest
        raise ImgcheckError("no such commit here; a shallow clone needs `git fetch` of it first")

    def _alone(self, text: str) -> None:
        """Raises ImgcheckError for a name of several things: who may push a tag may not push a branch."""
        name = _NAME.match(text)
        if name is None or name[0].startswith("refs/") or name[0] in _HEADS or _WHOLE.fullmatch(name[0]):
            return  # git takes it for nothing else
        rivals = self._objects.rivals(name[0])
        if len(set(rivals.values())) > 1:
            every = " and ".join(rivals)
            raise ImgcheckError(f"{every} are not the same; give one of these names whole, or a whole hash")

    def _resolved(self, path: Path) -> Parts | None:
        """Where `path` leads in the commit's tree; None outside of the repository.

        What the commit does not have (a build folder) stays as it is written.
        """
        waiting = self._below(path)
        if waiting is None:
            return None
        done: list[str] = []
        links = 0
        while waiting:
            part = waiting.pop(0)
            if part == "..":
                if not done:
                    return None
                done.pop()
                continue
            if part in ("", "."):
                continue
            entry = self._entry((*done, part))
            if entry is None or entry[0] != _LINK:
                done.append(part)
                continue
            links += 1
            target = os.fsdecode(self._objects.read(entry[1])[1])
            if target.startswith("/") or links > _MOST_LINKS:
                return None
            waiting = [*target.split("/"), *waiting]
        return tuple(done)

    def _below(self, path: Path) -> list[str] | None:
        """`path` from the root on, the links in it not followed; None when it does not lead there."""
        whole = _here(path)
        # The checkout itself may be reached through a link: the outermost folder that is it counts.
        for folder in (*reversed(whole.parents), whole):
            if folder == self.root or (folder.is_dir() and folder.samefile(self.root)):
                return list(whole.relative_to(folder).parts)
        return None

    def _entry(self, parts: Parts) -> tuple[str, str] | None:
        """Mode and hash of what the commit has at `parts`, None when it has nothing there."""
        mode, oid = _TREE, self._tree
        for part in parts:
            if mode != _TREE:
                return None
            found = self._objects.entries(oid).get(os.fsencode(part))
            if found is None:
                return None
            mode, oid = found
        return mode, oid


def _here(path: Path) -> Path:
    """`path` as an absolute one, with the name that the shell has for the current folder.

    A shell's PWD keeps the links that the job went through; the system's answer does not. `..` stays,
    for what is left of it is another folder where a link comes before.
    """
    if path.is_absolute():
        physical = Path.cwd()
        if path.is_relative_to(physical):
            path = path.relative_to(physical)
        else:
            return path
    said = os.environ.get("PWD", "")
    here = Path(said) if said.startswith("/") and normpath(said) == said else Path.cwd()
    try:
        same = here.samefile(Path.cwd())
    except OSError:
        same = False
    return (here if same else Path.cwd()) / path


def _repositories(folder: Path) -> Iterator[Path]:
    """Folders with a `.git`, the job's own first.

    In a CI job that is the outermost in its checkout: a submodule is somebody else's. Nothing else is
    a repository, whatever files it has: `.git` is the one name that git never checks out.
    """
    upward = [one for one in (folder, *folder.parents) if (one / ".git").exists()]
    for name in CHECKOUTS:
        job = os.environ.get(name)
        if job:
            inside = [one for one in upward if one.resolve().is_relative_to(Path(job).resolve())]
            yield from reversed(inside)
    yield from upward
