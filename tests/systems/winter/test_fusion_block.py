"""The patient's answer is that of the team's code, written out here step by step."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.systems.winter.fusion_block import patient_answer, patient_scores

THEIRS = (NORMAL, COVID19, CAP)


def literal(softmax: torch.Tensor, topk: int) -> tuple[str, list[float]]:
    """Their steps: softmax (S, 3) in their order of classes to label and scores in ours."""
    scores = torch.zeros(3, dtype=torch.float64)
    scores[0] = softmax[:, 0].mean()
    values, _ = softmax.topk(k=topk, dim=0)
    scores[1] = values.mean(dim=0)[1]
    scores[2] = values.mean(dim=0)[2]
    _, found = scores.max(0)
    by_name = dict(zip(THEIRS, scores.tolist(), strict=True))
    return THEIRS[int(found)], [by_name[name] for name in CLASSES]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("top", [1, 3, 9])
def test_scores_and_labels_are_theirs(seed: int, top: int) -> None:
    rng = np.random.default_rng(seed)
    logits = torch.from_numpy(rng.normal(0, 3, (int(rng.integers(9, 40)), 3)))
    softmax = torch.softmax(logits + torch.tensor([2.0, 0, 0]), dim=1)
    label, scores = literal(softmax, top)
    ours = softmax[:, [THEIRS.index(name) for name in CLASSES]].numpy()
    np.testing.assert_allclose(patient_scores(ours, top), scores, rtol=1e-12)
    found, shares = patient_answer(ours, top)
    assert found == label
    np.testing.assert_allclose(shares, np.array(scores) / sum(scores), rtol=1e-12)


def test_all_classes_win_some() -> None:
    """Else the test above would hold of a rule that has one answer."""
    found = set()
    for seed in range(20):
        rng = np.random.default_rng(seed)
        logits = torch.from_numpy(rng.normal(0, 3, (int(rng.integers(9, 40)), 3)))
        found.add(literal(torch.softmax(logits + torch.tensor([2.0, 0, 0]), dim=1), 3)[0])
    assert len(found) > 1


def test_fewer_slices_than_k_are_averaged_as_they_are() -> None:
    rows = np.array([[0.6, 0.1, 0.3], [0.2, 0.5, 0.3]])
    np.testing.assert_allclose(patient_scores(rows, 3), [0.4, 0.3, 0.3])
    assert patient_answer(rows[:1], 3) == (COVID19, pytest.approx((0.6, 0.1, 0.3)))


def test_of_equal_scores_their_first_class_wins() -> None:
    third = np.full((4, 3), 1 / 3)
    assert patient_answer(third, 3)[0] == NORMAL
    sick = np.array([[0.4, 0.4, 0.2]])
    assert patient_answer(sick, 3)[0] == COVID19
