"""CNR-IEMN's options as flags of `spgc train` and `spgc predict`."""

from __future__ import annotations

from spgc.contract.flags import Flag
from spgc.systems.slice_options import (
    LUNGS_FLAG,
    PRESET_FLAG,
    RUN_FLAGS,
    SEED_FLAG,
    WEIGHTS_FLAG,
)

FLAGS = (
    WEIGHTS_FLAG,
    PRESET_FLAG,
    Flag("scenario", "table1 to table5: an experiment of the paper.", "the whole system"),
    Flag("epochs", "Epochs per backbone.", "the preset's"),
    Flag("batch_size", "Batch size in slices.", "the preset's"),
    LUNGS_FLAG,
    SEED_FLAG,
    Flag(
        "features",
        "counts of predicted classes per group of slices, or mean probabilities.",
        "counts",
    ),
    Flag(
        "folds",
        "Cross-validation folds for out-of-fold features of the training scans; the slice stage "
        "takes FOLDS times as long.",
        "0, as the paper",
    ),
    Flag("patient_weights", "equal, or balanced: each class of scans weighs the same.", "equal"),
    *RUN_FLAGS,
    Flag(
        "patient_classifier",
        "xgboost or svm.",
        "the model's own, xgboost in the paper",
        "--classifier",
        answering=True,
    ),
)
