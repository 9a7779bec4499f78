"""Checks on the class and on an untrained system: members, signatures, options, description."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spgc.contract import abilities
from spgc.contract.flags import is_option_name
from spgc.contract.system import System
from spgc.ct.lungs import LUNG_METHODS
from spgc.errors import ModelError, UsageError
from spgc.jobs.progress import silent
from spgc.systems.conformance.fresh_process import look_at
from spgc.systems.conformance.trial import RUN, ContractError, NotChecked, Trial

NO_OPTION = "no-such-option"


def members(trial: Trial) -> None:
    """`name`, `summary`, `learns_unlabelled` and `lung_method` are what the contract says."""
    kind = trial.system_class
    for member, right, rule in (
        ("name", _is_name, "name is a word without spaces, that of the entry point"),
        ("summary", _is_line, "summary is one line"),
        ("learns_unlabelled", lambda v: isinstance(v, bool), "learns_unlabelled is a bool"),
    ):
        value = getattr(kind, member, None)
        if not right(value):
            raise ContractError(f"{kind.__name__}.{member} is {value!r}", rule)
    method = trial.create().lung_method
    if method not in LUNG_METHODS:
        known = ", ".join(LUNG_METHODS)
        raise ContractError(f"lung_method is {method!r}", f"lung_method is one of {known}")
    _check_abilities(trial.create())


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value.isprintable() and value.split() == [value]


def _is_line(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value.splitlines()) == 1


def _check_abilities(system: System) -> None:
    said = getattr(system, "limits", ())
    if isinstance(said, str) or not all(_is_line(line) for line in said):
        raise ContractError(
            f"limits is {said!r}", "limits is a sequence of sentences, one line each"
        )
    for name, reader in (
        ("chooses_by_val", abilities.chooses_by_val),
        ("depends_on_order", abilities.depends_on_order),
    ):
        if reader(system) and not said:
            raise ContractError(f"{name} is set and limits is empty", "limits says what, and why")


def signatures(trial: Trial) -> None:
    """Every method takes the arguments of the contract, by place and by name."""
    kind, system, place = trial.system_class, trial.create(), Path()
    _takes(kind.options)
    _takes(kind.create)
    _takes(kind.create, {}, RUN)
    _takes(kind.create, options={}, run=RUN)
    _takes(kind.load, place)
    _takes(kind.load, place, RUN, {})
    _takes(kind.load, place, run=RUN, options={})
    _takes(system.fit, [], [], place)
    _takes(system.fit, [], [], place, silent, unlabelled=[])
    _takes(system.fit, [], [], place, track=silent)
    _takes(system.predict, [])
    _takes(system.predict, [], 0, silent)
    _takes(system.predict, [], total=None, track=silent)
    _takes(system.save, place)
    _takes(system.describe)


def _takes(method: Callable[..., Any], *places: object, **names: object) -> None:
    try:
        inspect.signature(method).bind(*places, **names)
    except TypeError as error:
        name = method.__name__
        how = f"{len(places)} arguments by place" + (f" and {', '.join(names)}" if names else "")
        raise ContractError(
            f"{name}{inspect.signature(method)}: {error}", f"{name} takes {how}"
        ) from None


def options(trial: Trial) -> None:
    """`options()` says what `create` takes, `seed` among it; an unknown option is refused."""
    said = trial.system_class.options()
    for name, words in dict(said).items():
        if not is_option_name(name):
            raise ContractError(
                f"options() has the name {name!r}",
                "an option's name is an identifier in lower case (a to z, 0 to 9, _) and not help: "
                "a flag is made of it",
            )
        if not (isinstance(words, str) and words.strip()):
            raise ContractError(
                f"options() has {name!r}: {words!r}",
                "each option's name with its kind and default in words",
            )
    if "seed" not in said:
        raise ContractError("options() has no 'seed'", "every system takes seed")
    unknown = sorted(set(trial.options) - set(said))
    if unknown:
        raise ContractError(
            f"options() lacks {', '.join(unknown)}", "options() names all that create takes"
        )
    refuses_option("create", lambda: trial.system_class.create({NO_OPTION: "1"}, RUN))


def refuses_option(what: str, call: Callable[[], object]) -> None:
    """Raise ContractError unless `call`, which names an unknown option, raises UsageError."""
    rule = f"{what} raises UsageError for an unknown option"
    try:
        call()
    except UsageError:
        return
    except Exception as error:
        raise ContractError(f"an unknown option raises {type(error).__name__}", rule) from error
    raise ContractError("an unknown option is taken in silence", rule)


def description_before_training(trial: Trial) -> None:
    """`describe()` of an untrained system has `system` and `config`, ready for JSON."""
    said = dict(trial.create().describe())
    if said.get("system") != trial.system_class.name or "config" not in said:
        raise ContractError(
            f"describe() before training is {sorted(said)}, system {said.get('system')!r}",
            "describe() has at least system, the class's name, and config",
        )
    try:
        json.dumps(said, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ContractError(f"describe() before training: {error}", "describe() is JSON") from error


def untrained(trial: Trial) -> None:
    """`predict` and `save` of an untrained system raise ModelError, and nothing is written."""
    rule = "predict and save raise ModelError when nothing is learnt"
    with trial.place() as place:
        for name, call in (
            ("predict", lambda: trial.create().predict(trial.cohort.asked)),
            ("save", lambda: trial.create().save(place)),
        ):
            try:
                call()
            except ModelError:
                continue
            except Exception as error:
                raise ContractError(
                    f"untrained, {name} raises {type(error).__name__}", rule
                ) from error
            raise ContractError(f"untrained, {name} works", rule)
        if place.exists() and any(place.iterdir()):
            raise ContractError("untrained, save leaves files behind", rule)


def import_and_creation(trial: Trial) -> None:
    """Importing the class and creating a system prints nothing and changes no global state."""
    kind = trial.system_class
    if "<" in kind.__qualname__ or kind.__module__ == "__main__":
        raise NotChecked(f"{kind.__qualname__} can't be imported by another process")
    seen = look_at(kind, trial.options)
    rule = "importing and creating prints nothing and changes no global state"
    if seen.failed:
        raise ContractError(f"in a process of its own: {seen.failed}", "the class can be imported")
    if seen.printed:
        raise ContractError(f"importing and creating prints {seen.printed[:80]!r}", rule)
    if seen.changed:
        raise ContractError(f"importing and creating changes {'; '.join(seen.changed)}", rule)


CLASS_CHECKS = (
    members,
    signatures,
    options,
    description_before_training,
    untrained,
    import_and_creation,
)
