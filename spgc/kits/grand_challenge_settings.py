"""Settings of phases on grand-challenge.org, and sockets of algorithms, by the platform's names."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.kits.phase_scores import DURING
from spgc.kits.shown_scores import ShownScores

LONGEST = 64
"""Letters of titles that the platform takes."""

PER_DAY = 1
"""Submissions on one day where the challenge sets no limit: 0 would close the phase."""

IMAGE_SOCKET = {
    "slug": "chest-ct",
    "kind": "Image",
    "super_kind": "Image",
    "relative_path": "images/chest-ct",
}


def settings(challenge: Challenge, shown: ShownScores, phase: str) -> dict[str, Any]:
    """The settings of a phase; those that the platform has and are not here keep its own."""
    during = phase == DURING
    blind = during and shown.kind == "none"
    best = during and challenge.ranking.counted == "best" and not blind
    limit, days = _limit(challenge) if during else (1, None)
    opens, closes = _days(challenge, during)
    return {
        "title": "Submissions" if during else "Final scores",
        "score_title": "Cases answered" if blind else "Score",
        "score_jsonpath": "answered" if blind else "score",
        "score_error_jsonpath": "",
        "score_default_sort": "desc",
        "score_decimal_places": 0 if blind else 4,
        "extra_results_columns": [*_columns(challenge, shown, during)],
        "scoring_method_choice": "abs",
        "result_display_choice": "bst" if best else "rec",
        "auto_publish_new_results": True,
        "display_all_metrics": False,
        "submissions_limit_per_user_per_period": limit,
        "submission_limit_period": days,
        "submissions_open_at": opens,
        "submissions_close_at": closes,
    }


def _limit(challenge: Challenge) -> tuple[int, int | None]:
    """Submissions, and the days over which the platform counts them; None for all time."""
    limits = challenge.limits
    if limits.submissions is not None:
        return limits.submissions, None
    return limits.per_day or PER_DAY, 1


def _days(challenge: Challenge, during: bool) -> tuple[str | None, str | None]:
    """When a phase opens and closes; None where that is left to be set by hand."""
    if during:
        return _time(challenge.opens, "00:00"), _time(challenge.closes, "23:59")
    after = None if challenge.closes is None else challenge.closes + timedelta(days=1)
    return _time(after, "00:00"), None


def _time(day: date | None, clock: str) -> str | None:
    return None if day is None else f"{day}T{clock}:00Z"


def _columns(challenge: Challenge, shown: ShownScores, during: bool) -> Iterator[dict[str, Any]]:
    """Columns beside the score, in the form of the platform's schema; none of them ranks."""
    if during and shown.kind == "none":
        return
    titles = {"right": "Correct predictions", "low": "Accuracy, 95 % from"}
    titles |= {"high": "Accuracy, 95 % to"}
    if challenge.ranking.tie_break and (not during or shown.kind == "classes"):
        titles["tie_break"] = f"Sensitivity {challenge.ranking.tie_break}"[:LONGEST]
    if shown.kind in ("sets", "classes"):
        titles |= dict(_set_titles(challenge, shown))
    for path, title in titles.items():
        yield {"title": title, "path": path, "order": "desc", "exclude_from_ranking": True}


def _set_titles(challenge: Challenge, shown: ShownScores) -> Iterator[tuple[str, str]]:
    for number, name in enumerate(shown.sets, start=1):
        yield f"set{number}", f"Correct, {name}"[:LONGEST]
        if shown.kind == "classes":
            for place, label in enumerate(challenge.names, start=1):
                yield f"set{number}_class{place}", f"{label}, {name}"[:LONGEST]


def pack_context(challenge: Challenge) -> dict[str, Any]:
    """What the platform's forge makes its templates of: the sockets of a phase for algorithms."""
    slug = challenge.key.lower()
    archive = {
        "slug": f"{slug}-cases",
        "url": f"https://grand-challenge.org/archives/{slug}-cases/",
    }
    answer = {
        "slug": "class-probabilities",
        "kind": "Anything",
        "super_kind": "File",
        "relative_path": "class-probabilities.json",
        "example_value": {name: float(name == challenge.names[0]) for name in challenge.names},
    }
    phase = {
        "slug": "submissions",
        "archive": archive,
        "algorithm_interfaces": [{"inputs": [IMAGE_SOCKET], "outputs": [answer]}],
        "evaluation_additional_inputs": [],
        "evaluation_additional_outputs": [],
    }
    url = f"https://{slug}.grand-challenge.org/"
    return {"challenge": {"slug": slug, "url": url, "archives": [archive], "phases": [phase]}}
