"""Python of today written so that Python 3.7 runs it: what a scorer needs, and no more.

Syntax that is younger becomes older syntax of the same meaning; library calls that are younger
become functions that stand in the file (`STAND_INS`). What this can't say is an error when the
file is made, never when it runs.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

Comprehension = ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp

OLDEST = (3, 7)
"""The oldest Python that runs a scorer: that of Codabench's default image."""

STAND_INS = {
    "cached_property": '''
class cached_property:
    """functools.cached_property, which Python 3.7 lacks."""

    def __init__(self, function):
        self.function = function
        self.__doc__ = function.__doc__

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = instance.__dict__[self.name] = self.function(instance)
        return value
''',
    "without_start": '''
def without_start(text, start):
    """str.removeprefix, which Python 3.8 lacks."""
    return text[len(start):] if text.startswith(start) else text
''',
    "without_end": '''
def without_end(text, end):
    """str.removesuffix, which Python 3.8 lacks."""
    return text[:-len(end)] if end and text.endswith(end) else text
''',
    "updated": '''
def updated(one, other):
    """one |= other, which dicts lack before Python 3.9."""
    if isinstance(one, dict):
        one.update(other)
    else:
        one |= other
    return one
''',
    "shell_words": '''
def shell_words(words):
    """shlex.join, which Python 3.7 lacks."""
    return " ".join(shlex.quote(word) for word in words)
''',
}
"""Functions that stand for younger ones of the library, by their name in the file."""

NEEDED = {"shell_words": "import shlex"}
"""Imports that a stand-in needs."""

_YOUNGER_ARGUMENTS = {"zip": "strict", "dataclass": "slots"}
"""Arguments that Python 3.9 lacks and that change no result of a call which succeeds."""

_METHODS = {"removeprefix": "without_start", "removesuffix": "without_end"}
_FUNCTIONS = {"shlex.join": "shell_words"}


class OlderPython(ast.NodeTransformer):
    """Rewrites statements; `used` are the stand-ins that they need."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """An f-string as `str.format`: before Python 3.12 neither quotes nor backslashes nest."""
        arguments: list[ast.expr] = []
        template = _template(node, arguments)
        if not arguments:
            return ast.Constant(template.format())
        called = ast.Attribute(ast.Constant(template), "format", ast.Load())
        return ast.Call(called, [self.visit(one) for one in arguments], [])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = ast.unparse(node.func)
        if name in _YOUNGER_ARGUMENTS:
            node.keywords = [one for one in node.keywords if one.arg != _YOUNGER_ARGUMENTS[name]]
        if name == "isinstance" and isinstance(node.args[1], ast.BinOp):
            node.args[1] = ast.Tuple(_either(node.args[1]), ast.Load())
        if name in _FUNCTIONS:
            return self._stand_in(_FUNCTIONS[name], node.args)
        if isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS:
            return self._stand_in(_METHODS[node.func.attr], [node.func.value, *node.args])
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        """A union with a mapping written out: `{**a, **b}`."""
        self.generic_visit(node)
        sides = [node.left, node.right]
        written_out = any(isinstance(side, ast.Dict | ast.DictComp) for side in sides)
        if isinstance(node.op, ast.BitOr) and written_out:
            return ast.Dict([None, None], sides)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """`a |= b`, since `a` may be a dict."""
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr) or not isinstance(node.target, ast.Name):
            return node
        called = self._stand_in("updated", [ast.Name(node.target.id, ast.Load()), node.value])
        return ast.Assign([node.target], called)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.stmt]:
        """`if (x := e) ...` as `x = e` before it, and `if a and (x := e)` as two of them."""
        self.generic_visit(node)
        if not node.orelse:
            return _nested(_conjuncts(node.test), node.body)
        before: list[ast.Assign] = []
        node.test = _hoisted(node.test, before)
        return [*before, node]

    def visit_While(self, node: ast.While) -> ast.AST:
        """`while (x := e) ...` as a loop that ends itself."""
        self.generic_visit(node)
        before: list[ast.Assign] = []
        test = _hoisted(node.test, before)
        if not before:
            return node
        stop = ast.If(ast.UnaryOp(ast.Not(), test), [ast.Break()], [])
        node.test, node.body = ast.Constant(True), [*before, stop, *node.body]
        return node

    def _lowered(self, node: Comprehension) -> ast.AST:
        """`for a in b if (x := e)` as `for a in b for x in [e] if x`."""
        self.generic_visit(node)
        made: list[ast.comprehension] = []
        for part in node.generators:
            made += _split(part)
        node.generators = made
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _lowered  # noqa: N815

    def _stand_in(self, name: str, arguments: Sequence[ast.expr]) -> ast.Call:
        self.used.add(name)
        return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def _template(node: ast.JoinedStr, arguments: list[ast.expr]) -> str:
    """The text of an f-string with `{}` for each value, which go to `arguments`."""
    text = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            text += str(part.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(part, ast.FormattedValue):
            arguments.append(part.value)
            spec = part.format_spec
            form = f":{_template(spec, arguments)}" if isinstance(spec, ast.JoinedStr) else ""
            kind = "" if part.conversion == -1 else f"!{chr(part.conversion)}"
            text += "{" + kind + form + "}"
    return text


def _either(node: ast.expr) -> list[ast.expr]:
    """The types of `A | B | C`."""
    if isinstance(node, ast.BinOp):
        return [*_either(node.left), *_either(node.right)]
    return [node]


def _hoisted(test: ast.expr, before: list[ast.Assign]) -> ast.expr:
    """The test without the assignment that is its first step, which goes to `before`."""
    if isinstance(test, ast.NamedExpr):
        target = ast.Name(test.target.id, ast.Store())
        before.append(ast.Assign([target], test.value, lineno=0))
        return ast.Name(test.target.id, ast.Load())
    if isinstance(test, ast.BoolOp):
        test.values[0] = _hoisted(test.values[0], before)
    elif isinstance(test, ast.Compare):
        test.left = _hoisted(test.left, before)
    elif isinstance(test, ast.UnaryOp):
        test.operand = _hoisted(test.operand, before)
    elif isinstance(test, ast.Call) and isinstance(test.func, ast.Attribute):
        test.func.value = _hoisted(test.func.value, before)
    return test


def _nested(tests: list[ast.expr], body: list[ast.stmt]) -> list[ast.stmt]:
    """`body` where all tests hold, each made after the ones before it."""
    before: list[ast.Assign] = []
    rests: list[ast.expr] = []
    for place, test in enumerate(tests):
        assigned: list[ast.Assign] = []
        rest = _hoisted(test, assigned)
        if assigned and rests:
            inner = [*assigned, *_nested([rest, *tests[place + 1 :]], body)]
            return [*before, ast.If(_all(rests), inner, [])]
        before, rests = [*before, *assigned], [*rests, rest]
    return [*before, ast.If(_all(rests), body, [])]


def _all(tests: list[ast.expr]) -> ast.expr:
    return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)


def _split(part: ast.comprehension) -> list[ast.comprehension]:
    """One `for` with its conditions as several, an assignment in a condition being a `for`."""
    made, now = [], ast.comprehension(part.target, part.iter, [], part.is_async)
    for condition in part.ifs:
        for test in _conjuncts(condition):
            before: list[ast.Assign] = []
            rest = _hoisted(test, before)
            for assigned in before:
                made.append(now)
                values = ast.List([assigned.value], ast.Load())
                now = ast.comprehension(assigned.targets[0], values, [], 0)
            now.ifs.append(rest)
    return [*made, now]


def _conjuncts(test: ast.expr) -> list[ast.expr]:
    """What has to hold for a condition to hold."""
    return test.values if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) else [test]
