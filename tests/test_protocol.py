"""Names of splits and classes, as people write them."""

import pytest

from spgc.errors import UsageError
from spgc.protocol import (
    CAP,
    COVID19,
    NORMAL,
    POOLS,
    RANKED_SPLITS,
    SPLITS,
    class_named,
    split_named,
    splits_named,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("test2", "test2"),
        ("TEST-2", "test2"),
        ("Heart disease", "test2"),
        ("ldct", "test1"),
        ("same_centre", "test3"),
        (" Valid ", "val"),
    ],
)
def test_aliases(text: str, name: str) -> None:
    assert split_named(text).name == name


def test_aliases_are_unambiguous() -> None:
    words = [word for split in SPLITS.values() for word in (split.name, *split.aliases)]
    assert len(set(words)) == len(words)


def test_unknown_split_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"found 'heart-diseas'.*did you mean 'heart-disease'"):
        split_named("heart-diseas")


@pytest.mark.parametrize(
    ("name", "splits", "scans"),
    [
        ("overall", ("test1", "test2", "test3"), 90),
        ("Overall", ("test1", "test2", "test3"), 90),
        ("test1-4", ("test1", "test2", "test3", "test4"), 130),
        ("low_dose", ("test1",), 30),
        ("all", tuple(SPLITS), 437),
    ],
)
def test_several_splits_have_one_name(name: str, splits: tuple[str, ...], scans: int) -> None:
    assert splits_named(name) == splits
    assert sum(SPLITS[split].size for split in splits) == scans


def test_the_users_own_splits_come_first() -> None:
    """A manifest's split may be called as it likes, and `all` means the splits that are there."""
    assert splits_named("clinic", ("clinic", "test2")) == ("clinic",)
    assert splits_named("all", ("clinic", "test2")) == ("clinic", "test2")
    assert splits_named("cardiac", ("clinic", "test2")) == ("test2",)


def test_no_split_is_called_like_a_pool() -> None:
    words = {word for split in SPLITS.values() for word in (split.name, *split.aliases)}
    assert not words & set(POOLS)
    with pytest.raises(UsageError, match="one split is asked for here: found overall"):
        split_named("overall")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("covid-19", COVID19),
        ("COVID-19", COVID19),
        ("Covid 19", COVID19),
        ("CAP", CAP),
        ("covid\u201319", COVID19),
        ("covid \u2014 19", COVID19),
        ("NORMAL", NORMAL),
        ("normal ", NORMAL),
        ("flu", None),
        ("", None),
    ],
)
def test_class_spellings(text: str, label: str | None) -> None:
    assert class_named(text) == label


def test_ninety_scans_are_ranked() -> None:
    assert sum(SPLITS[name].size for name in RANKED_SPLITS) == 90


def test_splits_of_the_manifests_in_use_are_names_in_any_letter_case() -> None:
    present = ("own", "North ward", "test2")
    assert splits_named("OWN", present) == ("own",)
    assert splits_named("north-ward", present) == ("North ward",)
    assert splits_named("heart", present) == ("test2",)
    assert splits_named("all", present) == present


@pytest.mark.parametrize(("given", "meant"), [("onw", "own"), ("hart", "heart")])
def test_an_unknown_split_is_answered_from_the_manifests_in_use(given: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        splits_named(given, ("own", "test2"))
    assert caught.value.expected == "own | test2 | overall | test1-4 | all"
    assert caught.value.do == f"did you mean '{meant}'?"
