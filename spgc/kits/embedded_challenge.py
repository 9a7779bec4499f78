"""A challenge as facts that a scorer carries: nothing that counts labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from spgc.challenge.definition import Challenge, ChallengeClass, Pool, Ranking, SubmissionLimits
from spgc.challenge.set_words import Split

_KEPT = ("title", "key", "feedback", "digest", "shipped")
"""Parts of a challenge that are embedded as they are."""


def facts_of_challenge(challenge: Challenge, file_name: str) -> dict[str, Any]:
    """What a scorer has to know of a challenge, as JSON can hold it.

    file_name: what participants call the challenge file in commands. How many cases of a class a
    set has is left out, even where the challenge file says it.
    """
    facts = {name: getattr(challenge, name) for name in _KEPT}
    sets = [asdict(one) | {"counts": (), "scans": one.size} for one in challenge.sets.values()]
    return facts | {
        "classes": [asdict(one) for one in challenge.classes],
        "sets": sets,
        "pools": [asdict(one) for one in challenge.pools.values()],
        "ranking": asdict(challenge.ranking),
        "limits": asdict(challenge.limits),
        "teaches": challenge.teaches,
        "file": None if challenge.shipped else file_name,
    }


def challenge_of_facts(facts: Mapping[str, Any]) -> Challenge:
    """The challenge that `facts_of_challenge` wrote down."""
    named = [Split(**_tuples(one)) for one in facts["sets"]]
    pools = [Pool(**_tuples(one)) for one in facts["pools"]]
    return Challenge(
        facts["title"],
        facts["key"],
        tuple(ChallengeClass(**_tuples(one)) for one in facts["classes"]),
        {one.name: one for one in named},
        {one.name: one for one in pools},
        Ranking(**facts["ranking"]),
        SubmissionLimits(**facts["limits"]),
        facts["feedback"],
        teaches=None if facts["teaches"] is None else tuple(facts["teaches"]),
        digest=facts["digest"],
        shipped=facts["shipped"],
        source=None if facts["file"] is None else Path(facts["file"]),
    )


def _tuples(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with tuples where JSON has lists."""
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
    }
