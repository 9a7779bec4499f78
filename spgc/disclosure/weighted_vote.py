"""Weighted voting over random files: what anybody can do in a spreadsheet.

Every file votes for its own answers, and the case gets the class with the most votes. A file's
weight is what its count of correct predictions exceeds the expected count by, divided by the
variance of that count: files above chance vote for their answers, those below against them. The
votes begin with the logarithm of each class's share of the set, which an attacker knows. To first
order this is the posterior of each label by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spgc.disclosure.feedback import Counted
from spgc.disclosure.ladder import Ladder, rungs


def vote(told: Counted, submissions: Sequence[int]) -> list[NDArray[np.intp]]:
    """The labels that the vote gives after so many submissions, each (N,)."""
    return voted(told.answers, _weights(told), told.shares, submissions)


def vote_through_ladder(
    told: Counted, submissions: Sequence[int], ladder: Ladder
) -> list[NDArray[np.intp]]:
    """The same where the ladder shows few of the counts: the others have no vote.

    told: of `hits`, whose counts the ladder holds back.
    """
    shown, _ = rungs(told.answers, told.truth, ladder)
    heard = np.array([score is not None for score in shown])
    weights = np.where(heard[:, None], _weights(told), 0)
    return voted(told.answers, weights, told.shares, submissions)


def voted(
    answers: NDArray[np.intp],
    weights: NDArray[np.float64],
    shares: NDArray[np.float64],
    submissions: Sequence[int],
) -> list[NDArray[np.intp]]:
    """The labels with the most votes when the first files vote, each (N,).

    answers: (K, N); weights: (K, C), or (K, 1) where they don't depend on the class; shares: (N, C)
    at which the votes begin; submissions: rising numbers of files.
    """
    with np.errstate(divide="ignore"):
        votes = np.log(shares)
    made, before = [], 0
    for number in submissions:
        files, chosen = answers[before:number], weights[before:number]
        for c in range(shares.shape[1]):
            votes[:, c] += chosen[:, min(c, chosen.shape[1] - 1)] @ (files == c)
        made.append(votes.argmax(axis=1))
        before = number
    return made


def _weights(told: Counted) -> NDArray[np.float64]:
    mean, variance = told.expected()
    return (told.counts() - mean) / np.maximum(variance, 1e-9)
