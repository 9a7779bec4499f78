"""The whole CNR-IEMN system: train both stages, predict scans, read and write the model folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spgc.errors import DataError, ModelError
from spgc.progress import Track, silent
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn import processes
from spgc.systems.cnr_iemn.checkpoint import load_weights
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.groups import scan_features
from spgc.systems.cnr_iemn.model_folder import file_digest, joint_digest, read_card, write_card
from spgc.systems.cnr_iemn.network import build_slice_net
from spgc.systems.cnr_iemn.patient import KINDS, Features, PatientClassifier, classifier_kind
from spgc.systems.cnr_iemn.predict_slices import SlicePredictor, SliceProbabilities
from spgc.systems.cnr_iemn.runtime import Runtime
from spgc.systems.cnr_iemn.samples import Sample, first_normals, slice_samples
from spgc.systems.cnr_iemn.train_slices import train_backbone
from spgc.systems.contract import LabelledScan, Prediction, Scan


class CnrIemn:
    """CNR-IEMN as a challenge system; `config` decides what it is, `runtime` how it runs.

    Both patient classifiers of Table 5 are trained, since the second costs nothing;
    `config.patient_classifier` names the one that answers.
    """

    name = "cnr-iemn"

    def __init__(self, config: Config | None = None, runtime: Runtime | None = None) -> None:
        self.config, self.runtime = config or Config(), runtime or Runtime()
        self._slices: SlicePredictor | None = None
        self._patient: Mapping[str, PatientClassifier] = {}
        self._card: Mapping[str, Any] = {}

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
    ) -> None:
        """Train both stages on `train` and write the model to `folder`.

        `val` only tells how each epoch does on slices; nothing is chosen by it (the paper trains
        a fixed number of epochs). Raises DataError when a class has no scan or no labelled slice.
        """
        classifier_kind(self.config.patient_classifier)
        normals = first_normals([*train, *val], self.config.normal_scans)
        samples = slice_samples(train, normals, self.config)
        checks = slice_samples(val, normals, self.config)
        _check_classes(train, samples)
        folder.mkdir(parents=True, exist_ok=True)
        networks = {
            name: train_backbone(
                name, (train, samples), (val, checks), self.config, self.runtime, folder, track
            )
            for name in self.config.backbones
        }
        if not processes.is_main():
            return  # other processes help with the networks only
        weights = [_weights_file(name) for name in self.config.backbones]
        digests = {name: file_digest(folder / name) for name in weights}
        self._slices = SlicePredictor(networks, self.config, self.runtime, joint_digest(digests))
        self._patient = self._fit_patient(train, track)
        for kind, classifier in self._patient.items():
            classifier.save(folder / _patient_file(kind))
        files = [*weights, *map(_patient_file, KINDS)]
        self._card = write_card(folder, self.config, files, train, samples)

    def _fit_patient(
        self, train: Sequence[LabelledScan], track: Track
    ) -> dict[str, PatientClassifier]:
        """Both patient classifiers on the features of the training scans (paper, 3.3.2)."""
        scans = track(train, "features of training scans", len(train))
        features = np.stack([self._features(scan.case_id, scan.scan) for scan in scans])
        classes = np.array([CLASSES.index(scan.label) for scan in train], np.int64)
        trained: dict[str, PatientClassifier] = {kind: make() for kind, make in KINDS.items()}
        for classifier in trained.values():
            classifier.fit(features, classes, self.config.seed)
        return trained

    def _features(self, case_id: str, scan: Scan) -> Features:
        return scan_features(self.slice_probabilities(case_id, scan), self.config.backbones)

    def slice_probabilities(self, case_id: str, scan: Scan) -> SliceProbabilities:
        """What each backbone says of each slice: (S, 3) by backbone, head to feet."""
        if self._slices is None:
            raise ModelError("the system is not trained", do="call fit, or load a model folder")
        return self._slices.predict(case_id, scan)

    def predict(
        self, scans: Iterable[tuple[str, Scan]], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID; scans are read one at a time."""
        return {
            case_id: self._answer(self._features(case_id, scan))
            for case_id, scan in track(scans, "predicting scans", total)
        }

    def _answer(self, features: Features) -> Prediction:
        classifier = self._patient[self.config.patient_classifier]
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
    def load(cls, folder: Path, runtime: Runtime | None = None) -> CnrIemn:
        """The system that `fit` wrote to `folder`.

        Raises ModelError when the folder is no model, incomplete, damaged or of another format.
        """
        card, config = read_card(folder)
        system = cls(config, runtime)
        device = system.runtime.torch_device()
        networks = {}
        for name in config.backbones:
            network = build_slice_net(name)
            load_weights(network, folder / _weights_file(name))
            networks[name] = network.to(device)
        digests = {_weights_file(n): card["files"][_weights_file(n)] for n in config.backbones}
        system._slices = SlicePredictor(networks, config, system.runtime, joint_digest(digests))
        system._patient = {
            kind: make.load(folder / _patient_file(kind)) for kind, make in KINDS.items()
        }
        system._card = card
        return system


def _weights_file(backbone: str) -> str:
    return f"{backbone}.safetensors"


def _patient_file(kind: str) -> str:
    return f"patient-{kind}.json"


def _check_classes(train: Sequence[LabelledScan], samples: Sequence[Sample]) -> None:
    for number, label in enumerate(CLASSES):
        scans = sum(scan.label == label for scan in train)
        slices = sum(sample.label == number for sample in samples)
        if not scans or not slices:
            raise DataError(
                f"nothing to learn {label} from", where="training split",
                found=f"{scans} scans, {slices} labelled slices",
                expected="at least one of each",
                do="check the folder and its slice labels with spgc data check",
            )  # fmt: skip
