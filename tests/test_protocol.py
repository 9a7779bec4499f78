"""Names of splits and classes, as people write them."""

import pytest

from spgc.errors import UsageError
from spgc.protocol import CAP, COVID19, NORMAL, RANKED_SPLITS, SPLITS, class_named, split_named


@pytest.mark.parametrize(
    ("text", "name"),
    [("test2", "test2"), ("TEST-2", "test2"), ("Heart disease", "test2"), ("ldct", "test1"),
     ("same_centre", "test3"), (" Valid ", "val")],
)  # fmt: skip
def test_aliases(text: str, name: str) -> None:
    assert split_named(text).name == name


def test_aliases_are_unambiguous() -> None:
    words = [word for split in SPLITS.values() for word in (split.name, *split.aliases)]
    assert len(set(words)) == len(words)


def test_unknown_split_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"found 'heart-diseas'.*did you mean 'heart-disease'"):
        split_named("heart-diseas")


@pytest.mark.parametrize(
    ("text", "label"),
    [("covid-19", COVID19), ("COVID-19", COVID19), ("Covid 19", COVID19), ("CAP", CAP),
     ("NORMAL", NORMAL), ("normal ", NORMAL), ("flu", None), ("", None)],
)  # fmt: skip
def test_class_spellings(text: str, label: str | None) -> None:
    assert class_named(text) == label


def test_ninety_scans_are_ranked() -> None:
    assert sum(SPLITS[name].size for name in RANKED_SPLITS) == 90
