"""What users read is written in the field's words: none of the phrases below, and a glossary."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

BANNED = {
    r"what was called what": "confusion matrix (rows: true class)",
    r"\b4 times in 5\b": "needed for 80 % power",
    r"\bwould settle\b|\bsettle it\b": "needed for 80 % power",
    r"\bcannot be told\b|\bcan't be told\b": "undetermined; not significantly different",
    r"\btold apart\b": "different; significantly different",
    r"\bcommonest class\b": "majority-class baseline",
    r"\b(?:have|has|had|with a|with) holes?\b": "missing cases, incomplete",
    r"\bevery hole\b": "everything missing",
    r"\bsay once where\b": "set the paths once",
    r"\bon a straight line\b": "linear",
    r"\bwhat (?:the )?(?:\w+ )*(?:ranks|boards?) can tell\b": "rank uncertainty",
    r"\bgoes by\b": "uses, feature importance",
    r"\bby heart\b": "was fitted on",
    r"\bfor want of\b": "without",
    r"\b(?:slices|seconds|images|rows|ms|bytes|MB|GFLOP) an? "
    r"(?:slice|second|scan|patient|case|bin)\b": "per",
    r"\bone (?:row|name|image|file|line) an? (?:row|patient|case|file|scan|split)\b": "per",
    r"\bwhat training has come to\b": "training metrics",
    r"\bhow a network bore\b": "result of quantising",
    r"\bnamed as well as searched for\b": "give either --slice or --worst, not both",
    r"\bput right\b": "corrected, repaired",
    r"\bwins over all\b": "is used instead of",
    r"\bcalled so\b": "despite its name",
    r"\bthe same command goes on\b": "the same command resumes",
    r"\byardsticks?\b": "reference operation",
    r"\bslip of the pen\b": "typo",
    r"\bwhose answers\b": "whose predictions",
    r"\bpublished answers\b": "published predictions",
    r"\bright answers\b": "accuracy, correct predictions",
    r"\bwrong answers\b": "wrong predictions",
}
"""Phrases that are correct English and not the field's, each with what to write."""


def documents() -> list[Path]:
    """The pages of the site, and those of the repository beside it."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "docs").rglob("*.ipynb")]
    pages += [*(ROOT / "leaderboard").glob("*.md"), *(ROOT / "data_manifests").glob("*.md")]
    return sorted(path for path in pages if path.name != "CHANGELOG.md")


def printed() -> list[Path]:
    """Modules and templates whose texts the package prints or writes."""
    package = ROOT / "spgc"
    return sorted([*package.rglob("*.py"), *package.rglob("*.j2")])


def texts(path: Path) -> Iterator[str]:
    """What a reader of `path` sees: prose, cells, or the strings that a module prints."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        yield from ("".join(cell["source"]) for cell in json.loads(source)["cells"])
    elif path.suffix == ".py":
        yield from strings(ast.parse(source), help_too=path.parent.name == "cli")
    else:
        yield source


def strings(tree: ast.Module, *, help_too: bool) -> Iterator[str]:
    """Strings of a module; docstrings only of commands, which `--help` shows."""
    silent = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(node.value)
        if help_too and isinstance(node, ast.FunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and "[bold]Examples" in ast.unparse(first):
                silent.discard(first.value)  # type: ignore[arg-type]
                yield ast.literal_eval(first.value)
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(v.value if isinstance(v, ast.Constant) else "…" for v in node.values)
            silent.update(v for v in ast.walk(node) if isinstance(v, ast.Constant))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent:
            yield node.value


def found(path: Path) -> list[str]:
    """Each banned phrase in `path`, with what to write."""
    whole = [re.sub(r"\s+", " ", text) for text in texts(path)]
    return [
        f"{match.group(0)!r}: write {instead}"
        for pattern, instead in BANNED.items()
        for text in whole
        for match in re.finditer(pattern, text, re.IGNORECASE)
    ]


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_use_the_words_of_the_field(path: Path) -> None:
    assert found(path) == []


def test_the_program_prints_the_words_of_the_field() -> None:
    wrong = {str(path.relative_to(ROOT)): found(path) for path in printed()}
    assert {name: phrases for name, phrases in wrong.items() if phrases} == {}


def test_the_glossary_is_sorted_and_explains_each_word_once() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    body = text[text.index(":::{glossary}") :]
    terms = re.findall(r"^(?![:\s])(.+)\n  \S", body, re.MULTILINE)
    assert len(terms) > 70
    plain = [term.lower().replace("-", " ") for term in terms]
    assert plain == sorted(plain)
    assert len(set(plain)) == len(plain)
    linked = set(re.findall(r"\{term\}`([^`]+)`", text))
    assert linked <= {one for term in terms for one in term.split(", ")} | set(terms)


def test_a_foreign_phrase_would_be_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("About 3 MB\na slice; the rest is put right.", encoding="utf-8")
    assert [line.split(":")[0] for line in found(page)] == ["'MB a slice'", "'put right'"]
    module = tmp_path / "module.py"
    module.write_text('"""Told apart."""\nX = f"{1} told apart"\n', encoding="utf-8")
    assert found(module) == ["'told apart': write different; significantly different"]
