"""Names that a piece of Python code uses and does not define, types of arguments left out."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

_Function = ast.FunctionDef | ast.Lambda
_Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


class FreeNames(ast.NodeTransformer):
    """Meets each use of a name of the module's top; `renamed` says what it becomes."""

    def __init__(self, renamed: Callable[[str], str]) -> None:
        self._renamed = renamed
        self._inner: list[set[str]] = []

    @classmethod
    def of(cls, node: ast.AST) -> list[str]:
        """The free names of a piece of code, in order, each once."""
        met: dict[str, None] = {}

        def note(name: str) -> str:
            met[name] = None
            return name

        cls(note).visit(node)
        return list(met)

    def visit_Name(self, node: ast.Name) -> ast.Name:
        if not any(node.id in names for names in self._inner):
            node.id = self._renamed(node.id)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if not self._inner:
            node.name = self._renamed(node.name)
        node.decorator_list = [self.visit(one) for one in node.decorator_list]
        self._function(node)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self._function(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        if not self._inner:
            node.name = self._renamed(node.name)
        for part in ("decorator_list", "bases"):
            setattr(node, part, [self.visit(one) for one in getattr(node, part)])
        self._inner.append(set())  # names of methods are no names for what stands in methods
        node.body = [self.visit(one) for one in node.body]
        self._inner.pop()
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.target = self.visit(node.target) if not self._inner else node.target
        node.value = self.visit(node.value) if node.value else None
        return node

    def _function(self, node: _Function) -> None:
        arguments = node.args
        arguments.defaults = [self.visit(one) for one in arguments.defaults]
        arguments.kw_defaults = [one and self.visit(one) for one in arguments.kw_defaults]
        given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        names = {one.arg for one in (*given, arguments.vararg, arguments.kwarg) if one}
        body = node.body if isinstance(node.body, list) else [node.body]
        self._inner.append(names | set(bound(body)))
        made = [self.visit(one) for one in body]
        node.body = made if isinstance(node.body, list) else made[0]
        self._inner.pop()

    def _comprehension(self, node: _Comprehension) -> ast.AST:
        targets = [one.target for one in node.generators]
        self._inner.append({n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)})
        self.generic_visit(node)
        self._inner.pop()
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension  # noqa: N815


def bound(body: list[ast.stmt] | list[ast.expr]) -> Iterator[str]:
    """Names that statements bind, those inside functions among them left out."""
    for node in body:
        yield from _bound_by(node)


def _bound_by(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name
    if isinstance(node, ast.Import | ast.ImportFrom):
        raise LookupError(f"line {node.lineno}: an import inside a function")
    for child in ast.iter_child_nodes(node):
        if isinstance(node, _Comprehension):
            yield from (n for n in _walrus(child))
        elif not isinstance(child, ast.Lambda):
            yield from _bound_by(child)


def _walrus(node: ast.AST) -> Iterator[str]:
    yield from (one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr))


def attributes_in(node: ast.AST) -> Iterator[str]:
    """Names of attributes in a piece of code, and texts that may be one."""
    for one in ast.walk(node):
        if isinstance(one, ast.Attribute):
            yield one.attr
        elif isinstance(one, ast.Constant) and str(one.value).isidentifier():
            yield str(one.value)
