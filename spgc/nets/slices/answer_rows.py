"""From what a network says of slices to what is kept of them: probabilities, then features."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.softmax import softmax
from spgc.errors import ModelError
from spgc.nets.engines.contract import Networks
from spgc.protocol import CLASSES


def row_width(networks: Networks) -> int:
    """How many numbers each network gives for a slice."""
    return len(CLASSES) + networks.features


def answer_rows(backbone: str, outputs: NDArray[np.float32], width: int) -> NDArray[np.float32]:
    """(B, 3 + F) logits and features to (B, 3 + F) probabilities and the same features.

    width: how many there should be. Raises ModelError for others, and when they are no numbers.
    """
    if outputs.shape[1:] != (width,):
        raise ModelError(
            "a network outputs something else",
            where=backbone,
            found=f"an array of shape {outputs.shape}",
            expected=f"{width} numbers for each slice",
            do="train again, and quantise again where it was quantised",
        )
    if not np.isfinite(outputs).all():
        raise ModelError(
            "a network outputs values that are not finite",
            where=backbone,
            found=f"{np.isnan(outputs).sum()} NaN among {outputs.size} logits",
            expected="three numbers for each slice"
            if outputs.shape[1] == len(CLASSES)
            else "finite numbers",
            do="use --precision fp32; if they stay, train again, with a smaller learning_rate",
        )
    probabilities = softmax(outputs[:, : len(CLASSES)])
    if outputs.shape[1] == len(CLASSES):
        return probabilities
    return np.concatenate((probabilities, outputs[:, len(CLASSES) :]), axis=1)
