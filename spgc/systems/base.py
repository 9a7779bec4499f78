"""A base for challenge systems whose settings are a dataclass: options, model folder, describe.

Inheriting is a convenience; the contract (`spgc.contract.system.System`) is what counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Generic, Self, TypeVar

from spgc.contract.scan import NamedScan
from spgc.contract.system import NO_OPTIONS, Options, RunSettings
from spgc.errors import ModelError, UsageError
from spgc.model.document import MODEL, check_file, read_model
from spgc.model.folder import copy_model, write_model
from spgc.systems.options import Settings, list_options, misfit, read_options
from spgc.systems.unlabelled import refuse_unlabelled

Run = TypeVar("Run", bound=RunSettings)


@contextmanager
def _stored_faults_named(where: Path) -> Iterator[None]:
    """Settings that can't be are no wrong usage where they stand in a model."""
    try:
        yield
    except UsageError as error:
        raise ModelError(
            "model.json holds settings that can't be",
            where=where,
            found=f"{error.what}: {error.found}",
            expected=error.expected,
            do="copy the folder again or train again",
        ) from error


class BaseSystem(Generic[Settings, Run]):
    """The life of a system: created from options, trained, saved, loaded, described.

    A system names its `settings_type`, a frozen dataclass whose fields are its options and, but
    for times and places, all that a model depends on; it fits, predicts, and reads its own files
    in `_read`. packages: distributions whose versions model.json holds besides spgc's.
    """

    name: str
    summary: str
    learns_unlabelled = False
    settings_type: ClassVar[Any]
    packages: ClassVar[Sequence[str]] = ()

    def __init__(self, settings: Settings, run: Run) -> None:
        self.settings, self.run = settings, run
        self._document: Mapping[str, Any] = {}
        self._home: Path | None = None

    @classmethod
    def options(cls) -> Mapping[str, str]:
        """Every field of the settings, with its kind and default in words."""
        return list_options(cls.settings_type())

    @classmethod
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> Self:
        """An untrained system. Raises UsageError for an option that is unknown or impossible."""
        return cls(cls.read_settings(options), cls.run_of(run, options))

    @classmethod
    def read_settings(cls, options: Options) -> Settings:
        """The settings that options describe."""
        return read_options(cls.settings_type(), options, cls.name)  # type: ignore[no-any-return]

    @classmethod
    def run_of(cls, run: RunSettings | None, options: Options = NO_OPTIONS) -> Run:
        """How the work is run; systems with more to say of it than `RunSettings` say it here."""
        return run or RunSettings()  # type: ignore[return-value]

    @property
    def lung_method(self) -> str:
        """The lung masks that it wants in its scans."""
        return str(self.settings.lung_method)  # type: ignore[attr-defined]

    def save(self, folder: Path) -> None:
        """Copy the model to `folder`. Raises ModelError when nothing is trained."""
        copy_model(self.home, folder)

    @classmethod
    def load(
        cls, folder: Path, run: RunSettings | None = None, options: Options = NO_OPTIONS
    ) -> Self:
        """The trained system in `folder`; `options` change how it answers.

        Raises ModelError when the folder is no model of this system, incomplete or damaged, and
        UsageError for an option that a trained one does not have.
        """
        document = read_model(folder, cls.name)
        with _stored_faults_named(folder / MODEL):
            stored = cls.stored_settings(document["config"], folder / MODEL)
            cls.check(stored)
        settings = cls.answering(stored, options)
        system = cls(settings, cls.run_of(run))
        system._document, system._home = document, folder
        system._read(folder)
        return system

    @classmethod
    def stored_settings(cls, config: Mapping[str, Any], where: Path) -> Settings:
        """The settings that model.json holds. Raises ModelError for unknown ones."""
        if wrong := misfit(cls.settings_type, config):
            raise ModelError(
                f"model.json holds {wrong} of the wrong kind",
                where=where,
                found=repr(config[wrong])[:60],
                expected=cls.options().get(wrong),
                do="copy the folder again or train again",
            )
        try:
            values = {n: tuple(v) if isinstance(v, list) else v for n, v in config.items()}
            return cls.settings_type(**values)  # type: ignore[no-any-return]
        except TypeError as error:
            raise ModelError(
                "model.json has unknown settings",
                where=where,
                found=str(error),
                expected=", ".join(cls.options()),
                do="use the spgc version that wrote it",
            ) from error

    @classmethod
    def check(cls, settings: Settings) -> None:
        """Raise UsageError for values that could only fail, in options or in a stored model."""

    @classmethod
    def answering(cls, settings: Settings, options: Options) -> Settings:
        """The settings of a trained system with the options that change how it answers: none."""
        if options:
            raise UsageError(f"a trained {cls.name} has no option {next(iter(options))!r}")
        return settings

    def describe(self) -> Mapping[str, Any]:
        """What model.json holds; before training, the settings alone."""
        return self._document or {"system": self.name, "config": dataclasses.asdict(self.settings)}

    @property
    def home(self) -> Path:
        """The folder of the trained model. Raises ModelError when nothing is trained."""
        if self._home is None:
            raise self.untrained()
        return self._home

    def check_unchanged(self, file: Path) -> None:
        """Raise ModelError where a file of the model is no longer the one that it was opened with.

        To be asked after a file was read that is read late, when it is needed.
        """
        check_file(self.home, self._document, file.name)

    def untrained(self) -> ModelError:
        """The error of a system that is asked before it is trained."""
        return ModelError("the system is not trained", do="call fit, or load a model folder")

    def refuse(self, unlabelled: Sequence[NamedScan]) -> None:
        """Raise UsageError for unlabelled scans, if there are any: it has no use for them."""
        refuse_unlabelled(self.name, unlabelled)

    def write(self, folder: Path, files: Sequence[str], trained_on: Mapping[str, Any]) -> None:
        """Write model.json over `files`, which lie in `folder` already: the system is trained."""
        self._document = write_model(
            folder,
            self.name,
            config=dataclasses.asdict(self.settings),
            files=files,
            trained_on=trained_on,
            packages=self.packages,
        )
        self._home = folder

    def _read(self, folder: Path) -> None:
        """Read what the model consists of besides model.json, whose files have been checked."""
        raise NotImplementedError
