"""The whole CNR-IEMN system: train both stages, predict scans, read and write the model folder.

torch is imported where it is used: an engine that has its networks ready starts without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spgc.classifiers.classifier import Features, PatientClassifier, prediction_of
from spgc.classifiers.feature_table import (
    FEATURES_FILE,
    FeatureTable,
    read_features,
    write_features,
)
from spgc.classifiers.groups import GROUP_FEATURES, scan_features
from spgc.classifiers.kinds import KINDS, classifier_kind, fit_all
from spgc.classifiers.lazy_classifiers import StoredClassifiers
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.contract.scan import LabelledScan, NamedScan
from spgc.contract.system import Options, Prediction
from spgc.errors import ModelError, UsageError
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.slices.predictor import SliceProbabilities
from spgc.nets.slices.spec import SliceSpec
from spgc.systems.cnr_iemn.config import Config, check_patient_stage, config_from
from spgc.systems.cnr_iemn.config_options import (
    PRESETS,
    check_patient_options,
    check_slice_stage,
    config_from_options,
    known_options,
    no_int8,
    scenario_of,
)
from spgc.systems.cnr_iemn.flag_words import FLAGS
from spgc.systems.network_system import weights_file
from spgc.systems.slice_system import SliceSystem
from spgc.systems.training_data import check_classes, trained_on_slices

if TYPE_CHECKING:
    from spgc.systems.cnr_iemn.network import SliceNet


class CnrIemn(SliceSystem[Config]):
    """CNR-IEMN as a challenge system; `config` decides what it is, `runtime` how it runs.

    Both patient classifiers of Table 5 are trained, since the second costs nothing;
    `config.patient_classifier` names the one that answers.
    """

    name = "cnr-iemn"
    summary = "four CNNs on slices, XGBoost on 20 groups (Bougourzi et al., Sensors 2021)"
    settings_type = Config
    flags = FLAGS
    presets = PRESETS
    answer_options = ("patient_classifier",)
    packages = ("torch", "torchvision", "xgboost", "scikit-learn", "scikit-image")
    limits = (
        "Its patient stage learns from what the CNNs say of the very slices that they were "
        "trained on: surer than what they say of new ones.",
        "It sees one slice at a time, and of the whole scan only 20 groups of slices.",
    )

    def __init__(self, config: Config | None = None, runtime: Runtime | None = None) -> None:
        super().__init__(config or Config(), runtime or Runtime())
        check_patient_stage(self.config)
        self._patient: Mapping[str, PatientClassifier] = {}

    @property
    def config(self) -> Config:
        return self.settings

    @property
    def runtime(self) -> Runtime:
        return self.run

    @classmethod
    def options(cls) -> Mapping[str, str]:
        """Every field of the configuration, `preset`, `scenario` and what training alone has."""
        return known_options()

    @classmethod
    def read_settings(cls, options: Options) -> Config:
        return config_from_options(options)

    @classmethod
    def stored_settings(cls, config: Mapping[str, Any], where: Path) -> Config:
        return config_from(config, where)

    @classmethod
    def check(cls, settings: Config) -> None:
        check_slice_stage(settings)

    @classmethod
    def answering(cls, settings: Config, options: Options) -> Config:
        """Option `patient_classifier` names who answers."""
        changed = super().answering(settings, options)
        check_patient_options(changed)
        return changed

    @classmethod
    def network(
        cls, name: str, settings: Config, weights: str = "none", folder: Path | None = None
    ) -> SliceNet:
        from spgc.systems.cnr_iemn.network import network_of

        return network_of(name, settings, weights, folder)

    @property
    def spec(self) -> SliceSpec:
        return self.config.spec

    def no_int8(self) -> UsageError | None:
        """A model whose features are probabilities has none."""
        return no_int8(self.config)

    @property
    def backbones(self) -> tuple[str, ...]:
        return self.config.backbones

    @property
    def seed(self) -> int:
        return self.config.seed

    @property
    def cost(self) -> str:
        """What training costs beyond the usual, in words; empty where it is the usual."""
        from spgc.systems.cnr_iemn.out_of_fold import fold_cost

        return fold_cost(self.config) if self.config.folds else ""

    @property
    def scenario(self) -> str | None:
        """The preset that it was trained by, whatever the seed; None for settings of its own."""
        return scenario_of(self.config)

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

        `val` only tells how each epoch does on slices; nothing is chosen by it (the paper trains
        a fixed number of epochs). Raises DataError when a class has no scan or no labelled slice,
        UsageError for unlabelled scans, which the system has no use for.
        """
        from spgc.contract.scan import in_case_order
        from spgc.nets import processes
        from spgc.systems.cnr_iemn.learnt_slices import first_normals, slice_samples
        from spgc.systems.cnr_iemn.out_of_fold import out_of_fold, scan_folds
        from spgc.systems.cnr_iemn.train_backbones import train_backbones

        self.refuse(unlabelled)
        config = self.config
        if config.folds and processes.count() > 1:
            raise UsageError(
                "folds are trained in one process",
                found=f"{processes.count()}",
                do="start it without torchrun, or without --folds",
            )
        # Sums over scans run in one order, so that the order of `train` changes no bit of a model.
        train, val = in_case_order(train), in_case_order(val)
        normals = first_normals([*train, *val], config.normal_scans)
        samples = slice_samples(train, normals, config)
        checks = slice_samples(val, normals, config)
        check_classes(train, [sample.label for sample in samples])
        folds = scan_folds(train, samples, config) if config.folds else None
        choose(self.runtime)  # the engine that answers when all is trained
        networks = train_backbones(
            (train, samples), (val, checks), config, self.runtime, folder, track
        )
        if not processes.is_main():
            return  # other processes help with the networks only
        weights = [weights_file(name) for name in config.backbones]
        self.answer_with(networks, folder)
        unseen = (
            out_of_fold(train, folds, normals, config, self.runtime, folder, track)
            if folds
            else None
        )
        features = self._features_of_training(train, unseen, track)
        self._patient = fit_all(train, features, config.seed, config.patient_weights)
        for kind, classifier in self._patient.items():
            classifier.save(folder / patient_file(kind))
        write_features(folder / FEATURES_FILE, train, features, config.backbones, folds)
        files = [*weights, *map(patient_file, KINDS), FEATURES_FILE]
        self.write(folder, files, trained_on_slices(train, [sample.label for sample in samples]))

    def _features_of_training(
        self,
        train: Sequence[LabelledScan],
        unseen: Mapping[str, SliceProbabilities] | None,
        track: Track,
    ) -> Features:
        """(N, backbones · 60): from the networks trained on all, or from `unseen` by case ID."""
        if unseen is not None:
            return np.stack([self._shares(unseen[scan.case_id]) for scan in train])
        pairs = [(scan.case_id, scan.scan) for scan in train]
        found = self.features(pairs, len(train), track)
        return np.stack([found[scan.case_id] for scan in train])

    def _read(self, folder: Path) -> None:
        self.answer_from(folder)
        width = GROUP_FEATURES * len(self.backbones)
        self._patient = StoredClassifiers(
            {kind: folder / patient_file(kind) for kind in KINDS}, width, self.check_unchanged
        )

    def _shares(self, slices: SliceProbabilities) -> Features:
        return scan_features(slices, self.config.backbones, self.config.features)

    def features(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Features]:
        """What the patient classifier sees of each scan, (backbones · 60,) in [0, 1], by ID.

        A scan is read, answered and let go.
        """
        answered = track(self.slices.predict_many(scans), "slices of scans", total)
        return {case_id: self._shares(slices) for case_id, slices in answered}

    def training_features(self) -> FeatureTable:
        """The features that the patient classifiers learned from, as the model folder has them."""
        return read_features(self.home / FEATURES_FILE, self.config.backbones)

    def patient_classifier(self, kind: str) -> PatientClassifier:
        """The trained classifier called `kind`, "xgboost" or "svm"."""
        classifier_kind(kind)
        if kind not in self._patient:
            raise self.untrained()
        return self._patient[kind]

    def booster(self) -> XGBoostClassifier:
        """The trained XGBoost classifier, whichever classifier answers."""
        classifier = self.patient_classifier("xgboost")
        if not isinstance(classifier, XGBoostClassifier):
            raise ModelError("patient-xgboost.json holds another classifier")
        return classifier

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID."""
        classifier = partial(self.patient_classifier, self.config.patient_classifier)
        self.slices.then(classifier)  # XGBoost takes as long to import as all else
        features = self.features(scans, total, track)
        return {case_id: prediction_of(classifier(), row) for case_id, row in features.items()}


def patient_file(kind: str) -> str:
    """Name of a patient classifier's file in the model folder."""
    return f"patient-{kind}.json"
