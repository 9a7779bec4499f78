"""What a platform may show of a submission while a challenge runs.

Where a platform can't do the Ladder it shows the correct predictions of all public sets in its
place if the allowed submissions give away little by that, and no score at all if they don't.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from spgc.challenge.definition import ShownBack
from spgc.kits.kit_material import KitMaterial


@dataclass(frozen=True)
class ShownScores:
    """kind: what is shown; sets: the public ranked sets that it is about; why: in a sentence."""

    kind: ShownBack
    sets: tuple[str, ...]
    why: str

    def plan(self, tie_break: str | None) -> Mapping[str, Any]:
        """The same for `phase_scores`."""
        return {"shown": self.kind, "sets": list(self.sets), "tie_break": tie_break}


def shown_scores(material: KitMaterial, platform: str) -> ShownScores:
    """What `platform`, which can't do the Ladder, may show: never more than the challenge says."""
    challenge = material.challenge
    sets = tuple(name for name in challenge.ranked if challenge.sets[name].public)
    if not sets:
        return ShownScores("none", (), "No ranked set is public: no score is shown before the end.")
    if challenge.feedback == "none":
        return ShownScores("none", (), "Feedback none: no score is shown before the end.")
    if challenge.feedback != "ladder":
        return ShownScores(
            challenge.feedback, sets, f"Feedback {challenge.feedback}, as the challenge says."
        )
    start = f"The challenge asks for the Ladder, which {platform} can't do"
    instead = material.instead_of_ladder
    if instead.good:
        return ShownScores(
            "hits",
            sets,
            f"{start}: the correct predictions of all public sets are shown in its place, of "
            "which the submissions that are allowed give away little.",
        )
    most = instead.harmless
    remedy = f"To show them, allow at most {_number(most)} of a team." if most else ""
    return ShownScores(
        "none",
        (),
        f"{start}, and correct predictions of all public sets would give away too much: no score "
        f"is shown before the end. {remedy}".strip(),
    )


def _number(submissions: int) -> str:
    return "1 submission" if submissions == 1 else f"{submissions:,} submissions"
