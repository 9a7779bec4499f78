"""COVID-19 case IDs differ between the challenge release and the figshare release.

The public release dropped two of the 171 patients and numbered the rest anew. Matching the rows of
the two label arrays shows where the slice-labelled patients went; for the others it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from spgc.data.manifests import Case, Manifest

CHALLENGE_COVID19, FIGSHARE_COVID19 = 171, 169
"""COVID-19 scans in each release."""


def _known() -> dict[str, str]:
    same = {f"P{n:03d}": f"P{n:03d}" for n in range(1, 44)}
    moved = {f"P{n:03d}": f"P{n + 1:03d}" for n in range(44, 50)}
    pulled = dict(
        zip((f"P{n:03d}" for n in range(50, 55)), ("P058", "P104", "P109", "P129", "P142"),
            strict=True)
    )  # fmt: skip
    return same | moved | pulled


FIGSHARE_TO_CHALLENGE: Mapping[str, str] = MappingProxyType(_known())
"""The 54 slice-labelled COVID-19 patients of the figshare release, by their challenge IDs.

P044 of the challenge was dropped; the second dropped patient is unknown.
"""

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

    P001 to P054 are translated. P055 to P169 take the rows that are left, in order: that fits the
    counts (115 scans for 116 rows, one of them the second patient dropped) and nothing more, so
    these rows are marked approximate. No row is used twice.
    """
    cases = {c.case_id: c for c in manifest if not is_covid_id(c.case_id)}
    for new, old in FIGSHARE_TO_CHALLENGE.items():
        if old in manifest:
            cases[new] = _renamed(manifest[old], new)
    taken = {*FIGSHARE_TO_CHALLENGE.values(), "P044"}
    left = sorted(c.case_id for c in manifest if is_covid_id(c.case_id) and c.case_id not in taken)
    numbers = range(len(FIGSHARE_TO_CHALLENGE) + 1, FIGSHARE_COVID19 + 1)
    for number, old in zip(numbers, left, strict=False):
        new = f"P{number:03d}"
        cases[new] = replace(
            manifest[old], case_id=new, certainty="approximate",
            source=f"{manifest[old].source}; perhaps {old} or the next of the challenge",
        )  # fmt: skip
    return Manifest(cases)


def _renamed(case: Case, new: str) -> Case:
    if new == case.case_id:
        return case
    return replace(case, case_id=new, source=f"{case.source}; {case.case_id} of the challenge")
