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
_COMMENT = re.compile(r"(?:^|\s)#")
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
    lines.reverse()
    value = _block(lines, 0)
    if lines:
        raise _wrong(lines[-1])
    return value


def _wrong(line: _Line) -> ValueError:
    return ValueError(f"line {line[0]} is no plain YAML: {line[2][:40]!r}")


def _block(lines: list[_Line], depth: int) -> Any:
    """The list or mapping that the lines begin with; the first of them stands last, and those of
    the block are taken away."""
    if depth > DEEPEST:
        raise ValueError(f"line {lines[-1][0]}: more than {DEEPEST} levels")
    if lines[-1][2] == "-" or lines[-1][2].startswith("- "):
        return _list(lines, depth)
    return _mapping(lines, depth)


def _list(lines: list[_Line], depth: int) -> list[Any]:
    found: list[Any] = []
    indent = lines[-1][1]
    while lines and lines[-1][1] == indent and (lines[-1][2] + " ").startswith("- "):
        number, _, text = line = lines.pop()
        inner = text[1:].lstrip(" ")
        if _KEY.fullmatch(inner):
            lines.append((number, indent + len(text) - len(inner), inner))
            found.append(_mapping(lines, depth + 1))
        else:
            found.append(_scalar(inner, line))
    return found


def _mapping(lines: list[_Line], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    indent = lines[-1][1]
    while lines and lines[-1][1] == indent:
        line = lines.pop()
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
            lines[-1][1] > indent or (lines[-1][1] == indent and lines[-1][2].startswith("- "))
        )
        if match["rest"] is None and inside:
            found[key] = _block(lines, depth + 1)
        else:
            found[key] = _scalar(match["rest"] or "", line)
    if lines and lines[-1][1] > indent:
        raise _wrong(lines[-1])
    return found


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
    if comment := _COMMENT.search(text):
        text = text[: comment.start()].rstrip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _NUMBER.fullmatch(text):
        return float(text) if re.search(r"[.e]", text, re.I) else int(text)
    if not _PLAIN.fullmatch(text) or ": " in text or text.endswith(":"):
        raise _wrong(line)
    return text
