"""Winter's options as flags of `spgc train` and `spgc predict`."""

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
    Flag("epochs", "Epochs of training.", "the preset's"),
    Flag("batch_size", "Batch size in slices.", "the preset's"),
    Flag("image_size", "Pixels of the square image.", "the preset's"),
    Flag(
        LUNGS_FLAG.option,
        "Lung method; see spgc preprocess.",
        "the preset's: r231, which needs its weights, or watershed-closed",
        LUNGS_FLAG.name,
    ),
    Flag("slice_mm", "Slice spacing to resample to, in mm; none: no resampling.", "2"),
    Flag(
        "area_threshold",
        "Use slices with more pixels of lung than this, of 512 × 512; none for all slices.",
        "5000",
    ),
    Flag("channels", "masked (grey × mask three times), grey or lungs.", "masked"),
    Flag(
        "negatives",
        "normals: normal slices are those of normal patients; with-uninfected: uninfected slices "
        "of the others as well.",
        "normals",
    ),
    Flag("checkpoint", "last epoch, or best by validation slices.", "last"),
    SEED_FLAG,
    *RUN_FLAGS,
    Flag(
        "top",
        "K: COVID-19 and CAP score as the mean of their K highest slices.",
        "the model's own, 3 in the paper",
        answering=True,
    ),
)
