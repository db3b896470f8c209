"""C and C++ source files, translation phases 2 to 4 of ISO/IEC 9899:2018 5.1.1.2, but for evaluation.

What must not fool it, since each was met in real firmware:

    //*  a line comment, not the start of a block comment
    printf("/* no comment */ // neither");      // and it's an apostrophe here
    #define URL "http://x" /* a comment that
                              goes on */
    #if defined(A) || \\
        defined(B)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path

from imgcheck.errors import FormatError
from imgcheck.readers import files
from imgcheck.source import MARK, Directive, Source

BLANK = r"[ \t\r\f\v]"
# A group that gives nothing back must fail on its first character, or Python before 3.11.5 goes on behind
# what the failed turn took (gh-106052): hence the looks ahead at the beginning of each.
LINE_COMMENT = rf"//[^\\\n]*+(?:\\(?:{BLANK}*+\n)?[^\\\n]*+)*+"
BLOCK_COMMENT = r"/\*[^*]*+(?:(?!\*/)\*[^*]*+)*+(?:\*/)?"
# A literal that is not closed ends with its line: the apostrophe of an #error must not eat the file.
STRING = rf'"[^"\\\n]*+(?:\\(?:{BLANK}*+\n|[^\n])?[^"\\\n]*+)*+"?'
CHARACTER_REST = rf"[^'\\\n]*+(?:\\(?:{BLANK}*+\n|[^\n])?[^'\\\n]*+)*+'?"
CHARACTER = rf"(?=')(?<![0-9])'{CHARACTER_REST}"
RAW = r'R"(?P<mark>[^\s()\\"]{0,16})\((?s:.*?)(?:\)(?P=mark)"|\Z)'
RAW_BEHIND = r"(?:(?<!\wR)|(?<=\b[LuU]R)|(?<=\bu8R))"  # with its prefix, and no identifier that ends with R

# Everything that may hide a `#`, or be one. Each way begins with a plain character, what must be before it is
# looked at behind that: only then does the search pass over all others at once.
LANDMARKS = re.compile(
    rf"{BLOCK_COMMENT}|\\{BLANK}*+\n|{LINE_COMMENT}|R{RAW_BEHIND}{RAW[1:]}|{STRING}|'(?<![0-9]'){CHARACTER_REST}|#"
)
LOGICAL_LINE = re.compile(
    rf"(?:[^\n\\/\"']++|{BLOCK_COMMENT}|{LINE_COMMENT}|{STRING}|{CHARACTER}|\\{BLANK}*+\n|[\\/'])*+"
)
CONTINUATION = re.compile(rf"\\{BLANK}*+\n")
COMMENT_OR_LITERAL = re.compile(rf"{BLOCK_COMMENT}|{LINE_COMMENT}|{STRING}|{CHARACTER}")
KEYWORD = re.compile(rf"#{BLANK}*([A-Za-z_]\w*)?{BLANK}*")
DEFINE = re.compile(rf"([^\W\d][\w$]*|\$[\w$]*)(?:\(([^()]*)\))?{BLANK}*")
NAME = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")

# Letters, `_`, `$` and what is not ASCII: what it is not compiles in a tenth of the time.
IDENTIFIER = r"[^\0-#%-@\[-\^`{-\x7f][\w$]*"
NUMBER = r"\.?[0-9](?:(?=[eEpP][+-])[eEpP][+-]|[\w.]|(?='\w)')*+"
TOKENS = re.compile(
    rf"{BLOCK_COMMENT}|{LINE_COMMENT}|(?:u8|[LuU])?(?:{RAW}|{STRING}|{CHARACTER})|{IDENTIFIER}|{NUMBER}"
    r"|->|::|\#\#|<<=?|>>=?|&&|\|\||\.\.\.|[-+*/%&|^!=<>]=|\+\+|--|[-+*/%&|^!~=<>?:;,.(){}\[\]#]|[^\s]"
)
TOKENS_AND_NEWLINES = re.compile(rf"\n|{TOKENS.pattern}")
# C17 6.4.6; `<::` is none in C++ where it begins a template's argument (C++17 5.4).
DIGRAPHS = {"<:": "[", ":>": "]", "<%": "{", "%>": "}"}
DIGRAPH = r"<:(?!:[^:>])|:>|<%|%>"
WITH_DIGRAPHS = re.compile(f"{DIGRAPH}|{TOKENS.pattern}")
PLACES = re.compile(
    rf"{BLOCK_COMMENT}|{LINE_COMMENT}|(?:u8|[LuU])?(?:{RAW}|{STRING}|{CHARACTER})|{NUMBER}|(?P<name>{IDENTIFIER})"
)

WHOLE: Callable[[re.Match[str]], str] = itemgetter(0)

OPENING = frozenset({"if", "ifdef", "ifndef"})
MIDDLE = frozenset({"elif", "else", "elifdef", "elifndef"})
MOST_NESTED = 1000  # compilers have to take 63
NAMED = frozenset({"ifdef", "ifndef", "elifdef", "elifndef", "undef"})


def read(path: str | Path) -> Source:
    """The file at `path`; bytes that are no UTF-8 become surrogate escapes. Raises FormatError, OSError."""
    return parse(decode(files.read(path)), str(path))


def decode(data: bytes) -> str:
    """The text of a source file; encoding it with "surrogateescape" gives its bytes back."""
    return data.decode("utf-8", "surrogateescape")


def parse(text: str, path: str = "") -> Source:
    """Cut `text` into directives and blocks.

    Raises FormatError naming the line of a conditional that is not closed, not opened or out of order.
    """
    directives: list[Directive] = []
    line, counted = 1, 0  # newlines of text[:counted] are in `line`
    # fresh: nothing but blanks and comments on this line before `position`; an editor's mark is nothing
    position, fresh = len(MARK) if text.startswith(MARK) else 0, True
    search = LANDMARKS.search
    while found := search(text, position):
        start = found.start()
        first = text[start]
        if first == "#":
            newline = text.rfind("\n", position, start)
            begins = text[newline + 1 : start] if newline >= 0 else text[position:start]
            if (fresh or newline >= 0) and (not begins or begins.isspace()):
                body = LOGICAL_LINE.match(text, start)
                end = body.end() if body else start + 1
                line += text.count("\n", counted, start)
                last = line + text.count("\n", start, end)
                directives.append(_directive(text[start:end], line, last, start, end))
                line, counted = last, end
                position, fresh = end, False
                continue
            fresh = False
        elif first == "\\" or text.startswith("/*", start):  # leaves a line as empty as it was
            newline = text.rfind("\n", position, start)
            begins = text[newline + 1 : start] if newline >= 0 else text[position:start]
            fresh = (fresh or newline >= 0) and (not begins or begins.isspace())
        else:
            fresh = False
        position = found.end()
    return Source(path, text, _matched(directives, path), lex, places, numbered)


def lex(text: str) -> list[str]:
    """The tokens of a stretch of text, comments left out."""
    if "\\" in text:
        text = CONTINUATION.sub("", text)
    if any(map(text.__contains__, DIGRAPHS)):
        text = _plain(text)
    tokens = map(WHOLE, TOKENS.finditer(text))
    if "//" not in text and "/*" not in text:
        return list(tokens)
    return [token for token in tokens if token[0] != "/" or token in {"/", "/="}]


def _plain(text: str) -> str:
    """The same text with what digraphs stand for, those in comments and literals left."""
    return WITH_DIGRAPHS.sub(lambda found: DIGRAPHS.get(found[0], found[0]), text)


def places(text: str) -> list[tuple[str, int]]:
    """The identifiers of a stretch of text with their offsets in it."""
    return [(found[0], found.start()) for found in PLACES.finditer(text) if found.lastgroup == "name"]


def numbered(text: str) -> list[tuple[str, int]]:
    """The tokens of a stretch of text, each with the number of newlines before it."""
    found: list[tuple[str, int]] = []
    line = 0
    if any(map(text.__contains__, DIGRAPHS)):
        text = _plain(text)
    for token in map(WHOLE, TOKENS_AND_NEWLINES.finditer(text)):
        if token == "\n":
            line += 1
            continue
        if token != "\\" and (token[0] != "/" or token in {"/", "/="}):
            found.append((token, line))
        if "\n" in token:
            line += token.count("\n")
    return found


def _directive(raw: str, line: int, end_line: int, start: int, end: int) -> Directive:
    if "\\" in raw:
        raw = CONTINUATION.sub("", raw)
    if "/" in raw:
        raw = COMMENT_OR_LITERAL.sub(lambda found: " " if found[0][0] == "/" else found[0], raw)
    keyword = KEYWORD.match(raw)
    kind = (keyword[1] or "") if keyword else ""
    text = raw[keyword.end() :].rstrip() if keyword else ""
    if kind == "define":
        defined = DEFINE.match(text)
        if not defined:
            return Directive(
                kind=kind,
                name="",
                parameters=None,
                text=text,
                line=line,
                end_line=end_line,
                start=start,
                end=end,
            )
        parameters = None if defined[2] is None else tuple(part.strip() for part in defined[2].split(","))
        if parameters == ("",):
            parameters = ()
        return Directive(
            kind=kind,
            name=defined[1],
            parameters=parameters,
            text=text[defined.end() :],
            line=line,
            end_line=end_line,
            start=start,
            end=end,
        )
    if kind in NAMED:
        named = NAME.match(text)
        return Directive(
            kind=kind,
            name=named[0] if named else "",
            parameters=None,
            text=text,
            line=line,
            end_line=end_line,
            start=start,
            end=end,
        )
    return Directive(
        kind=kind, name="", parameters=None, text=text, line=line, end_line=end_line, start=start, end=end
    )


def _matched(directives: list[Directive], path: str) -> tuple[Directive, ...]:
    opened: list[tuple[int, int]] = []  # (index of the #if, index of its latest branch)
    for index, directive in enumerate(directives):
        kind = directive.kind
        if kind in OPENING:
            if len(opened) >= MOST_NESTED:
                raise FormatError(
                    f"more than {MOST_NESTED:d} #if inside each other", path, line=directive.line
                )
            opened.append((index, index))
        elif kind in MIDDLE or kind == "endif":
            if not opened:
                raise FormatError(f"#{kind} without #if", path, line=directive.line)
            first, latest = opened.pop()
            if kind != "endif":
                if directives[latest].kind == "else":
                    raise FormatError(f"#{kind} after #else", path, line=directive.line)
                opened.append((first, index))
            directives[latest] = directives[latest]._replace(next=index)
    if opened:
        unclosed = directives[opened[-1][0]]
        raise FormatError(f"#{unclosed.kind} without #endif", path, line=unclosed.line)
    return tuple(directives)
