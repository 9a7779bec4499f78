"""No option, table heading or JSON key is called by a word that the glossary lacks.

Words that everybody or the field knows are in `plain_words.txt`. A new word: is there a plainer
one? Does it need an entry in docs/glossary.md? Else add it there.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.test_documents import ROOT_COMMAND

ROOT = Path(__file__).parents[1]
PLAIN = ROOT / "tests" / "plain_words.txt"

DOCUMENTS = re.compile(r"(as_dict|document|facts|record|_row|as_json)$")
"""Functions whose dictionaries are parts of JSON documents."""

HEADINGS = re.compile(r"(COLUMNS|HEADS)$")
"""Constants that hold the headings of tables."""


def texts(node: ast.AST | None) -> Iterator[str]:
    """Every string in a tree, but for parts of longer texts."""
    for one in ast.walk(node) if node is not None else ():
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def headings(tree: ast.Module) -> Iterator[str]:
    """Headings of tables: arguments of `add_column`, loops over them, and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("add_column"):
            yield from (text for argument in node.args[:1] for text in texts(argument))
        elif isinstance(node, ast.For) and "add_column(" in ast.unparse(node):
            yield from texts(node.iter)
        elif isinstance(node, ast.Assign) and HEADINGS.search(ast.unparse(node.targets[0])):
            yield from (text for text in texts(node.value) if len(text) < 40)


def keys(tree: ast.Module) -> Iterator[str]:
    """Keys of JSON documents, where they are written as a dictionary."""
    for node in ast.walk(tree):
        made = isinstance(node, ast.FunctionDef) and DOCUMENTS.search(node.name)
        shown = isinstance(node, ast.Call) and ast.unparse(node.func).endswith("show_json")
        if made or shown:
            for one in ast.walk(node):
                if isinstance(one, ast.Dict):
                    for key in one.keys:
                        yield from texts(key)


def options(command: Any) -> Iterator[str]:
    """Names of a command, of its options, and of those below it."""
    yield command.name or ""
    for one in command.params:
        yield from (name for name in (*one.opts, *one.secondary_opts) if name.startswith("--"))
    for below in getattr(command, "commands", {}).values():
        yield from options(below)


@cache
def names() -> frozenset[str]:
    """Every name that a user meets."""
    found = set(options(ROOT_COMMAND))
    for path in sorted((ROOT / "spgc").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {*headings(tree), *keys(tree)}
    return frozenset(found)


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]{2,}", text.lower()))


def known() -> set[str]:
    """Words of the glossary's terms and the plain ones."""
    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^(?![:\s])(.+)\n  \S", glossary.split(":::{glossary}")[1], re.MULTILINE)
    return words(" ".join(terms)) | set(PLAIN.read_text(encoding="utf-8").split())


def unknown(text: str) -> set[str]:
    """Words of a name that are neither known nor the plural of a known one."""
    there = known()
    return {word for word in words(text) if not {word, word.removesuffix("s")} & there}


def test_every_name_is_of_known_words() -> None:
    assert sorted(unknown(" ".join(names()))) == []


def test_many_names_are_looked_at() -> None:
    assert {"--truth", "Sens %", "harmless_share", "Holm p", "wrong"} <= names()
    assert len(names()) > 500


def test_plain_words_are_sorted_and_needed() -> None:
    listed = PLAIN.read_text(encoding="utf-8").split()
    assert listed == sorted(set(listed))
    used = words(" ".join(names()))
    assert [word for word in listed if not {word, f"{word}s"} & used] == []


def test_a_coined_word_would_be_found() -> None:
    tree = ast.parse("def as_dict():\n    return {'borne': 1}\ntable.add_column('Whilom')")
    assert unknown(" ".join([*keys(tree), *headings(tree)])) == {"borne", "whilom"}
