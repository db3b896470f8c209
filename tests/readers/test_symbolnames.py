"""Names of symbols as the source writes them, against c++filt."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from compiled import CROSS, compile_, needs_toolchain, run
from hypothesis import given
from hypothesis import strategies as st
from laws import examples
from studies import known, needs_fixture

from imgcheck.readers.symbolnames import demangled, source_name

needs_filt = pytest.mark.skipif(not shutil.which("c++filt"), reason="no c++filt")
SOURCE = """
namespace outer { namespace { int hidden(int n) { static int count; return ++count + n; } }
struct Base { Base(); virtual ~Base(); virtual void send(const char *, int); int get() const volatile;
    static int made; int operator()(int); template <class T> T as(T t) { return t; } };
int Base::made; Base::Base() { made++; } Base::~Base() { made--; } void Base::send(const char *, int) {}
int Base::get() const volatile { return hidden(1); }
int use(Base &b) { return b.as(3) + b.as('c') + b.get(); } }
int plain(unsigned char, long long) { return 1; } extern "C" int c_name(void) { return plain(1, 2); }
"""


@pytest.mark.parametrize(
    ("symbol", "name"),
    [
        ("main", "main"),
        ("foo.isra.0", "foo"),
        ("foo.constprop.1.isra.0", "foo"),
        ("foo.part.2", "foo"),
        ("foo.cold", "foo"),
        ("buffer.12", "buffer"),
        ("a.b", "a.b"),
        ("_ZN4Base4sendEPKc", "Base::send"),
        ("_Z5plainhx", "plain"),
        ("_ZN12_GLOBAL__N_13oneEv", "one"),
        ("_ZZ4nextILi3EEivE1n", "next::n"),
        ("_ZTV4Base", "Base"),
        ("_ZN4BaseC2Ev", "Base::Base"),
        ("_ZN4BaseD0Ev", "Base::~Base"),
        ("IRsend::send(unsigned char, int)", "IRsend::send"),
        ("", ""),
        ("_Z", "_Z"),
        ("_ZN", "_ZN"),
        ("_Z9999x", "x"),
    ],
)
def test_names(symbol: str, name: str) -> None:
    assert source_name(symbol) == name


def plain(text: str) -> str:
    """A demangled name without arguments, templates and what the compiler says of it."""
    text = re.sub(r"^(?:vtable|typeinfo name|typeinfo|guard variable|VTT) for ", "", text)
    text = text.replace("(anonymous namespace)::", "")
    while "<" in text and "operator" not in text:
        text = re.sub(r"<[^<>]*>", "", text)
    text = re.sub(r"\[clone [^]]*\]", "", text)
    name = re.sub(r"\([^()]*\)(?: const)?(?: volatile)?", "", text).strip()
    return name.rsplit(" ", 1)[-1]


def theirs(symbols: list[str]) -> list[str]:
    done = subprocess.run(["c++filt"], input="\n".join(symbols), capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[: len(symbols)]


@needs_filt
@needs_toolchain
def test_compiled_names_as_cxxfilt_prints_them(tmp_path: Path) -> None:
    made = compile_(tmp_path, "names.cpp", SOURCE, "-fno-inline")
    symbols = [line.split()[-1] for line in run(f"{CROSS}nm", made).splitlines()]
    mangled = [one for one in symbols if one.startswith("_Z") and "operator" not in theirs([one])[0]]
    assert len(mangled) > 8
    compared = {one: source_name(one) for one in mangled}
    assert compared == dict(zip(mangled, map(plain, theirs(mangled)), strict=True))


@needs_filt
@needs_fixture
def test_names_of_the_fixture_as_cxxfilt_prints_them() -> None:
    symbols = sorted(
        {name for one in known().base.graph.nodes for name, _, _ in one.symbols if name.startswith("_ZN")}
    )
    assert len(symbols) > 5
    assert [source_name(one) for one in symbols] == [plain(one) for one in theirs(symbols)]


@examples(300)
@given(st.text(max_size=30) | st.text("_ZNELCD0123456789abStTVK.", max_size=30).map(lambda t: "_Z" + t))
def test_any_text(symbol: str) -> None:
    assert isinstance(source_name(symbol), str)
    assert isinstance(demangled(symbol), str)
