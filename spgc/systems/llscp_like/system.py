"""LLSCP-like as a challenge system: train both stages, answer for whole scans.

torch is imported where it is used: an engine that has its networks ready starts without it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan, NamedScan, in_case_order
from spgc.contract.system import Prediction
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.model.trained_on import training_facts
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.volumes.volume_predictor import VolumeRows
from spgc.nets.volumes.volume_spec import VolumeSpec
from spgc.systems.llscp_like.llscp_card import ORIGIN, limits_of
from spgc.systems.llscp_like.llscp_settings import (
    FIRST,
    FLAGS,
    KINDS,
    PRESETS,
    SYSTEM,
    LlscpSettings,
)
from spgc.systems.llscp_like.lung_volume import lung_volume
from spgc.systems.llscp_like.two_answers import joined, shares_of
from spgc.systems.training_data import check_classes
from spgc.systems.volume_system import VolumeSystem, answer_of

if TYPE_CHECKING:
    from torch import nn


class LlscpLike(VolumeSystem[LlscpSettings]):
    """A design after the abstract of LLSCP (Yang et al., ICASSP 2021), third of the challenge.

    1. A 3-D ResNet looks at volume and lung mask and knows three classes. 2. Five more, which start
    from it, tell COVID-19 from CAP, each on as many scans of both. 3. The first says how normal a
    scan is, the five share out the rest.
    """

    name = SYSTEM
    summary = "3-D ResNets on volume and lung mask, two stages, 1 + 5 networks (after LLSCP, 3rd)"
    settings_type = LlscpSettings
    flags = FLAGS
    presets = PRESETS
    weight_kinds = KINDS
    packages = ("torch", "torchvision")
    origin = ORIGIN
    hidden = "grey values, to 0 (black: air); the lung mask, their second channel, stays as it is"

    def __init__(self, settings: LlscpSettings | None = None, run: Runtime | None = None) -> None:
        super().__init__(settings or LlscpSettings(), run or Runtime())

    @property
    def limits(self) -> tuple[str, ...]:
        """What the model card says of these settings."""
        return limits_of(self.settings)

    @property
    def volume_spec(self) -> VolumeSpec:
        settings = self.settings
        prepare = partial(lung_volume, settings)
        return VolumeSpec(settings.size, 2, settings.outputs, prepare, settings.shown())

    @classmethod
    def network(
        cls, name: str, settings: LlscpSettings, weights: str = "none", folder: Path | None = None
    ) -> nn.Module:
        from spgc.systems.llscp_like.two_stages import build

        return build(settings, name)

    def before_reading(self, folder: Path) -> list[str]:
        """Make sure of the first weights before any scan is read; `folder` gets the model.

        The answer is what there is to say of their file. Raises ModelError when they can't be had.
        """
        from spgc.nets.training.start import anything_left
        from spgc.nets.volumes.volume_weights import check_weights_file

        if anything_left(folder, FIRST):
            return []  # the scans decide whether it needs them
        settings = self.settings
        return check_weights_file(settings.weights, settings.body, self.run.weights_folder)

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        """Train both stages on `train` and write the model to `folder`.

        `val` only tells how each epoch does. Raises DataError when a class has no scan, UsageError
        for unlabelled scans, ModelError for first weights that can't be had.
        """
        from spgc.nets import processes
        from spgc.systems.llscp_like.two_stages import StagesWork, train_stages

        self.refuse(unlabelled)
        train, val = in_case_order(train), in_case_order(val)
        check_classes(train)
        choose(self.run)  # the engine that answers when all is trained
        self.join_processes()
        make_folder(folder)
        kept = self.kept_volumes(folder)
        train_stages(StagesWork(train, val, kept, self.settings, self.run, folder, track))
        if not processes.is_main():
            return  # other processes help with the networks only
        files = [self.answering_file(name) for name in self.settings.outputs]
        self.write(folder, files, training_facts(train))
        self.answer_from(folder)
        kept.clear()

    def network_shares(self, name: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return shares_of(name, rows)

    def answer(self, rows: VolumeRows) -> Prediction:
        return answer_of(joined(rows))
