"""Baselines of real patients: published answers of real systems on validation sets.

They judge a submission patient by patient as any baseline does, and nothing in them is synthetic.
"""

from __future__ import annotations

from dataclasses import replace

from spgc.board.published_answers import PublishedAnswers, published_answers
from spgc.challenge.definition import Challenge
from spgc.data.challenge_cases import challenge_manifest
from spgc.gate.baseline import Baseline, new_baseline
from spgc.gate.thresholds import Limit
from spgc.version import __version__

LOST_REASON = "what takes a system's place has at least as many right"


def real_baselines(challenge: Challenge) -> dict[str, tuple[PublishedAnswers, str]]:
    """The systems that give a baseline and the set, by its name: `covid-vr-val` and so on.

    Of validation sets alone: who tunes against a test set has none left.
    """
    sets = challenge.sets_for("validation")
    return {
        f"{one.name}-{split}": (one, split)
        for one in published_answers(challenge)
        for split in sets
        if split in one.splits
    }


def real_baseline(name: str, challenge: Challenge) -> Baseline:
    """The baseline of a name in `real_baselines`, made from the published answers."""
    one, split = real_baselines(challenge)[name]
    cases = tuple(challenge_manifest(challenge).split(split))
    answers = {case.case_id: one.submission.predictions[case.case_id] for case in cases}
    source = one.about["source"]
    made_with = {
        "spgc": __version__,
        "team": one.team,
        "source": f"{source['url']} {source['commit']}",
    }
    made = new_baseline(name, cases, answers, made_with, challenge)
    return replace(made, thresholds=replace(made.thresholds, lost=Limit(0, LOST_REASON)))
