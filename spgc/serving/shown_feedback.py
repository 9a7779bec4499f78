"""What a team is shown of a submission: nothing, the Ladder's score, or public counts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from spgc.disclosure.ladder import Ladder
from spgc.files.json_documents import parse_json
from spgc.serving.page_views import ShownView
from spgc.serving.served_challenge import Results, Served


def shown_of(
    served: Served, results: Results, answers: bytes, ladder: Ladder
) -> tuple[ShownView, Ladder]:
    """What is shown of one submission, and the team's ladder after it.

    ladder: what the team was shown before; kinds of feedback without it leave it as it is.
    """
    feedback, names = served.challenge.feedback, served.challenge.names
    sizes = served.sizes["public"]
    cases = sum(map(sum, sizes.values()))
    if feedback == "none" or not cases:
        return ShownView("Received. No score is shown before the results are revealed."), ladder
    if feedback == "ladder":
        after = ladder.offered(served.in_public(answers), served.public_truth)
        return _rung(ladder, after, cases), after
    public = results["public"]
    sets = {name: (sum(hits), sum(sizes[name])) for name, hits in public.items()}
    hits = sum(correct for correct, _ in sets.values())
    classes = {
        name: dict(zip(names, zip(right, sizes[name], strict=True), strict=True))
        for name, right in public.items()
    }
    said = f"{hits} of {cases} correct"
    if feedback != "hits":
        parts = (f"{name} {correct} of {size}" for name, (correct, size) in sets.items())
        said += f": {', '.join(parts)}"
    return (
        ShownView(
            f"{said}.",
            hits,
            cases,
            sets if feedback != "hits" else {},
            classes if feedback == "classes" else {},
        ),
        ladder,
    )


def _rung(before: Ladder, after: Ladder, cases: int) -> ShownView:
    if before.score is None:
        said = f"Score: {after.score} of {cases} correct."
    elif after is before:
        said = (
            f"Your best score stays {before.score} of {cases}: this submission is not clearly "
            "better."
        )
    else:
        said = f"New best score: {after.score} of {cases} correct (before: {before.score})."
    return ShownView(said, after.score, cases, better=after is not before)


def shown_json(shown: ShownView) -> str:
    """What was shown, as it is stored."""
    return json.dumps(asdict(shown), ensure_ascii=False)


def shown_from(text: str) -> ShownView:
    """What `shown_json` made."""
    document: dict[str, Any] = parse_json(text)
    return ShownView(
        document["said"],
        document["hits"],
        document["cases"],
        _pairs(document["sets"]),
        {name: _pairs(classes) for name, classes in document["classes"].items()},
        document["better"],
    )


def _pairs(given: Mapping[str, Any]) -> dict[str, tuple[int, int]]:
    return {name: (one[0], one[1]) for name, one in given.items()}
