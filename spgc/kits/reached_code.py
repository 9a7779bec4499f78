"""Which definitions a piece of spgc needs, over all modules: what a single file has to hold."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from spgc.kits.free_names import FreeNames, attributes_in

OURS = "spgc"

SourceTexts = Mapping[str, str]
"""Source texts that stand in the place of a module's own."""


@dataclass(frozen=True)
class Origin:
    """Where a name comes from: a definition in a module of spgc."""

    module: str
    name: str


@dataclass
class ModuleNames:
    """What the names at the top of a module are: own statements, those of other modules, or
    imports of the standard library, as statements."""

    module: str
    own: dict[str, ast.stmt] = field(default_factory=dict)
    ours: dict[str, Origin] = field(default_factory=dict)
    library: dict[str, str] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)


@dataclass
class ReachedCode:
    """Definitions by origin, class members included that nothing rules out."""

    modules: dict[str, ModuleNames]
    reached: set[Origin]
    attributes: set[str]

    def names(self) -> Iterator[Origin]:
        """All definitions, those that others need while they are made first."""
        seen: set[str] = set()
        for module in sorted({one.module for one in self.reached}):
            yield from self._of_module(module, seen)

    def _of_module(self, module: str, seen: set[str]) -> Iterator[Origin]:
        if module in seen:
            return
        seen.add(module)
        known = self.modules[module]
        for origin in known.ours.values():
            if origin.module in self.modules:
                yield from self._of_module(origin.module, seen)
        yield from (o for name in known.order if (o := Origin(module, name)) in self.reached)


class Reaching:
    """Follows names from definition to definition."""

    def __init__(self, sources: SourceTexts) -> None:
        self._sources = sources
        self._code = ReachedCode({}, set(), set())
        self._waiting: dict[str, list[tuple[str, ast.stmt]]] = {}

    def follow(self, roots: Iterable[Origin], used: Iterable[str]) -> ReachedCode:
        """Everything that `roots` need; `used` are methods that are called from outside.

        Raises LookupError for a name that is nowhere.
        """
        self._code.attributes.update(used)
        for root in roots:
            self._reach(root)
        return self._code

    def _names(self, module: str) -> ModuleNames:
        if module not in self._code.modules:
            self._code.modules[module] = names_of(module, self._sources)
        return self._code.modules[module]

    def _reach(self, origin: Origin) -> None:
        if origin in self._code.reached:
            return
        known = self._names(origin.module)
        if origin.name in known.ours:
            self._reach(known.ours[origin.name])
            return
        if origin.name not in known.own:
            raise LookupError(f"{origin.module} has no {origin.name}")
        self._code.reached.add(origin)
        node = known.own[origin.name]
        if isinstance(node, ast.ClassDef):
            for part in (*node.decorator_list, *node.bases):
                self._look(origin.module, part)
            for member in node.body:
                self._member(origin.module, member)
        else:
            self._look(origin.module, node)

    def _member(self, module: str, member: ast.stmt) -> None:
        """A part of a class: a method waits until something has its name."""
        name = method_name(member)
        if name is None or name in self._code.attributes:
            self._look(module, member)
        else:
            self._waiting.setdefault(name, []).append((module, member))

    def _look(self, module: str, node: ast.AST) -> None:
        known = self._names(module)
        for name in FreeNames.of(node):
            if name in known.ours:
                self._reach(known.ours[name])
            elif name in known.own:
                self._reach(Origin(module, name))
        for attribute in attributes_in(node):
            if attribute not in self._code.attributes:
                self._code.attributes.add(attribute)
                for waiting in self._waiting.pop(attribute, []):
                    self._look(*waiting)


def method_name(member: ast.stmt) -> str | None:
    """The name of a method that may be left out; None for all else that a class has."""
    if not isinstance(member, ast.FunctionDef):
        return None
    special = member.name.startswith("__") and member.name.endswith("__")
    return None if special else member.name


def names_of(module: str, sources: SourceTexts) -> ModuleNames:
    """The names at the top of a module. Raises LookupError for statements of another kind."""
    found = ModuleNames(module)
    for node in ast.parse(source_of(module, sources)).body:
        if isinstance(node, ast.ImportFrom | ast.Import):
            _imported(node, found)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            _add(found, node.name, node)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)):
                _add(found, name, node)
        elif not isinstance(node, ast.Expr | ast.If):  # docstrings, and imports for types alone
            raise LookupError(f"{module}, line {node.lineno}: no definition")
    return found


def _add(found: ModuleNames, name: str, node: ast.stmt) -> None:
    found.own[name] = node
    found.order.append(name)


def _imported(node: ast.ImportFrom | ast.Import, found: ModuleNames) -> None:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS):
            found.ours[name] = Origin(node.module or "", alias.name)
        else:
            said = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
            start = f"from {node.module} " if isinstance(node, ast.ImportFrom) else ""
            found.library[name] = start + said


def source_of(module: str, sources: SourceTexts) -> str:
    """The source of a module of spgc."""
    if module in sources:
        return sources[module]
    spec = importlib.util.find_spec(module)
    read: Callable[[str], str | None] | None = getattr(spec and spec.loader, "get_source", None)
    text = read(module) if read else None
    if text is None:
        raise LookupError(f"no source of {module}")
    return text
