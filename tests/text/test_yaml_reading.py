"""YAML in block style reads as PyYAML reads it, or is refused with its line."""

from __future__ import annotations

import time

import pytest
import yaml

from spgc.text.yaml_reading import read_yaml
from spgc.text.yaml_text import yaml_lines

DOCUMENT = {
    "version": 2,
    "title": 'Flowers: "2030" # 1',
    "empty": [],
    "nothing": None,
    "yes": True,
    "phases": [
        {
            "name": "One",
            "start": "2030-01-01 00:00:00",
            "tasks": [0, 1],
            "deep": {"a": {"b": -1.5}},
        },
        {"name": "Zwei – ü", "tasks": [0]},
    ],
    "words": ["a", "b c", "true", "1"],
}


def test_what_is_written_comes_back() -> None:
    text = "\n".join(yaml_lines(DOCUMENT)) + "\n"
    assert read_yaml(text) == yaml.safe_load(text) == DOCUMENT


@pytest.mark.parametrize(
    "text",
    [
        "title: My challenge # a comment\nimage: logo.png\n",
        "# first\n\na:\n  - x: 1\n    y: two words\n  - x: 2\nb: 'it''s'\n",
        "a:\n- 1\n- -2.5\n- 1e3x\nb: no_more\n",
        'a: 12abc\nb: "q" # c\nc:\nd: ~\n',
        "- a\n- b: c\n  d: e\n- null\n",
        "file: pages/a-b.md\nurl: http://example.org/x\n",
    ],
)
def test_what_people_write_reads_as_pyyaml_reads_it(text: str) -> None:
    assert read_yaml(text) == yaml.safe_load(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: &x 1\n",
        "a: [1, 2]\n",
        "a: |\n  text\n",
        "a: 1\na: 2\n",
        "a: 1\n   b: 2\n",
        'a: "open\n',
        "a: b: c\n",
        "- a\nb: 1\n",
        "words\n",
        "".join(" " * n + "a:\n" for n in range(50)),
    ],
)
def test_other_yaml_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"line|nothing"):
        read_yaml(text)


@pytest.mark.parametrize(
    "text",
    [
        "x: a" + " " * 200_000 + "b",
        "".join(f"k{number}: 1\n" for number in range(20_000)),
        "x:\n" + "".join(f"- k{number}: 1\n" for number in range(20_000)),
    ],
    ids=["blanks", "keys", "items"],
)
def test_time_grows_in_a_straight_line(text: str) -> None:
    start = time.process_time()
    read_yaml(text)
    assert time.process_time() - start < 2
