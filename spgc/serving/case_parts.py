"""The public and the private part of the cases: the challenge file's own, or drawn once.

Results on the public part are shown while the challenge runs, as its feedback says; those on the
private part when it is revealed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from spgc.challenge.definition import Challenge
from spgc.data.manifests import Case
from spgc.errors import UsageError

SHARE = 0.3
"""Of each class that is public, where the challenge file divides nothing."""


@dataclass(frozen=True)
class CaseParts:
    """Whether each ranked case is public; drawn: by the server, with this seed and share."""

    public: Mapping[str, bool]
    drawn: bool
    seed: int | None = None
    share: float | None = None

    def as_dict(self) -> dict[str, object]:
        return {
            "drawn": self.drawn,
            "seed": self.seed,
            "share": self.share,
            "public": sum(self.public.values()),
            "private": len(self.public) - sum(self.public.values()),
        }


def divided(
    challenge: Challenge, cases: Sequence[Case], share: float | None, seed: int
) -> CaseParts:
    """The parts of the ranked cases.

    Where a ranked set is not public, the challenge file's sets are the parts; else `share` of each
    class of each set is drawn with `seed`. Raises UsageError for a share where there are sets.
    """
    ranked = [case for case in cases if case.split in challenge.ranked]
    hidden = [name for name in challenge.ranked if not challenge.sets[name].public]
    if not hidden:
        wanted = SHARE if share is None else share
        public = drawn_public(ranked, wanted, seed)
        parts = {case.case_id: case.case_id in public for case in ranked}
        return CaseParts(parts, True, seed, wanted)
    if share is not None:
        raise UsageError(
            "the challenge file divides the cases already",
            found=f"sets that are not public: {', '.join(hidden)}",
            expected="either its sets, or a public share",
            do="leave --public-share out",
        )
    parts = {case.case_id: challenge.sets[case.split].public for case in ranked}
    return CaseParts(parts, False)


def drawn_public(cases: Sequence[Case], share: float, seed: int) -> frozenset[str]:
    """The public cases: of each class in each set its share, drawn with the seed.

    With a share between 0 and 1 a class of two cases or more is in both parts.
    """
    strata: dict[tuple[str, str | None], list[str]] = {}
    for case in cases:
        strata.setdefault((case.split, case.label), []).append(case.case_id)
    random = Random(seed)  # noqa: S311 - the same seed has to draw the same cases at an audit
    drawn: set[str] = set()
    for _, own in sorted(strata.items(), key=lambda entry: (entry[0][0], entry[0][1] or "")):
        drawn.update(random.sample(sorted(own), _number(share, len(own))))
    return frozenset(drawn)


def _number(share: float, cases: int) -> int:
    if share in (0, 1):
        return cases * int(share)
    return min(max(1, round(share * cases)), max(1, cases - 1))
