"""Astra: a frozen 3-D encoder of chest CT, and a small classifier on its features."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.principal_logistic import PrincipalLogistic, fit_principal
from spgc.contract.scan import LabelledScan, NamedScan, in_case_order
from spgc.contract.system import NO_OPTIONS, Options, RunSettings
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.model.trained_on import training_facts
from spgc.nets.device import Runtime
from spgc.nets.volumes.astra_weights import ASTRA, ASTRA_FEATURES, RANDOM_FEATURES
from spgc.nets.volumes.volume_predictor import volume_predictor
from spgc.nets.volumes.volume_spec import VolumeSpec
from spgc.protocol import CLASSES
from spgc.systems.astra.astra_card import ORIGIN, limits_of
from spgc.systems.astra.astra_settings import ENCODERS, FLAGS, PRESETS, SYSTEM, AstraSettings
from spgc.systems.astra.chest_volume import FACTS, chest_volume
from spgc.systems.options import unknown_option
from spgc.systems.training_data import check_classes
from spgc.systems.volume_system import VolumeSystem

if TYPE_CHECKING:
    from torch import nn

FILE = "patient-principal.safetensors"
"""All that a model consists of besides model.json: the encoder comes with its package."""

NETWORK = "encoder"

FORM = 1
"""Of the encoder as spgc computes it: raise it when its features change."""


class Astra(VolumeSystem[AstraSettings]):
    """What a pretrained encoder says of a scan, principal components of it, logistic regression."""

    name = SYSTEM
    summary = "frozen pretrained 3-D chest CT encoder (spgc[astra]), PCA, logistic regression"
    settings_type = AstraSettings
    flags = FLAGS
    presets = PRESETS
    weight_kinds = ENCODERS
    packages = ("torch", "scikit-learn")
    origin = ORIGIN

    def __init__(self, settings: AstraSettings | None = None, run: Runtime | None = None) -> None:
        super().__init__(settings or AstraSettings(), run or Runtime())
        self._classifier: PrincipalLogistic | None = None

    @property
    def limits(self) -> Sequence[str]:
        return limits_of(self.settings)

    @property
    def cost(self) -> str:
        """What training costs, in words."""
        return (
            "The encoder reads each training scan once, which is nearly all of it: with --engine "
            "openvino some four times as fast in bf16 as in fp32 (--precision bf16), where the "
            "processor has it. What it says is kept beside the store."
        )

    @classmethod
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> Astra:
        """An untrained system. Raises UsageError, and MissingExtraError without the encoder."""
        system = super().create(options, run)
        system._check_installed()
        return system

    @classmethod
    def read_settings(cls, options: Options) -> AstraSettings:
        """As in every system of networks; first weights are no option, since nothing trains it."""
        if "weights" in options:
            raise unknown_option("weights", cls.options(), cls.name)
        return super().read_settings(options)

    def _check_installed(self) -> None:
        if self.settings.encoder == "astra":
            ASTRA.check_installed()

    def before_reading(self, folder: Path) -> list[str]:
        """Nothing to say. Raises MissingExtraError and ModelError for weights that can't be had."""
        if self.settings.encoder == "astra":
            ASTRA.content()
        return []

    @property
    def volume_spec(self) -> VolumeSpec:
        return VolumeSpec(
            self.settings.grid,
            1,
            {NETWORK: self.encoder_features},
            partial(chest_volume, size=self.settings.grid),
            FACTS,
        )

    @property
    def encoder_features(self) -> int:
        """How many numbers the encoder gives of a scan."""
        return ASTRA_FEATURES if self.settings.encoder == "astra" else RANDOM_FEATURES

    @classmethod
    def network(
        cls,
        name: str,
        settings: AstraSettings,
        weights: str = "none",
        folder: Path | None = None,
    ) -> nn.Module:
        """The encoder, whose weights are always its own."""
        from spgc.nets.volumes.astra_encoder import load_astra, random_encoder

        return load_astra() if settings.encoder == "astra" else random_encoder(settings.seed)

    @property
    def encoder_digest(self) -> str:
        """What tells this encoder from any other."""
        own = ASTRA.sha256 if self.settings.encoder == "astra" else f"{self.settings.seed}"
        return hashlib.sha256(f"{self.settings.encoder} {FORM} {own}".encode()).hexdigest()

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        """Learn from what the encoder says of `train`; `val` is not looked at.

        Raises DataError when a class has no scan, MissingExtraError without the encoder.
        """
        self.refuse(unlabelled)
        train = in_case_order(train)
        check_classes(train)
        self._start()
        scans = [(scan.case_id, scan.scan) for scan in train]
        answers = track(self.predictor.predict_many(scans), "features of scans", len(scans))
        features = np.stack([rows[NETWORK] for _, rows in answers])
        classes = np.array([CLASSES.index(scan.label) for scan in train], np.int64)
        settings = self.settings
        self._classifier = fit_principal(
            features,
            classes,
            settings.components,
            settings.inverse_penalty,
            settings.seed,
            settings.patient_weights,
        )
        make_folder(folder)
        self._classifier.save(folder / FILE, self._marks)
        self.write(folder, [FILE], training_facts(train))

    def _start(self) -> None:
        """Let the encoder answer. Raises UsageError for an engine that can't be had."""
        self._check_installed()
        self._predictor = volume_predictor(
            lambda name: self.network(name, self.settings),
            self.volume_spec,
            self.run,
            {NETWORK: self.encoder_digest},
        )
        self._predictor.check()

    @property
    def _marks(self) -> Mapping[str, NDArray[np.uint8]]:
        """What binds a classifier to the encoder that it learnt from."""
        return {NETWORK: np.frombuffer(self.encoder_digest.encode(), np.uint8)}

    def _read(self, folder: Path) -> None:
        self._start()
        self._classifier = PrincipalLogistic.load(folder / FILE, self.encoder_features, self._marks)

    def network_shares(self, name: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """Features (B, F) to probabilities (B, 3)."""
        if self._classifier is None:
            raise self.untrained()
        return np.stack([self._classifier.probabilities(row) for row in rows]).astype(np.float32)
