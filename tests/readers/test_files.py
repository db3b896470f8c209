"""The door for files: what is refused is refused in one line, and nothing is waited for."""

import os
from pathlib import Path

import pytest

from imgcheck.errors import FormatError, ImgcheckError
from imgcheck.readers import files


def test_a_file_is_read_whole_or_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    assert files.read(path) == b"0123456789"
    assert files.read(path, 10) == b"0123456789"
    assert files.begin(path, 4) == b"0123"
    assert files.begin(path, 40) == b"0123456789"
    assert files.size(path) == 10
    (tmp_path / "none").touch()
    assert files.read(tmp_path / "none") == b""
    assert bytes(files.apart(path)) == b"0123456789"
    assert bytes(files.apart(tmp_path / "none")) == b""


def test_of_a_file_that_is_read_in_parts_the_rest_is_zero(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"0123456789")
    with files.partly(path) as (view, fill):
        assert bytes(view) == bytes(10)
        fill(2, 3)
        assert bytes(view) == b"\0\x00234" + bytes(5)
        fill(8, 100)  # as far as the file goes
        fill(1 << 31, 4)
        assert bytes(view) == b"\0\x00234\0\0\x0089"
        path.write_bytes(b"0")
        with pytest.raises(FormatError, match=r"x: it was cut while it was read$"):
            fill(0, 4)


def test_more_than_was_asked_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(bytes(11))
    with pytest.raises(FormatError, match=r"x: too much for a cup$"):
        files.read(path, 10, "too much for a cup")


@pytest.mark.parametrize("ask", [files.read, files.apart, files.size, lambda path: files.begin(path, 1)])
def test_what_is_no_file_is_refused_at_once(ask: object, tmp_path: Path) -> None:
    assert callable(ask)
    os.mkfifo(tmp_path / "pipe")  # nobody ever writes into it
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(FormatError, match="not a regular file") as refused:
            ask(path)
        assert refused.value.file == str(path)
    with pytest.raises(FormatError, match="No such file") as refused:
        ask(tmp_path / "none")
    assert str(refused.value) == f"{tmp_path / 'none'}: No such file or directory"


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc")
def test_no_descriptor_stays_open_when_a_folder_is_refused(tmp_path: Path) -> None:
    def count() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    before = count()
    for _ in range(5):
        with pytest.raises(FormatError):
            files.read(tmp_path)
    assert count() == before


def test_a_link_is_followed_unless_it_must_not_be(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "link").symlink_to("real")
    assert files.read(tmp_path / "link") == b"x"
    with pytest.raises(FormatError):
        files.read(tmp_path / "link", links=False)


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(FormatError, match="cannot be read"):
        files.read("a\0b")


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    with pytest.raises(ImgcheckError, match="there are no files in it"):
        files.listed(tmp_path)
    (tmp_path / "deeper").mkdir()
    with pytest.raises(ImgcheckError, match=r"name one of its folders: deeper$"):
        files.listed(tmp_path)
    for name in ("b", "a", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    assert files.listed(tmp_path) == [tmp_path / "a", tmp_path / "b"]
    assert files.listed(tmp_path / "b") == [tmp_path / "b"]
    with pytest.raises(FormatError, match="No such file"):
        files.listed(tmp_path / "c")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"\x7fELF\x01", "elf"),
        (b"!<arch>\nx", "archive"),
        (b"!<thin>\nx", "archive"),
        (b"\xd0\x0d\xfe\xed\0", "dtb"),
        (b"/dts-v1/;", "text"),
        (b"BFNP\x01\0\0\0", "binary"),
    ],
)
def test_what_a_file_is_by_its_beginning(data: bytes, kind: str) -> None:
    assert files.sniff(data) == kind
