"""Sources, archives, ELFs, logs and systems that would cost more than they are worth: one line, or done."""

from __future__ import annotations

from pathlib import Path

import bounded
import pytest
from studies import ELF, needs_fixture

from imgcheck.errors import FormatError
from imgcheck.model import FeatureSettings
from imgcheck.prediction import sources
from imgcheck.readers import elf, objects, preprocessor

NAME = "ENABLE_A"
WITHOUT_THREADS = """
import _thread, threading
def none(*arguments, **named):
    raise RuntimeError("can't start new thread")
_thread.start_new_thread = threading._start_new_thread = none
"""


def features(**files: str) -> sources.Configuration:
    texts = {f"{name}.h": text for name, text in files.items()}
    return sources.features(
        sources.Tree(texts, preprocessor.parse, ()),
        FeatureSettings(config="cfg.h", pattern="ENABLE_*"),
        "cfg.h",
    )


def test_headers_that_include_the_next_twice() -> None:
    """26 files, and 67 million walks through them."""
    files = {f"h{number}": f'#include "h{number + 1}.h"\n' * 2 for number in range(26)}
    files |= {"h26": "#define ENABLE_B 1\n", "cfg": f'#define {NAME} 1\n#include "h0.h"\n'}
    assert list(features(**files).features) == [NAME, "ENABLE_B"]


@pytest.mark.parametrize("kind", ["ifdef", "ifndef"])
def test_a_condition_without_a_name(kind: str) -> None:
    with pytest.raises(FormatError, match=f"#{kind} without a name") as raised:
        features(cfg=f"#define {NAME} 1\n#{kind}\n#endif\n")
    assert raised.value.line == 2


def test_more_features_than_anybody_has() -> None:
    with pytest.raises(FormatError, match="501 macros are features"):
        features(cfg="".join(f"#define ENABLE_{number} 1\n" for number in range(501)))


def member(name: str, data: bytes) -> bytes:
    head = f"{name:<16}{0:<12}{0:<6}{0:<6}{644:<8}{len(data):<10}`\n".encode()
    return head + data + b"\n" * (len(data) & 1)


def test_an_archive_whose_members_share_an_endless_name() -> None:
    """2 MB; it took 1.2 GB, and 16 GB when it was made for it."""
    archive = b"!<arch>\n" + member("//", b"x" * 1_000_000) + member("/1", b"") * 16_000
    found = objects.parse(memoryview(archive))
    assert len(found) == 16_000
    assert sum(len(one.name) for one in found) < 20_000_000


def test_more_symbols_than_firmware_has(monkeypatch: pytest.MonkeyPatch) -> None:
    if not ELF.exists():
        pytest.skip("needs the fixture")
    monkeypatch.setattr(elf, "MOST_SYMBOLS", 100)
    with pytest.raises(FormatError, match="symbols; firmware has 100 at the most"):
        elf.read(ELF)


def test_a_million_attempts(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("Debug:OTA:OTA post len 426380\n" * 1_000_000)
    ran = bounded.run(["explain-log", "a.log"], tmp_path)
    bounded.one_line(ran, "more than 10000 OTA attempts")
    bounded.cheap(ran, 8, 120)


@needs_fixture
def test_no_thread_is_left(tmp_path: Path) -> None:
    ran = bounded.run(["pack", ELF, "--to", "x.ota", "--tune"], tmp_path, prelude=WITHOUT_THREADS)
    bounded.one_line(ran, "no more threads")
    assert not list(tmp_path.iterdir())
    assert bounded.run(["check", ELF], tmp_path, prelude=WITHOUT_THREADS).code in (0, 1)


@needs_fixture
def test_a_file_may_not_grow(tmp_path: Path) -> None:
    limit = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
    ran = bounded.run(["report", ELF, "-o", "json=o.json"], tmp_path, prelude=limit)
    bounded.one_line(ran, "File too large")
    assert not list(tmp_path.iterdir())


def test_conditionals_inside_each_other() -> None:
    """100,000 of them took 7 s and 300 MB."""
    with pytest.raises(FormatError, match=r"more than 1000 #if inside each other \(line 1001\)"):
        preprocessor.parse("#if A\n" * 100_000 + "#endif\n" * 100_000)
    assert preprocessor.parse("#if A\n" * 1000 + "#endif\n" * 1000).directives


@needs_fixture
@pytest.mark.parametrize("most", [1000, 6000, 12_000, 30_000])
def test_a_history_that_may_not_grow_is_not_begun(most: int, tmp_path: Path) -> None:
    limit = "import sys\nsys.dont_write_bytecode = True\n"  # a .pyc that was cut would outlive the limit
    limit += f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({most}, {most}))\n"
    words: list[str | Path] = [
        "history",
        "record",
        ELF,
        "--revision",
        "a" * 40,
        "--date",
        "2026-01-01",
        "--db",
        "d/h.db",
    ]
    ran = bounded.run(words, tmp_path, prelude=limit)
    assert ran.code == 2
    assert not list(tmp_path.rglob("*.db*"))


def test_a_build_of_a_history_with_more_names_than_any(tmp_path: Path) -> None:
    """The last of 100,000 names is there twice: found without comparing each with each."""
    names = ", ".join(f'"{number}": 0' for number in range(100_000))
    (tmp_path / "h.jsonl").write_text(f'{{{names}, "99999": 1}}\n')
    ran = bounded.run(["history", "import", "h.jsonl", "--db", "h.db"], tmp_path)
    bounded.one_line(ran, "'99999' is there twice")
    bounded.cheap(ran, 5)
