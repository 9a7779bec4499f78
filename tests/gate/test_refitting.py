"""The patient stage made anew: features follow the slice classifiers' order, and each change of
them is named."""

import dataclasses

import numpy as np
import pytest

from spgc.classifiers.groups import feature_names, scan_features
from spgc.data.manifests import Case
from spgc.gate.frozen import Frozen
from spgc.gate.refitting import check_features, features_now, freeze, refit
from spgc.protocol import CLASSES

NAMES = ("b", "a")


def frozen(count: int = 12) -> Frozen:
    """Scans of one class each; classifier "b" knows it, "a" says nothing."""
    rng = np.random.default_rng(0)
    made = []
    for number in range(count):
        label = CLASSES[number % 3]
        case = Case(f"c{number}", label, "val" if number >= 9 else "train", "made", "own")
        right = rng.uniform(0, 0.1, (7, 3)).astype(np.float32)
        right[:, CLASSES.index(label)] += 0.8
        made.append((case, {"b": right, "a": np.full((7, 3), 1 / 3, np.float32)}))
    return freeze(made, {"model_hash": "x"})


def test_features_follow_the_order_of_the_slice_classifiers() -> None:
    found = frozen()
    assert found.backbones == NAMES
    assert found.names == tuple(feature_names(NAMES))
    expected = [scan_features(found.of(case.case_id), NAMES) for case in found.cases]
    np.testing.assert_array_equal(found.features, expected)
    np.testing.assert_array_equal(features_now(found), found.features)
    assert list(check_features(found, features_now(found))) == []


def test_a_later_scan_in_another_order_is_put_right() -> None:
    one = {"b": np.eye(3, dtype=np.float32), "a": np.zeros((3, 3), np.float32)}
    other = dict(reversed(one.items()))
    cases = [Case(name, "CAP", "train", "made", "own") for name in "xy"]
    found = freeze(zip(cases, (one, other), strict=True), {})
    np.testing.assert_array_equal(found.probabilities["x"], found.probabilities["y"])


def test_the_training_scans_teach_the_others() -> None:
    found = frozen()
    assert refit(found, found.features) == {"c9": "COVID-19", "c10": "CAP", "c11": "Normal"}
    assert refit(found, found.features, "svm") == refit(found, found.features)


@pytest.mark.parametrize("changed", [1, 3, 5])
def test_changed_features_are_counted_and_the_first_named(changed: int) -> None:
    found = frozen()
    features = found.features.copy()
    features[:changed, 7] += 1e-3
    (told,) = check_features(found, features)
    assert told.startswith(f"features of {changed} of 12 scans changed")
    names = ", ".join(f"c{n}" for n in range(min(changed, 3)))
    assert told.endswith(names + (f" and {changed - 3} more" if changed > 3 else ""))


def test_other_names_classes_and_counts_are_named() -> None:
    found = frozen()
    renamed = dataclasses.replace(found, names=("x", *found.names[1:]))
    assert list(check_features(renamed, found.features)) == [
        f"feature 1 is {found.names[0]}, was x"
    ]
    turned = dataclasses.replace(found, classes=("CAP", "COVID-19", "Normal"))
    assert list(check_features(turned, found.features)) == [
        "classes stand in the order COVID-19, CAP, Normal, were CAP, COVID-19, Normal"
    ]
    (told,) = check_features(found, found.features[:, :60])
    assert told.startswith("a scan has 60 features, were 120")
