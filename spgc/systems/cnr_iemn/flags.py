"""CNR-IEMN's options as flags of `spgc train` and `spgc predict`."""

from __future__ import annotations

from spgc.contract.flags import Flag

FLAGS = (
    Flag(
        "weights",
        "imagenet (torchvision's cache or download), none (random start), or a folder with "
        "torchvision's weight files.",
        "imagenet",
    ),
    Flag("preset", "paper, or demo: small images, few epochs.", "paper"),
    Flag("scenario", "table1 to table5: an experiment of the paper.", "the whole system"),
    Flag("epochs", "Epochs per backbone.", "the preset's"),
    Flag("batch_size", "Slices per step.", "the preset's"),
    Flag("lung_method", "Lung method; see spgc preprocess.", "two regions", "--lungs"),
    Flag("seed", "Seed of everything random.", "0"),
    Flag(
        "features",
        "counts of predicted classes per group of slices, or mean probabilities.",
        "counts",
    ),
    Flag(
        "folds",
        "Features of training scans from networks that never saw them; the slice stage takes FOLDS "
        "times as long.",
        "0, as the paper",
    ),
    Flag("patient_weights", "equal, or balanced: each class of scans weighs the same.", "equal"),
    Flag(
        "micro_batch", "Slices in memory at a time; the batch stays what it is.", "the whole batch"
    ),
    Flag("deterministic", "Only operations that repeat bit for bit; slower.", switch=True),
    Flag(
        "evaluate_every",
        "Count validation hits every so many steps as well, and before the first.",
        "each epoch",
    ),
    Flag("tensorboard", "Write curves to MODEL/tensorboard.", switch=True),
    Flag(
        "patient_classifier",
        "xgboost or svm.",
        "the model's own, xgboost in the paper",
        "--classifier",
        answering=True,
    ),
)
