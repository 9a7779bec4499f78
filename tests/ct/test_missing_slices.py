"""Slices that a folder copied in part lacks are noted, where positions show no gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.ct.series import read_series
from tests.ct.dicom_files import Tags, images, write_scan


def notes_of(folder: Path, numbers: list[int]) -> tuple[str, ...]:
    """Of a series of even distances with these numbers, head to feet."""

    def edit(index: int, tags: Tags) -> None:
        tags.update(number=numbers[index])

    return read_series(write_scan(folder, images(len(numbers)), edit=edit)).notes


@pytest.mark.parametrize(
    ("numbers", "note"),
    [
        ([*range(6, 20)], "InstanceNumbers begin at 6: slices towards the head may be missing"),
        ([*range(19, 5, -1)], "InstanceNumbers begin at 6: slices towards the feet may be missing"),
        ([*range(1, 24, 2)], "InstanceNumbers 1 to 23 lack 11: slices may be missing"),
        ([*range(24, 0, -3)], "InstanceNumbers 3 to 24 lack 14: slices may be missing"),
    ],
)
def test_numbers_tell_what_positions_do_not(tmp_path: Path, numbers: list[int], note: str) -> None:
    assert note in notes_of(tmp_path, numbers)


@pytest.mark.parametrize(
    "numbers",
    [[*range(1, 13)], [*range(12, 0, -1)], [*range(12)], [7, 3, 90, 41, 8], [5] * 8],
    ids=["from 1", "to the head", "from 0", "no order", "all alike"],
)
def test_whole_series_and_numbers_without_order_are_not_doubted(
    tmp_path: Path, numbers: list[int]
) -> None:
    assert not any("may be missing" in note for note in notes_of(tmp_path, numbers))
