"""A base for challenge systems whose slice networks run through the engines of spgc.

What it brings: options for first weights, presets and the run; prediction in batches of several
scans with kept answers; `--slices`, `spgc explain`, `spgc quantise` and `spgc bench`; what the run
record says of engine and time. torch is imported where it is used: an engine that has its networks
ready starts without it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from spgc.contract.scan import NamedScan, Scan
from spgc.contract.slices import SliceInput
from spgc.contract.system import NO_OPTIONS, Options, RunSettings
from spgc.errors import SpgcError, UsageError
from spgc.jobs.stages import Stage
from spgc.model.document import digests_of
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.slices.predictor import SlicePredictor, SliceProbabilities, predictor
from spgc.nets.slices.spec import SliceSpec
from spgc.protocol import CLASSES
from spgc.systems.base import BaseSystem
from spgc.systems.options import Settings, list_options, read_options
from spgc.systems.slice_options import (
    check_first_weights,
    check_weights,
    learnt_options,
    run_options,
    runtime_from,
)

if TYPE_CHECKING:
    from torch import nn

    from spgc.nets.engines.contract import Networks
    from spgc.nets.engines.int8 import QuantisedNetwork

INT8_FOLDER = "int8"
"""Folder of the quantised networks in the model folder."""


class SliceSystem(BaseSystem[Settings, Runtime]):
    """A system of slice networks; how it trains, and what it makes of slices, is its own affair.

    It names `presets`, settings by name with "paper" among them, and gives `spec`, the inputs of
    the networks that answer, and `network`, one of them without trained weights. Its settings have
    `weights`, `batch_size` and `seed`. answer_options: settings that a trained model takes as
    options, since they change how it answers and not what it has learnt.
    """

    presets: ClassVar[Mapping[str, Any]]
    answer_options: ClassVar[Sequence[str]] = ()

    def __init__(self, settings: Settings, run: Runtime) -> None:
        super().__init__(settings, run)
        self._predictor: SlicePredictor | None = None

    @property
    def spec(self) -> SliceSpec:
        """What the networks that answer are given of a slice."""
        raise NotImplementedError

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

    @property
    def row_features(self) -> int:
        """How many features of a slice its networks give behind the logits, for later stages.

        Such a network answers with the pair of both.
        """
        return 0

    def no_int8(self) -> SpgcError | None:
        """Why int8 networks may not serve it, which keep labels of slices only; None: they may."""
        return self.untrained_networks().no_int8()

    @property
    def training_networks(self) -> Mapping[str, str]:
        """The backbone of every network that training starts from first weights, by its name."""
        spec = self.spec
        return {name: spec.architecture or name for name in spec.backbones}

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
        backbones = system.training_networks.values()
        check_first_weights(system.settings.weights, backbones, cls.name)  # type: ignore[attr-defined]
        system.run.torch_device()
        choose(system.run)
        return system

    @classmethod
    def read_settings(cls, options: Options) -> Settings:
        """The preset with the fields that options name. Raises UsageError for impossible ones."""
        preset = options.get("preset", "paper")
        if preset not in cls.presets:
            raise UsageError("unknown preset", found=repr(preset), expected=" | ".join(cls.presets))
        settings: Settings = read_options(cls.presets[preset], learnt_options(options), cls.name)
        check_weights(settings.weights)  # type: ignore[attr-defined]
        return settings

    @classmethod
    def run_of(cls, run: RunSettings | None, options: Options = NO_OPTIONS) -> Runtime:
        return runtime_from(run, options, cls.name)

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

    def before_reading(self, folder: Path) -> list[str]:
        """Find out what can be found out before any scan is read; `folder` gets the model.

        The answer is what there is to say of weight files and shared memory. Raises ModelError for
        first weights that can't be had.
        """
        from spgc.nets.slices.imagenet import unlike_published
        from spgc.nets.slices.network_training import check_weights_before_reading
        from spgc.nets.slices.samples import slice_bytes
        from spgc.nets.training.shared_memory import small_memory_remark

        settings: Any = self.settings
        networks = self.training_networks
        check_weights_before_reading(settings.weights, networks, self.run, folder)
        remarks = []
        if settings.weights == "imagenet":
            used = list(dict.fromkeys(networks.values()))
            remarks = unlike_published(used, self.run.weights_folder)
        largest = slice_bytes(max(self.spec.sizes.values()))
        remark = small_memory_remark(settings.batch_size, largest, self.run)
        return [*remarks, remark] if remark else remarks

    def join_processes(self) -> ModuleType:
        """Meet the other processes that torchrun or accelerate started."""
        from spgc.nets import processes

        processes.join(self.run.torch_device())
        return processes

    def answer_with(self, networks: Mapping[str, nn.Module], folder: Path) -> None:
        """Let freshly trained networks answer, whose weights `folder` holds already."""
        from spgc.nets.slices.fresh_networks import fresh_predictor

        def file_of(folder: Path, name: str) -> Path:
            return folder / self.answering_file(name)

        self._predictor = fresh_predictor(
            networks, self.spec, self.run, folder, self.row_features, file_of
        )

    def answer_from(self, folder: Path) -> None:
        """Let the networks of a model folder answer, each read when it is needed.

        Raises UsageError and ModelError for an engine or precision that can't be had.
        """
        files = {name: self.answering_file(name) for name in self.spec.backbones}
        digests = digests_of(self._document, files, folder)
        self._predictor = predictor(
            partial(self._stored_network, folder),
            self.spec,
            self.run,
            digests,
            folder / INT8_FOLDER,
            self.no_int8(),
            self.row_features,
        )
        self._predictor.check()

    def _stored_network(self, folder: Path, name: str) -> nn.Module:
        """The trained network, from its file, which has been checked."""
        from spgc.nets.training.checkpoint import load_weights

        network = self.network(name, self.settings)
        load_weights(network, folder / self.answering_file(name))
        return self._answering(network.eval())

    def _answering(self, network: nn.Module) -> nn.Module:
        """The network as engines run it."""
        if not self.row_features:
            return network
        from spgc.nets.slices.feature_rows import FeatureRows

        return FeatureRows(network).eval()

    @property
    def slices(self) -> SlicePredictor:
        """The slice stage. Raises ModelError when nothing is trained."""
        if self._predictor is None:
            raise self.untrained()
        return self._predictor

    def run_facts(self) -> Mapping[str, str]:
        """Engine and precision that answered, where options left them to the machine.

        "conversion", if it is there, names networks that are no longer the model's own.
        """
        choice, conversion = self.slices.choice, self.slices.conversion
        used = {"engine": choice.engine, "precision": choice.precision, "device": choice.device}
        return used | ({"conversion": conversion} if conversion else {})

    def run_stages(self) -> Sequence[Stage]:
        """Where prediction's time went so far; stages overlap."""
        return self._predictor.stages.rows() if self._predictor else ()

    def run_remarks(self) -> Sequence[str]:
        """What was found damaged on disk and made again."""
        return self._predictor.remarks if self._predictor else ()

    def slice_networks(self) -> Networks:
        """The trained networks, read when they are asked for."""
        return self.slices.networks

    def untrained_networks(self) -> Networks:
        """The networks of these settings with random weights, each built when it is loaded."""
        from spgc.nets.engines.contract import Networks

        def load(name: str) -> nn.Module:
            return self._answering(self.network(name, self.settings).eval())

        sizes = self.spec.sizes
        return Networks(load, dict.fromkeys(sizes, "0" * 64), sizes, features=self.row_features)

    def network_names(self) -> Sequence[str]:
        return self.spec.backbones

    def quantise(
        self, folder: Path, calibrating: Sequence[NamedScan], checking: Sequence[NamedScan]
    ) -> Iterator[QuantisedNetwork]:
        """Write the int8 networks beside the model in `folder`; see `quantise_slices`.

        Raises UsageError for a model that int8 networks may not serve.
        """
        from spgc.nets.slices.calibration import quantise_slices

        if (refusal := self.no_int8()) is not None:
            raise refusal
        return quantise_slices(self.slice_networks(), self.spec, folder, calibrating, checking)

    def slice_probabilities(self, case_id: str, scan: Scan) -> SliceProbabilities:
        """What each network says of each slice: (S, 3) by its name, head to feet."""
        rows = self.slices.predict(case_id, scan)
        return {name: found[:, : len(CLASSES)] for name, found in rows.items()}

    def slice_inputs(self, scan: Scan, index: int) -> dict[str, SliceInput]:
        """What each network gets of a slice, 0 at the head, ready to be asked about changes."""
        from spgc.nets.slices.probes import slice_inputs

        return slice_inputs(self.slices, scan, index)


def weights_file(name: str) -> str:
    """Name of a network's weights in the model folder."""
    return f"{name}.safetensors"
