"""Scores to probabilities."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Float = TypeVar("Float", bound=np.floating)


def softmax(scores: NDArray[Float]) -> NDArray[Float]:
    """(..., C) scores of classes to (..., C) probabilities, in the same precision."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True), scores.dtype)
