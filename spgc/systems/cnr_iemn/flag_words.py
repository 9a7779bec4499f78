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
    Flag(
        "backbones",
        "Networks to train, comma-separated: resnext50, densenet161, inception_v3, wide_resnet50.",
        "all four",
    ),
    Flag("image_size", "Pixels per side of the images of all networks.", "224, Inception v3 299"),
    Flag("grey_range", "HU window, two numbers.", "-1024,1024"),
    Flag("channels", "lungs (grey, lung mask, grey × mask), or grey three times.", "lungs"),
    Flag("learning_rate", "Learning rate of Adam.", "0.0001"),
    Flag("decay_after", "Epochs after which the learning rate decays, comma-separated.", "3,6"),
    Flag("decay", "Factor of each decay of the learning rate.", "0.1"),
    Flag("focal_gamma", "Exponent of the focal loss.", "1.5"),
    Flag("class_weight", "Weight of the class loss.", "1"),
    Flag("region_weight", "Weight of the region loss; 0: no region task.", "0.3"),
    Flag(
        "position_inputs",
        "true or false: slice count and slice location as further inputs.",
        "true",
    ),
    Flag("copies", "Augmented copies per COVID-19, CAP and normal slice.", "3,10,0"),
    Flag("normal_scans", "Number of normal scans whose slices are trained on.", "30"),
    Flag(
        "uninfected_as_normal",
        "true or false: uninfected slices of COVID-19 and CAP scans count as normal.",
        "true",
    ),
    Flag("patient_classifier", "xgboost or svm: the model's own patient classifier.", "xgboost"),
    *RUN_FLAGS,
    Flag(
        "patient_classifier",
        "xgboost or svm.",
        "the model's own, xgboost in the paper",
        "--classifier",
        answering=True,
    ),
)
