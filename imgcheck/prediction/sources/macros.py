"""What does a macro stand for, and what is left of tokens when all macros are replaced (C17 6.10.3)?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

EXPANSION_LIMIT = 50_000  # tokens that one expansion may push: a dozen lines of macros can ask for 2**64
GROWTH = 50  # times that the code of a block may grow beyond that
ARGUMENT_DEPTH = 40  # invocations inside arguments of invocations that are expanded
UNCLOSED_LIMIT = 50  # invocations without a closing parenthesis that are looked into


@dataclass(frozen=True, slots=True, eq=False)
class Macro:
    """One active #define (or a definition given on the command line, then `path` is "")."""

    name: str
    parameters: tuple[str, ...] | None
    tokens: tuple[str, ...]
    path: str = ""
    index: int = -1  # of the directive in its file

    @property
    def pasting(self) -> bool:
        """Whether its replacement has `#` or `##`, or asks for variable arguments in another way."""
        return "#" in self.tokens or "##" in self.tokens or "__VA_OPT__" in self.tokens

    @property
    def empty(self) -> bool:
        """Whether using it generates no code: it is nothing, `do {} while (0)`, or `((void)0)` for a call."""
        return self._silent(self.tokens)

    @property
    def discarding(self) -> bool:
        """Whether it generates what its arguments do and nothing else: `do { (void)(x); } while (0)`."""
        left, at = list[str](), 0
        while at < len(self.tokens):
            cast = self.tokens[at : at + 3] == ("(", "void", ")")
            rest = self.tokens[at + 3 : at + 6] if cast else ()
            if rest[:1] == ("(",) and rest[2:] == (")",) and rest[1] in (self.parameters or ()):
                at += 6
            elif rest and rest[0] in (self.parameters or ()):
                at += 4
            else:
                left.append(self.tokens[at])
                at += 1
        return len(left) < len(self.tokens) and self._silent(left)

    def _silent(self, tokens: Sequence[str]) -> bool:
        values = '_"$' if self.parameters is not None else '_"$0123456789'
        return all(token in QUIET or not (token[0].isalpha() or token[0] in values) for token in tokens)


@dataclass(frozen=True, slots=True, eq=False)
class Maybe:
    """A macro that depends on an unknown condition: each of these, None for "not defined"."""

    alternatives: tuple[Macro | None, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Undefined:
    """A macro that an active #undef took away."""


State: TypeAlias = Macro | Maybe | Undefined
Environment: TypeAlias = Mapping[str, State | None]  # a missing name and None mean: no directive spoke of it
UNDEFINED = Undefined()
QUIET = frozenset({"do", "while", "void", "if"})


class Exploded(Exception):
    """An expansion that passes EXPANSION_LIMIT."""


class End(str):
    """A mark in the stream of tokens: the replacement of this macro ends here, it may be replaced again."""

    __slots__ = ()


def expand(
    tokens: Sequence[str],
    macros: Environment,
    reads: set[str] | None = None,
    *,
    condition: bool = False,
    depth: int = 0,
    limit: int = EXPANSION_LIMIT,
) -> list[str]:
    """`tokens` with all macros replaced; adds each name whose definition mattered to `reads`.

    In a condition the operand of `defined` stays as it is. Raises Exploded, where more than `limit` tokens
    are pushed.
    """
    if reads is not None:
        reads.update(tokens)
    if condition:
        return _replaced(tokens, macros, reads, condition=True, depth=depth, limit=limit)
    output: list[str] = []
    done = 0
    for start in [index for index, token in enumerate(tokens) if token in macros]:
        if start < done:
            continue
        output.extend(tokens[done:start])
        done = start + 1
        while (
            done < len(tokens) and tokens[done] == "("
        ):  # arguments, if not of this macro then of its replacement
            done = _closed(tokens, done)
        made = _replaced(tokens[start:done], macros, reads, condition=False, depth=depth, limit=limit)
        output.extend(made)
        if len(output) > EXPANSION_LIMIT + GROWTH * len(tokens):
            raise Exploded(tokens[start])
    output.extend(tokens[done:])
    return output


def _closed(tokens: Sequence[str], start: int) -> int:
    """The index behind the parenthesis that closes the one at `start`, or behind all tokens."""
    open_ = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        if token == "(":
            open_ += 1
        elif token == ")":
            open_ -= 1
            if not open_:
                return index + 1
    return len(tokens)


def _replaced(
    tokens: Sequence[str],
    macros: Environment,
    reads: set[str] | None,
    *,
    condition: bool,
    depth: int,
    limit: int,
) -> list[str]:
    output: list[str] = []
    work: list[str] = list(reversed(tokens))
    hidden: set[str] = set()
    pushed = unclosed = 0
    known = macros.get
    while work:
        token = work.pop()
        macro = known(token)
        if macro is None and not condition:  # the mark of a macro has the name of a macro, so it is none here
            output.append(token)
            continue
        if type(token) is End:
            hidden.discard(str(token))
            continue
        if type(macro) is not Macro or token in hidden:
            output.append(token)
            if condition and token == "defined":
                for _ in range(2 if work and work[-1] == "(" else 1):
                    if work:
                        output.append(work.pop())
            continue
        if macro.parameters is None:
            body: Sequence[str] = macro.tokens if "##" not in macro.tokens else _paste(list(macro.tokens))
        else:
            while work and type(work[-1]) is End:
                hidden.discard(str(work.pop()))
            arguments = _arguments(work) if work and work[-1] == "(" and unclosed < UNCLOSED_LIMIT else None
            if arguments is None:
                unclosed += bool(work and work[-1] == "(")
                output.append(token)
                continue
            body = _substitute(macro, arguments, macros, reads, depth)
        if reads is not None:
            reads.update(macro.tokens)
            if macro.pasting:
                reads.update(body)
        pushed += len(body) + 1
        if pushed > limit:
            raise Exploded(token)
        hidden.add(token)
        work.append(End(token))
        work.extend(reversed(body))
    return output


def _arguments(work: list[str]) -> list[list[str]] | None:
    """Take an argument list off the end of `work`, which is reversed; None and untouched if it never ends."""
    arguments: list[list[str]] = [[]]
    depth = 0
    position = len(work) - 1
    while position >= 0:
        token = work[position]
        if type(token) is End:
            position -= 1
            continue
        if token in {"(", "[", "{"}:
            # Only parentheses protect a comma (6.10.3p11).
            depth += token == "("
            if depth > 1 or token != "(":
                arguments[-1].append(token)
        elif token == ")":
            depth -= 1
            if not depth:
                # Marks inside the list must not get lost, or their macros stay hidden for ever.
                marks = [mark for mark in work[position:] if type(mark) is End]
                del work[position:]
                work.extend(marks)
                return arguments
            arguments[-1].append(token)
        elif token == "," and depth == 1:
            arguments.append([])
        else:
            arguments[-1].append(token)
        position -= 1
    return None


def _substitute(
    macro: Macro, arguments: list[list[str]], macros: Environment, reads: set[str] | None, depth: int
) -> list[str]:
    parameters = list(macro.parameters or ())
    if parameters and parameters[-1].endswith("..."):
        parameters[-1] = parameters[-1][:-3].strip() or "__VA_ARGS__"
        rest = arguments[len(parameters) - 1 :]
        joined = [token for part in rest for token in (*part, ",")][:-1] if rest else []
        arguments = [*arguments[: len(parameters) - 1], joined]
    bound = dict(zip(parameters, arguments, strict=False))
    body = macro.tokens
    output: list[str] = []
    index = 0
    expanded: dict[str, list[str]] = {}
    if not macro.pasting:
        for token in body:
            argument = bound.get(token)
            if argument is None:
                output.append(token)
                continue
            if token not in expanded:
                needed = depth < ARGUMENT_DEPTH and not macros.keys().isdisjoint(argument)
                expanded[token] = expand(argument, macros, reads, depth=depth + 1) if needed else argument
            output.extend(expanded[token])
            if len(output) > EXPANSION_LIMIT:
                raise Exploded(macro.name)
        return output
    while index < len(body):
        token = body[index]
        following = body[index + 1] if index + 1 < len(body) else ""
        if token == "#" and following in bound:
            output.append('"' + " ".join(bound[following]).replace("\\", "\\\\").replace('"', '\\"') + '"')
            index += 2
            continue
        if token == "##" and following and output:
            right = bound.get(following, [following])
            if output[-1] == "," and following in bound:
                # GNU: the comma in front of ## goes when there are no variable arguments.
                output[-1:] = [",", *right] if right else []
            elif right:
                output[-1:] = [output[-1] + right[0], *right[1:]]
            index += 2
            continue
        if token in bound:
            if following == "##":
                # An empty left operand leaves an empty token to paste to.
                output.extend(bound[token] or [""])
            else:
                if token not in expanded:
                    argument = bound[token]
                    if depth < ARGUMENT_DEPTH and not macros.keys().isdisjoint(argument):
                        argument = expand(argument, macros, reads, depth=depth + 1)
                    expanded[token] = argument
                output.extend(expanded[token])
        elif token != "__VA_OPT__":
            output.append(token)
        if len(output) > EXPANSION_LIMIT:
            raise Exploded(macro.name)
        index += 1
    return [token for token in output if token]


def _paste(body: list[str]) -> list[str]:
    output: list[str] = []
    index = 0
    while index < len(body):
        if body[index] == "##" and output and index + 1 < len(body):
            output[-1] += body[index + 1]
            index += 2
        else:
            output.append(body[index])
            index += 1
    return output
