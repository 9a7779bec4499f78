"""The page that takes a teacher from a label file to a ranked class ran as it is printed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Spgc
from tests.test_documents import ROOT, commands

PAGE = ROOT / "docs" / "start" / "class.md"
REFUSES = {"validate", "challenge score"}
"""Commands whose point is a file that is refused: exit code 1."""


def blocks() -> list[tuple[str, str]]:
    """Commands of each console block, and the output printed below it, if any."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.findall(r"```console\n(.*?)```\n+(?:```text\n(.*?)```)?", text, re.DOTALL)
    return [(block, printed) for block, printed in found]


def test_the_page_is_what_its_commands_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spgc: Spgc
) -> None:
    shutil.copytree(PAGE.with_suffix(""), tmp_path / "class")
    monkeypatch.chdir(tmp_path / "class")
    assert len(blocks()) == 6
    for block, printed in blocks():
        out = ""
        for words in commands(block):
            done = spgc(*words)
            refuses = " ".join(words[:2]) in REFUSES or words[0] in REFUSES
            assert done.code == int(refuses), done.err
            out += "\n".join(line.rstrip() for line in done.out.splitlines()) + "\n"
            if words[1] == "page":
                Path("digits/public/README.md").write_text(done.out)
        for part in printed.split("...\n"):
            assert part in out
    assert sorted(path.name for path in Path("boards").iterdir()) == [
        "board-public.csv",
        "board-public.html",
        "board.csv",
        "board.html",
    ]


def test_the_labels_of_the_page_are_those_of_the_folder() -> None:
    first = PAGE.read_text(encoding="utf-8").split("```text\n")[1].split("```")[0]
    assert (PAGE.with_suffix("") / "labels.csv").read_text().startswith(first)
