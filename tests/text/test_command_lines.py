"""A command for people to copy means the same words to the shell that takes it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spgc.text.command_lines import command_line

WORDS = [
    ["spgc", "score", "my answers.csv"],
    ["it's", 'a "quote"', "$HOME", "`date`", "a;b", "*", "~", "", "back\\slash", "new\nline"],
    ["-x", "--out=a b", "ünïcödé", "#no comment", "!history", "(a)", "a&b", "a|b", ">b"],
]


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0])
def test_a_shell_gives_the_words_back(words: list[str]) -> None:
    """A real shell runs the line; a Python at its other end says which words came."""
    code = "import sys; sys.stdout.write('\\0'.join(sys.argv[1:]))"
    line = command_line(sys.executable, "-c", code, *words)
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=True)
    assert done.stdout.split("\0") == words


def test_paths_and_numbers_are_words_too() -> None:
    assert command_line("spgc", Path("a b"), 3) == "spgc 'a b' 3"
    assert command_line("spgc", "score", "a.csv") == "spgc score a.csv"


@pytest.mark.parametrize(
    ("word", "quoted"),
    [
        ("a.csv", "a.csv"),
        ("my answers", '"my answers"'),
        ('say "hi"', r'"say \"hi\""'),
        ("", '""'),
        ("C:\\my data\\", '"C:\\my data\\\\"'),
        ("it's", "it's"),
    ],
)
def test_windows_words_follow_the_rules_of_its_c_runtime(
    word: str, quoted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Microsoft, "Parsing C command-line arguments": backslashes count before a quote alone."""
    monkeypatch.setattr("spgc.text.command_lines.os.name", "nt")
    line = command_line("spgc", word)
    monkeypatch.undo()
    assert line == f"spgc {quoted}"
