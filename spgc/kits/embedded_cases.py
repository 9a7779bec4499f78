"""The cases of a challenge as facts that a scorer carries: IDs and sets, no label."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spgc.challenge.definition import Challenge
from spgc.data.manifests import Case, Manifest, own_certainty
from spgc.kits.embedded_challenge import facts_of_challenge


def facts_of(challenge: Challenge, manifest: Manifest, file_name: str) -> dict[str, Any]:
    """A challenge and its cases, in the order of `manifest`; see `facts_of_challenge`."""
    cases = [[case.case_id, case.split] for case in manifest]
    return facts_of_challenge(challenge, file_name) | {"cases": cases}


def cases_of_facts(facts: Mapping[str, Any], challenge: Challenge) -> Manifest:
    """The cases that `facts_of` wrote down, without labels."""
    cases = {case: Case(case, None, name, "", own_certainty(case)) for case, name in facts["cases"]}
    return Manifest(cases, words=challenge.options, challenge=challenge)
