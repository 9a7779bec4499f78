"""A single Python file of definitions of spgc: only those that are needed, for Python 3.7 on."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from spgc.kits.free_names import FreeNames, attributes_in, bound
from spgc.kits.older_python import NEEDED, OLDEST, STAND_INS, OlderPython
from spgc.kits.reached_code import (
    ModuleNames,
    Origin,
    ReachedCode,
    Reaching,
    SourceTexts,
    method_name,
)


def one_file(roots: Sequence[Origin], sources: SourceTexts, head: str = "", tail: str = "") -> str:
    """The text of a file that holds `roots` and all that they need.

    sources: texts that stand in the place of a module's own; head: docstring and comments; tail:
    statements at the end, which may use `sys`. Raises LookupError for code that can't be put into
    one file, SyntaxError for a file that the oldest Python can't read.
    """
    code = Reaching(sources).follow(roots, attributes_in(ast.parse(tail)))
    called = _final_names(code, tail)
    older = OlderPython()
    parts = [_written(origin, code, called, older) for origin in _once(code)]
    imports = _imports(code)
    if (young := "from functools import cached_property") in imports:
        imports.remove(young)
        older.used.add("cached_property")
    stand_ins = [STAND_INS[name].strip() for name in sorted(older.used)]
    imports |= {"import sys"} | {NEEDED[name] for name in older.used & NEEDED.keys()}
    future = "from __future__ import annotations\n"
    blocks = [head.rstrip(), future, "\n".join(sorted(imports)), *stand_ins, *parts, tail.strip()]
    text = "\n\n".join(blocks)
    ast.parse(text, feature_version=OLDEST)
    return text + "\n"


def _once(code: ReachedCode) -> Iterator[Origin]:
    """The definitions in order, a statement that defines several names but once."""
    seen: set[int] = set()
    for origin in code.names():
        node = code.modules[origin.module].own[origin.name]
        if id(node) not in seen:
            seen.add(id(node))
            yield origin


def _final_names(code: ReachedCode, tail: str) -> dict[Origin, str]:
    """What each definition is called: as before, with its module where that means something else.

    Names mean something else in other modules, in imports of the library, and at the end of the
    file, which may bind names of its own.
    """
    taken = Counter(one.name for one in code.reached)
    taken.update({name for known in code.modules.values() for name in known.library})
    taken.update(_bound_at_the_end(ast.parse(tail).body))
    names = {
        one: one.name if taken[one.name] == 1 else f"{one.name}_in_{one.module.rpartition('.')[2]}"
        for one in code.reached
    }
    if len(set(names.values())) < len(names):
        raise LookupError("two definitions of one name in modules of one name")
    return names


def _bound_at_the_end(body: list[ast.stmt]) -> Iterator[str]:
    """Names of the tail, which may import what a platform has."""
    imports = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    yield from (one.asname or one.name for node in imports for one in node.names)
    yield from bound([node for node in body if node not in imports])


def _written(
    origin: Origin, code: ReachedCode, called: dict[Origin, str], older: OlderPython
) -> str:
    known = code.modules[origin.module]
    node = known.own[origin.name]
    if isinstance(node, ast.ClassDef):
        node.body = [
            member
            for member in node.body
            if (name := method_name(member)) is None or name in code.attributes
        ]

    def renamed(name: str) -> str:
        return _called(name, known, code, called)

    lowered = older.visit(FreeNames(renamed).visit(node))
    text = ast.unparse(ast.fix_missing_locations(lowered))
    refuse_left(ast.parse(text), origin)
    return text


def _called(name: str, known: ModuleNames, code: ReachedCode, called: dict[Origin, str]) -> str:
    origin = Origin(known.module, name)
    while origin.name in code.modules.get(origin.module, known).ours:
        origin = code.modules[origin.module].ours[origin.name]
    return called.get(origin, name)


def refuse_left(tree: ast.AST, origin: Origin) -> None:
    """Raise LookupError for what was not rewritten."""
    for node in ast.walk(tree):
        if isinstance(node, ast.NamedExpr | ast.Match | ast.JoinedStr):
            raise LookupError(f"{origin.module}.{origin.name}: {ast.unparse(node)[:80]}")


def _imports(code: ReachedCode) -> set[str]:
    """Imports of the library that what is reached uses. Raises LookupError where two disagree."""
    made: dict[str, str] = {}
    for origin in code.reached:
        known = code.modules[origin.module]
        for name in FreeNames.of(known.own[origin.name]):
            said = known.library.get(name)
            if said and made.setdefault(name, said) != said:
                raise LookupError(f"{name} is both {said} and {made[name]}")
    return set(made.values())
