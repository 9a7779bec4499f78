"""Class sizes of the sets of a manifest: what of its labels decides how much a score gives away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from spgc.challenge.set_words import EVERY_SPLIT
from spgc.data.manifests import Case, Manifest
from spgc.disclosure.hidden_sets import HiddenLabels, HiddenSet
from spgc.errors import DataError


def asked_split(manifest: Manifest, split: str | None = None) -> str:
    """The split or pool that is meant: without a name the ranked sets, or all of one's own."""
    challenge = manifest.challenge
    if split or manifest.own_truth or not set(challenge.ranked) <= set(manifest.splits()):
        return split or EVERY_SPLIT
    return challenge.overall.name if challenge.overall else challenge.ranked[0]


def labelled_cases(manifest: Manifest, split: str | None = None) -> dict[str, list[Case]]:
    """The cases of each set that `asked_split` means, in the manifest's order.

    Raises UsageError for an unknown split, DataError for one that is empty or lacks a label.
    """
    names = manifest.splits_named(asked_split(manifest, split))
    made = {name: manifest.split(name) for name in names}
    for name, cases in made.items():
        unlabelled = [case.case_id for case in cases if case.label is None]
        if unlabelled or not cases:
            raise DataError(
                f"set {name} has cases without a label" if cases else f"set {name} is empty",
                found=unlabelled[0] if unlabelled else "no case",
                expected="a label for each case",
            )
    return made


def hidden_labels(cases: dict[str, list[Case]], classes: Sequence[str]) -> HiddenLabels:
    """The sets with their cases per class, in the order of `classes`."""
    sizes = {name: Counter(case.label for case in inside) for name, inside in cases.items()}
    return HiddenLabels(
        tuple(HiddenSet(name, tuple(one[c] for c in classes)) for name, one in sizes.items())
    )
