"""Names from firmware as text that neither a terminal nor a CI runner obeys."""

import re

# A CI runner takes commands from a build's plain output. GitHub's reads `::name::` at the start of a
# line (leading blanks do not count) and `##[name]` anywhere in it, Azure's `##vso[name]` anywhere,
# TeamCity's `##teamcity[name]`. Text that we wrap can start a line at any word.
_COMMAND = re.compile(r"(?:(?<=\s)|^):(?=:)|#(?=#\w*\[)")
_HEAD_SHARE = 2 / 3  # of a clipped name: what comes first tells more


def printable(text: str) -> str:
    """`text` on one line: whatever is not printable, or would be a command, as a Python escape."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    if "::" in text or "##" in text:
        text = _COMMAND.sub(lambda match: f"\\x{ord(match[0]):02x}", text)
    return text


def clip(text: str, width: int) -> str:
    """`text` in at most `width` characters, its middle left out."""
    if len(text) <= width:
        return text
    if width <= 1:
        return "…"[:width]
    head = int((width - 1) * _HEAD_SHARE)
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def without_commands(document: str) -> str:
    """A finished JSON document with the same meaning and no `##[command]` in it.

    `##` occurs only inside strings of a JSON document, where an escape means the same.
    """
    return document.replace("##", "#\\u0023")


def toml_text(text: str) -> str:
    """`text` as a basic string of TOML that nothing obeys either."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    plain = "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped)
    # As in `printable`, with TOML's escapes.
    return '"' + _COMMAND.sub(lambda match: f"\\u{ord(match[0]):04x}", plain) + '"'
