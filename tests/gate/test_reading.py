"""The check of reading names what differs: order, class, spacing, labels, lungs, grey levels."""

import copy
from typing import Any

import numpy as np
import pytest

from spgc.contract.scan import LabelledScan
from spgc.gate.reading import check_reading, describe_scan
from tests.systems.small.scans import ArrayScan

WAS: dict[str, Any] = {
    "s1": {
        "class": "CAP",
        "spacing": [5.0, 1.0, 1.0],
        "infected": [0, 1, 0],
        "lung_pixels": [40, 400, 900],
        "channel_means": [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]],
    }
}


def test_the_same_reading_has_no_finding() -> None:
    assert list(check_reading(WAS, copy.deepcopy(WAS))) == []


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("class", "Normal", "s1 as read: class is Normal, was CAP"),
        ("spacing", [2.5, 1.0, 1.0], "s1 as read: spacing is [2.5, 1.0, 1.0], was [5.0, 1.0, 1.0]"),
        ("infected", [1, 0, 0], "s1 as read: slice labels are 100, were 010"),
        ("infected", None, "s1 as read: slice labels are unknown, were 010"),
        ("lung_pixels", [43, 400, 900], "lungs differ in 1 and grey levels in 0 of 3 slices"),
        ("lung_pixels", [40, 400], "lungs differ in 3 and grey levels in 3 of 3 slices"),
        (
            "channel_means",
            [[0.1, 0.2, 0.303], [0.4, 0.503, 0.6], [0.7, 0.8, 0.9]],
            "lungs differ in 0 and grey levels in 2 of 3 slices",
        ),
    ],
)
def test_each_difference_is_named(field: str, value: object, told: str) -> None:
    now = copy.deepcopy(WAS)
    now["s1"][field] = value
    (finding,) = check_reading(WAS, now)
    assert told in finding


def test_what_machines_differ_by_passes() -> None:
    """2 % of a slice's lung, of 100 pixels at least, and 0.002 of grey."""
    now = copy.deepcopy(WAS)
    now["s1"]["lung_pixels"] = [42, 408, 882]
    now["s1"]["channel_means"][0] = [0.1019, 0.1981, 0.3]
    assert list(check_reading(WAS, now)) == []


def test_feet_first_is_told_from_other_differences() -> None:
    now = copy.deepcopy(WAS)
    for name in ("lung_pixels", "channel_means"):
        now["s1"][name] = now["s1"][name][::-1]
    (finding,) = check_reading(WAS, now)
    assert finding == "s1 as read: slices are in the opposite order, feet first"


def test_other_scans_are_named() -> None:
    assert list(check_reading(WAS, {"s2": WAS["s1"]})) == ["phantoms read are s2, were s1"]


def test_a_scan_is_described_slice_by_slice() -> None:
    """Lung pixels, and means of grey, mask and grey × mask: here one value a slice."""
    hu = np.stack([np.full((2, 4), value, np.int16) for value in (-1024, 0)])
    mask = np.zeros(hu.shape, bool)
    mask[1, 0] = True
    scan = ArrayScan(hu, mask, (5.00004, 2.0, 2.0))
    told = describe_scan(LabelledScan("s", scan, "CAP", np.array([0, 1], np.uint8)))
    assert told == {
        "class": "CAP",
        "spacing": [5.0, 2.0, 2.0],
        "infected": [0, 1],
        "lung_pixels": [0, 4],
        "channel_means": [[0.0, 0.0, 0.0], [0.5, 0.5, 0.25]],
    }
