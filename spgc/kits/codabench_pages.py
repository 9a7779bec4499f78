"""The words of the kit for Codabench: pages for participants, and notes for organisers."""

from __future__ import annotations

from collections.abc import Sequence

from spgc.challenge.definition import Challenge
from spgc.kits.kit_material import KitMaterial
from spgc.kits.shown_scores import ShownScores
from spgc.text.markdown import plain

SUBMISSIONS, PER_DAY = 100, 5
"""Codabench's own limits, where the challenge sets none."""


def evaluation_page(challenge: Challenge) -> str:
    """How a submission is sent and scored."""
    return (
        "# Evaluation\n\n"
        "Send a zip with one CSV file at its root, in the form of `example.csv` in the public "
        "data. `python3 check.py your.csv` there checks a file before you send it. A file that "
        "can't be scored fails; the last line of its scoring log says why.\n\n"
        "After the end one submission of each team is scored on all ranked sets, by "
        f"{challenge.ranking.rule}, with an exact 95 % interval of the accuracy. Teams with equal "
        "scores share a rank.\n"
    )


def terms_page(challenge: Challenge) -> str:
    """What participants agree to; organisers may add to it."""
    return (
        "# Terms\n\n"
        f"Taking part in {plain(challenge.title)} you agree to one account per team, to the "
        "limits of submissions, and not to derive labels from scores.\n"
    )


def codabench_notes(material: KitMaterial, shown: ShownScores) -> Sequence[str]:
    """What was decided for Codabench, a sentence each."""
    challenge = material.challenge
    lines = [
        "While the challenge runs no number is written that isn't shown: Codabench gives the "
        "values of hidden columns to whoever asks its interface.",
        "The second phase takes over each team's submission and scores it on all ranked sets; it "
        "is open for ten minutes, so that nobody can send another one.",
    ]
    if challenge.limits.submissions is None or challenge.limits.per_day is None:
        lines.append(
            f"A limit that the challenge leaves out is Codabench's own: {SUBMISSIONS} submissions "
            f"of a team, {PER_DAY} on one day."
        )
    if challenge.ranking.counted == "best" and shown.kind == "none":
        lines.append("The last submission of a team counts: without scores there is no best one.")
    if challenge.ranking.rule != "accuracy" and shown.kind in ("hits", "sets"):
        lines.append(
            "While the challenge runs the score is the accuracy: a balanced accuracy would tell "
            "the correct predictions of each class."
        )
    return lines
