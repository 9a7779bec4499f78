"""A base for challenge systems whose networks run through the engines of spgc.

What it brings: presets, options of first weights and of the run, the choice of engine, and what the
run record says of engine and time. What the networks read is said by `SliceSystem` and
`VolumeSystem`. torch is imported where it is used: an engine that has its networks ready starts
without it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, Self, TypeVar

from spgc.contract.system import NO_OPTIONS, Options, RunSettings
from spgc.errors import ModelError, UsageError
from spgc.jobs.stages import Stage, Stages
from spgc.model.document import MODEL, digests_of
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import Choice, choose
from spgc.systems.base import BaseSystem
from spgc.systems.options import Settings, list_options, read_options
from spgc.systems.slice_options import (
    WEIGHTS,
    check_weights,
    learnt_options,
    run_options,
    runtime_from,
)

if TYPE_CHECKING:
    from torch import nn


class Predictor(Protocol):
    """The networks of a trained system, ready to answer for scans."""

    stages: Stages

    def unready(self) -> list[str]: ...

    def get_ready(self) -> Iterator[str]: ...

    @property
    def choice(self) -> Choice: ...

    @property
    def conversion(self) -> str: ...

    @property
    def remarks(self) -> tuple[str, ...]: ...


Answering = TypeVar("Answering", bound=Predictor)


class NetworkSystem(BaseSystem[Settings, Runtime], Generic[Settings, Answering]):
    """A system of networks; how it trains, and what it makes of answers, is its own affair.

    It names `presets`, settings by name with "paper" among them, and gives `network`, one without
    trained weights. Its settings have `weights`, `batch_size` and `seed`. weight_kinds: what
    `weights` can be, the first being what a folder of weight files holds. answer_options: settings
    that a trained model takes as options, since they change how it answers and not what it has
    learnt.
    """

    presets: ClassVar[Mapping[str, Any]]
    weight_kinds: ClassVar[Sequence[str]] = WEIGHTS
    answer_options: ClassVar[Sequence[str]] = ()

    def __init__(self, settings: Settings, run: Runtime) -> None:
        super().__init__(settings, run)
        self._predictor: Answering | None = None

    @classmethod
    def network(
        cls, name: str, settings: Settings, weights: str = "none", folder: Path | None = None
    ) -> nn.Module:
        """The network called `name`; weights and folder as in `built_network`."""
        raise NotImplementedError

    @property
    def best_epoch(self) -> bool:
        """Whether its networks answer by their best epoch, not by their last."""
        return False

    def answering_file(self, name: str) -> str:
        """The file in the model folder with the weights by which a network answers."""
        return f"{name}.best.safetensors" if self.best_epoch else weights_file(name)

    def answering_digests(self, names: Sequence[str], folder: Path) -> dict[str, str]:
        """SHA-256 of the file of each network that answers, as model.json in `folder` lists it.

        Raises ModelError where its settings name no network, one twice, or one without a file.
        """
        if not names or len(set(names)) < len(names):
            raise ModelError(
                "model.json names no networks, or one twice",
                where=folder / MODEL,
                found=", ".join(names) or "none",
                expected="each network once",
                do="copy the folder again or train again",
            )
        files = {name: self.answering_file(name) for name in names}
        return digests_of(self._document, files, folder)

    @classmethod
    def options(cls) -> Mapping[str, str]:
        """Every field of the settings, `preset`, and what training alone has."""
        own = {"preset": f"{' or '.join(cls.presets)}; default paper"}
        return own | list_options(cls.presets["paper"]) | run_options()

    @classmethod
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> Self:
        """An untrained system.

        Raises UsageError for options, a device or an engine that can't be had.
        """
        system = super().create(options, run)
        system.run.torch_device()
        choose(system.run)
        return system

    @classmethod
    def read_settings(cls, options: Options) -> Settings:
        """The preset with the fields that options name. Raises UsageError for impossible ones."""
        preset = options.get("preset", "paper")
        if preset not in cls.presets:
            raise UsageError("unknown preset", found=repr(preset), expected=" | ".join(cls.presets))
        learnt = learnt_options(options, kinds=cls.weight_kinds)
        settings: Settings = read_options(cls.presets[preset], learnt, cls.name)
        check_weights(settings.weights, cls.weight_kinds)  # type: ignore[attr-defined]
        return settings

    @classmethod
    def run_of(cls, run: RunSettings | None, options: Options = NO_OPTIONS) -> Runtime:
        return runtime_from(run, options, cls.name, cls.weight_kinds)

    @classmethod
    def answering(cls, settings: Settings, options: Options) -> Settings:
        """The settings of a trained system with those of `answer_options` that are given."""
        for name in options:
            if name not in cls.answer_options:
                raise UsageError(
                    f"a trained {cls.name} has no option {name!r}",
                    expected=" | ".join(cls.answer_options) or "no option",
                )
        return read_options(settings, options, cls.name)

    @property
    def scenario(self) -> str | None:
        """The preset that it was trained by, whatever the seed; None for settings of its own."""
        unseeded = dataclasses.replace(self.settings, seed=0)
        return next((name for name, preset in self.presets.items() if preset == unseeded), None)

    def join_processes(self) -> ModuleType:
        """Meet the other processes that torchrun or accelerate started."""
        from spgc.nets import processes

        processes.join(self.run.torch_device())
        return processes

    @property
    def predictor(self) -> Answering:
        """What answers. Raises ModelError when nothing is trained."""
        if self._predictor is None:
            raise self.untrained()
        return self._predictor

    def _stored_network(self, folder: Path, name: str) -> nn.Module:
        """The trained network from its file. Raises ModelError where that has been replaced."""
        from spgc.nets.training.checkpoint import load_weights

        network, file = self.network(name, self.settings), folder / self.answering_file(name)
        load_weights(network, file)
        self.check_unchanged(file)  # answers and converted networks are kept under its digest
        return network.eval()

    def unready(self) -> Sequence[str]:
        """Networks that are still to be converted for this machine."""
        return self.predictor.unready()

    def get_ready(self) -> Iterator[str]:
        """Convert them; the name of each as soon as it is done."""
        return self.predictor.get_ready()

    def run_facts(self) -> Mapping[str, str]:
        """Engine and precision that answered, where options left them to the machine.

        "conversion", if it is there, names networks that are no longer the model's own.
        """
        choice, conversion = self.predictor.choice, self.predictor.conversion
        used = {"engine": choice.engine, "precision": choice.precision, "device": choice.device}
        return used | ({"conversion": conversion} if conversion else {})

    def run_stages(self) -> Sequence[Stage]:
        """Where prediction's time went so far; stages overlap."""
        return self._predictor.stages.rows() if self._predictor else ()

    def run_remarks(self) -> Sequence[str]:
        """What was found damaged on disk and made again."""
        return self._predictor.remarks if self._predictor else ()


def weights_file(name: str) -> str:
    """Name of a network's weights in the model folder."""
    return f"{name}.safetensors"
