"""YAML in block style, of mappings, lists, texts, numbers and nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spgc.text.printable import printable

_BARE = re.compile(r"(?!(?:true|false|yes|no|on|off|null|y|n)$)[a-z][\w-]*", re.ASCII | re.I)
"""Keys without quotes; YAML takes some words for values of another kind."""


def yaml_lines(value: Mapping[str, Any], indent: str = "") -> Iterator[str]:
    """A mapping, line by line; lists hold mappings or single values."""
    for key, inner in value.items():
        name = key if _BARE.fullmatch(key) else _scalar(key)
        if isinstance(inner, Mapping) and inner:
            yield f"{indent}{name}:"
            yield from yaml_lines(inner, indent + "  ")
        elif isinstance(inner, list) and inner:
            yield f"{indent}{name}:"
            yield from _items(inner, indent)
        else:
            yield f"{indent}{name}: {_scalar(inner)}"


def _items(values: Sequence[Any], indent: str) -> Iterator[str]:
    for one in values:
        if isinstance(one, Mapping):
            first, *rest = yaml_lines(one, indent + "  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield f"{indent}- {_scalar(one)}"


def _scalar(value: object) -> str:
    """JSON's form, which YAML shares; signs that can't be printed are no part of YAML."""
    plain = printable(value) if isinstance(value, str) else value
    return json.dumps(plain, ensure_ascii=False)
