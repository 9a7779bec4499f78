"""What a trained model's patient classifiers go by: importance and shuffling, ready to write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spgc.classifiers.feature_table import FEATURES_FILE, read_features
from spgc.classifiers.groups import GROUP_FEATURES
from spgc.classifiers.kinds import KINDS
from spgc.classifiers.xgboost import XGBoostClassifier
from spgc.contract.scan import LabelledScan
from spgc.errors import DataError
from spgc.explain.importance import Importance, importance
from spgc.explain.permutation import BlockLoss, shuffle_blocks
from spgc.jobs.progress import Track, silent
from spgc.model.document import read_model
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.patient_stage import patient_file
from spgc.systems.cnr_iemn.system import CnrIemn


@dataclass(frozen=True)
class Explained:
    """Importance on the scans that `source` names; `losses` by classifier where they were asked."""

    found: Importance
    source: str
    synthetic: bool
    losses: Mapping[str, Sequence[BlockLoss]] = field(default_factory=dict)


def explain_training(model: Path) -> Explained:
    """Importance on the training scans of a model folder, from what is stored there.

    Raises ModelError when the folder is no model or has no training features.
    """
    card = read_model(model, CnrIemn.name)
    config = CnrIemn.stored_settings(card["config"], model)
    width = GROUP_FEATURES * len(config.backbones)
    classifier = XGBoostClassifier.load(model / patient_file("xgboost"), width)
    table = read_features(model / FEATURES_FILE, config.backbones)
    found = importance(classifier, table.features, config.backbones)
    return Explained(found, f"{len(table.cases)} training scans", bool(card["synthetic"]))


def explain_scans(
    system: CnrIemn, scans: Sequence[LabelledScan], split: str, track: Track = silent
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
    config = system.config
    losses = {
        kind: shuffle_blocks(
            system.patient_classifier(kind), features, classes, config.backbones, config.seed
        )
        for kind in KINDS
    }
    found = importance(system.booster(), features, config.backbones)
    synthetic = bool(system.describe()["synthetic"]) or any(scan.synthetic for scan in scans)
    return Explained(found, f"{len(scans)} scans of {split}", synthetic, losses)
