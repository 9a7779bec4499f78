"""Younger Python becomes older Python that means the same; what can't become so is refused."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from spgc.kits.older_python import OLDEST, STAND_INS, OlderPython
from spgc.kits.one_file import one_file, refuse_left
from spgc.kits.reached_code import Origin

PIECES = {
    "hoisted": "def f(x):\n    if (y := x + 1) > 2:\n        return y\n    return -y\n",
    "elif": "def f(x):\n    if x > 9:\n        return 0\n    elif (y := x * 2) > 4:\n"
    "        return y\n    return -1\n",
    "and": "def f(x):\n    if x > 1 and (y := x - 1) > 1:\n        return y\n    return 0\n",
    "both": "def f(x):\n    if (a := x) and (b := a - 1):\n        return a, b\n    return None\n",
    "while": "def f(x):\n    while (x := x - 1) > 0 and x != 2:\n        pass\n    return x\n",
    "comprehension": "def f(x):\n    return [y for a in range(x) if a % 2 if (y := a * a) > 3]\n",
    "and in one": "def f(x):\n    return {a: y for a in range(x) if a and (y := a - 1)}\n",
    "not": "def f(x):\n    if not (y := x > 2):\n        return y\n    return 'big'\n",
    "union": "def f(x):\n    return {'a': 1} | {str(i): i for i in range(x)}\n",
    "update": "def f(x):\n    d = {1: 2}\n    e = d\n    d |= {x: 3}\n    return d, e is d\n",
    "set update": "def f(x):\n    d = {1}\n    d |= {x}\n    return d\n",
    "zip": "def f(x):\n    return list(zip(range(x), range(x), strict=True))\n",
    "isinstance": "def f(x):\n    return isinstance(x, str | bytes | int)\n",
    "affixes": "def f(x):\n    text = f'ab{x}'.removeprefix('ab')\n"
    "    return text.removesuffix('1'), text.removesuffix('')\n",
    "text": "def f(x):\n    return f'{x:>4} {x!r} {{}} {\"a\" * x:.{x}} 100 %'\n",
    "plain text": "def f(x):\n    return f'{{x}}'\n",
}


def run(source: str) -> list[Any]:
    known: dict[str, Any] = {}
    exec(compile(source, "piece", "exec"), known)  # noqa: S102 - our own pieces
    return [known["f"](x) for x in range(6)]


@pytest.mark.parametrize("name", PIECES)
def test_a_piece_means_the_same(name: str) -> None:
    older = OlderPython()
    tree = ast.fix_missing_locations(older.visit(ast.parse(PIECES[name])))
    text = ast.unparse(tree)
    ast.parse(text, feature_version=OLDEST)
    refuse_left(ast.parse(text), Origin("piece", name))
    stand_ins = "".join(STAND_INS[one] for one in sorted(older.used))
    assert run(stand_ins + text) == run(PIECES[name])


def test_arguments_that_only_guard_or_save_memory_are_left_out() -> None:
    text = "@dataclass(frozen=True, slots=True)\nclass A:\n    b: int\n"
    assert ast.unparse(OlderPython().visit(ast.parse(text))).startswith("@dataclass(frozen=True)\n")


def test_what_can_not_be_said_is_refused() -> None:
    tree = OlderPython().visit(ast.parse("def f(x):\n    return g((y := x), y)\n"))
    with pytest.raises(LookupError, match="piece"):
        refuse_left(tree, Origin("piece", "f"))


SOURCES = {
    "spgc.one": "import re\nfrom spgc.two import help_with as aid\n\n_NAME = re.compile('a')\n\n\n"
    "def main(text):\n    re_ = aid(text)\n    return _NAME.sub('b', re_)\n",
    "spgc.two": "_NAME = 'x'\nUNUSED = 1\n\n\ndef help_with(text, _NAMES=_NAME):\n"
    "    return text + _NAME + Thing().kept()\n\n\nclass Thing:\n    def kept(self):\n"
    "        return '1'\n\n    def left_out(self):\n        return UNUSED\n",
}


def test_only_what_is_needed_stands_in_the_file_under_names_of_its_own() -> None:
    text = one_file([Origin("spgc.one", "main")], SOURCES, '"""One."""', "")
    known: dict[str, Any] = {}
    exec(compile(text, "one", "exec"), known)  # noqa: S102 - our own pieces
    assert known["main"]("a") == "bx1"
    assert known["_NAME_in_two"] == "x"
    assert "left_out" not in text
    assert "UNUSED" not in text


def test_a_name_that_is_nowhere_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"spgc\.one has no other"):
        one_file([Origin("spgc.one", "other")], SOURCES)
