"""Hidden labels are sets with cases per class, and impossible ones are refused."""

from __future__ import annotations

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Case, Manifest, read_manifests
from spgc.disclosure.hidden_sets import HiddenLabels, HiddenSet, one_set
from spgc.disclosure.labelled_sets import asked_split, hidden_labels, labelled_cases
from spgc.errors import DataError, UsageError


def test_sizes_say_everything(ninety: HiddenLabels) -> None:
    assert (ninety.cases, ninety.classes, ninety.chance, ninety.known) == (90, 3, 35, 0)
    assert [place.start for place in ninety.places] == [0, 30, 60]
    assert [(ninety.truth[:30] == c).sum() for c in range(3)] == [15, 0, 15]
    assert ninety.shares[0].tolist() == [0.5, 0, 0.5]
    assert ninety.shares.sum(axis=1) == pytest.approx(1)


def test_a_set_of_one_class_has_nothing_to_hide() -> None:
    assert one_set((0, 7)).known == one_set((0, 7)).chance == 7


@pytest.mark.parametrize(
    ("sets", "said"),
    [
        ([], "these classes"),
        ([(5,)], "found 1 classes"),
        ([(1,) * 21], "found 21 classes"),
        ([(1, 2), (1, 2, 3)], "found 2 classes and 3 classes"),
        ([(0, 0)], "holds no case"),
        ([(3, -1)], "holds no case"),
        ([(1_000_000, 1)], "too many cases"),
    ],
)
def test_impossible_labels_are_refused(sets: list[tuple[int, ...]], said: str) -> None:
    with pytest.raises(DataError, match=said):
        HiddenLabels(tuple(HiddenSet(f"s{i}", one) for i, one in enumerate(sets)))


def test_manifests_become_sizes(ninety: HiddenLabels) -> None:
    """Without a split the ranked sets, of one's own labels all."""
    manifest = read_manifests()
    assert hidden_labels(labelled_cases(manifest), SPGC.names) == ninety
    assert hidden_labels(labelled_cases(manifest, "test4"), SPGC.names).sets[0].sizes == (16, 8, 16)
    own = Manifest({c: Case(c, "CAP", "mine", "made up", "own") for c in "ab"}, own_truth=True)
    assert hidden_labels(labelled_cases(own), SPGC.names).sets == (HiddenSet("mine", (0, 2, 0)),)
    assert (asked_split(manifest), asked_split(own)) == ("overall", "all")


def test_labels_that_are_not_there_are_refused() -> None:
    unknown = Manifest({"a": Case("a", None, "mine", "made up", "own")})
    with pytest.raises(DataError, match="set mine has cases without a label"):
        labelled_cases(unknown)
    with pytest.raises(UsageError, match="unknown split"):
        labelled_cases(unknown, "yours")
    with pytest.raises(DataError, match="set test1 is empty"):
        labelled_cases(unknown, "test1")
