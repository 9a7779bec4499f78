"""COVID-19 case IDs differ between the challenge release and the figshare release.

The public release dropped two of the 171 patients and numbered the rest anew. Matching the rows of
the two label arrays shows where the slice-labelled patients went; for the others it is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType


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

FIGSHARE_COVID19 = 169
"""COVID-19 scans in the figshare release; the challenge had 171."""


def is_covid_id(case_id: str) -> bool:
    """Whether the ID has the form of the COVID-19 cases, such as P001."""
    return len(case_id) == 4 and case_id[0] == "P" and case_id[1:].isdigit()
