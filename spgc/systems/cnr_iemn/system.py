"""The whole CNR-IEMN system: train both stages, predict scans, read and write the model folder.

torch is imported where it is used: an engine that has its networks ready starts without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spgc.classifiers.classifier import Features, PatientClassifier
from spgc.classifiers.feature_table import (
    FEATURES_FILE,
    FeatureTable,
    read_features,
    write_features,
)
from spgc.classifiers.groups import GROUP_FEATURES, scan_features
from spgc.classifiers.kinds import KINDS, classifier_kind
from spgc.classifiers.lazily import StoredClassifiers
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.contract.abilities import Processes
from spgc.contract.scan import LabelledScan, NamedScan, Scan
from spgc.contract.slices import SliceInput
from spgc.contract.system import NO_OPTIONS, Options, Prediction, RunSettings
from spgc.errors import DataError, ModelError, UsageError
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.jobs.stages import Stage
from spgc.model.folder import copy_model
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.slices.predict import SlicePredictor, SliceProbabilities, predictor
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.flags import FLAGS
from spgc.systems.cnr_iemn.model_folder import file_digest, read_card, write_card
from spgc.systems.cnr_iemn.options import (
    config_from_options,
    known_options,
    runtime_from,
    scenario_of,
    with_answer_options,
)
from spgc.systems.cnr_iemn.patient_settings import check_patient_stage
from spgc.systems.unlabelled import refuse_unlabelled

if TYPE_CHECKING:
    from spgc.nets.engines.contract import Networks
    from spgc.systems.cnr_iemn.network import SliceNet
    from spgc.systems.cnr_iemn.samples import Sample


class CnrIemn:
    """CNR-IEMN as a challenge system; `config` decides what it is, `runtime` how it runs.

    Both patient classifiers of Table 5 are trained, since the second costs nothing;
    `config.patient_classifier` names the one that answers.
    """

    name = "cnr-iemn"
    summary = "four CNNs on slices, XGBoost on 20 groups (Bougourzi et al., Sensors 2021)"
    learns_unlabelled = False
    flags = FLAGS
    limits = (
        "Its patient stage learns from what the CNNs say of the very slices that they were "
        "trained on: surer than what they say of new ones.",
        "It sees one slice at a time, and of the whole scan only 20 groups of slices.",
    )

    def __init__(self, config: Config | None = None, runtime: Runtime | None = None) -> None:
        self.config, self.runtime = config or Config(), runtime or Runtime()
        check_patient_stage(self.config)
        self._slices: SlicePredictor | None = None
        self._patient: Mapping[str, PatientClassifier] = {}
        self._card: Mapping[str, Any] = {}
        self._home: Path | None = None

    @classmethod
    def options(cls) -> Mapping[str, str]:
        """Every field of the configuration, and `preset`."""
        return known_options()

    @classmethod
    def create(cls, options: Options = NO_OPTIONS, run: RunSettings | None = None) -> CnrIemn:
        """An untrained system.

        Raises UsageError for options, a device or an engine that can't be had.
        """
        config, runtime = config_from_options(options), runtime_from(run, options)
        runtime.torch_device()
        choose(runtime)
        return cls(config, runtime)

    @property
    def cost(self) -> str:
        """What training costs beyond the usual, in words; empty where it is the usual."""
        from spgc.systems.cnr_iemn.out_of_fold import fold_cost

        return fold_cost(self.config) if self.config.folds else ""

    def before_reading(self, folder: Path) -> list[str]:
        """Find out what can be found out before any scan is read; `folder` gets the model.

        The answer is what there is to say of weight files and shared memory. Raises ModelError for
        first weights that can't be had.
        """
        from spgc.nets.slices.imagenet import unlike_published
        from spgc.nets.training.shared_memory import small_memory_remark
        from spgc.nets.training.start import check_before_reading

        config, runtime = self.config, self.runtime
        check_before_reading(config, runtime, folder)
        remarks = []
        if config.weights == "imagenet":
            remarks = unlike_published(config.backbones, runtime.weights_folder)
        remark = small_memory_remark(config, runtime)
        return [*remarks, remark] if remark else remarks

    @property
    def lung_method(self) -> str:
        return self.config.lung_method

    @property
    def backbones(self) -> tuple[str, ...]:
        return self.config.backbones

    @property
    def seed(self) -> int:
        return self.config.seed

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
        from spgc.nets import processes
        from spgc.nets.training.start import check_before_training
        from spgc.systems.cnr_iemn.out_of_fold import folds_of, out_of_fold
        from spgc.systems.cnr_iemn.samples import first_normals, in_case_order, slice_samples
        from spgc.systems.cnr_iemn.train import train_backbone

        refuse_unlabelled(self.name, unlabelled)
        if self.config.folds and processes.count() > 1:
            raise UsageError(
                "folds are trained in one process",
                found=f"{processes.count()}",
                do="start it without torchrun, or without --folds",
            )
        # Sums over scans run in one order, so that the order of `train` changes no bit of a model.
        train, val = in_case_order(train), in_case_order(val)
        normals = first_normals([*train, *val], self.config.normal_scans)
        samples = slice_samples(train, normals, self.config)
        checks = slice_samples(val, normals, self.config)
        _check_classes(train, samples)
        folds = folds_of(train, samples, self.config) if self.config.folds else None
        choose(self.runtime)  # the engine that answers when all is trained
        with processes.main_first():  # one downloads
            check_before_training(
                self.config.backbones, (train, samples), self.config, self.runtime, folder
            )
        make_folder(folder)
        networks = {
            name: train_backbone(
                name, (train, samples), (val, checks), self.config, self.runtime, folder, track
            )
            for name in self.config.backbones
        }
        if not processes.is_main():
            return  # other processes help with the networks only
        weights = [_weights_file(name) for name in self.config.backbones]
        digests = {name: file_digest(folder / _weights_file(name)) for name in networks}
        self._slices = predictor(networks.__getitem__, self.config, self.runtime, digests)
        unseen = (
            out_of_fold(train, folds, normals, self.config, self.runtime, folder, track)
            if folds
            else None
        )
        features = self._training_features(train, unseen, track)
        self._patient = self._fit_patient(train, features)
        for kind, classifier in self._patient.items():
            classifier.save(folder / patient_file(kind))
        write_features(folder / FEATURES_FILE, train, features, self.config.backbones, folds)
        files = [*weights, *map(patient_file, KINDS), FEATURES_FILE]
        self._card = write_card(folder, self.config, files, train, samples)
        self._home = folder

    def save(self, folder: Path) -> None:
        """Copy the model to `folder`. Raises ModelError when nothing is trained."""
        if self._home is None:
            raise _untrained()
        copy_model(self._home, folder)

    def _training_features(
        self,
        train: Sequence[LabelledScan],
        unseen: Mapping[str, SliceProbabilities] | None,
        track: Track,
    ) -> Features:
        """(N, backbones · 60): from the networks trained on all, or from `unseen` by case ID."""
        if unseen is not None:
            rows = [self._shares(unseen[scan.case_id]) for scan in train]
        else:
            pairs = [(scan.case_id, scan.scan) for scan in train]
            found = self.features(pairs, len(train), track)
            rows = [found[scan.case_id] for scan in train]
        return np.stack(rows)

    def _fit_patient(
        self, train: Sequence[LabelledScan], features: Features
    ) -> dict[str, PatientClassifier]:
        """Both patient classifiers on the features of the training scans (paper, 3.3.2)."""
        classes = np.array([CLASSES.index(scan.label) for scan in train], np.int64)
        trained: dict[str, PatientClassifier] = {kind: make() for kind, make in KINDS.items()}
        for classifier in trained.values():
            classifier.fit(features, classes, self.config.seed, self.config.patient_weights)
        return trained

    def _shares(self, probabilities: SliceProbabilities) -> Features:
        return scan_features(probabilities, self.config.backbones, self.config.features)

    def features(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Features]:
        """What the patient classifier sees of each scan, (backbones · 60,) in [0, 1], by ID.

        A scan is read, answered and let go.
        """
        if self._slices is None:
            raise _untrained()
        answered = track(self._slices.predict_many(scans), "slices of scans", total)
        return {case_id: self._shares(slices) for case_id, slices in answered}

    def training_features(self) -> FeatureTable:
        """The features that the patient classifiers learned from, as the model folder has them."""
        if self._home is None:
            raise _untrained()
        return read_features(self._home / FEATURES_FILE, self.config.backbones)

    def patient_classifier(self, kind: str) -> PatientClassifier:
        """The trained classifier called `kind`, "xgboost" or "svm"."""
        classifier_kind(kind)
        if kind not in self._patient:
            raise _untrained()
        return self._patient[kind]

    def booster(self) -> XGBoostClassifier:
        """The trained XGBoost classifier, whichever classifier answers."""
        classifier = self.patient_classifier("xgboost")
        if not isinstance(classifier, XGBoostClassifier):
            raise ModelError("patient-xgboost.json holds another classifier")
        return classifier

    def join_processes(self) -> Processes:
        """Meet the other processes that torchrun or accelerate started."""
        from spgc.nets import processes

        processes.join(self.runtime.torch_device())
        return processes

    def network_names(self) -> Sequence[str]:
        """Of the networks that `quantise` makes."""
        return self.config.backbones

    def quantise(
        self, folder: Path, calibrating: Sequence[NamedScan], checking: Sequence[NamedScan]
    ) -> Iterator[Any]:
        """Write int8 networks into model folder `folder`; the result of each, in turn."""
        from spgc.nets.slices.quantise import quantise_model

        return quantise_model(folder, calibrating, checking)

    def run_facts(self) -> Mapping[str, str]:
        """Engine and precision that answered, where options left them to the machine.

        "conversion", if it is there, names networks that are no longer the model's own.
        """
        if self._slices is None:
            raise _untrained()
        choice, conversion = self._slices.choice, self._slices.conversion
        used = {"engine": choice.engine, "precision": choice.precision, "device": choice.device}
        return used | ({"conversion": conversion} if conversion else {})

    def run_stages(self) -> Sequence[Stage]:
        """Where prediction's time went so far; stages overlap."""
        return self._slices.stages.rows() if self._slices else ()

    def run_remarks(self) -> Sequence[str]:
        """What was found damaged on disk and made again."""
        return self._slices.remarks if self._slices else ()

    def slice_networks(self) -> Networks:
        """The trained networks, read when they are asked for."""
        if self._slices is None:
            raise _untrained()
        return self._slices.networks

    def untrained_networks(self) -> Networks:
        """The networks of this configuration with random weights."""
        from spgc.systems.cnr_iemn.network import untrained_networks

        return untrained_networks(self.config)

    def slice_probabilities(self, case_id: str, scan: Scan) -> SliceProbabilities:
        """What each backbone says of each slice: (S, 3) by backbone, head to feet."""
        if self._slices is None:
            raise _untrained()
        return self._slices.predict(case_id, scan)

    def slice_inputs(self, scan: Scan, index: int) -> dict[str, SliceInput]:
        """What each backbone gets of a slice, 0 at the head, ready to be asked about changes."""
        from spgc.nets.slices.probes import slice_inputs

        if self._slices is None:
            raise _untrained()
        return slice_inputs(self._slices, self.config, scan, index)

    def predict(
        self, scans: Iterable[tuple[str, Scan]], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID."""
        features = self.features(scans, total, track)
        return {case_id: self._answer(row) for case_id, row in features.items()}

    def _answer(self, features: Features) -> Prediction:
        classifier = self.patient_classifier(self.config.patient_classifier)
        classes, probabilities = classifier.predict(features[None])
        label = CLASSES[int(classes[0])]
        if probabilities is None:
            return Prediction(label)
        covid19, cap, normal = (float(p) for p in probabilities[0])
        return Prediction(label, (covid19, cap, normal))

    def describe(self) -> Mapping[str, Any]:
        """What model.json holds; before training, the configuration alone."""
        return self._card or {"system": self.name, "config": self.config.as_dict()}

    @classmethod
    def load(
        cls,
        folder: Path,
        run: Runtime | RunSettings | None = None,
        options: Options = NO_OPTIONS,
    ) -> CnrIemn:
        """The system that `fit` wrote to `folder`; option `patient_classifier` names who answers.

        Raises ModelError when the folder is no model, incomplete, damaged or of another format.
        """
        card, trained = read_card(folder)
        config = with_answer_options(trained, options)
        system = cls(config, runtime_from(run))
        digests = {name: card["files"][_weights_file(name)] for name in config.backbones}
        load = partial(_load_network, folder, config)
        int8 = folder / "int8"
        system._slices = predictor(load, config, system.runtime, digests, int8)
        system._slices.check()
        width = GROUP_FEATURES * len(config.backbones)
        files = {kind: folder / patient_file(kind) for kind in KINDS}
        system._patient = StoredClassifiers(files, width)
        system._card, system._home = card, folder
        return system


def _load_network(folder: Path, config: Config, backbone: str) -> SliceNet:
    """The trained network, from its file that `read_card` has checked."""
    from spgc.nets.training.checkpoint import load_weights
    from spgc.systems.cnr_iemn.network import network_of

    network = network_of(backbone, config)
    load_weights(network, folder / _weights_file(backbone))
    return network.eval()


def _untrained() -> ModelError:
    return ModelError("the system is not trained", do="call fit, or load a model folder")


def _weights_file(backbone: str) -> str:
    return f"{backbone}.safetensors"


def patient_file(kind: str) -> str:
    """Name of a patient classifier's file in the model folder."""
    return f"patient-{kind}.json"


def _check_classes(train: Sequence[LabelledScan], samples: Sequence[Sample]) -> None:
    for number, label in enumerate(CLASSES):
        scans = sum(scan.label == label for scan in train)
        slices = sum(sample.label == number for sample in samples)
        if not scans or not slices:
            raise DataError(
                f"nothing to learn {label} from",
                where="training split",
                found=f"{scans} scans, {slices} labelled slices",
                expected="at least one of each",
                do="check the folder and its slice labels with spgc data check",
            )
