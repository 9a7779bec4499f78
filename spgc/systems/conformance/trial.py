"""One system on trial: its class, its settings, the scans, and the model that the checks share."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import tempfile
import unittest
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self, TypeVar

from spgc.contract.scan import LabelledScan, NamedScan
from spgc.contract.system import NO_OPTIONS, Options, Prediction, RunSettings, System
from spgc.jobs.progress import Track, silent
from spgc.model.document import MODEL
from spgc.systems.conformance.drawn_scans import cohort

T = TypeVar("T")

RUN = RunSettings(device="cpu")
"""Bits are compared: on a GPU two trainings need not give the same."""

USER = f"user-{uuid.uuid4().hex[:12]}"
"""What the environment calls the user while the system is trained; no model should hold it."""

_USER_VARIABLES = ("LOGNAME", "USER", "LNAME", "USERNAME")


class ContractError(AssertionError):
    """A system does not keep the contract."""

    def __init__(self, found: str, contract: str) -> None:
        self.found, self.contract = found, contract
        super().__init__(f"{found}. The contract: {contract}.")


class NotChecked(unittest.SkipTest):
    """A check that does not apply to the system; pytest and unittest take it as skipped."""


@dataclass(frozen=True)
class FinishedTraining:
    """A training that has come to its end.

    items: how many steps of progress it showed; printed: what it wrote to stdout and stderr.
    """

    system: System
    folder: Path
    items: int = 0
    printed: str = ""

    @property
    def document(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / MODEL).read_text(encoding="utf-8")))


class StopAfter:
    """A `track` that raises KeyboardInterrupt in the place of item number `items`, from 0 on."""

    def __init__(self, items: int | None = None) -> None:
        self.at, self.seen, self.stopped = items, 0, False

    def __call__(self, items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
        for item in items:
            if self.seen == self.at:
                self.stopped = True
                raise KeyboardInterrupt
            self.seen += 1
            yield item


class Trial:
    """What every check takes.

    options: small settings of the system, so that a training takes seconds; folder: where models
    are written while the checks run, a temporary one if None. Models of single checks are removed
    after the check, the shared one by `close`, or at the end of a `with`.
    """

    def __init__(
        self,
        system_class: type[System],
        options: Options | None = None,
        *,
        folder: Path | None = None,
    ) -> None:
        self.system_class = system_class
        self.options = MappingProxyType(dict(options or NO_OPTIONS))
        self.cohort = cohort()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        self.root = Path(tempfile.mkdtemp(prefix="conformance-", dir=folder)).resolve()
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove every model that was written."""
        shutil.rmtree(self.root, ignore_errors=True)

    def create(self) -> System:
        return self.system_class.create(self.options, RUN)

    @contextlib.contextmanager
    def place(self) -> Iterator[Path]:
        """A folder for one model, not made yet, removed at the end."""
        place = self.root / uuid.uuid4().hex[:8]
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)

    @contextlib.contextmanager
    def training(
        self,
        train: Sequence[LabelledScan] | None = None,
        val: Sequence[LabelledScan] | None = None,
        unlabelled: Sequence[NamedScan] = (),
    ) -> Iterator[FinishedTraining]:
        """A system trained in a folder of its own; the cohort's scans where others aren't given."""
        with self.place() as place:
            yield self.fit(place, train, val, unlabelled=unlabelled)

    def fit(
        self,
        place: Path,
        train: Sequence[LabelledScan] | None = None,
        val: Sequence[LabelledScan] | None = None,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> FinishedTraining:
        """Train a new system in `place`, which may hold what an earlier training left."""
        system = self.create()
        place.mkdir(exist_ok=True)
        train = self.cohort.train if train is None else train
        val = self.cohort.val if val is None else val
        system.fit(list(train), list(val), place, track, unlabelled=list(unlabelled))
        return FinishedTraining(system, place)

    @property
    def trained(self) -> FinishedTraining:
        """The training that most checks look at, done once.

        Its error goes to the check that asks first; for the others there is nothing to check.
        """
        if self._failed:
            raise NotChecked("the system could not be trained")
        self._failed = True
        done = self._trained
        self._failed = False
        return done

    @cached_property
    def _trained(self) -> FinishedTraining:
        counting, printed = StopAfter(), io.StringIO()
        with _user(USER), captured(printed):
            done = self.fit(self.root / "model", track=counting)
        return FinishedTraining(done.system, done.folder, counting.seen, printed.getvalue())

    @cached_property
    def answers(self) -> Mapping[str, Prediction]:
        """What the trained system answers for `cohort.asked`, taken one after another."""
        return dict(self.trained.system.predict(iter(self.cohort.asked)))


@contextlib.contextmanager
def captured(into: io.StringIO) -> Iterator[None]:
    """What Python code prints meanwhile goes to `into`."""
    with contextlib.redirect_stdout(into), contextlib.redirect_stderr(into):
        yield


@contextlib.contextmanager
def _user(name: str) -> Iterator[None]:
    """The environment calls the user `name`; everything is put back at the end."""
    before = {variable: os.environ.get(variable) for variable in _USER_VARIABLES}
    try:
        os.environ.update(dict.fromkeys(_USER_VARIABLES, name))
        yield
    finally:
        for variable, value in before.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value
