"""How is one translation unit of the benchmark's program written?"""

from __future__ import annotations

from program import FORMS, Function, Program, Unit
from words import FEATURES, NOUNS, VERBS

SIGNATURES = {
    "state": "int {name}(struct {struct} *self, int a, int b)",
    "number": "uint32_t {name}(uint32_t a, uint32_t b, uint32_t c)",
    "text": "int {name}(struct {struct} *self, const char *text)",
    "page": "int {name}(char *out, int room, const struct {struct} *self)",
    "ratio": "float {name}(float x, int a)",
    "plain": "void {name}(void)",
}
HEADER = """#include <stdint.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include "obk_config.h"
#include "sdk_types.h"
#include "sdk_all.h"
"""
WHOLE = ("int32_t", "uint32_t", "uint16_t", "uint8_t", "int16_t")


class Writer:
    """Writes units of one program; the program's random generator decides everything."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.rng = program.rng
        self.count = 0

    # --- headers ------------------------------------------------------------------------------

    def types(self) -> str:
        lines = ["#pragma once", "#include <stdint.h>"]
        fields = self.program.fields
        lines += [f"struct {name};" for name in fields]
        for name, members in fields.items():
            lines.append(f"struct {name} {{")
            for kind, member in members:
                if kind.startswith("char ["):
                    lines.append(f"    char {member}{kind[5:]};")
                else:
                    lines.append(f"    {kind} {member};")
            lines.append("};")
        lines += [
            "static inline uint32_t sdk_rotate(uint32_t x, int n)",
            "{\n    return (x << (n & 31)) | (x >> (-n & 31));\n}",
            "static inline int sdk_clamp(int x, int low, int high)",
            "{\n    if (x < low)\n        return low;\n    return x > high ? high : x;\n}",
            "static inline uint32_t sdk_mix(const uint8_t *p, int n, uint32_t h)",
            "{\n    for (int i = 0; i < n; i++)",
            "        h = sdk_rotate(h ^ p[i], 7) * 0x9E3779B1u;\n    return h;\n}",
            '#ifdef __cplusplus\nextern "C" {\n#endif',
            "void addLog(int level, int feature, const char *format, ...);",
            "#ifdef __cplusplus\n}\n#endif\n",
        ]
        return "\n".join(lines)

    def config(self) -> str:
        lines = ["/* The features of this build. */", "#pragma once", "#if PLATFORM_BL602"]
        for feature in FEATURES:
            lines.append(f"#define ENABLE_{feature}\t1")
        lines += ["#else", "#define ENABLE_DRIVER_SOLAR 1", "#endif"]
        lines += ["#if ENABLE_TLS_CLIENT || ENABLE_TLS_SERVER", "#define ENABLE_TLS_SHARED 1", "#endif", ""]
        return "\n".join(lines)

    # --- units --------------------------------------------------------------------------------

    def signature(self, function: Function) -> str:
        struct = function.unit.structs[len(function.name) % 3]
        text = SIGNATURES[function.form].format(name=function.name, struct=struct)
        return f"static {text}" if function.static else text

    def prototype(self, function: Function) -> str:
        text = self.signature(function)
        outside = function.unit.flavour == "cxx" and function is function.unit.functions[0]
        return f'extern "C" {text};' if outside else f"{text};"

    def unit(self, unit: Unit) -> str:
        rng = self.rng
        lines = [HEADER]
        if unit.guard == "file":
            lines.append(f"#if ENABLE_{unit.feature}")
        callees = {id(c): c for f in unit.functions for c in f.calls}
        for callee in callees.values():
            text = self.prototype(callee)
            if unit.flavour == "cxx" and callee.unit.flavour != "cxx":
                text = f'extern "C" {text}'
            elif unit.flavour != "cxx" and text.startswith('extern "C" '):
                text = text[len('extern "C" ') :]
            lines.append(text)
        lines += [self.prototype(f) for f in unit.functions if id(f) not in callees]
        self.globals = [f"{unit.name}_{rng.choice(NOUNS)}_{k}" for k in range(rng.randint(1, 4))]
        self.tables: list[tuple[str, int]] = []
        for index, name in enumerate(self.globals):
            struct = unit.structs[index % 3]
            initial = f" = {{ {rng.randint(1, 250)} }}" if rng.random() < 0.25 else ""
            lines.append(f"{'static ' if rng.random() < 0.4 else ''}struct {struct} {name}{initial};")
        self.kinds = {name: unit.structs[i % 3] for i, name in enumerate(self.globals)}
        for _ in range(rng.choice((0, 0, 1, 1, 2)) + 2 * (unit.flavour in {"cxx", "crypto"})):
            lines.append(self.table(unit))
        for function in unit.functions:
            lines.append(self.function(function))
        if unit.guard == "file":
            lines.append("#endif")
        return "\n".join(lines) + "\n"

    def table(self, unit: Unit) -> str:
        rng = self.rng
        size = 1 << rng.choice((3, 4, 4, 5, 5, 6, 7))
        self.count += 1
        name = f"{unit.name}_{rng.choice(NOUNS)}_table_{self.count}"
        self.tables.append((name, size))
        form = rng.random()
        if form < 0.25:
            words = ", ".join(f'"{rng.choice(NOUNS)}_{rng.choice(VERBS)}"' for _ in range(size))
            self.tables.pop()
            return f"const char *const {name}[{size}] = {{ {words} }};"
        if form < 0.6:
            step = rng.randint(1, 90)
            values = ", ".join(str((i * step + rng.randint(0, 9)) & 0xFFFF) for i in range(size))
            return f"static const uint16_t {name}[{size}] = {{ {values} }};"
        if form < 0.8:
            values = ", ".join(hex(rng.getrandbits(32)) for _ in range(size))
            return f"static const uint32_t {name}[{size}] = {{ {values} }};"
        values = ", ".join(str(min(255, int(rng.expovariate(0.04)))) for _ in range(size))
        return f"const uint8_t {name}[{size}] = {{ {values} }};"

    def function(self, function: Function) -> str:
        rng = self.rng
        self.here = function
        self.pending = list(function.calls)
        self.locals = ["i", "n"]
        form = function.form
        struct = function.unit.structs[len(function.name) % 3]
        self.pointers = {"self": struct} if form in {"state", "text", "page"} else {}
        self.pointers |= {f"(&{name})": kind for name, kind in self.kinds.items()}
        self.arguments = {"state": ["a", "b"], "number": ["a", "b", "c"], "ratio": ["a"]}.get(form, [])
        self.text = "text" if form == "text" else ""
        lines = [self.signature(function), "{"]
        seed = self.arguments[0] if self.arguments else self.field(WHOLE)
        lines += [f"    int n = {seed};", f"    uint32_t i = {rng.choice((0, 0, 1, 3, 7, 31))};"]
        if form == "page":
            lines.append("    int used = 0;")
        body = [s for _ in range(rng.choice((1, 1, 2, 2, 3, 4))) for s in self.statement(1)]
        while self.pending:
            body += self.call_statement(1)
        lines += body
        result = {
            "state": f"    return n ^ {self.expression(1)};",
            "number": f"    return i + {self.expression(1)};",
            "text": f"    return n + {self.expression(1)};",
            "page": "    return used;",
            "ratio": f"    return x * {rng.uniform(0.01, 9):.3f}f + n;",
            "plain": f"    {self.field(WHOLE, written=True)} = n + i;",
        }
        assert form in FORMS
        return "\n".join([*lines, result[form], "}"])

    # --- statements ---------------------------------------------------------------------------

    def statement(self, depth: int) -> list[str]:
        rng = self.rng
        pad = "    " * depth
        choice = rng.random()
        if choice < 0.22:
            return self.call_statement(depth)
        if choice < 0.40:
            target = self.field(WHOLE, written=True) if rng.random() < 0.6 else rng.choice(self.locals)
            return [f"{pad}{target} {rng.choice(('=', '+=', '-=', '^=', '|=', '&='))} {self.expression(2)};"]
        if choice < 0.62 and depth < 4:
            lines = [f"{pad}if ({self.condition()}) {{", *self.block(depth)]
            if rng.random() < 0.3:
                lines += [f"{pad}}} else {{", *self.block(depth)]
            return [*lines, f"{pad}}}"]
        if choice < 0.70 and depth < 3:
            bound = rng.choice((f"{self.field(WHOLE)} & 63", str(rng.randint(3, 40)), "(uint32_t)n"))
            return [f"{pad}for (i = 0; i < {bound}; i++) {{", *self.block(depth), f"{pad}}}"]
        if choice < 0.76 and depth < 3:
            lines = [f"{pad}switch ({self.expression(1)} & 15) {{"]
            for case in sorted(rng.sample(range(16), rng.randint(2, 6))):
                lines += [f"{pad}case {case}:", *self.statement(depth + 1), f"{pad}    break;"]
            return [*lines, f"{pad}}}"]
        if choice < 0.81 and self.here.unit.flavour != "chip":
            return self.say(depth)
        if choice < 0.90 and self.text:
            word = f"{rng.choice(VERBS)}{rng.choice(('', '_' + rng.choice(NOUNS)))}"
            return [f'{pad}if (strcmp({self.text}, "{word}") == 0)', f"{pad}    n = {self.expression(1)};"]
        if choice < 0.94:
            pointer = rng.choice(list(self.pointers))
            return [f"{pad}i ^= sdk_mix((const uint8_t *){pointer}, {rng.randint(4, 30)}, n);"]
        low = rng.randint(-500, 100)
        return [f"{pad}n = sdk_clamp({self.expression(2)}, {low}, {low + rng.randint(7, 4000)});"]

    def block(self, depth: int) -> list[str]:
        return [s for _ in range(self.rng.choice((1, 1, 2, 3))) for s in self.statement(depth + 1)]

    def say(self, depth: int) -> list[str]:
        rng = self.rng
        pad = "    " * depth
        if self.here.form == "page":
            into = "used += snprintf(out + used, room - used"
        else:
            into = f"addLog({rng.randint(0, 4)}, {rng.randint(0, 20)}"
        line = f'{into}, "{self.program.string()}", {self.expression(1)});'
        if not self.here.unit.feature and self.here.unit.archive == "openbeken" and rng.random() < 0.35:
            guard = f"#if ENABLE_{rng.choice(FEATURES)}"
            rest = [f"#else\n{pad}n += {rng.randint(1, 99)};"] if rng.random() < 0.2 else []
            return [guard, pad + line, *self.statement(depth), *rest, "#endif"]
        return [pad + line]

    def call_statement(self, depth: int) -> list[str]:
        pad = "    " * depth
        if not self.pending:
            return [f"{pad}{self.field(WHOLE, written=True)} = {self.expression(2)};"]
        callee = self.pending.pop()
        return [f"{pad}{'n += ' if callee.form not in {'plain'} else ''}{self.call(callee)};"]

    def call(self, callee: Function) -> str:
        rng = self.rng
        struct = callee.unit.structs[len(callee.name) % 3]
        pointer = rng.choice(list(self.pointers))
        text = self.text or f'"{self.program.string() if rng.random() < 0.12 else rng.choice(NOUNS)}"'
        arguments = {
            "state": f"(struct {struct} *){pointer}, {self.expression(1)}, {self.expression(0)}",
            "number": f"{self.expression(1)}, {self.expression(0)}, {self.expression(0)}",
            "text": f"(struct {struct} *){pointer}, {text}",
            "page": f"(char *){pointer}, {rng.randint(16, 900)}, (const struct {struct} *){pointer}",
            "ratio": f"{rng.uniform(0.1, 99):.2f}f, {self.expression(0)}",
            "plain": "",
        }
        return f"{callee.name}({arguments[callee.form]})"

    # --- expressions --------------------------------------------------------------------------

    def field(self, kinds: tuple[str, ...], written: bool = False) -> str:
        rng = self.rng
        usable = [p for p in self.pointers if not written or p != "self" or self.here.form != "page"]
        pointer = rng.choice(usable)
        members = [m for k, m in self.program.fields[self.pointers[pointer]] if k in kinds]
        return f"{pointer}->{rng.choice(members)}" if members else "n" if written else "3"

    def constant(self) -> str:
        rng = self.rng
        kind = rng.random()
        if kind < 0.45:
            return str(rng.randint(1, 60))
        if kind < 0.65:
            return str(1 << rng.randint(2, 15))
        if kind < 0.85:
            return str(rng.randint(60, 9000))
        return hex(rng.getrandbits(rng.choice((16, 24, 31))))

    def expression(self, depth: int) -> str:
        rng = self.rng
        if depth == 0 or rng.random() < 0.15:
            kind = rng.random()
            if kind < 0.35:
                return rng.choice(self.locals + self.arguments)
            return self.constant() if kind < 0.65 else f"(int){self.field(WHOLE)}"
        kind = rng.random()
        if kind < 0.70:
            operator = rng.choice(("+", "-", "*", "+", "-", "&", "|", "^", ">>", "<<"))
            right = str(rng.randint(1, 15)) if operator in {">>", "<<"} else self.expression(depth - 1)
            return f"({self.expression(depth - 1)} {operator} {right})"
        if kind < 0.78 and self.tables:
            name, size = rng.choice(self.tables)
            return f"{name}[({self.expression(depth - 1)}) & {size - 1}]"
        if kind < 0.84:
            return f"({self.condition()} ? {self.expression(depth - 1)} : {self.expression(0)})"
        if kind < 0.90:
            divisor = rng.choice((3, 5, 7, 10, 60, 100, 1000))
            return f"({self.expression(depth - 1)} {rng.choice('/%')} {divisor})"
        if kind < 0.95:
            return f"(int)sdk_rotate({self.expression(depth - 1)}, {rng.randint(1, 31)})"
        return f"({self.expression(depth - 1)} {rng.choice(('<', '==', '>', '!='))} {self.constant()})"

    def condition(self) -> str:
        rng = self.rng
        text = f"{self.expression(1)} {rng.choice(('<', '>', '==', '!=', '>=', '&'))} {self.constant()}"
        return f"({text}) && {self.field(WHOLE)}" if rng.random() < 0.2 else text

    # --- main ---------------------------------------------------------------------------------

    def main(self) -> str:
        """The driver table that guards its entries, and a main that reaches every unguarded unit."""
        lines = [HEADER, "#include <stdarg.h>"]
        entries = [u.functions[0] for u in self.program.units]
        lines += [f"extern void {f.name}(void);" for f in entries]
        lines += ["struct driver { const char *name; void (*start)(void); int period; };"]
        lines += ["const struct driver g_drivers[] = {"]
        for function in entries:
            unit = function.unit
            if unit.feature:
                lines += [f"#if ENABLE_{unit.feature}"]
                lines += [f'    {{ "{unit.name}", {function.name}, {self.rng.randint(1, 60)} }},', "#endif"]
        lines += ['    { "none", 0, 0 },', "};"]
        lines += ["char g_log[512];", "volatile int g_run;"]
        lines += ["void addLog(int level, int feature, const char *format, ...)"]
        lines += ["{", "    va_list list;", "    va_start(list, format);"]
        lines += ["    vsnprintf(g_log, sizeof g_log, format, list);", "    va_end(list);", "}"]
        lines += ["int main(void)", "{"]
        lines += ["    for (unsigned i = 0; i < sizeof g_drivers / sizeof g_drivers[0]; i++)"]
        lines += ["        if (g_drivers[i].start)", "            g_drivers[i].start();"]
        lines += [f"    {f.name}();" for f in entries if not f.unit.feature]
        lines += [
            "    g_run += (int)strtod(g_log, 0) + (int)strtol(g_log, 0, 0);",
            "    qsort(g_log, 4, 16, (int (*)(const void *, const void *))memcmp);",
            "    return g_run;",
            "}",
        ]
        return "\n".join(lines) + "\n"
