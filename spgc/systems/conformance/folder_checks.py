"""Checks on the model folder: nothing pickled, nothing identifying, damage is refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from spgc.errors import ModelError
from spgc.model.document import MODEL
from spgc.model.identity import model_hash
from spgc.systems.conformance.pickles import pickle_in, without_pickle
from spgc.systems.conformance.trial import RUN, USER, ContractError, Trial

_REFUSED = "load raises ModelError for a model that is incomplete, damaged or of another system"


def nothing_pickled(trial: Trial) -> None:
    """No file in the folder is a pickle or holds one, and `load` unpickles nothing."""
    refuse_pickles(trial.trained.folder, "after fit")
    with without_pickle() as used:
        try:
            trial.system_class.load(trial.trained.folder, RUN).predict(trial.cohort.asked[:1])
        except Exception:
            if not used:
                raise
    if used:
        raise ContractError(f"load calls {used[0]}", "load unpickles nothing")


def refuse_pickles(folder: Path, when: str) -> None:
    """Raise ContractError for a file that is a pickle or holds one."""
    for path in _files(folder):
        if found := pickle_in(path):
            raise ContractError(f"{when}, {path.name} {found}", "no file in a folder is a pickle")


def nothing_identifying(trial: Trial) -> None:
    """No absolute path and no user name is in the model folder."""
    folder = trial.trained.folder
    marks = {"the folder's own path": str(folder.parent), "the user's name": USER}
    if len(home := str(Path.home())) > 2:
        marks["the home folder"] = f"{home}/"
    for path in _files(folder):
        content = path.read_bytes()
        for what, mark in marks.items():
            if mark.encode() in content or json.dumps(mark)[1:-1].encode() in content:
                raise ContractError(f"{path.name} holds {what}", _NOTHING_IDENTIFYING)
    for text in _texts(trial.trained.document):
        if PurePosixPath(text).is_absolute() or PureWindowsPath(text).is_absolute():
            raise ContractError(f"{MODEL} holds the path {text!r}", _NOTHING_IDENTIFYING)


_NOTHING_IDENTIFYING = "no absolute path and no user name is in a model folder"


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON document but the keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def damage_is_refused(trial: Trial) -> None:
    """A file that is changed by one bit, cut or missing is refused, model.json among them."""
    with _copy(trial) as folder:
        names = [*trial.trained.document["files"], MODEL]
        for name in names:
            whole = (folder / name).read_bytes()
            for damage, content in _damages(whole).items():
                (folder / name).write_bytes(content)
                _refused(trial, folder, f"{name} {damage}")
            (folder / name).unlink()
            _refused(trial, folder, f"{name} missing")
            (folder / name).write_bytes(whole)


def _damages(whole: bytes) -> dict[str, bytes]:
    """What may have become of a file, in words; nothing of an empty one."""
    middle = len(whole) // 2
    if not whole:
        return {}
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    return {"changed by one bit": flipped, "cut in half": whole[:middle]}


def other_models_are_refused(trial: Trial) -> None:
    """A whole model of another system is refused, and so is a folder that is no model."""
    with trial.place() as nothing:
        _refused(trial, nothing, "a folder that is not there")
        nothing.mkdir()
        _refused(trial, nothing, "an empty folder")
    with _copy(trial) as folder:
        _rewrite(folder, lambda document: document.update(system="another-system"))
        _refused(trial, folder, "a model of another system")


@contextmanager
def _copy(trial: Trial) -> Iterator[Path]:
    with trial.place() as place:
        trial.trained.system.save(place)
        yield place


def _rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change model.json as its own system might, hash and all."""
    document = json.loads((folder / MODEL).read_text(encoding="utf-8"))
    change(document)
    document["model_hash"] = model_hash(document)
    (folder / MODEL).write_text(json.dumps(document), encoding="utf-8")


def _refused(trial: Trial, folder: Path, what: str) -> None:
    try:
        trial.system_class.load(folder, RUN)
    except ModelError:
        return
    except Exception as error:
        raise ContractError(
            f"{what}: load raises {type(error).__name__}: {error}", _REFUSED
        ) from error
    raise ContractError(f"{what}: load takes it", _REFUSED)


FOLDER_CHECKS = (
    nothing_pickled,
    nothing_identifying,
    damage_is_refused,
    other_models_are_refused,
)
