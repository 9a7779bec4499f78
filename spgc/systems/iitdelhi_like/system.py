"""IITDelhi-like: multi-scale features of all slices, four patient classifiers, an ensemble."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spgc.classifiers.classifier import Features, PatientClassifier
from spgc.classifiers.logistic_classifier import LogisticClassifier
from spgc.classifiers.slice_summary import STATISTICS
from spgc.classifiers.stacking import (
    ENSEMBLE,
    StackedClassifiers,
    fit_members,
    member_file,
    stacked_answer,
)
from spgc.contract.scan import LabelledScan, NamedScan, in_case_order
from spgc.contract.system import Options, Prediction
from spgc.errors import UsageError
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.slices.packaged_weights import LITE0
from spgc.nets.slices.spec import SliceSpec
from spgc.protocol import CLASSES
from spgc.systems.iitdelhi_like.iitdelhi_settings import FLAGS, PRESETS, WEIGHTS, IitDelhiSettings
from spgc.systems.iitdelhi_like.stacking_stage import (
    check_stacking,
    classes_of,
    leaking_answers,
    named,
    network_folds,
    summaries,
    table,
    unseen_answers,
)
from spgc.systems.network_system import weights_file
from spgc.systems.slice_system import SliceSystem
from spgc.systems.training_data import check_classes, trained_on_slices

if TYPE_CHECKING:
    from torch import nn


class IitDelhiLike(SliceSystem[IitDelhiSettings]):
    """A design after the abstract of IITDelhi (Garg et al., ICASSP 2021), second of the challenge.

    1. A residual network looks at slices at four depths. 2. Four classifiers of different kinds
    learn from statistics of what it says of all slices of a scan. 3. A logistic regression learns
    from what the four say of scans that they did not learn from.
    """

    name = "iitdelhi-like"
    summary = "multi-scale ResNet-50 on slices, four classifiers, stacking (after IITDelhi, 2nd)"
    settings_type = IitDelhiSettings
    flags = FLAGS
    presets = PRESETS
    weight_kinds = WEIGHTS
    answer_options = ("patient_classifier",)
    packages = ("torch", "torchvision", "xgboost", "scikit-learn")
    origin = (
        "The structure is team IITDelhi's, after the abstract of Garg et al. (ICASSP 2021, pp. "
        "8558-8562); the numbers are ours: their settings are not published."
    )
    limits = (
        "From the abstract: a fine-tuned multi-scale ResNet-50 gives features of all slices, four "
        "patient-level classifiers learn from them, and stacking joins these. Ours: what "
        "multi-scale means, the four kinds, and all settings.",
        "Its patient classifiers learn from features of scans of which some taught the slice "
        "network: surer than those of new scans. The ensemble learns from answers for unseen ones, "
        "unless it was trained with folds=0: then its slice network has seen them all.",
        "A scan is statistics over its slices: where in the lung they lie is not looked at.",
    )

    def __init__(
        self, settings: IitDelhiSettings | None = None, run: Runtime | None = None
    ) -> None:
        super().__init__(settings or IitDelhiSettings(), run or Runtime())
        self._classifiers: Mapping[str, PatientClassifier] = {}

    @property
    def spec(self) -> SliceSpec:
        return self.settings.spec

    @property
    def row_features(self) -> int:
        return self.settings.slice_features

    @classmethod
    def network(
        cls,
        name: str,
        settings: IitDelhiSettings,
        weights: str = "none",
        folder: Path | None = None,
    ) -> nn.Module:
        from spgc.systems.iitdelhi_like.multi_scale_training import build

        return build(settings, weights, folder)

    @classmethod
    def read_settings(cls, options: Options) -> IitDelhiSettings:
        """As in every slice system; packaged weights mean the backbone that they are of."""
        if options.get("weights") == "packaged":
            options = {"backbone": LITE0, **options}
        return super().read_settings(options)

    @property
    def cost(self) -> str:
        """What training costs, in words."""
        if not self.settings.folds:
            return ""
        return (
            f"{self.settings.folds} folds: as many further slice networks, each on about "
            f"{self.settings.folds - 1}/{self.settings.folds} of the training scans (folds=0 for "
            "none)."
        )

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        """Train all three levels on `train` and write the model to `folder`.

        `val` only tells how each epoch does on slices. Raises DataError when a class has no scan,
        no labelled slice, or too few scans for the folds, UsageError for unlabelled scans.
        """
        from spgc.nets import processes
        from spgc.nets.slices.drawn_training import sure_samples
        from spgc.systems.iitdelhi_like.multi_scale_training import train_slices

        self.refuse(unlabelled)
        settings = self.settings
        self._refuse_processes(processes.count())
        train, val = in_case_order(train), in_case_order(val)
        samples = sure_samples(train)
        labels = [sample.label for sample in samples]
        check_classes(train, labels)
        homes = [(train[sample.scan].case_id, sample.label) for sample in samples]
        check_stacking(train)
        folds = network_folds(train, homes, settings) if settings.folds else None
        choose(self.run)  # the engine that answers when all is trained
        make_folder(folder)
        network = train_slices(train, val, settings, self.run, folder, track)
        if not processes.is_main():
            return  # other processes help with the network only
        self.answer_with({settings.backbone: network}, folder)
        found = summaries(self.slices, named(train), len(train), track)
        answers = (
            unseen_answers(train, folds, settings, self.run, folder, track)
            if folds
            else leaking_answers(train, found, settings)
        )
        self._learn_patients(train, table(found, train), answers)
        for name, classifier in self._classifiers.items():
            classifier.save(folder / member_file(name))
        files = [weights_file(settings.backbone), *map(member_file, self._classifiers)]
        self.write(folder, files, trained_on_slices(train, labels))

    def _refuse_processes(self, count: int) -> None:
        """Raise UsageError for folds in several processes, of which each would train its own."""
        if self.settings.folds and count > 1:
            raise UsageError(
                "folds are trained in one process",
                found=f"{count}",
                do="start it without torchrun, or with --folds 0",
            )

    def _learn_patients(
        self, train: Sequence[LabelledScan], features: Features, answers: Features
    ) -> None:
        """Fit the four to (N, 4 · W) features and the ensemble to (N, 12) answers."""
        seed, weights = self.settings.seed, self.settings.patient_weights
        classes = classes_of(train)
        members = fit_members(features, classes, seed, weights)
        ensemble = LogisticClassifier()
        ensemble.fit(answers, classes, seed, weights)
        self._classifiers = {**members, ENSEMBLE: ensemble}

    def _read(self, folder: Path) -> None:
        self.answer_from(folder)
        width = len(STATISTICS) * (len(CLASSES) + self.row_features)
        self._classifiers = StackedClassifiers(folder, width, self.check_unchanged)

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID."""
        return {
            case_id: self._prediction(features)
            for case_id, features in summaries(self.slices, scans, total, track).items()
        }

    def _prediction(self, features: Features) -> Prediction:
        """The class that `patient_classifier` finds most probable."""
        found = stacked_answer(self._classifiers, self.settings.patient_classifier, features)
        covid19, cap, normal = found.tolist()
        return Prediction(CLASSES[int(np.argmax(found))], (covid19, cap, normal))
