"""Two numberings of COVID-19 cases: the challenge release's and the figshare release's.

The public release dropped two of the 171 patients and moved the others up. The rows of the two
label arrays show that one of them is P044; the other is one of P056 to P171, unknown which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from spgc.data.manifests import Case, Manifest

CHALLENGE_COVID19, FIGSHARE_COVID19 = 171, 169
"""COVID-19 scans in each release."""


DROPPED = 44
"""Number of the slice-labelled COVID-19 patient that the figshare release dropped."""

_LABELLED = 54
"""COVID-19 patients of the figshare release with slice labels: P001 to P054."""


def _name(number: int) -> str:
    return f"P{number:03d}"


FIGSHARE_TO_CHALLENGE: Mapping[str, str] = MappingProxyType(
    {_name(n): _name(n if n < DROPPED else n + 1) for n in range(1, _LABELLED + 1)}
)
"""The 54 slice-labelled COVID-19 patients of the figshare release, by their challenge IDs."""

CHALLENGE_TO_FIGSHARE: Mapping[str, str] = MappingProxyType(
    {old: new for new, old in FIGSHARE_TO_CHALLENGE.items()}
)


def is_covid_id(case_id: str) -> bool:
    """Whether the ID has the form of the COVID-19 cases, such as P001."""
    return len(case_id) == 4 and case_id[0] == "P" and case_id[1:].isdecimal()


def is_challenge_numbered(manifest: Manifest) -> bool:
    """Whether a list holds a COVID-19 number that the figshare release does not reach."""
    return any(is_covid_id(c.case_id) and int(c.case_id[1:]) > FIGSHARE_COVID19 for c in manifest)


def to_figshare(manifest: Manifest) -> Manifest:
    """A list in challenge numbering for the folders of the figshare release.

    P001 to P054 are translated. A later number n is n + 1 of the challenge up to the second patient
    that was dropped, n + 2 from there on. Where both are in one split, that is certain all the
    same; where they are not, the row of n + 1 is taken and marked approximate.
    """
    cases = {c.case_id: c for c in manifest if not is_covid_id(c.case_id)}
    for new, old in FIGSHARE_TO_CHALLENGE.items():
        if old in manifest:
            cases[new] = _renamed(manifest[old], new)
    for number in range(_LABELLED + 1, FIGSHARE_COVID19 + 1):
        first, second = _name(number + 1), _name(number + 2)
        if first in manifest:
            new = _name(number)
            cases[new] = _either(manifest[first], manifest.cases.get(second), new)
    return Manifest(cases)


def _either(first: Case, second: Case | None, new: str) -> Case:
    certain = second is not None and second.split == first.split
    other = f" or {second.case_id}" if second else ""
    return replace(
        first,
        case_id=new,
        certainty=first.certainty if certain else "approximate",
        source=f"{first.source}; {first.case_id}{other} of the challenge",
    )


def _renamed(case: Case, new: str) -> Case:
    if new == case.case_id:
        return case
    return replace(case, case_id=new, source=f"{case.source}; {case.case_id} of the challenge")
