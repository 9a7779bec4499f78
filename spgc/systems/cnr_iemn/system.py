"""The whole CNR-IEMN system: train both stages, predict scans, read and write the model folder.

torch is imported where it is used: an engine that has its networks ready starts without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import ModuleType
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
from spgc.classifiers.lazily import StoredClassifiers
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.contract.scan import LabelledScan, NamedScan, Scan
from spgc.contract.slices import SliceInput
from spgc.contract.system import NO_OPTIONS, Options, Prediction, RunSettings
from spgc.errors import ModelError, UsageError
from spgc.jobs.progress import Track, silent
from spgc.jobs.stages import Stage
from spgc.model.document import digests_of, file_digest
from spgc.model.trained_on import training_facts
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.slices.predict import SlicePredictor, SliceProbabilities, predictor
from spgc.protocol import CLASSES
from spgc.systems.base import BaseSystem
from spgc.systems.cnr_iemn.config import Config, check_patient_stage, config_from
from spgc.systems.cnr_iemn.flags import FLAGS
from spgc.systems.cnr_iemn.options import (
    config_from_options,
    known_options,
    no_int8,
    runtime_from,
    scenario_of,
    with_answer_options,
)
from spgc.systems.training_data import check_classes

if TYPE_CHECKING:
    from spgc.nets.engines.contract import Networks
    from spgc.nets.engines.int8 import QuantisedNetwork
    from spgc.nets.slices.samples import Sample
    from spgc.systems.cnr_iemn.network import SliceNet

INT8_FOLDER = "int8"
"""Folder of the quantised networks in the model folder."""


class CnrIemn(BaseSystem[Config, Runtime]):
    """CNR-IEMN as a challenge system; `config` decides what it is, `runtime` how it runs.

    Both patient classifiers of Table 5 are trained, since the second costs nothing;
    `config.patient_classifier` names the one that answers.
    """

    name = "cnr-iemn"
    summary = "four CNNs on slices, XGBoost on 20 groups (Bougourzi et al., Sensors 2021)"
    settings_type = Config
    flags = FLAGS
    packages = ("torch", "torchvision", "xgboost", "scikit-learn", "scikit-image")
    limits = (
        "Its patient stage learns from what the CNNs say of the very slices that they were "
        "trained on: surer than what they say of new ones.",
        "It sees one slice at a time, and of the whole scan only 20 groups of slices.",
    )

    def __init__(self, config: Config | None = None, runtime: Runtime | None = None) -> None:
        super().__init__(config or Config(), runtime or Runtime())
        check_patient_stage(self.config)
        self._predictor: SlicePredictor | None = None
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
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> CnrIemn:
        """An untrained system.

        Raises UsageError for options, a device or an engine that can't be had.
        """
        system = super().create(options, run)
        system.runtime.torch_device()
        choose(system.runtime)
        return system

    @classmethod
    def read_settings(cls, options: Options) -> Config:
        return config_from_options(options)

    @classmethod
    def run_of(cls, run: RunSettings | None, options: Options = NO_OPTIONS) -> Runtime:
        return runtime_from(run, options)

    @classmethod
    def stored_settings(cls, config: Mapping[str, Any], where: Path) -> Config:
        return config_from(config, where)

    @classmethod
    def answering(cls, settings: Config, options: Options) -> Config:
        """Option `patient_classifier` names who answers."""
        return with_answer_options(settings, options)

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

    def before_reading(self, folder: Path) -> list[str]:
        """Find out what can be found out before any scan is read; `folder` gets the model.

        The answer is what there is to say of weight files and shared memory. Raises ModelError for
        first weights that can't be had.
        """
        from spgc.nets.slices.imagenet import unlike_published
        from spgc.nets.slices.samples import slice_bytes
        from spgc.nets.training.shared_memory import small_memory_remark
        from spgc.systems.cnr_iemn.train import check_before_reading

        config, runtime = self.config, self.runtime
        check_before_reading(config, runtime, folder)
        remarks = []
        if config.weights == "imagenet":
            remarks = unlike_published(config.backbones, runtime.weights_folder)
        largest = slice_bytes(max(config.spec.sizes.values()))
        remark = small_memory_remark(config.batch_size, largest, runtime)
        return [*remarks, remark] if remark else remarks

    def join_processes(self) -> ModuleType:
        """Meet the other processes that torchrun or accelerate started."""
        from spgc.nets import processes

        processes.join(self.runtime.torch_device())
        return processes

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
        from spgc.systems.cnr_iemn.out_of_fold import out_of_fold, scan_folds
        from spgc.systems.cnr_iemn.samples import first_normals, slice_samples
        from spgc.systems.cnr_iemn.train import train_backbones

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
        weights = [_weights_file(name) for name in config.backbones]
        digests = {name: file_digest(folder / _weights_file(name)) for name in networks}
        self._predictor = predictor(networks.__getitem__, config.spec, self.runtime, digests)
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
        self.write(folder, files, _trained_on(train, samples))

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
        config = self.config
        weights = {name: _weights_file(name) for name in config.backbones}
        digests = digests_of(self._document, weights, folder)
        self._predictor = predictor(
            partial(_load_network, folder, config),
            config.spec,
            self.runtime,
            digests,
            folder / INT8_FOLDER,
            no_int8(config),
        )
        self._predictor.check()
        width = GROUP_FEATURES * len(config.backbones)
        self._patient = StoredClassifiers(
            {kind: folder / patient_file(kind) for kind in KINDS}, width
        )

    @property
    def _slices(self) -> SlicePredictor:
        """The slice stage. Raises ModelError when nothing is trained."""
        if self._predictor is None:
            raise self.untrained()
        return self._predictor

    def _shares(self, slices: SliceProbabilities) -> Features:
        return scan_features(slices, self.config.backbones, self.config.features)

    def features(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Features]:
        """What the patient classifier sees of each scan, (backbones · 60,) in [0, 1], by ID.

        A scan is read, answered and let go.
        """
        answered = track(self._slices.predict_many(scans), "slices of scans", total)
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

    def run_facts(self) -> Mapping[str, str]:
        """Engine and precision that answered, where options left them to the machine.

        "conversion", if it is there, names networks that are no longer the model's own.
        """
        choice, conversion = self._slices.choice, self._slices.conversion
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
        return self._slices.networks

    def untrained_networks(self) -> Networks:
        """The networks of this configuration with random weights."""
        from spgc.systems.cnr_iemn.network import untrained_networks

        return untrained_networks(self.config)

    def network_names(self) -> Sequence[str]:
        return self.config.backbones

    def quantise(
        self, folder: Path, calibrating: Sequence[NamedScan], checking: Sequence[NamedScan]
    ) -> Iterator[QuantisedNetwork]:
        """Write the int8 networks beside the model in `folder`; see `quantise_slices`.

        Raises UsageError for a model whose features are probabilities.
        """
        from spgc.nets.slices.quantise import quantise_slices

        if (refusal := no_int8(self.config)) is not None:
            raise refusal
        networks = self.slice_networks()
        return quantise_slices(networks, self.config.spec, folder, calibrating, checking)

    def slice_probabilities(self, case_id: str, scan: Scan) -> SliceProbabilities:
        """What each backbone says of each slice: (S, 3) by backbone, head to feet."""
        return self._slices.predict(case_id, scan)

    def slice_inputs(self, scan: Scan, index: int) -> dict[str, SliceInput]:
        """What each backbone gets of a slice, 0 at the head, ready to be asked about changes."""
        from spgc.nets.slices.probes import slice_inputs

        return slice_inputs(self._slices, scan, index)

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID."""
        features = self.features(scans, total, track)
        classifier = partial(self.patient_classifier, self.config.patient_classifier)
        return {case_id: prediction_of(classifier(), row) for case_id, row in features.items()}


def _trained_on(scans: Sequence[LabelledScan], samples: Sequence[Sample]) -> dict[str, Any]:
    """What model.json says of the training data."""
    slices = Counter(CLASSES[sample.label] for sample in samples)
    counts = {name: slices[name] for name in CLASSES}
    return training_facts(scans) | {"labelled_slices": counts}


def _load_network(folder: Path, config: Config, backbone: str) -> SliceNet:
    """The trained network, from its file, which has been checked."""
    from spgc.nets.training.checkpoint import load_weights
    from spgc.systems.cnr_iemn.network import network_of

    network = network_of(backbone, config)
    load_weights(network, folder / _weights_file(backbone))
    return network.eval()


def _weights_file(backbone: str) -> str:
    return f"{backbone}.safetensors"


def patient_file(kind: str) -> str:
    """Name of a patient classifier's file in the model folder."""
    return f"patient-{kind}.json"
