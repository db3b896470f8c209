"""The page's script: the modules of reports/page joined in the order in which they need each other."""

from __future__ import annotations

import re
from functools import cache

from imgcheck import data

ENTRY = "main.js"
_IMPORT = re.compile(r'^import [^"]*"\./([\w.-]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)
# Only whole lines: nothing in our modules starts a line like this but a comment.
_COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*(?:(?!\*/).)*\*/)\n", re.MULTILINE | re.DOTALL)


@cache
def script() -> str:
    """One classic script in strict mode; no name is declared at the top of two modules."""
    order: list[str] = []
    texts: dict[str, str] = {}

    def visit(module: str) -> None:
        if module in texts:
            return
        texts[module] = text = _read(module)
        for needed in _IMPORT.findall(text):
            visit(needed)
        order.append(module)

    visit(ENTRY)
    body = "".join(_plain(texts[module]) for module in order)
    return f'"use strict";\n(() => {{\n{body}}})();\n'


def _plain(text: str) -> str:
    return _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", text))).lstrip("\n")


def _read(module: str) -> str:
    return data.text("reports", "page", module)
