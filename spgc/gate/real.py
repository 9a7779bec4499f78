"""Baselines of real patients: published answers of real systems on the validation scans.

They judge a submission patient by patient as any baseline does, and nothing in them is synthetic.
"""

from __future__ import annotations

from dataclasses import replace

from spgc.board.published_answers import PublishedAnswers, published_answers
from spgc.data.manifests import read_manifests
from spgc.gate.baseline import Baseline, new_baseline
from spgc.gate.thresholds import Limit
from spgc.version import __version__

SPLIT = "val"
"""The test sets are for the leaderboard: who tunes against them has no test set left."""

LOST_REASON = "what takes a system's place has at least as many right"


def real_baselines() -> dict[str, PublishedAnswers]:
    """The systems that give a baseline, by its name: `covid-vr-val` and so on."""
    return {f"{one.name}-{SPLIT}": one for one in published_answers() if SPLIT in one.splits}


def real_baseline(name: str) -> Baseline:
    """The baseline of a name in `real_baselines`, made from the published answers."""
    one = real_baselines()[name]
    cases = tuple(read_manifests().split(SPLIT))
    answers = {case.case_id: one.submission.predictions[case.case_id] for case in cases}
    source = one.about["source"]
    made_with = {
        "spgc": __version__,
        "team": one.team,
        "source": f"{source['url']} {source['commit']}",
    }
    made = new_baseline(name, cases, answers, made_with)
    return replace(made, thresholds=replace(made.thresholds, lost=Limit(0, LOST_REASON)))
