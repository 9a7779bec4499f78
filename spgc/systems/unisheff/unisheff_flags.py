"""UniSheff's options as flags of `spgc train` and `spgc predict`."""

from __future__ import annotations

from spgc.contract.flags import Flag
from spgc.systems.slice_options import RUN_FLAGS, SEED_FLAG, WEIGHTS_FLAG

FLAGS = (
    WEIGHTS_FLAG,
    Flag(
        "preset",
        "paper (the follow-up of 2023), challenge (2021, no masks inside), or demo: small cubes, "
        "few epochs.",
        "paper",
    ),
    Flag("depth", "Layers of the 3-D ResNet: 18, 50 or 101.", "50"),
    Flag("roi", "true or false: lung masks multiplied into the network.", "true; challenge: false"),
    Flag(
        "stride",
        "Which convolution of a bottleneck takes the stride: middle as in torchvision's weights, "
        "or first as in theirs.",
        "middle",
    ),
    Flag("size", "Voxels of a side of the cube that the network reads.", "224"),
    Flag(
        "area_share",
        "t: keep slices between the first and the last with this share of the largest lung area.",
        "0.8",
    ),
    Flag("epochs", "Epochs of training.", "the preset's"),
    Flag("batch_size", "Scans per step.", "the preset's"),
    Flag("copies", "Changed copies of a scan, by class: COVID-19,CAP,normal; at most 2.", "1,2,2"),
    Flag("flip", "How often a copy is flipped front to back.", "0; 0.4 in their five folds"),
    SEED_FLAG,
    *RUN_FLAGS,
    Flag(
        "draws",
        "Mean over so many random draws of the preprocessing; 0 for its fixed middle.",
        "the model's own, 0",
        answering=True,
    ),
)
