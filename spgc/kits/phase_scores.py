"""Numbers of a submission by phase: those shown while a challenge runs, and those of its end.

Part of the programs that platforms run, so that it uses nothing but the scorer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DURING, FINAL = "during", "final"
"""Phases: while the challenge runs, and after it has closed."""


def phase_scores(
    scored: Mapping[str, Any], plan: Mapping[str, Any], phase: str
) -> dict[str, float]:
    """The numbers of a phase by the key of their column, in the order of the columns.

    scored: what a scorer says of a submission; plan: `shown`, what is shown during the challenge,
    on which `sets`, and the class `tie_break`, if any. At the end everything is about all ranked
    sets. While the challenge runs the score is the accuracy unless counts of classes are shown: a
    balanced accuracy tells them.
    """
    numbers = {"answered": float(scored["ranked"]["cases"])}
    shown = "classes" if phase == FINAL else plan["shown"]
    if shown == "none":
        return numbers
    part = scored["ranked"] if phase == FINAL else scored["public"]
    balanced = scored["rule"] == "balanced accuracy" and shown == "classes"
    numbers["score"] = part["balanced_accuracy"] if balanced else part["accuracy"]["value"]
    numbers["right"] = float(part["accuracy"]["hits"])
    numbers["low"], numbers["high"] = part["accuracy"]["exact"]
    if plan["tie_break"] and shown == "classes":
        numbers["tie_break"] = part["sensitivity"][plan["tie_break"]]["value"] or 0.0
    if plan["shown"] in ("sets", "classes"):
        for number, name in enumerate(plan["sets"], start=1):
            one = scored["sets"][name]
            numbers[f"set{number}"] = float(one["accuracy"]["hits"])
            if plan["shown"] == "classes":
                for place, rate in enumerate(one["sensitivity"].values(), start=1):
                    numbers[f"set{number}_class{place}"] = float(rate["hits"])
    return {name: round(value, 10) for name, value in numbers.items()}
