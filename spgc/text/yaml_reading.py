"""Reading YAML in block style: what `yaml_text` writes, comments and plain words of people too.

Anchors, tags, text over several lines, and lists or mappings in one line (but empty ones) are not
read: they are a ValueError, which names the line.
"""

from __future__ import annotations

import json
import re
from typing import Any

_KEY = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*"|[^\s"\'#&*!|>%@`{}\[\],:?-][^:#]*):(?:\s+(?P<rest>.*))?'
)
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?", re.I | re.ASCII)
_WORDS: dict[str, Any] = {
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
    "[]": [],
    "{}": {},
}
_PLAIN = re.compile(r"[^\s\"'#&*!|>%@`{}\[\],?:-].*")
DEEPEST = 20

_Line = tuple[int, int, str]
"""Number of the line, blanks before it, and what stands there."""


def read_yaml(text: str) -> Any:
    """The document in a text. Raises ValueError, naming the line, for other YAML and for none."""
    lines = [
        (number, len(line) - len(line.lstrip(" ")), line.strip(" "))
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise ValueError("nothing in it")
    value, rest = _block(lines, 0)
    if rest:
        raise _wrong(rest[0])
    return value


def _wrong(line: _Line) -> ValueError:
    return ValueError(f"line {line[0]} is no plain YAML: {line[2][:40]!r}")


def _block(lines: list[_Line], depth: int) -> tuple[Any, list[_Line]]:
    """The list or mapping that the lines begin with, and the lines after it."""
    if depth > DEEPEST:
        raise ValueError(f"line {lines[0][0]}: more than {DEEPEST} levels")
    if lines[0][2] == "-" or lines[0][2].startswith("- "):
        return _list(lines, depth)
    return _mapping(lines, depth)


def _list(lines: list[_Line], depth: int) -> tuple[list[Any], list[_Line]]:
    found: list[Any] = []
    indent = lines[0][1]
    while lines and lines[0][1] == indent and (lines[0][2] + " ").startswith("- "):
        number, _, text = lines[0]
        inner = text[1:].lstrip(" ")
        if _KEY.fullmatch(inner):
            head = (number, indent + len(text) - len(inner), inner)
            value, lines = _mapping([head, *lines[1:]], depth + 1)
        else:
            value, lines = _scalar(inner, lines[0]), lines[1:]
        found.append(value)
    return found, lines


def _mapping(lines: list[_Line], depth: int) -> tuple[dict[str, Any], list[_Line]]:
    found: dict[str, Any] = {}
    indent = lines[0][1]
    while lines and lines[0][1] == indent:
        line, lines = lines[0], lines[1:]
        match = _KEY.fullmatch(line[2])
        if not match:
            raise _wrong(line)
        key = (
            str(_scalar(match["key"].rstrip(), line))
            if match["key"][0] == '"'
            else match["key"].rstrip()
        )
        if key in found:
            raise ValueError(f"line {line[0]} gives {key[:40]!r} again")
        inside = bool(lines) and (
            lines[0][1] > indent or (lines[0][1] == indent and lines[0][2].startswith("- "))
        )
        if match["rest"] is None and inside:
            found[key], lines = _block(lines, depth + 1)
        else:
            found[key] = _scalar(match["rest"] or "", line)
    if lines and lines[0][1] > indent:
        raise _wrong(lines[0])
    return found, lines


def _scalar(text: str, line: _Line) -> Any:
    """A single value: JSON's forms, text in single quotes, or plain words."""
    if text.startswith('"'):
        try:
            value, end = json.JSONDecoder().raw_decode(text)
        except ValueError:
            raise _wrong(line) from None
        if text[end:].strip() and not text[end:].startswith(" #"):
            raise _wrong(line)
        return value
    if quoted := re.fullmatch(r"'((?:[^']|'')*)'(?:\s+#.*)?", text):
        return quoted[1].replace("''", "'")
    text = re.sub(r"(?:^|\s+)#.*", "", text)
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _NUMBER.fullmatch(text):
        return float(text) if re.search(r"[.e]", text, re.I) else int(text)
    if not _PLAIN.fullmatch(text) or ": " in text or text.endswith(":"):
        raise _wrong(line)
    return text
