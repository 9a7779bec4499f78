"""The form of model.json: the kind of each value that spgc reads from it later."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spgc.files.json_documents import is_writable

Rule = Callable[[Any], bool]


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _name(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _table(value: Any) -> bool:
    return isinstance(value, dict)


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _each(check: Rule) -> Rule:
    """Whether a value is a table whose values all pass `check`."""
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def _or_none(check: Rule) -> Rule:
    return lambda value: value is None or check(value)


_DOCUMENT: Mapping[str, Rule] = {
    "system": _name,
    "package": _or_none(_text),
    "purpose": _text,
    "synthetic": _flag,
    "model_hash": _text,
    "config": _table,
    "classes": _texts,
    "trained_on": _table,
    "files": _each(_text),
    "versions": _each(_or_none(_text)),
}

_CASES: Mapping[str, Rule] = {"cases": _texts, "contents": _texts, "voxels": _texts}

_TRAINED_ON: Mapping[str, Rule] = {
    **_CASES,
    "synthetic": _flag,
    "scans": _each(_count),
    "slice_labels": _each(_each(_count)),
    "labelled_slices": _each(_count),
    "hash": _text,
    "scans_hash": _text,
    "labels_hash": _text,
    "unlabelled": _table,
    "val": _table,
    "chosen_by": _table,
}

_UNLABELLED: Mapping[str, Rule] = {**_CASES, "scans_hash": _text}


def fault_of(document: Mapping[str, Any]) -> str | None:
    """What is of the wrong kind in a model.json, or None; keys that are not there are no fault.

    What a system adds in `config` and `trained_on` is its own to check.
    """
    learnt = document.get("trained_on", {})
    parts = [("", document, _DOCUMENT), ("trained_on.", learnt, _TRAINED_ON)]
    for lead, part, checks in parts:
        if wrong := _wrong(lead, part, checks):
            return wrong
    for name, checks in (("unlabelled", _UNLABELLED), ("val", _CASES), ("chosen_by", _CASES)):
        if wrong := _wrong(f"trained_on.{name}.", learnt.get(name, {}), checks):
            return wrong
    return None if is_writable(document) else "text or a number that JSON does not have"


def _wrong(lead: str, part: Mapping[str, Any], checks: Mapping[str, Rule]) -> str | None:
    for name, check in checks.items():
        if name in part and not check(part[name]):
            return f"{lead}{name} of the wrong kind: {str(part[name])[:60]!r}"
    return None
