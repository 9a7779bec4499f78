"""A base for challenge systems whose networks read whole scans.

What it brings besides `NetworkSystem`: scans put on the networks' grid and kept, answers kept,
the next scan made ready while networks run, `spgc explain` and `spgc bench`.

What a system writes: `presets` and `weight_kinds`; `volume_spec`, what its networks are given;
`network`, one of them untrained; `fit`, which trains, then calls `answer_with` and `write`; and,
where it is not a softmax over three classes averaged over the networks, `network_shares` and
`answer`. Networks answer volumes (B, C, D, H, W) with the pair of rows (B, K) and features (B, F).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.softmax import softmax
from spgc.contract.scan import NamedScan, Scan
from spgc.contract.system import Prediction
from spgc.contract.volumes import VolumeInput
from spgc.files.foreign_names import folder_in
from spgc.jobs.progress import Track, silent
from spgc.model.document import file_digest
from spgc.nets.volumes.kept_volumes import KeptVolumes
from spgc.nets.volumes.volume_networks import VolumeNetworks
from spgc.nets.volumes.volume_predictor import VolumePredictor, VolumeRows, volume_predictor
from spgc.nets.volumes.volume_spec import VolumeSpec
from spgc.protocol import CLASSES
from spgc.systems.network_system import NetworkSystem
from spgc.systems.options import Settings

if TYPE_CHECKING:
    from torch import nn

PREPARED = "volumes"
"""Folder of the scans on the grid in a model folder, while it is trained."""


class VolumeSystem(NetworkSystem[Settings, VolumePredictor]):
    """A system of networks that read whole scans; how it trains is its own affair.

    hidden: what `spgc explain` hides, in words.
    """

    hidden: ClassVar[str] = "grey values, to 0 (black: air)"

    @property
    def volume_spec(self) -> VolumeSpec:
        """What the networks that answer are given of a scan."""
        raise NotImplementedError

    def network_shares(self, name: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows (B, K) of one network to probabilities (B, 3) in `CLASSES` order."""
        return softmax(rows)

    def answer(self, rows: VolumeRows) -> Prediction:
        """The scan's answer from what each network says of it: the mean of their probabilities."""
        shares = [self.network_shares(name, row[None])[0] for name, row in rows.items()]
        return answer_of(np.mean(np.asarray(shares, np.float64), axis=0))

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID."""
        answers = track(self.predictor.predict_many(scans), "scans", total)
        return {case_id: self.answer(rows) for case_id, rows in answers}

    def kept_volumes(self, folder: Path) -> KeptVolumes:
        """Training's volumes, kept in model folder `folder`; `clear` it when all is trained."""
        return KeptVolumes(self.volume_spec, folder_in(folder, PREPARED))

    def answer_with(self, networks: Mapping[str, nn.Module], folder: Path) -> None:
        """Let freshly trained networks answer, whose weights `folder` holds already."""
        files = {name: folder / self.answering_file(name) for name in self.volume_spec.names}
        digests = {name: file_digest(path) for name, path in files.items()}
        self._predictor = volume_predictor(
            networks.__getitem__, self.volume_spec, self.run, digests
        )

    def answer_from(self, folder: Path) -> None:
        """Let the networks of a model folder answer, each read when it is needed.

        Raises UsageError and ModelError for an engine or precision that can't be had.
        """
        digests = self.answering_digests(self.volume_spec.names, folder)
        load = partial(self._stored_network, folder)
        self._predictor = volume_predictor(load, self.volume_spec, self.run, digests)
        self._predictor.check()

    def _read(self, folder: Path) -> None:
        self.answer_from(folder)

    def network_names(self) -> Sequence[str]:
        """Of the networks that answer."""
        return self.volume_spec.names

    def untrained_volume_networks(self) -> VolumeNetworks:
        """The networks of these settings with random weights, each built when it is loaded."""

        def load(name: str) -> nn.Module:
            return self.network(name, self.settings).eval()

        spec = self.volume_spec
        return VolumeNetworks(load, dict.fromkeys(spec.names, "0" * 64), spec.shape)

    def volume_inputs(self, case_id: str, scan: Scan) -> dict[str, VolumeInput]:
        """What each network gets of a scan, ready to be asked about changes."""
        made = self.predictor.kept.prepared(case_id, scan)
        return {
            name: VolumeInput(
                made.volume.astype(np.float32),
                partial(self._shares, name),
                made.box,
                self.volume_spec.pictures,
                hidden=self.hidden,
            )
            for name in self.volume_spec.names
        }

    def _shares(self, name: str, volumes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(B, C, D, H, W) to (B, 3)."""
        return self.network_shares(name, self.predictor.volume_rows(name, volumes))


def answer_of(shares: NDArray[np.float64]) -> Prediction:
    """Probabilities (3,) in `CLASSES` order as an answer; of equal ones the first class wins."""
    covid, cap, normal = (float(share) for share in shares / shares.sum())
    return Prediction(CLASSES[int(np.argmax(shares))], (covid, cap, normal))
