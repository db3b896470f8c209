import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import partitions

HEAD = "[pt_table]\naddress0 = 0xE000\naddress1 = 0xF000\n"
ENTRY = """[[pt_entry]]
type = 0
name = "FW"
device = 0
address0 = 0x10000
size0 = 0xC8000
address1 = 0xD8000
size1 = 0x88000
len = 0
"""
TABLE = HEAD + ENTRY


def test_a_table_keeps_its_numbers_and_the_line_of_every_key() -> None:
    table = partitions.parse(TABLE.replace("\n", "\r\n").encode())
    entry = table.entries[0]
    assert (entry.name, entry.type, entry.address0, entry.size1) == ("FW", 0, 0x10000, 0x88000)
    assert table.addresses == (0xE000, 0xF000)
    assert (table.line, entry.line, entry.lines["size1"]) == (1, 4, 11)


def test_lines_hold_however_toml_spells_the_table() -> None:
    inline = (
        HEAD + '\n"pt_entry" = [\n  # the application\n  {type=0,name="FW",device=0,address0=1,size0=2,\n'
    )
    table = partitions.scan(HEAD + 'note = """\n[[pt_entry]]\n"""\n' + ENTRY)
    assert [entry.line for entry in table.entries] == [7]
    with pytest.raises(FormatError, match="not TOML"):
        partitions.parse(inline)


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("", "empty", ""),
        (" \n\n", "empty", ""),
        ("[pt_table\n", "not TOML: expected ']' at the end of a table declaration", "line 1, column 10"),
        (TABLE + "x = {", "not TOML: invalid initial character", "line 13, end of file"),
        ("a = 1\n", "it has no [pt_table] and no [[pt_entry]]", ""),
        (HEAD, "it has no [[pt_entry]]", ""),
        (ENTRY, "it has no [pt_table]", ""),
        (HEAD + "pt_entry = 3\n", "it has no [[pt_entry]]", ""),
        (TABLE.replace("len = 0\n", ""), "partition 1 (FW) lacks len", "line 4"),
        (TABLE.replace("device = 0\n", ""), "partition 1 (FW) lacks device", "line 4"),
        (TABLE.replace("address1 = 0xF000\n", ""), "[pt_table] lacks address1", "line 1"),
        (TABLE.replace("type = 0", "type = 0.5"), "type of partition 1 (FW) is not an integer", "line 5"),
        (TABLE.replace("type = 0", "type = true"), "type of partition 1 (FW) is not an integer", "line 5"),
        (TABLE.replace('"FW"', "7"), "name of partition 1 is not a string", "line 6"),
        (HEAD + "version = 2\n" + ENTRY, "another chip: BL602's has no `version = 2`", "line 4"),
        (TABLE + "header = 1\n", "another chip: BL602's has no `header`", "line 13"),
        (TABLE + "security = 1\n", "another chip: BL602's has no `security`", "line 13"),
        (TABLE.replace('"FW"', '"F\x1bW"'), "not TOML: illegal character", "line 6, column 10"),
        ("x = " + "[\n" * 5000, "not TOML: nested too deeply", "line 65"),
        (".".join("a" * 400), "a line too long", "line 1"),
        ("#" * 70_000, "too large for a partition table", ""),
    ],
)
def test_what_is_no_table_is_refused_where_it_goes_wrong(text: str, message: str, position: str) -> None:
    with pytest.raises(FormatError) as caught:
        partitions.parse(text)
    assert message in caught.value.message
    assert caught.value.position == position


def test_bytes_that_are_no_text_say_where() -> None:
    with pytest.raises(FormatError, match=r"binary file.*offset 0x2"):
        partitions.parse(b"ab\0cd")
    with pytest.raises(FormatError, match=r"not UTF-8 \(line 13\)"):
        partitions.parse(TABLE.encode() + b"# \xc4\xe3\n")


def test_scan_lists_every_problem_and_keeps_the_entries_that_are_whole() -> None:
    broken = ENTRY.replace("len = 0\n", "").replace("type = 0", 'type = "0"')
    table = partitions.scan(HEAD + broken + ENTRY + "header = 1\n")
    assert [entry.line for entry in table.entries] == [12]
    assert sorted((problem.code, problem.line) for problem in table.problems) == [
        ("missing-key", 4),
        ("other-chip", 21),
        ("wrong-type", 5),
    ]


def test_reading_names_the_file(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("tables")
    (folder / "bad.toml").write_text("[")
    with pytest.raises(FormatError, match=r"bad\.toml: not TOML"):
        partitions.read(folder / "bad.toml")
    with pytest.raises(FormatError, match="No such file"):
        partitions.read(folder / "none.toml")


_value = st.one_of(st.integers(), st.booleans(), st.floats(), st.text(max_size=9), st.none())


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08x}" for c in value) + '"'
    return "[]" if value is None else str(value)


@examples(60)
@given(st.lists(st.dictionaries(st.sampled_from([*partitions._REQUIRED, "age", "header"]), _value)))
def test_any_values_parse_or_are_refused(items: list[dict[str, object]]) -> None:
    text = HEAD + "".join(
        "[[pt_entry]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in item.items())
        for item in items
    )
    try:
        table = partitions.parse(text)
    except FormatError:
        return
    assert [entry.name for entry in table.entries] == [
        item["name"] for item in tomllib.loads(text)["pt_entry"]
    ]


@examples(150)
@given(
    st.one_of(
        st.binary(), st.text().map(str.encode), st.integers(0, len(TABLE)).map(lambda n: TABLE[:n].encode())
    )
)
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    try:
        partitions.parse(data)
    except FormatError as error:
        assert error.message
