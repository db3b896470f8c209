"""What a symbol is called in the source, also where a name was made to take for ever."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imgcheck.history import symbolnames

# The same in one pattern, which is right and may take very long.
ALL = re.compile(
    r"(?:\.(?:constprop|isra|part|cold|llvm|lto_priv|localalias|clone|unlikely|startup|exit|hot|ipa|specialized)"
    r"|\.[0-9]+|\$[0-9a-f]{6,32}|\[clone [^\[\]]{0,80}\])+$"
)
PIECES = st.sampled_from(
    ["foo", ".part", ".0", ".cold", ".12", "$0badcafe", "$", "[clone .isra.0]", "]", "[", ".x", " ",
     "[clone ", "."]
)  # fmt: skip


@given(st.lists(PIECES, max_size=9).map("".join))
def test_suffixes_go_from_the_end(name: str) -> None:
    assert symbolnames.plain(name) == (ALL.sub("", name) or name)


@pytest.mark.parametrize(
    "name", ["f" + ".part.0" * 40 + "x", "f" + ".0" * 50_000 + "x", "12_GLOBAL__N_1" * 5_000, "$" * 50_000]
)
def test_no_name_takes_long(name: str) -> None:
    began = time.process_time()
    assert symbolnames.plain(name) == name
    assert time.process_time() - began < 0.5


def test_every_anonymous_name_space_is_called_as_today() -> None:
    old = "_ZN38_GLOBAL__N__Z_src_main_c_1a2b3c4d_12343fooE"
    end = old.index("38") + 2 + 38
    assert symbolnames.plain(old) == "_ZN12_GLOBAL__N_1" + old[end:]
    assert symbolnames.plain("99_GLOBAL__N_1") == "99_GLOBAL__N_1"
