"""The page's modules fit into one script."""

from __future__ import annotations

import re
from collections import Counter

import pages

from imgcheck import bundle

_DECLARED = re.compile(r"^(?:export )?(?:async )?(?:function|class|const|let) (\w+)", re.MULTILINE)


def test_no_name_is_declared_at_the_top_of_two_modules() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(pages.SCRIPTS.glob("*.js"))]
    counted = Counter(name for text in texts for name in _DECLARED.findall(text))
    assert len(counted) > 60
    assert [name for name, times in counted.items() if times > 1] == []


def test_every_module_is_in_the_script_and_none_is_imported_there() -> None:
    script = bundle.script()
    assert not re.search(r"^(?:import|export) ", script, re.MULTILINE)
    for path in pages.SCRIPTS.glob("*.js"):
        for name in _DECLARED.findall(path.read_text(encoding="utf-8")):
            assert re.search(rf"\b(?:function|class|const|let) {name}\b", script), (path.name, name)
