"""Feature importance and permutation losses of a trained model's patient classifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from spgc.classifiers.kinds import KINDS
from spgc.classifiers.patient_stage import HasPatientStage
from spgc.contract.scan import LabelledScan
from spgc.errors import DataError
from spgc.explain.feature_importance import Importance, importance
from spgc.explain.permutation import BlockLoss, shuffle_blocks
from spgc.jobs.progress import Track, silent
from spgc.protocol import CLASSES


@dataclass(frozen=True)
class Explained:
    """Importance on the scans that `source` names; `losses` by classifier where they were asked."""

    found: Importance
    source: str
    synthetic: bool
    losses: Mapping[str, Sequence[BlockLoss]] = field(default_factory=dict)


def explain_training(system: HasPatientStage) -> Explained:
    """Importance on the training scans, from what the model folder keeps of them.

    Raises ModelError when it has no training features.
    """
    classifier, table = system.booster(), system.training_features()
    found = importance(classifier, table.features, system.backbones)
    synthetic = bool(system.describe()["synthetic"])
    return Explained(found, f"{len(table.cases)} training scans", synthetic)


def explain_scans(
    system: HasPatientStage, scans: Sequence[LabelledScan], split: str, track: Track = silent
) -> Explained:
    """Importance on other scans, and what shuffling blocks of features costs on them.

    Raises DataError when there is no scan.
    """
    if not scans:
        raise DataError(
            "no scan with a known class",
            where=split,
            expected="one or more",
            do="name a split whose classes are in a manifest",
        )
    pairs = [(scan.case_id, scan.scan) for scan in scans]
    by_case = system.features(pairs, len(pairs), track)
    features = np.stack([by_case[scan.case_id] for scan in scans])
    classes = np.array([CLASSES.index(scan.label) for scan in scans], np.int64)
    losses = {
        kind: shuffle_blocks(
            system.patient_classifier(kind), features, classes, system.backbones, system.seed
        )
        for kind in KINDS
    }
    found = importance(system.booster(), features, system.backbones)
    synthetic = bool(system.describe()["synthetic"]) or any(scan.synthetic for scan in scans)
    return Explained(found, f"{len(scans)} scans of {split}", synthetic, losses)
