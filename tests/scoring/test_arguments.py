"""`spgc.score` says what is wrong with its arguments, and passes over none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import spgc
from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError, UsageError
from spgc.submissions.submission import Submission
from spgc.submissions.write import write_submission

ANSWERS = {"T2-001": "covid-19", "T2-002": "cap", "T2-003": "normal"}
SHARES = {"T2-001": (0.8, 0.1, 0.1), "T2-002": (0.1, 0.8, 0.1), "T2-003": (0.1, 0.1, 0.8)}


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"predictions": 5}, "found int"),
        ({"predictions": b"answers.csv"}, "found bytes"),
        ({"predictions": [ANSWERS]}, "found list"),
        ({"predictions": {5: "cap"}}, "is no text: found 5"),
        ({"truth": ["manifests"]}, "truth is no mapping"),
        ({"truth": 5}, "read_manifests"),
        ({"probabilities": pd.DataFrame(SHARES).T}, "found DataFrame"),
        ({"labels": ["covid-19", "cap", "normal"]}, "found list"),
        ({"resamples": 0}, "resamples"),
        ({"resamples": 1.5}, "resamples"),
        ({"seed": -1}, "seed"),
        ({"model": "a|n:90"}, "no hash"),
        ({"model": "a\nb"}, "no hash"),
    ],
)
def test_an_argument_of_another_kind_is_named(
    arguments: dict[str, Any], what: str, tiny: Manifest
) -> None:
    with pytest.raises(UsageError, match=what):
        spgc.score(**{"predictions": ANSWERS, "truth": tiny, **arguments})


@pytest.mark.parametrize("share", [None, 0.5, ("a", "b", "c"), (0.5, 0.5), np.full((1, 3), 1 / 3)])
def test_probabilities_of_another_kind_are_refused(share: Any, tiny: Manifest) -> None:
    with pytest.raises(SubmissionError, match="T2-001 has no valid probabilities"):
        spgc.score(ANSWERS, tiny, probabilities={**SHARES, "T2-001": share})


def test_answers_given_twice_are_refused(tiny: Manifest, tmp_path: Path) -> None:
    """Probabilities beside a file or a Submission were never looked at."""
    write_submission(tmp_path / "answers.csv", ANSWERS)
    for given in (str(tmp_path / "answers.csv"), Submission(ANSWERS)):
        with pytest.raises(UsageError, match="probabilities= given with"):
            spgc.score(given, tiny, probabilities=SHARES)
    with pytest.raises(UsageError, match="argmax takes"):
        spgc.score(Submission(ANSWERS), tiny, argmax=True)


def test_numbers_and_arrays_of_numpy_are_taken(tiny: Manifest) -> None:
    shares = {case: np.array(share, np.float32) for case, share in SHARES.items()}
    result = spgc.score(
        None, tiny, probabilities=shares, argmax=True, resamples=np.int64(100), seed=np.int64(1)
    )
    assert result.splits["test2"].confusion.accuracy.hits == 3
    assert json.loads(json.dumps(result.as_dict()))["signature"]["seed"] == 1
