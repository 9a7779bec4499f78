"""What imports what in `spgc`, read from its source: lazy and type-only imports included."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "spgc"


@dataclass(frozen=True)
class Import:
    """Module `source` imports `target` in line `line`; `target` is a module wherever it is ours."""

    source: str
    target: str
    line: int

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}"


def module_name(path: Path) -> str:
    """`spgc.ct.store` for its file, `spgc.ct` for the `__init__` of the folder."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def trees() -> Mapping[str, ast.Module]:
    """Every module of the package by name, parsed."""
    files = sorted(PACKAGE.rglob("*.py"))
    return {module_name(path): ast.parse(path.read_text(encoding="utf-8")) for path in files}


@cache
def imports() -> tuple[Import, ...]:
    """Every import statement of the package, wherever it stands, once for each name."""
    return tuple(
        Import(name, target, line)
        for name, tree in trees().items()
        for node in ast.walk(tree)
        for target, line in _targets(name, node)
    )


def _targets(module: str, node: ast.AST) -> Iterator[tuple[str, int]]:
    if isinstance(node, ast.Import):
        yield from ((alias.name, node.lineno) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert not node.level, f"{module}:{node.lineno} imports by a relative name"
        base = node.module or ""
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            yield (inner if inner in trees() else base), node.lineno


def ours() -> list[Import]:
    """Those of the package's own modules."""
    return [one for one in imports() if one.target.split(".")[0] == "spgc"]


def room(module: str) -> str:
    """`ct` for all of `spgc.ct`, `errors` for `spgc.errors`, and nothing for `spgc` itself."""
    return module.partition(".")[2].partition(".")[0]


@cache
def edges() -> Mapping[str, frozenset[str]]:
    """By module: those of the package that it imports."""
    found: dict[str, set[str]] = {name: set() for name in trees()}
    for one in ours():
        found[one.source] |= {one.target} - {one.source}
    return {name: frozenset(targets) for name, targets in found.items()}


def reached_from(start: Iterable[str]) -> set[str]:
    """Modules that those of `start` import, directly or by way of others, and those of `start`."""
    seen = set(start)
    left = list(seen)
    while left:
        new = edges()[left.pop()] - seen
        seen |= new
        left += new
    return seen


def circles() -> list[list[str]]:
    """Groups of modules that all reach each other by their imports, each as large as it goes."""
    reach = {name: reached_from([name]) for name in edges()}
    groups = {
        frozenset(other for other in reached if name in reach[other])
        for name, reached in reach.items()
    }
    return [sorted(group) for group in groups if len(group) > 1]
