"""The package is a house of rooms on floors: a room imports only from rooms on lower floors."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from spgc.contract.offers import BUILT_IN
from tests.import_graph import (
    PACKAGE,
    ROOT,
    Import,
    circles,
    imports,
    module_name,
    ours,
    reached_from,
    room,
    trees,
)

FLOORS = (
    {"text", "version"},
    {"errors"},
    {"files"},
    {"challenge"},
    {"protocol", "jobs"},
    {"contract", "ct"},
    {"data"},
    {"model", "classifiers", "phantoms", "submissions"},
    {"nets", "scoring", "disclosure"},
    {"explain", "board"},
    {"systems", "organising"},
    {"runs", "kits"},
    {"report"},
    {"paper", "gate", "bench", "serving"},
    {"api"},
    {"cli"},
    {"__main__"},
)
"""From the ground up. `spgc` itself, which lists the public names, stands outside."""

FLOOR = {name: number for number, floor in enumerate(FLOORS) for name in floor}

KNOW_NO_SYSTEM = {"nets", "classifiers", "ct", "data", "submissions", "scoring", "disclosure"}
KNOW_THE_REGISTRY = {"cli", "gate", "bench", "runs", "report"}
SCORING = {"scoring", "submissions", "board", "disclosure"}

NAMED_ALIKE = {"__init__.py", "system.py"}
"""Files that are called alike: what a folder is, and each system's class like its protocol."""

LONGEST_COMMAND = 40
"""Lines of a command's body: it parses, calls one thing and shows the result."""


def systems() -> set[str]:
    """`spgc.systems.density` and the others: folders whose class is an entry point."""
    return {value.partition(":")[0].rpartition(".")[0] for value in BUILT_IN.values()}


def told(found: Iterator[Import]) -> list[str]:
    return sorted({str(one) for one in found})


def system_of(module: str) -> str | None:
    """The system whose folder the module lies in."""
    name = ".".join(module.split(".")[:3])
    return name if name in systems() else None


def test_every_room_has_a_floor() -> None:
    assert {room(name) for name in trees() if name != "spgc"} == set(FLOOR)


def test_the_document_shows_this_plan() -> None:
    text = (ROOT / "docs" / "code.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", text, re.MULTILINE)
    shown = [
        (int(number), name.removesuffix(".py"))
        for number, cell in rows
        for name in re.findall(r"`([\w.]+)/?`", cell)
    ]
    assert {name: number for number, name in shown} | {"__main__": len(FLOORS) - 1} == FLOOR


def test_the_graph_sees_lazy_and_type_only_imports() -> None:
    """Else the tests below would hold of what they do not look at."""
    known = {(one.source, one.target) for one in imports()}
    assert ("spgc.classifiers.svm", "sklearn.svm") in known  # inside a function
    assert ("spgc", "spgc.api.scores") in known  # under TYPE_CHECKING
    assert len(trees()) == len(list(PACKAGE.rglob("*.py"))) > 200


def test_a_room_imports_only_from_lower_floors() -> None:
    found = (
        one
        for one in ours()
        if one.source != "spgc"
        and room(one.target) != room(one.source)
        and FLOOR.get(room(one.target), len(FLOORS)) >= FLOOR[room(one.source)]
    )
    assert told(found) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles() == []


@pytest.mark.parametrize("name", sorted(KNOW_NO_SYSTEM))
def test_what_systems_are_made_of_knows_none(name: str) -> None:
    assert told(o for o in ours() if room(o.source) == name and room(o.target) == "systems") == []


def test_every_folder_beside_the_conformance_suite_is_a_system() -> None:
    folders = {path.parent.name for path in (PACKAGE / "systems").glob("*/__init__.py")}
    assert {f"spgc.systems.{name}" for name in folders - {"conformance"}} == systems()


def test_a_system_imports_no_other() -> None:
    assert len(systems()) >= 2
    found = (
        one
        for one in ours()
        if (system := system_of(one.source)) and system_of(one.target) not in (None, system)
    )
    assert told(found) == []


@pytest.mark.parametrize("name", sorted(KNOW_THE_REGISTRY))
def test_systems_are_known_by_the_registry_alone(name: str) -> None:
    assert told(o for o in ours() if room(o.source) == name and system_of(o.target)) == []


def test_only_the_papers_room_names_its_system() -> None:
    """Beside the system itself, and the entry points of a tree that was never installed."""
    naming = {
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and "systems.cnr_iemn" in str(node.value)
    } | {one.source for one in ours() if system_of(one.target) == "spgc.systems.cnr_iemn"}
    own = "spgc.systems.cnr_iemn"
    others = {n for n in naming if n != own and not n.startswith((f"{own}.", "spgc.paper."))}
    assert others == {"spgc.contract.offers"}


def using(packages: set[str], below: str) -> Iterator[Import]:
    """Imports of other people's packages on the floors below a room."""
    return (
        one
        for one in imports()
        if one.target.split(".")[0] in packages
        and FLOOR.get(room(one.source), 0) < FLOOR[below]
        and one.source != "spgc"
    )


def test_nothing_below_the_networks_needs_torch() -> None:
    assert told(using({"torch", "torchvision"}, below="nets")) == []


def test_nothing_below_the_report_draws() -> None:
    assert told(using({"matplotlib", "rich"}, below="report")) == []


def test_scoring_needs_neither_torch_nor_pydicom() -> None:
    """Nor does any module that it imports, lazily or not."""
    start = {name for name in trees() if room(name) in SCORING}
    reached = reached_from(start)
    assert {"spgc.scoring.score", "spgc.data.manifests"} <= reached
    heavy = {"torch", "torchvision", "pydicom"}
    found = (o for o in imports() if o.source in reached and o.target.split(".")[0] in heavy)
    assert told(found) == []


@pytest.mark.parametrize("name", sorted(SCORING))
def test_scoring_loads_neither_torch_nor_pydicom(name: str) -> None:
    """In a process of its own, which imports every module of the room."""
    modules = [module for module in trees() if room(module) == name]
    assert len(modules) > 5
    code = f"import sys, {', '.join(modules)}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert set(modules) <= loaded
    assert loaded.isdisjoint({"torch", "torchvision", "pydicom", "matplotlib", "rich", "typer"})


ENDING = ("print", "exit", "quit", "sys.exit", "SystemExit")
WRITING = ("typer.", "sys.stdout.write", "sys.stderr.write")


def test_only_the_command_line_prints_and_exits() -> None:
    found = [
        f"{name}:{node.lineno} {said}"
        for name, tree in trees().items()
        if room(name) not in ("cli", "__main__")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (said := ast.unparse(node.func))
        and (said in ENDING or said.startswith(WRITING) or said.endswith("console.print"))
    ]
    assert found == []
    assert not [str(o) for o in imports() if o.target == "typer" and room(o.source) != "cli"]


def names_in(tree: ast.Module) -> set[str]:
    """What a module defines or imports, wherever it does: enough to be imported from it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name)
    return found


@pytest.mark.parametrize("path", sorted((ROOT / "benchmarks").glob("*.py")), ids=lambda p: p.stem)
def test_what_benchmarks_import_is_there(path: Path) -> None:
    """They run for minutes, so no test runs them; what moves would break them unseen."""
    asked = [
        (node.module or "", alias.name)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "spgc"
        for alias in node.names
    ]
    for module, name in asked:
        assert f"{module}.{name}" in trees() or name in names_in(trees()[module]), (module, name)


def test_few_modules_stand_outside_the_rooms() -> None:
    assert len(list(PACKAGE.glob("*.py"))) <= 5


def in_a_system(module: str) -> bool:
    """Whether it lies in the folder of one system: these folders are laid out alike."""
    return system_of(module) in systems()


def repeated(names: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Of pairs of name and module: names that several modules have, not only systems' folders."""
    found: dict[str, set[str]] = {}
    for name, module in names:
        found.setdefault(name, set()).add(module)
    return {
        name: sorted(modules)
        for name, modules in found.items()
        if len(modules) > 1 and not all(map(in_a_system, modules))
    }


def test_no_file_name_is_used_twice() -> None:
    """A name in a traceback or a search is that of one room's file."""
    files = ((path.name, module_name(path)) for path in PACKAGE.rglob("*.py"))
    assert repeated(one for one in files if one[0] not in NAMED_ALIKE) == {}


def types_of(tree: ast.Module) -> Iterator[str]:
    """Public classes and named types that a module defines, type variables left out."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name, value = node.targets[0].id, ast.unparse(node.value)
            if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name) and not value.startswith("TypeVar("):
                yield name


def test_no_type_name_is_used_twice() -> None:
    defined = [(name, module) for module, tree in trees().items() for name in types_of(tree)]
    assert {"Answers", "Spacing", "Mask"} <= {name for name, _ in defined}
    assert repeated(one for one in defined if not one[0].startswith("_")) == {}


def test_imports_inside_commands_say_why() -> None:
    """A command is loaded when it is asked for, so its imports stand at the top of its file."""
    silent = []
    for path in sorted((PACKAGE / "cli").glob("*.py")):
        text = path.read_text("utf-8")
        lines = text.splitlines()
        for line in first_imports_inside(ast.parse(text)):
            if "#" not in lines[line - 2] + lines[line - 1]:
                silent.append(f"{path.name}:{line}")
    assert silent == []


def first_imports_inside(tree: ast.Module) -> Iterator[int]:
    """Lines of imports within functions; of those in a row, the first."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for body in (getattr(node, "body", None) for node in ast.walk(function)):
                before: ast.stmt | None = None
                for node in body if isinstance(body, list) else ():
                    kinds = ast.Import | ast.ImportFrom
                    if isinstance(node, kinds) and not isinstance(before, kinds):
                        yield node.lineno
                    before = node


def test_files_are_read_not_mapped() -> None:
    """A mapped file that is cut, or lies on a failing disk, ends the process without an error."""
    words = re.compile(r"\b(safe_open|load_file|mmap|memmap|open_memmap)\b")
    found = {path.name for path in PACKAGE.rglob("*.py") if words.search(path.read_text("utf-8"))}
    assert found == {"npy_volume.py"}  # for shape and type alone


def test_the_papers_system_is_small() -> None:
    """What is not its own stands in nets, classifiers and model."""
    files = list((PACKAGE / "systems" / "cnr_iemn").rglob("*.py"))
    assert 0 < len(files) <= 12
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) <= 1500


def commands() -> dict[str, ast.FunctionDef]:
    """Functions that typer runs, by their decorator, their options or their module's name."""
    return {
        f"{name}.{node.name}": node
        for name, tree in trees().items()
        if room(name) == "cli"
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and (
            f"{node.name}_command" == name.rpartition(".")[2]
            or any(".command" in ast.unparse(d) for d in node.decorator_list)
            or "typer." in ast.unparse(node.args)
        )
    }


def test_commands_are_short() -> None:
    assert {"spgc.cli.train_command.train", "spgc.cli.data_command.check"} <= set(commands())
    lengths = {}
    for name, node in commands().items():
        body = node.body[1:] if ast.get_docstring(node) else node.body
        lengths[name] = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_COMMAND} == {}


def test_every_module_says_what_it_is_in_a_sentence() -> None:
    """Folders too: their `__init__` says what the room is for."""
    first = {n: (ast.get_docstring(t) or "").partition("\n")[0] for n, t in trees().items()}
    found = {n: line for n, line in first.items() if not line.endswith((".", "?"))}
    assert found == {}
    assert [name for name, line in first.items() if len(line.split()) < 3] == []
