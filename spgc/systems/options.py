"""Options given as text, read into a settings dataclass by its own type hints."""

from __future__ import annotations

import dataclasses
import math
import types
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from spgc.contract.system import Options
from spgc.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Settings = TypeVar("Settings", bound="DataclassInstance")

_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")

_WORDS = {
    int: "a whole number",
    float: "a number",
    str: "text",
    bool: "true or false",
    Path: "a path",
}


def split_pairs(pairs: Sequence[str]) -> dict[str, str]:
    """`["epochs=3", ...]` as a mapping. Raises UsageError for one without `=` or said twice."""
    options: dict[str, str] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        name = name.strip().replace("-", "_")
        if not sign or not name:
            raise UsageError("option without a value", found=repr(pair), expected="name=value")
        if options.get(name, value) != value:
            raise UsageError(f"option {name} given twice", found=f"{options[name]} and {value}")
        options[name] = value
    return options


def read_options(base: Settings, options: Options, system: str) -> Settings:
    """`base` with the fields that `options` name; each value is read as its field's type says.

    Known types: int, float, bool, str, Path, tuples of them (values parted by commas) and any of
    them or None ("none"). Raises UsageError for an unknown field or a value of another kind.
    """
    hints = _hints(type(base))
    for name in options:
        if name not in hints:
            raise unknown_option(name, hints, system)
    values = {name: _read(name, text, hints[name], system) for name, text in options.items()}
    return dataclasses.replace(base, **values)


def list_options(base: DataclassInstance) -> dict[str, str]:
    """Each field of a settings dataclass with its kind and its default in words."""
    hints = _hints(type(base))
    return {
        name: f"{_kind(hint)}; default {_show(getattr(base, name))}" for name, hint in hints.items()
    }


def unknown_option(name: str, known: Mapping[str, Any], system: str) -> UsageError:
    """The error for an option that `system` does not have."""
    near = get_close_matches(name, known, n=1)
    return UsageError(
        f"system {system} has no option {name!r}",
        expected=" | ".join(sorted(known)) or "no option",
        do=f"did you mean {near[0]!r}?" if near else f"spgc systems {system} lists its options",
    )


def misfit(kind: type[DataclassInstance], values: Mapping[str, Any]) -> str | None:
    """The first of `values`, as JSON holds them, that is none of its field's type; None if none.

    Names that are no fields are left to the dataclass.
    """
    hints = _hints(kind)
    return next((n for n, v in values.items() if n in hints and not _fits(v, hints[n])), None)


def _fits(value: Any, hint: Any) -> bool:
    if get_origin(hint) in (Union, types.UnionType):
        return any(_fits(value, kind) for kind in get_args(hint))
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        if not isinstance(value, list | tuple):
            return False
        if kinds[1:] == (...,):
            return all(_fits(part, kinds[0]) for part in value)
        return len(value) == len(kinds) and all(map(_fits, value, kinds))
    if hint is int:
        return type(value) is int
    if hint is float:
        return type(value) in (int, float) and abs(value) < math.inf
    if hint is Path:
        return isinstance(value, str | Path)
    return isinstance(value, hint)


def _hints(kind: type[DataclassInstance]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in dataclasses.fields(kind) if f.init}


def _read(name: str, text: str, hint: Any, system: str) -> Any:
    try:
        return _value(text.strip(), hint)
    except ValueError as error:
        raise UsageError(
            f"option {name} of system {system} can't be read",
            found=repr(text),
            expected=_kind(hint),
            do=f"spgc systems {system} lists its options",
        ) from error


def _value(text: str, hint: Any) -> Any:
    if get_origin(hint) in (Union, types.UnionType):
        kinds = [kind for kind in get_args(hint) if kind is not type(None)]
        if text.lower() == "none" and len(kinds) < len(get_args(hint)):
            return None
        return _value(text, kinds[0])
    if get_origin(hint) is tuple:
        return _tuple(text, get_args(hint))
    if hint is bool:
        if text.lower() not in _TRUE + _FALSE:
            raise ValueError(text)
        return text.lower() in _TRUE
    value = hint(text)
    if hint is float and not math.isfinite(value):
        raise ValueError(text)
    return value


def _tuple(text: str, kinds: tuple[Any, ...]) -> tuple[Any, ...]:
    parts = [part.strip() for part in text.split(",")] if text else []
    if kinds[1:] == (...,):
        return tuple(_value(part, kinds[0]) for part in parts)
    if len(parts) != len(kinds):
        raise ValueError(text)
    return tuple(_value(part, kind) for part, kind in zip(parts, kinds, strict=True))


def _kind(hint: Any) -> str:
    if get_origin(hint) in (Union, types.UnionType):
        return " or ".join("none" if k is type(None) else _kind(k) for k in get_args(hint))
    if get_origin(hint) is tuple:
        kinds = get_args(hint)
        if kinds[1:] == (...,):
            return f"{_kind(kinds[0])}, any number of them, comma-separated"
        return ", ".join(_kind(kind) for kind in kinds)
    return _WORDS.get(hint, getattr(hint, "__name__", str(hint)))


def _show(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_show, value)) or "nothing"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if value is None or isinstance(value, bool) else str(value)
