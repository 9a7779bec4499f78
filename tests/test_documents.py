"""Every command in the documents and in worked examples can be given as it is printed there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spgc.cli.app import app
from spgc.cli.lazy_commands import whole_group

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "start").glob("*.md")),
    *sorted((ROOT / "docs" / "systems").glob("*.md")),
    ROOT / "leaderboard" / "README.md",
    ROOT / "data_manifests" / "README.md",
]
ROOT_COMMAND = whole_group(app)
COMMAND = re.compile(r"(?:^|\$ |`|^ +)(spgc [a-z][^`\n]*)", re.MULTILINE)


def commands(text: str) -> Iterator[list[str]]:
    """The words of each command in `text`, up to a comment, a pipe or an end."""
    for line in COMMAND.findall(text):
        plain = re.split(r"\s+#|[|>&;\\]|\.\.\.", line)[0]
        if plain.count('"') % 2 == 0 and plain.count("'") % 2 == 0:
            yield shlex.split(plain)[1:]


def wrong(words: list[str]) -> str | None:
    """What `words` say that no command knows: a command or an option."""
    command: Any = ROOT_COMMAND
    words = list(words)
    while words and hasattr(command, "commands") and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    if hasattr(command, "commands") and words and re.fullmatch("[a-z]+", words[0]):
        return words[0]
    context = command.make_context("", words.copy(), resilient_parsing=True)
    params = command.get_params(context)
    known = {name for one in params for name in (*one.opts, *one.secondary_opts)}
    named = [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return next((name for name in named if name not in known | {"--help", "--version"}), None)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_of_a_document_exist(path: Path) -> None:
    found = {" ".join(words): wrong(words) for words in commands(path.read_text(encoding="utf-8"))}
    assert {text: what for text, what in found.items() if what} == {}


def test_worked_examples_of_the_help_exist() -> None:
    examples = [words for text in helps(ROOT_COMMAND) for words in commands(text)]
    assert len(examples) > 60
    assert {" ".join(words): what for words in examples if (what := wrong(words))} == {}


def helps(command: Any) -> Iterator[str]:
    """The help texts of a command and of those below it."""
    yield command.help or ""
    for below in getattr(command, "commands", {}).values():
        yield from helps(below)


def test_a_wrong_command_would_be_found() -> None:
    assert wrong(["phantom", "phantoms", "--small"]) == "--small"
    assert wrong(["scores", "a.csv"]) == "scores"
    assert wrong(["leaderboard", "audit", "board.csv", "--cases", "35,20,35"]) is None
    assert list(commands("see `spgc score FILE --json | less`")) == [["score", "FILE", "--json"]]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_images_of_a_document_are_there(path: Path) -> None:
    """Files only: headings are checked when the site is built."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)", text)
    dead = [one for one in links if "://" not in one and not (path.parent / one).exists()]
    assert dead == []
