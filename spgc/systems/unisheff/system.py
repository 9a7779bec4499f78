"""The UniSheff system: train the network, answer for scans, read the model folder.

torch is imported where it is used: an engine that has its network ready starts without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spgc.contract.scan import LabelledScan, NamedScan, in_case_order
from spgc.contract.system import Prediction
from spgc.files.whole import make_folder
from spgc.jobs.progress import Telling, Track, silent
from spgc.model.trained_on import training_facts
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.volumes.volume_predictor import VolumeRows
from spgc.nets.volumes.volume_spec import VolumeSpec
from spgc.systems.training_data import check_classes
from spgc.systems.unisheff.resampling_draws import ScanAsDrawn, answered_draw
from spgc.systems.unisheff.unisheff_card import ORIGIN, limits_of
from spgc.systems.unisheff.unisheff_flags import FLAGS
from spgc.systems.unisheff.unisheff_settings import PRESETS, SYSTEM, WEIGHTS, UniSheffSettings
from spgc.systems.volume_system import VolumeSystem, answer_of

if TYPE_CHECKING:
    from torch import nn


class UniSheff(VolumeSystem[UniSheffSettings]):
    """UniSheff as a challenge system; `settings` decide what it is, `run` how it runs."""

    name = SYSTEM
    summary = "3-D ResNet on the whole scan, lung masks inside (Xue, Abhayaratne 2021 and 2023)"
    settings_type = UniSheffSettings
    flags = FLAGS
    presets = PRESETS
    weight_kinds = WEIGHTS
    answer_options = ("draws",)
    packages = ("torch", "torchvision")
    origin = ORIGIN
    hidden = "stretched grey values of the lungs, to 0 (black)"

    def __init__(
        self, settings: UniSheffSettings | None = None, run: Runtime | None = None
    ) -> None:
        super().__init__(settings or UniSheffSettings(), run or Runtime())

    @classmethod
    def network(
        cls,
        name: str,
        settings: UniSheffSettings,
        weights: str = "none",
        folder: Path | None = None,
    ) -> nn.Module:
        from spgc.systems.unisheff.unisheff_training import build_network

        return build_network(settings, weights, folder)

    @property
    def volume_spec(self) -> VolumeSpec:
        return self.settings.volumes

    @property
    def limits(self) -> tuple[str, ...]:
        """What the model card says of these settings."""
        return limits_of(self.settings)

    def before_reading(self, folder: Path) -> list[str]:
        """Make sure of the first weights before any scan is read; `folder` gets the model.

        The answer is what there is to say of their file. Raises ModelError when they can't be had.
        """
        from spgc.nets.training.start import anything_left
        from spgc.nets.volumes.volume_weights import check_weights_file
        from spgc.systems.unisheff.unisheff_training import body_of

        if anything_left(folder, self.settings.network):
            return []  # the scans decide whether it needs them
        body = body_of(self.settings)
        return check_weights_file(self.settings.weights, body, self.run.weights_folder)

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        """Train the network on `train` and write the model to `folder`.

        `val` only tells how each epoch does. Raises DataError when a class has no scan, UsageError
        for unlabelled scans, which the system has no use for.
        """
        from spgc.nets import processes
        from spgc.systems.unisheff.unisheff_training import train_network

        self.refuse(unlabelled)
        train, val = in_case_order(train), in_case_order(val)
        check_classes(train)
        choose(self.run)  # the engine that answers when all is trained
        self.join_processes()
        make_folder(folder)
        kept = self.kept_volumes(folder)
        network = train_network(train, val, self.settings, kept, self.run, folder, track)
        if not processes.is_main():
            return  # other processes help with the network only
        kept.clear()
        self.answer_with({self.settings.network: network}, folder)
        files = [self.answering_file(self.settings.network)]
        self.write(folder, files, training_facts(train))

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID: the mean over its draws, if there are any."""
        draws = self.settings.draws
        if not draws:
            return super().predict(scans, total, track)
        found = self.predictor.predict_many(_drawn(scans, draws))
        groups = Telling(
            ((case_id, list(rows)) for case_id, rows in groupby(found, lambda one: one[0])),
            found.status,
        )
        return {
            case_id: self._mean([one for _, one in rows])
            for case_id, rows in track(groups, "scans", total)
        }

    def _mean(self, drawn: Sequence[VolumeRows]) -> Prediction:
        """The answer from what the network says of each draw."""
        name = self.settings.network
        shares = [self.network_shares(name, rows[name][None])[0] for rows in drawn]
        return answer_of(np.mean(np.asarray(shares, np.float64), axis=0))


def _drawn(scans: Iterable[NamedScan], draws: int) -> Iterator[NamedScan]:
    """Each scan as often as it is drawn, one after the other."""
    for case_id, scan in scans:
        for number in range(draws):
            yield case_id, ScanAsDrawn(scan, answered_draw(scan.key, number))
