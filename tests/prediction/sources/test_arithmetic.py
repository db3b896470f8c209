"""Which functions of the compiler's library arithmetic needs, against what GCC itself calls."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from time import process_time

import pytest
from compiled import CROSS, needs_toolchain, run

from imgcheck.prediction.sources import arithmetic, numerals
from imgcheck.readers import preprocessor

_HEAD = "double use ( double x ) {"
HEAD = """
typedef long long ll; typedef unsigned long long ull; typedef unsigned char uint8_t;
typedef unsigned short u16; typedef unsigned int uint32_t; typedef double real;
typedef long long int64_t; typedef unsigned long long uint64_t;
struct point { double x, y; float z; int n; int64_t when; struct point *next; double v[3]; };
typedef struct { double a; int n; } pair;
extern struct point *gp, ga[4]; extern double gd, table[8]; extern float gf; extern volatile int gi;
extern int64_t gt; extern pair pp, *pq; extern real rr; extern double (*fq)(int);
double sqrt(double), strtod(const char *, char **); double atof(const char *), sin(double);
double dfun(double a, int b); float ffun(float a); void take(double); void takel(int64_t v, int n);
int printf(const char *, ...);
"""
FUNCTIONS = """
ll fn(ll x, int n) { return x << n; }
ull fn(ull x, int n) { return x >> n; }
ll fn(ll x, int n) { return x >> n; }
int fn(ll x, ll y) { return x < y; }
ll fn(ll x, ll y) { return x * y + x - y; }
ull fn(ull x) { return x / 10; }
ull fn(ull x) { return x % 8; }
unsigned fn(unsigned a, unsigned b) { return (ull)a * b / 1000; }
unsigned fn(unsigned a) { return (ull)a * 1000 >> 10; }
double fn(double x) { return x * 2.0; }
double fn(double x) { return x / 4.0; }
int fn(double x) { return x == 0; }
int fn(double x) { return x; }
unsigned fn(double x) { return x; }
double fn(unsigned x) { return x; }
double fn(int x) { return x; }
double fn(float x) { return x; }
float fn(double x) { return x; }
float fn(float x) { return x * 1.5; }
float fn(float x) { return x * 1.1; }
int fn(float x) { return x < 0.5; }
double fn(double x) { return -x; }
int fn(float x) { return (int)(x * 100.0); }
double fn(u16 x) { return x; }
double fn(ll x) { return x; }
float fn(ll x) { return x; }
ull fn(double a) { return a; }
ll fn(float a) { return a; }
uint8_t fn(double a) { return a; }
int fn(double a, double b) { return a != b; }
int fn(double a, double b) { return a >= b; }
int fn(double a, double b) { return a > b || a <= b; }
double fn(double a) { return a / 3.0; }
double fn(double a) { a++; return a; }
long double fn(int n) { return n; }
int fn(long double x) { return x * x + 3; }
int fn(long double l) { return l > 3.0L; }
void fn(void) { gp->x = gp->y * gp->n; }
void fn(int i) { ga[i].x += table[i & 7]; }
int fn(struct point *p) { return p->next->x > p->y ? p->n : 0; }
void fn(int n) { for (int i = 0; i < n; i++) { gd += i; } }
void fn(int n) { gd *= 2.5; gd -= n; }
void fn(void) { take(gi); take(3); take(gf); }
void fn(void) { printf("%f %d", gf, gi); }
void fn(void) { printf("%f", gd); }
int fn(void) { return sin(gd) * 100; }
void fn(void) { takel(gi, gi); takel(gt / 60, 3); }
int fn(uint64_t *x, uint32_t n) { *x = *x * 10 + n; return *x % 1000; }
void fn(double *p, int n) { for (int i = 0; i < n; i++) *p++ = i / 2; }
int fn(double v) { while (v > 1) v = v / 10; return v; }
void fn(void) { gt++; gt += gi; gt = gt - 1; }
void fn(int n) { gd = n ? gf : gd; }
void fn(void) { double loc[3] = { 1.0, 2.0, 3.0 }; for (int i = 0; i < 3; i++) gd += loc[i] * gi; }
void fn(int n) { gd = dfun(n, gd); }
int fn(void) { return (int)(gf * 100.0f) + (int)(gd / 3.0); }
void fn(u16 v) { gd = v * 0.01; }
void fn(uint8_t *p) { gd = p[0] + p[1] / 256.0; }
int fn(int a, int b) { return (double)a / b > 0.75; }
uint32_t fn(uint64_t a, uint64_t b) { return a / b + a % b; }
float fn(float a, double b) { return a + b; }
int64_t fn(uint32_t s) { return (int64_t)s * 1000000LL / 32768; }
int64_t fn(double s) { return s * 1000; }
void fn(void) { pq->a += pp.a * pq->n; }
real fn(real a, real b) { return a * a + b * b; }
void fn(int n) { rr = fq(n) + 1.5; }
double fn(const char *p) { return strtod(p, 0) - atof(p); }
void fn(int n) { double acc = 0, w = 1; int k; for (k = 0; k < n; ++k) { acc += w; w *= 0.5; } gi = acc; }
void fn(void) { switch (gi) { case 1: rr = 1; break; default: rr = rr / 3; } }
unsigned fn(int64_t a) { unsigned r = 0; do { r += a % 10; a /= 10; } while (a); return r; }
void fn(void) { int x = gi, y; y = x * 2; gi = y / 3 + (x % 7) - (x << 2); }
int fn(uint32_t ms) { return ms / 1000 * 60; }
void fn(double *out, const int *in, int n) { while (n--) out[n] = in[n] * (1.0 / 32768.0); }
void fn(void) { const double k = 3.3 / 4095.0; rr = gi * k; }
int fn(const double *a) { return a[0] != a[1] && *a < 2; }
void fn(void) { uint64_t u = gi; u <<= 3; u |= 1; u = ~u; u ^= u >> 7; gi = u; }
float fn(int a) { return a / 10 * 0.1f; }
long fn(long a, long b) { return a * b / 3 % 5; }
int fn(void) { return sizeof(double) + (gi ? 1 : 2); }
""".strip().splitlines()


def said(text: str) -> dict[str, frozenset[str]]:
    """What the functions of a text need."""
    source = preprocessor.parse(text, "a.c")
    return arithmetic.needed(source.lex(source.block(0)), numerals.known(), "")


@pytest.mark.skipif(not shutil.which(CROSS + "gcc"), reason="no RISC-V toolchain")
def test_what_arithmetic_needs_is_what_the_compiler_calls(tmp_path: Path) -> None:
    """Of a processor with `float` and 32 bits; `a < b` may be turned round, which is the same object."""
    text = HEAD + "\n".join(line.replace("fn(", f"f{n}(", 1) for n, line in enumerate(FUNCTIONS))
    (tmp_path / "a.c").write_text(text)
    run(f"{CROSS}gcc", "-march=rv32imafc", "-mabi=ilp32f", "-Os", "-c", "a.c", cwd=tmp_path)
    called: dict[str, set[str]] = {}
    function = ""
    for line in run(f"{CROSS}objdump", "-dr", "a.o", cwd=tmp_path).splitlines():
        if found := re.match(r"[0-9a-f]+ <(\w+)>:", line):
            function = found[1]
        if found := re.search(r"R_RISCV_(?:CALL|CALL_PLT|JAL)\s+(__\w+)", line):
            called.setdefault(function, set()).add(found[1])
    library = run(f"{CROSS}gcc", "-march=rv32imafc", "-mabi=ilp32f", "-print-libgcc-file-name").strip()
    there = {line.split()[-1] for line in run(f"{CROSS}nm", library).splitlines() if " T " in line}
    native = {f"__{name}sf3" for name in ("add", "sub", "mul", "div")}  # which it has for others
    ours = said(text)
    wrong = {
        line: (called.get(f"f{n}", set()), ours.get(f"f{n}", frozenset()))
        for n, line in enumerate(FUNCTIONS)
        if called.get(f"f{n}", set()) != (ours.get(f"f{n}", frozenset()) & there) - native
    }
    assert wrong == {}
    assert len(called) > 50


def test_code_that_begins_in_the_middle_of_a_function_has_its_owner() -> None:
    source = preprocessor.parse("  x = x * 3; return x;\n}\nint other(ll n) { return n / 7; }\n", "a.c")
    names = numerals.known()
    numerals.declare(["typedef", "long", "long", "ll", ";", *_HEAD.split()], names)
    found = arithmetic.needed(source.lex(source.block(0)), names, "use")
    assert found == {"use": {"__muldf3"}, "other": {"__divdi3"}}


@pytest.mark.parametrize(
    "tokens",
    [
        *(["int", "a", "("], ["("], ["double", "x", "["], ["x", "?"], ["{", "("], ["-"], ["sizeof", "("]),
        *(["typedef", "{"], ["double", "(", "*"], ["long"], ["double", "*"], ["x", "(", "1", ","], [")"]),
        *(["typedef"], ["a", "+"], ["struct", "{"], ["double", "f", "(", ")", "{"]),
    ],
    ids=" ".join,
)
def test_what_is_no_program_ends(tokens: list[str]) -> None:
    """In time that grows with its length."""
    start = process_time()
    arithmetic.needed(tokens * 20_000, numerals.known(), "")
    numerals.declare(tokens * 20_000, numerals.known())
    assert process_time() - start < 10


@pytest.mark.parametrize(
    ("token", "kind", "value"),
    [
        *(("1.5f", "sf", 1.5), ("1e3", "df", 1000.0), ("2.L", "tf", 2.0), ("017", "si", 15.0)),
        *(
            ("10LL", "di", 10.0),
            ("5000000000", "di", 5e9),
            ("3u", "su", 3.0),
            ("0xFFFFFFFF", "su", 2.0**32 - 1),
        ),
        *(
            ("1ULL", "du", 1.0),
            ("0x1p3", "df", 8.0),
            ("08", None, None),
            ("x", None, None),
            ("0x1F", "si", 31.0),
        ),
    ],
)
def test_numbers_have_the_types_of_c(token: str, kind: str | None, value: float | None) -> None:
    assert numerals.literal(token) == (None if kind is None else (kind, value))


pytestmark = needs_toolchain
