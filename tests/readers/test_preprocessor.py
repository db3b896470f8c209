import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import examples

from imgcheck.errors import FormatError
from imgcheck.readers import preprocessor

needs_cpp = pytest.mark.skipif(shutil.which("cpp") is None, reason="no cpp on this machine")


def kinds(text: Any) -> Any:
    return [(one.kind, one.name or one.text, one.line) for one in preprocessor.parse(text).directives]


def tokens(text: Any) -> Any:
    source = preprocessor.parse(text)
    return [token for index in range(len(source.directives) + 1) for token in source.lex(source.block(index))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("//* no block comment\n#define A\n", [("define", "A", 2)]),
        ("/* block\n#define NO\n*/ # define A // c\n", [("define", "A", 3)]),
        ("int a; /*\n*/ #define NO\n", []),
        ('x = "/*";\n#define A\ny = "*/";\n', [("define", "A", 2)]),
        ("c = '\"';\n#define A\n", [("define", "A", 2)]),
        ("c = '\\'';\n#define A\n", [("define", "A", 2)]),
        ("// gone on \\\n#define NO\n#define A\n", [("define", "A", 3)]),
        ("// gone on \\  \r\n#define NO\r\n#define A\r\n", [("define", "A", 3)]),
        ('s = R"x(\n#define NO\n)" )x";\n#define A\n', [("define", "A", 4)]),
        ('s = u8R"(\n#define NO\n)";\n#define A\n', [("define", "A", 4)]),
        ('s = FOOR"(" ;\n#define A\n', [("define", "A", 2)]),
        ("#error don't\n#define A\n", [("error", "don't", 1), ("define", "A", 2)]),
        ("x = 1'000'0; // '\n#define A\n", [("define", "A", 2)]),
        ("#de\\\nfine A\n", [("define", "A", 1)]),
        ("\t #\t  undef\tA\r\n", [("undef", "A", 1)]),
        ("int a \\\n#define NO\n", []),
        ("#\n#define A", [("", "", 1), ("define", "A", 2)]),
        ("a # b ## c\n", []),
        ("\ufeff#define A\n", [("define", "A", 1)]),
        ("\ufeff/* c */ #define A\n#define B\n", [("define", "A", 1), ("define", "B", 2)]),
        ("x\ufeff#define NO\n", []),
    ],
)
def test_what_is_a_directive(text: str, expected: Any) -> None:
    assert kinds(text) == expected


def test_a_definition_is_taken_apart() -> None:
    source = preprocessor.parse(
        '#define A(x, y ...)\\\n  x /* c\n */ "// no comment" // comment\n#define B (x)\n#define C() \n'
    )
    a, b, c = source.directives
    assert (a.name, a.parameters, a.line, a.end_line) == ("A", ("x", "y ..."), 1, 3)
    assert a.text.split() == ["x", '"//', "no", 'comment"']
    assert (b.parameters, b.text) == (None, "(x)")
    assert (c.parameters, c.text) == ((), "")


def test_tokens_leave_comments_out_and_keep_literals_whole() -> None:
    assert tokens('a->b /* c */ = L"x\\"y" "z"; // d\nf(1.5e+3, \'"\', 0x1fULL)::g') == [
        *("a", "->", "b", "=", 'L"x\\"y"', '"z"', ";"),
        *("f", "(", "1.5e+3", ",", "'\"'", ",", "0x1fULL", ")", "::", "g"),
    ]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("int a = 1'000; /* it's\n#define X 1\n*/\n#define Y 1\n", ["Y"]),  # a digit separator opens nothing
        ("int a = 0x1'0/*'*/;\n#define Y 1\n", ["Y"]),
        ("char a = '\"';\n#define Y 1\n", ["Y"]),
        ('int xR = 1; char *b = xR"(";\n#define Y 1\n', ["Y"]),  # no raw string
        ('auto a = R"(\n#define X 1\n)"; auto b = u8R"(\n#define X 1\n)";\n#define Y 1\n', ["Y"]),
    ],
)
def test_what_stands_before_a_quote_counts(text: str, names: list[str]) -> None:
    assert [one.name for one in preprocessor.parse(text).directives] == names


def test_blocks_are_the_lines_between_directives() -> None:
    source = preprocessor.parse("a\n\n#if X\nb\n#else\nc\nd\n#endif\ne")
    assert [list(source.lines(index)) for index in range(4)] == [[1, 2], [4], [6, 7], [9]]
    assert [source.lex(source.block(index)) for index in range(4)] == [["a"], ["b"], ["c", "d"], ["e"]]
    assert [one.next for one in source.directives] == [1, 2, -1]


def test_the_mark_that_editors_begin_a_file_with_is_no_code() -> None:
    """MSVC and Notepad write it; with it the first line was no directive, and the first word another one."""
    source = preprocessor.parse("\ufeffint a;\n#if X\nb\n#endif\n", "a.c")
    assert [source.lex(source.block(index)) for index in range(3)] == [["int", "a", ";"], ["b"], []]
    assert [list(source.lines(index)) for index in range(2)] == [[1], [3]]
    (first, *_) = preprocessor.parse("\ufeff#define A 1\n").directives
    assert (first.start, first.text) == (1, "1")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n#if A\n#else\n", "x.h: #if without #endif (line 2)"),
        ("#endif\n", "x.h: #endif without #if (line 1)"),
        ("#if A\n#endif\n#elif B\n", "x.h: #elif without #if (line 3)"),
        ("#if A\n#else\n#elif B\n#endif\n", "x.h: #elif after #else (line 3)"),
        ("#if A\n#else\n#else\n#endif\n", "x.h: #else after #else (line 3)"),
        ("#if A\n#if B\n#endif\n", "x.h: #if without #endif (line 1)"),
    ],
)
def test_conditionals_that_do_not_match(text: str, message: str) -> None:
    with pytest.raises(FormatError) as caught:
        preprocessor.parse(text, "x.h")
    assert str(caught.value) == message


def test_bytes_that_are_no_text_survive(tmp_path: Path) -> None:
    path = tmp_path / "a.c"
    path.write_bytes(b'// \xff\xfe\n#define A "\xe9"\n\x00\r\n')
    source = preprocessor.read(path)
    assert source.directives[0].name == "A"
    assert source.text.encode("utf-8", "surrogateescape") == path.read_bytes()


PIECES = st.sampled_from(
    [
        "#if A\n",
        "#else\n",
        "#endif\n",
        "#elif",
        "#define X(a",
        ")",
        "/*",
        "*/",
        "//",
        "\\\n",
        "\\",
        '"',
        "'",
        'R"(',
        ')"',
        "\n",
        "\r\n",
        " ",
        "#",
        "##",
        "x",
        "{",
        "}",
        "=",
        ";",
        "�",
        "é",
        "\x00",
        "0x",
        "1.e+",
        "defined(",
    ]
)


@given(st.lists(PIECES).map("".join) | st.text())
@examples(150)
def test_any_text_parses_or_is_refused(text: Any) -> None:
    try:
        source = preprocessor.parse(text)
    except FormatError:
        return
    covered = [line for index in range(len(source.directives) + 1) for line in source.lines(index)]
    covered += [line for one in source.directives for line in range(one.line, one.end_line + 1)]
    assert sorted(covered) == list(range(1, text.count("\n") + 2))
    for index in range(len(source.directives) + 1):
        block = source.block(index)
        source.lex(block)
        assert all(block[offset : offset + len(name)] == name for name, offset in source.places(block))


@pytest.mark.parametrize(
    "text",
    [
        "/*" * 200000,
        'R"(' * 100000,
        "\\" * 200000,
        "//" + "\\ " * 100000,
        "#" * 200000,
        "'" * 200000,
        '"\\' * 99999,
        "/**/" * 99999 + "#if 1\n#endif",
        "#if 1\n" * 1000 + "#endif\n" * 1000 + "#if 1\n#endif\n" * 99999,
        "#if " + "(" * 99999 + "\n#endif",
        "#define A(" * 99999,
        "#include <" * 99999,
        " " * 400000 + "#",
        'R"aaaaaa' * 50000,
        "\n" * 400000 + "#",
    ],
    ids=lambda text: text[:8].encode("unicode_escape").decode(),
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    source = preprocessor.parse(text)  # quadratic would be minutes
    source.lex(text)
    source.places(text)


LINES = st.sampled_from(
    [
        "// x",
        "//* x",
        "/* x */",
        "/* x",
        "*/",
        '"/*"',
        '"*/"',
        "'\"'",
        "'/*'",
        "\\",
        "// \\",
        '"a\\"',
        "don't",
        "#pragma y",
        "/* */ #define M@",
        "  # define M@ 1",
        "#define M@ /* x",
        "#define M@ // \\",
        "#define M@ '",
        "x /* */",
        'R"(',
        ')"',
    ]
)


@needs_cpp
@given(st.lists(st.tuples(LINES, st.booleans()), min_size=1, max_size=12))
@examples(30)
def test_directives_are_those_that_cpp_finds(parts: Any) -> None:
    text = "".join(
        line.replace("@", str(number)) + "\n" + (f"#define N{number}\n" if after else "")
        for number, (line, after) in enumerate(parts)
    )
    result = subprocess.run(
        ["cpp", "-dM", "-undef", "-w", "-x", "c++", "-"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if "unterminated" in result.stderr:
        return  # an unclosed comment or raw string: there is no right answer
    expected = {line.split()[1] for line in result.stdout.splitlines() if line.split()[1][:1] in "MN"}
    assert {one.name for one in preprocessor.parse(text).directives if one.kind == "define"} == expected
