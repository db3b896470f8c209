"""Which codes can a diagnostic have? Told from the calls in the package, not from a run of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import imgcheck

PACKAGE = Path(imgcheck.__file__).parent


class Module:
    """A module's nodes in the order of its text, and the innermost function that each of them is in."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text("utf-8"))
        self.nodes: list[ast.AST] = []
        self.around: dict[ast.AST, ast.FunctionDef | None] = {}
        self._walk(self.tree, None)
        self.calls = [node for node in self.nodes if isinstance(node, ast.Call)]
        self.imported = {
            one.name for node in self.nodes if isinstance(node, ast.ImportFrom) for one in node.names
        }

    def _walk(self, node: ast.AST, function: ast.FunctionDef | None) -> None:
        self.nodes.append(node)
        self.around[node] = function
        inner = node if isinstance(node, ast.FunctionDef) else function
        for child in ast.iter_child_nodes(node):
            self._walk(child, inner)

    def assigned(self, name: str, inside: ast.AST | None = None) -> Iterator[ast.expr]:
        """What a name is set to, in the module or in one of its functions."""
        for node in ast.walk(inside) if inside else self.tree.body:
            if isinstance(node, ast.Assign):
                targets = node.targets
            else:
                targets = [node.target] if isinstance(node, ast.AnnAssign) else []
            if any(_name(one) == name for one in targets):
                value = getattr(node, "value", None)
                yield from (value,) if isinstance(value, ast.expr) else ()


class Package:
    """The package's modules, and what its diagnostics are called."""

    def __init__(self, folder: Path = PACKAGE) -> None:
        self.folder = folder
        self.modules = [Module(path) for path in sorted(folder.rglob("*.py"))]

    def codes(self) -> dict[str, str]:
        """Each code, and a place that says it; AssertionError for a place whose code cannot be told."""
        found: dict[str, str] = {}
        for module in self.modules:
            for call in module.calls:
                if _name(call.func) != "Diagnostic":
                    continue
                said = call.args[0] if call.args else next(x.value for x in call.keywords if x.arg == "code")
                where = f"{module.path.relative_to(self.folder)}:{call.lineno}"
                values = list(self._values(said, module))
                copied = isinstance(said, ast.Attribute)  # of a finding that was made elsewhere
                assert values or copied, f"{where}: cannot tell the codes of {ast.unparse(said)}"
                for value in values:
                    found.setdefault(value, where)
        return found

    def _values(self, said: ast.expr, module: Module) -> Iterator[str]:
        if isinstance(said, ast.Name):
            yield from self._constant(said.id, module)
        elif isinstance(said, ast.Subscript) and isinstance(said.value, ast.Name):
            for table in module.assigned(said.value.id):
                if isinstance(table, ast.Dict):
                    yield from (str(one.value) for one in table.values if isinstance(one, ast.Constant))
        elif isinstance(said, ast.JoinedStr):
            prefix, hole = said.values[0], said.values[-1]
            assert isinstance(prefix, ast.Constant) and isinstance(hole, ast.FormattedValue)
            for end in self._ends(hole.value, module):
                yield f"{prefix.value!s}{end}"
        else:
            yield from _literals(said, module)

    def _ends(self, hole: ast.expr, module: Module) -> Iterator[str]:
        """What may stand in the braces: an argument, a field of a record, a Literal, what is yielded."""
        if isinstance(
            hole, ast.Attribute
        ):  # `message.code` of a log's vocabulary, `problem.code` of a reader
            for other in self.modules:
                yield from self._given(_name(hole.value).capitalize(), 0, other)
            return
        assert isinstance(hole, ast.Name)
        function = module.around[hole]
        if function and hole.id in _parameters(function):
            yield from self._passed(function, hole.id)
            return
        for other in self.modules:
            for node in other.nodes:
                if isinstance(node, ast.AnnAssign) and _name(node.target) == hole.id:
                    allowed = node.annotation if "Literal" in ast.unparse(node.annotation) else ast.Pass()
                    yield from (str(x.value) for x in ast.walk(allowed) if isinstance(x, ast.Constant))
        for node in module.nodes:
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                yield from _literals(node.value.elts[0], module)

    def _passed(self, function: ast.FunctionDef, name: str) -> Iterator[str]:
        """What callers give for an argument; elsewhere that name counts if it is imported."""
        at = _parameters(function).index(name)
        for other in self.modules:
            if function in other.around or function.name in other.imported:
                yield from self._given(function.name, at, other)

    def _given(self, function: str, at: int, module: Module) -> Iterator[str]:
        for call in module.calls:
            if _name(call.func) != function or len(call.args) <= at:
                continue
            given, around = call.args[at], module.around[call]
            yield from _literals(given, module)
            if isinstance(given, ast.Name) and around:
                if given.id in _parameters(around):
                    yield from self._passed(around, given.id)
                for value in module.assigned(given.id, around):
                    yield from _literals(value, module)
            elif isinstance(given, ast.Attribute):
                yield from self._ends(given, module)

    def _constant(self, name: str, module: Module) -> Iterator[str]:
        for other in (module, *self.modules):
            found = [one for value in other.assigned(name) for one in _literals(value, other)]
            if found:
                yield from found
                return


def _literals(said: ast.expr, module: Module) -> Iterator[str]:
    if isinstance(said, ast.Constant) and isinstance(said.value, str):
        yield said.value
    elif isinstance(said, ast.IfExp):
        yield from _literals(said.body, module)
        yield from _literals(said.orelse, module)
    elif isinstance(said, ast.JoinedStr) and isinstance(said.values[0], ast.FormattedValue):
        # f"{name}-config" in a loop over pairs that begin with the name
        name, rest = ast.unparse(said.values[0].value), said.values[1]
        function = module.around[said]
        assert isinstance(rest, ast.Constant) and function
        for loop in ast.walk(function):
            if not (isinstance(loop, ast.For) and isinstance(loop.iter, ast.Tuple)):
                continue
            if name == ast.unparse(loop.target).strip("()").split(",", 1)[0]:
                for pair in loop.iter.elts:
                    assert isinstance(pair, ast.Tuple)
                    yield from (f"{one}{rest.value!s}" for one in _literals(pair.elts[0], module))


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [one.arg for one in function.args.args if one.arg != "self"]


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
