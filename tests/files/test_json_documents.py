"""JSON files: the document, OSError or ValueError, and nothing else whatever they hold."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from spgc.files.json_documents import MAX_DEPTH, MAX_PARTS, parse_json, read_json


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


def test_a_document_comes_back(tmp_path: Path) -> None:
    document = {"é": [1, 2.5, None, True, {"a": "b"}]}
    (tmp_path / "a.json").write_text(json.dumps(document), encoding="utf-8")
    assert read_json(tmp_path / "a.json") == document


@pytest.mark.parametrize("levels", [MAX_DEPTH + 2, 900, 100_000])
def test_deep_nesting_is_a_value_error(levels: int) -> None:
    """Also where Python reads it, as everything that walks through it later might not."""
    with pytest.raises(ValueError, match="levels"):
        parse_json(nested(levels))
    with pytest.raises(ValueError, match="levels"):
        parse_json('{"a":' * levels + "1" + "}" * levels)
    assert parse_json(nested(MAX_DEPTH)) is not None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b"nul\0", b"1" * 5000, b"\xef\xbb\xbf{}", b'{"a": 1} 2']
)
def test_what_is_not_json_is_a_value_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(content)
    with pytest.raises(ValueError):
        read_json(tmp_path / "a.json")


@pytest.mark.parametrize("part", ["[]", "{}"])
def test_too_many_parts_are_a_value_error(part: str) -> None:
    with pytest.raises(ValueError, match="more than 1048576 lists and objects"):
        parse_json("[" + f"{part}," * MAX_PARTS + "0]")


def test_size_is_limited(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('"' + "a" * 98 + '"')
    assert read_json(tmp_path / "a.json", 100) == "a" * 98
    with pytest.raises(ValueError, match="more than 99 bytes"):
        read_json(tmp_path / "a.json", 99)


def test_what_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "a.json")
    with pytest.raises(OSError, match="a folder, not a file"):
        read_json(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="a named pipe, not a file"):
        read_json(tmp_path / "pipe")


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', '[{"b": {"c": 1, "d": 2, "c": 1}}]', '{"a": 1, "\\u0061": 1}']
)
def test_a_key_that_stands_twice_is_a_value_error(text: str) -> None:
    """Readers differ in which of the two counts: one file would say two things."""
    with pytest.raises(ValueError, match="stands twice"):
        parse_json(text)
    assert parse_json('[{"a": 1}, {"a": {"a": 2}}]') == [{"a": 1}, {"a": {"a": 2}}]
