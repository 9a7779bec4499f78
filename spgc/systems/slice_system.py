"""A base for challenge systems whose slice networks run through the engines of spgc.

What it brings besides `NetworkSystem`: prediction in batches of several scans with kept answers;
`--slices`, `spgc explain`, `spgc quantise` and `spgc bench`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.contract.scan import NamedScan, Scan
from spgc.contract.slices import SliceInput
from spgc.contract.system import NO_OPTIONS, Options, RunSettings
from spgc.errors import SpgcError, UsageError
from spgc.nets.device import Runtime
from spgc.nets.slices.predictor import SlicePredictor, SliceProbabilities, predictor
from spgc.nets.slices.spec import SliceSpec
from spgc.protocol import CLASSES
from spgc.systems.network_system import NetworkSystem
from spgc.systems.options import Settings

if TYPE_CHECKING:
    from torch import nn

    from spgc.nets.engines.contract import Networks
    from spgc.nets.engines.int8 import QuantisedNetwork

INT8_FOLDER = "int8"
"""Folder of the quantised networks in the model folder."""


class SliceSystem(NetworkSystem[Settings, SlicePredictor]):
    """A system of slice networks; how it trains, and what it makes of slices, is its own affair.

    Besides what `NetworkSystem` asks for it gives `spec`, the inputs of the networks that answer.
    """

    @classmethod
    def run_of(cls, run: RunSettings | None, options: Options = NO_OPTIONS) -> Runtime:
        """Slices go through in twos at least: one has no spread for batch normalisation."""
        runtime = super().run_of(run, options)
        if runtime.micro_batch == 1:
            raise UsageError("micro_batch is too small", found=1, expected="2 or more")
        return runtime

    @property
    def spec(self) -> SliceSpec:
        """What the networks that answer are given of a slice."""
        raise NotImplementedError

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
        digests = self.answering_digests(self.spec.backbones, folder)
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
        return self._answering(super()._stored_network(folder, name))

    def _answering(self, network: nn.Module) -> nn.Module:
        """The network as engines run it."""
        if not self.row_features:
            return network
        from spgc.nets.slices.feature_rows import FeatureRows

        return FeatureRows(network).eval()

    @property
    def slices(self) -> SlicePredictor:
        """The slice stage. Raises ModelError when nothing is trained."""
        return self.predictor

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

    def is_quantised(self, folder: Path) -> bool:
        from spgc.nets.engines.int8_folder import quantised_networks

        try:
            quantised_networks(folder / INT8_FOLDER, self.slice_networks())
        except SpgcError:
            return False
        return True

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
