"""The recipe that comes with spgc, and every kind of bad one."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.errors import DataError, UsageError
from spgc.phantoms.plan import list_jobs
from spgc.phantoms.recipe import default_conditions, plan_named, read_recipe
from spgc.protocol import RANKED_SPLITS, SPLITS


def test_ranked_and_full_have_the_sets_at_the_challenge_size() -> None:
    plans = read_recipe()
    assert set(plans) >= {"tiny", "demo", "ranked", "full"}
    for name in RANKED_SPLITS:
        assert plans["ranked"].counts[name] == plans["full"].counts[name] == SPLITS[name].counts
    full = plans["full"].counts
    assert sum(full["train"]) + sum(full["val"]) == 307
    assert full["val"] == SPLITS["val"].counts
    labelled = [job for job in list_jobs(Path("x"), plans["full"], 0) if job.labelled]
    assert len(labelled) == 80  # rows of the challenge's label array


def test_splits_differ_as_in_the_challenge() -> None:
    splits = default_conditions()
    assert splits["test1"].mas[1] < splits["train"].mas[0] / 3
    assert splits["test2"].heart[0] > splits["train"].heart[1]
    assert len(splits["test2"].thickness_mm) > 1
    assert splits["train"].thickness_mm == (2.0,)


def test_unknown_size_and_split() -> None:
    with pytest.raises(UsageError, match="unknown cohort size: found 'huge', expected tiny"):
        plan_named("huge")
    with pytest.raises(UsageError, match="the cohort has no such split: found test1"):
        plan_named("tiny").only(["low-dose"])


GOOD = """format = 1
[sizes.mine]
pixels = 64
slices = [2, 3]
[sizes.mine.scans]
train = [1, 0, 2]
[splits.train]
mas = [10, 20]
"""


def test_a_recipe_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    plan = plan_named("mine", path)
    assert (plan.counts, plan.size, plan.slices) == ({"train": (1, 0, 2)}, 64, (2, 3))
    assert plan.conditions["train"].mas == (10, 20)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("format = 1", "format = 2", "format is wrong"),
        ("pixels = 64", "pixels = 8", "sizes.mine.pixels is wrong"),
        ("pixels = 64", "pixels = true", "sizes.mine.pixels is wrong"),
        ("pixels = 64", "pixel = 64", "unknown entries"),
        ("[2, 3]", "[3, 2]", "the smaller one first"),
        ("[2, 3]", "7", "two numbers, from and to"),
        ("[1, 0, 2]", "[1, 2]", "three whole numbers"),
        ("[1, 0, 2]", "[1, -1, 2]", "three whole numbers"),
        ("train = [1", "trian = [1", "expected train"),
        ("[splits.train]", "[splits.tset1]", "expected train"),
        ("mas = [10, 20]", "mas = [0, 20]", "a number from 1 to 1000"),
        ("mas = [10, 20]", "kernels = ['X9']", "expected B30s"),
        ("mas = [10, 20]", "kernels = [[1]]", "expected B30s"),
        ("mas = [10, 20]", "kernels = [{a = 1}]", "expected B30s"),
        ("mas = [10, 20]", "thickness_mm = [[1]]", "a number from"),
        ("mas = [10, 20]", "kvp = [100]", "a number from"),
        ("mas = [10, 20]", "mas = [[1], 2]", "a number from"),
        ("mas = [10, 20]", "wires = 3", "a number from 0 to 1"),
        ("mas = [10, 20]", "kernels = []", "a list to choose from"),
        ("mas = [10, 20]", "colour = 'red'", "unknown entries"),
        ("format = 1", "format = ", "can't be read"),
        ("format = 1", "format = " + "[" * 100_000, "can't be read"),
        ("format = 1", "format = true", "format is wrong"),
        ("pixels = 64", "pixels = 64\nlayout = ['challenge']", "layout is wrong"),
        ("pixels = 64", "pixels = [64]", "pixels is wrong"),
        ("pixels = 64", "pixels = 64\nextent = [nan, 1]", "a number from"),
    ],
)
def test_bad_recipes_are_one_line(old: str, new: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(DataError, match=re_escape(words)) as caught:
        read_recipe(path)
    assert str(path) in str(caught.value)


def re_escape(words: str) -> str:
    return words.replace(".", r"\.")


def test_missing_recipe(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="recipe can't be read"):
        read_recipe(tmp_path / "none.toml")
