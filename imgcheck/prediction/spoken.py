"""What does a name in a source mean that no linked object defines: a library's function, or something else?

A variable that is handed over, a macro and an inline function of a header are no symbols, though an archive
may have one of that name (`index`, `time`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import NamedTuple

_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".inc", ".inl", ".ipp", ".def")
_MOST = 200  # files that a source includes, which are looked through for names
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">\n]+)[">]', re.MULTILINE)
_LONGEST = 100_000  # characters of a function's body
_TOKENS = re.compile(r'"(?:[^"\\\n]|\\.)*"|\w+|[^\w\s]')
_NO_TYPES = r"(?!return\b|else\b|case\b|goto\b|sizeof\b|do\b|throw\b|in\b)"
# Functions of the C library that compilers often, or always, make instructions of.
_INSTRUCTIONS = """
memcpy memset memmove memcmp bcmp bcopy bzero mempcpy strlen strcpy stpcpy strncpy strcat strncat strcmp
strncmp strchr strrchr strnlen sqrt sqrtf floor floorf ceil ceilf trunc truncf round roundf rint rintf
nearbyint nearbyintf lround lroundf lrint lrintf fmin fminf fmax fmaxf fma fmaf isalpha isdigit isalnum
isspace isupper islower isxdigit isprint ispunct iscntrl isgraph isblank toupper tolower toascii isascii
printf fprintf puts putchar fputs getc putc ffs ffsl ffsll signbit isnan isinf finite isfinite
"""
_OFTEN = frozenset(_INSTRUCTIONS.split())
_WORDS = """
abs labs llabs imaxabs fabs fabsf fabsl copysign copysignf alloca offsetof va_start va_arg va_end
va_copy isgreater isless assert static_assert _Static_assert defined typeof __typeof__ sizeof alignof
_Alignof
"""
_PARTS = ("c", "c_nano", "g", "g_nano", "m", "m_nano", "gcc", "nosys", "stdc++", "supc++")
_COMPILERS = frozenset(f"lib{name}.a" for name in _PARTS)
_OF_C = """
calloc malloc realloc free abort exit atexit atof atoi atol atoll strtod strtof strtold strtol strtoll
strtoul strtoull rand srand random srandom qsort bsearch div ldiv lldiv getenv system mblen mbtowc
wctomb mbstowcs strcat strncat strchr strrchr strcmp strncmp strcoll strcpy strncpy strcspn strspn
strpbrk strstr strtok strtok_r strxfrm strerror strlen strnlen strdup strndup strsep strcasecmp
strncasecmp strcasestr strlcpy strlcat stpcpy memchr memcmp memcpy memmove memset memmem memccpy mempcpy
printf fprintf sprintf snprintf vprintf vfprintf vsprintf vsnprintf asprintf vasprintf scanf fscanf
sscanf vsscanf puts fputs putchar fputc putc gets fgets getchar fgetc getc ungetc fopen fclose fread
fwrite fseek ftell fflush perror remove rename time mktime gmtime gmtime_r localtime localtime_r
strftime strptime asctime ctime difftime clock setjmp longjmp raise signal sin cos tan asin acos atan
atan2 sinh cosh tanh exp exp2 expm1 log log2 log10 log1p pow sqrt cbrt hypot fmod floor ceil trunc round
lround rint lrint ldexp frexp modf fmin fmax fdim fma erf tgamma lgamma
"""
_PLAIN_C = frozenset(_OF_C.split())
_STANDARD = _PLAIN_C | {f"{name}f" for name in _PLAIN_C} | {f"{name}l" for name in _PLAIN_C}
_NEVER = frozenset(_WORDS.split())


class Meaning(Enum):
    """What a name is to the linker."""

    SYMBOL = "a function or object that it has to find"
    PERHAPS = "one that the compiler or a header may have made code of"
    NOTHING = "none of its business"


class Written(NamedTuple):
    """A function in a source: the tokens of its body, all that the source has, the bytes of its strings."""

    path: str
    body: int
    whole: int
    texts: int


class Spoken:
    """Answers for the sources of one build, `files` being their texts by path."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self._closures: dict[frozenset[str], tuple[str, ...]] = {}
        self._includes: dict[str, tuple[str, ...]] = {}

    def meaning(self, name: str, sources: Iterable[str]) -> Meaning:
        """What a name means that comes in, in an object made of these sources."""
        plain = name.rsplit("::", 1)[-1]
        if name in _NEVER or name.startswith("__builtin_") or not plain.isidentifier():
            return Meaning.NOTHING
        own = [text for path in sources if plain in (text := self._files.get(path, ""))]
        held = any(_held(plain, text) for text in own)
        if held and not any(_called(plain, text) for text in own):
            return Meaning.NOTHING
        if any(_defined(plain, text) or _pointed(plain, text) for text in own):
            return Meaning.NOTHING
        perhaps = held or name in _OFTEN or self._in_headers(plain, sources)
        return Meaning.PERHAPS if perhaps else Meaning.SYMBOL

    def elsewhere(self, name: str, sources: Iterable[str], lost: Sequence[str]) -> bool:
        """Whether a name that nobody at hand defines may be defined in one of these archives, or nowhere.

        A name that no header at hand has can be a macro of one that is not: those of the compiler's own
        libraries are known by name.
        """
        if not lost:
            return self.declared(name, sources)
        if name in _STANDARD or name.startswith("__") or self.declared(name, sources):
            return True
        own = (path.replace("\\", "/").rsplit("/", 1)[-1] not in _COMPILERS for path in lost)
        return any(own) and not name.isupper()

    def declared(self, name: str, sources: Iterable[str]) -> bool:
        """Whether these sources, or what they include, declare a function of that name, and none has it."""
        plain = name.rsplit("::", 1)[-1]
        texts = [text for text in map(self._files.__getitem__, self._near(sources)) if plain in text]
        known = plain.isidentifier() and any(_declares(plain, text) for text in texts)
        return known and not any(_defined(plain, text) for text in texts)

    def written(self, name: str) -> Written | None:
        """The function of that name that a source of the project has, None where none has it."""
        plain = name.rsplit("::", 1)[-1]
        for path, text in self._files.items():
            here = plain in text and plain.isidentifier() and not path.endswith(_HEADERS)
            if body := _body(plain, text) if here else 0:
                tokens = [one[0] for one in _TOKENS.finditer(text)]
                return Written(path, body, len(tokens), sum(len(one) for one in tokens if one[0] == '"'))
        return None

    def _in_headers(self, name: str, sources: Iterable[str]) -> bool:
        """Whether a header has a macro or a function of that name, be it in a branch that is not taken."""
        headers = (path for path in self._near(sources) if path.endswith(_HEADERS))
        return any(_defined(name, self._files[path]) for path in headers)

    def _near(self, sources: Iterable[str]) -> tuple[str, ...]:
        """The sources, and what they include, however indirectly; by their names, and not too many."""
        key = frozenset(sources)
        if key not in self._closures:
            found = dict.fromkeys(path for path in sorted(key) if path in self._files)
            todo = [*found]
            while todo and len(found) < _MOST:
                new = {path: None for path in self._included(todo.pop()) if path not in found}
                found.update(new)
                todo.extend(new)
            self._closures[key] = tuple(found)
        return self._closures[key]

    def _included(self, path: str) -> tuple[str, ...]:
        if path not in self._includes:
            bases = {one.rsplit("/", 1)[-1] for one in _INCLUDE.findall(self._files[path])}
            self._includes[path] = tuple(one for base in sorted(bases) for one in self._by_base.get(base, ()))
        return self._includes[path]

    @cached_property
    def _by_base(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for path in self._files:
            found.setdefault(path.rsplit("/", 1)[-1], []).append(path)
        return found


def _called(name: str, text: str) -> bool:
    return re.search(rf"\b{name}\s*\(", text) is not None


def _declares(name: str, text: str) -> bool:
    word = rf"\b{_NO_TYPES}[A-Za-z_]\w*[\s*]+"
    return re.search(rf"{word}{name}\s*\([^;{{}}=]{{0,1000}}\)\s*(?:;|__attribute|,)", text) is not None


def _pointed(name: str, text: str) -> bool:
    """Whether it is a variable that points to a function."""
    return re.search(rf"\(\s*\*\s*{name}\s*(?:\[[^\]]*\]\s*)?\)\s*\(", text) is not None


def _held(name: str, text: str) -> bool:
    """Whether it is declared as a variable: behind a type, and in front of what follows a declaration."""
    return (
        re.search(rf"\b{_NO_TYPES}[A-Za-z_]\w*(?:\s+|\s*\*+\s*){name}\s*(?:[=;,)\[]|:\s*\d)", text)
        is not None
    )


def _body(name: str, text: str) -> int:
    """The tokens between the braces of a function."""
    found = re.search(rf"\b{_NO_TYPES}[A-Za-z_]\w*[\s*]+{name}\s*\([^;{{}}()=]{{0,1000}}\)\s*\{{", text)
    depth = count = 0
    for one in _TOKENS.finditer(text, found.end() - 1, found.end() + _LONGEST) if found else ():
        depth += (one[0] == "{") - (one[0] == "}")
        count += 1
        if not depth:
            break
    return count


def _defined(name: str, text: str) -> bool:
    """Whether a text has a macro, or a function with its body, of that name."""
    if name not in text:
        return False
    macro = rf"#[ \t]*define[ \t]+{name}\b"
    body = rf"\b{_NO_TYPES}[A-Za-z_]\w*[\s*]+{name}\s*\([^;{{}}()=]{{0,1000}}\)\s*\{{"
    return re.search(f"{macro}|{body}", text) is not None
