"""What every challenge system keeps: fit, predict, save, load, describe.

A scan is anything with `Scan`'s attributes: a slice classifier reads slice by slice, a 3-D network
reads the whole volume. Systems are keyed by case ID throughout, never by row order. What each
method owes its caller, with examples, stands in docs/own-system.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from spgc.contract.scan import LabelledScan, NamedScan
from spgc.jobs.progress import Track, silent


@dataclass(frozen=True)
class Prediction:
    """A system's answer for one scan; `probabilities` in `CLASSES` order, or None."""

    label: str
    probabilities: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class RunSettings:
    """How the work is run. None of it decides what is learnt, so none of it is part of a model.

    device: "auto", "cpu", "cuda" or "mps"; precision: "fp32", "bf16", or in prediction "auto";
    batch_size: of prediction, None for what suits; engine: what runs networks in prediction;
    workers: data-loading processes; jobs: scans worked on at a time, -1 for all cores;
    weights_folder: weight files on machines without internet; answers: where answers for finished
    scans may be kept, under names that hold a hash of model and scan. What a system has no use for
    it leaves alone.
    """

    device: str = "auto"
    precision: str = "fp32"
    batch_size: int | None = None
    workers: int = 0
    jobs: int = 1
    weights_folder: Path | None = None
    answers: Path | None = None
    engine: str = "torch"


Options = Mapping[str, str]
"""What a user asked of a system, `--option name=value`, as text; the system reads and checks it."""

NO_OPTIONS: Options = {}


class System(Protocol):
    """A challenge system.

    name: what `--system` and model.json call it, that of its entry point. summary: one line.
    learns_unlabelled: whether `fit` takes scans without labels.
    """

    name: str
    summary: str
    learns_unlabelled: bool

    @classmethod
    def options(cls) -> Mapping[str, str]:
        """What `create` takes: each option's name, with its kind and default in words."""

    @classmethod
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> Self:
        """An untrained system. Raises UsageError for an option that is unknown or makes no sense.

        Whatever can be found out early (a device that is not there) is found out here.
        """

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        """Learn, and leave in `folder` what `save(folder)` would write.

        Neither the order of `train` nor anything in `val` changes the model, unless the system says
        so (`DependsOnOrder`, `ChoosesByVal`). What takes time is worked through in `track`.
        Called again with the same arguments after an interruption, it goes on from where it was
        and ends with the same model. Raises DataError for scans it can't learn from.
        """

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> Mapping[str, Prediction]:
        """One answer per scan, by case ID, that depends on nothing but the model and that scan."""

    def save(self, folder: Path) -> None:
        """Write a model folder that `load` reads back. Raises ModelError when nothing is learnt."""

    @classmethod
    def load(
        cls, folder: Path, run: RunSettings | None = None, options: Options = NO_OPTIONS
    ) -> Self:
        """The system that `fit` or `save` wrote; `options` change how it answers.

        Raises ModelError when the folder is no model of this system, incomplete or damaged, and
        UsageError for an option that it does not know.
        """

    def describe(self) -> Mapping[str, Any]:
        """The content of model.json; before training, at least `system` and `config`."""

    @property
    def lung_method(self) -> str:
        """The lung masks that it wants in its scans, a name of `spgc.ct.lungs.LUNG_METHODS`."""


def lacking(kind: object) -> list[str]:
    """Members of `System` that a class lacks, in the order of its definition, methods first."""
    methods = [name for name in vars(System) if not name.startswith("_")]
    return [name for name in (*methods, *System.__annotations__) if not hasattr(kind, name)]
