"""Code that a constant condition leaves out, in whatever way it is written."""

from __future__ import annotations

import pytest

from imgcheck.prediction.sources.folding import fold
from imgcheck.prediction.sources.macros import Macro
from imgcheck.readers import preprocessor

ON, OFF = ({"X": Macro("X", None, (value,)), "Y": Macro("Y", None, ("X",))} for value in "10")


def left(text: str, macros: dict[str, Macro]) -> str:
    tokens = preprocessor.lex(text)
    found = fold(tokens, {"X", "Y"}, macros)
    return " ".join(t for i, t in enumerate(tokens) if i not in found.dead and i not in found.quiet)


@pytest.mark.parametrize(
    ("text", "on", "off"),
    [
        ("if (X) f(); g();", "f ( ) ; g ( ) ;", "g ( ) ;"),
        ("if (!Y) f(); else g();", "g ( ) ;", "f ( ) ;"),
        ("if (X) { f(); if (a) h(); } else g();", "{ f ( ) ; if ( a ) h ( ) ; }", "g ( ) ;"),
        ("if (X && p->ready) f(); g();", "if ( X && p -> ready ) f ( ) ; g ( ) ;", "g ( ) ;"),
        ("if (a) if (X) f(); else g(); h();", "if ( a ) f ( ) ; h ( ) ;", "if ( a ) g ( ) ; h ( ) ;"),
        ("n += X ? f(a, b) : 0;", "n += f ( a , b ) ;", "n += 0 ;"),
        ("n = a ? X ? 1 : 2 : 3;", "n = a ? 1 : 3 ;", "n = a ? 2 : 3 ;"),
        ("return X && f(1);", "return X && f ( 1 ) ;", "return ;"),
        ("switch (X) { case 0: f(); break; case 1: g(); }", "case 1 : g ( ) ;", "case 0 : f ( ) ; break ;"),
        ("switch (X) { case 1: { f(); break; } default: g(); }",
         "case 1 : { f ( ) ; break ; }", "default : g ( ) ;"),
        ("switch (X) { case 1: if (a) break; f(); case 2: return g(); case 3: h(); }",
         "case 1 : if ( a ) break ; f ( ) ; case 2 : return g ( ) ;", ""),
        ("switch (X) { case K: f(); }", *2 * ("switch ( X ) { case K : f ( ) ; }",)),
        ("switch (a) { case X: f(); }", *2 * ("switch ( a ) { case X : f ( ) ; }",)),
        ("for (int i = 0; i < X; i++) f(); g();",
         "for ( int i = 0 ; i < X ; i ++ ) f ( ) ; g ( ) ;", "g ( ) ;"),
        ("for (i = 1; i > X; i--) f();", "", "for ( i = 1 ; i > X ; i -- ) f ( ) ;"),
        ("return X || f(1);", "return ;", "return X || f ( 1 ) ;"),
        ("while (X) f();", "while ( X ) f ( ) ;", ""),
        ("do f(); while (X);", "do f ( ) ; while ( X ) ;", "do f ( ) ; while ( X ) ;"),
        ("f(X); if (a > X) g();", "f ( X ) ; if ( a > X ) g ( ) ;", "f ( X ) ; if ( a > X ) g ( ) ;"),
        ("if (X", "if ( X", "if ( X"),
        ("a ? X ?", "a ? X ?", "a ? X ?"),
    ],
)  # fmt: skip
def test_what_is_left(text: str, on: str, off: str) -> None:
    assert left(text, ON) == on
    assert left(text, OFF) == off
