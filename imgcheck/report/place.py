"""Where a finding lands in formats that insist on a relative path and on a name for the finding."""

from hashlib import sha256
from posixpath import normpath

from imgcheck.model import Diagnostic


def path(diagnostic: Diagnostic, judged: str) -> str:
    """A relative POSIX path: the finding's own, else that of what was judged."""
    found = (diagnostic.location.path if diagnostic.location else "") or judged or "imgcheck.toml"
    parts = [part for part in normpath(found.replace("\\", "/")).split("/") if part not in ("", ".", "..")]
    return "/".join(parts) or "imgcheck.toml"


def fingerprints(diagnostics: tuple[Diagnostic, ...], judged: str, title: str) -> list[str]:
    """One identifier per finding, the same from build to build: rule, subject, file and target, never a size.

    Findings that agree in all of these are told apart by their order.
    """
    seen: dict[tuple[str, ...], int] = {}
    made = []
    for diagnostic in diagnostics:
        key = (diagnostic.code, diagnostic.subject, path(diagnostic, judged), title)
        seen[key] = seen.get(key, 0) + 1
        text = "\0".join((*key, str(seen[key])))
        made.append(sha256(text.encode("utf-8", "surrogatepass")).hexdigest())
    return made
