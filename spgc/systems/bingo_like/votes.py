"""The learners' votes: kept as JSON beside their networks, and turned into one answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.errors import ModelError
from spgc.files.json_documents import MAX_FACTS, read_json
from spgc.files.whole import write_text

VOTES_FILE = "votes.json"


def write_votes(path: Path, rounds: Sequence[Mapping[str, float]]) -> None:
    """Write `vote`, `error` and number of `slices` of each round."""
    write_text(path, json.dumps({"rounds": [dict(one) for one in rounds]}, indent=1) + "\n")


def read_votes(path: Path, count: int) -> NDArray[np.float64]:
    """(M,) votes of `count` learners. Raises ModelError when the file is not as it was written."""
    try:
        votes = np.array([one["vote"] for one in read_json(path, MAX_FACTS)["rounds"]], np.float64)
        if votes.shape != (count,):
            raise ValueError(f"{len(votes)} votes of {count} learners")
        if not np.isfinite(votes).all() or (votes < 0).any():
            raise ValueError("votes that are none")
    except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
        raise ModelError(
            "the learners' votes can't be read",
            where=path,
            found=f"{type(error).__name__}: {str(error)[:100]}",
            expected="the JSON that spgc train wrote",
            do="train again or copy the model folder again",
        ) from error
    return votes


def voted(
    answers: Sequence[NDArray[np.float32]], votes: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Probabilities of slices (S, 3) of each learner to (3,) of the scan: the mean by votes.

    Where no learner is better than guessing, all count alike.
    """
    weights = votes if votes.any() else np.ones(len(votes))
    means = np.stack([rows.mean(axis=0, dtype=np.float64) for rows in answers])
    return np.asarray(weights @ means / weights.sum(), np.float64)
