"""A series in several folders is doubted: each would be answered as a scan of its own."""

from __future__ import annotations

from pathlib import Path

from spgc.data.check import check
from spgc.data.layout import open_dataset
from tests.ct.dicom_files import images, write_scan


def doubts(root: Path) -> list[tuple[str, tuple[str, ...]]]:
    found = check(open_dataset(root)).findings
    return [(one.severity, one.cases) for one in found if "slices of one series" in one.what]


def part(folder: Path, uid: str, first: int) -> None:
    """Twenty slices of a series, of which `first` is the first number."""

    def edit(index: int, tags: dict[str, object]) -> None:
        tags.update(number=first + index, z=-2.0 * (first + index), SeriesInstanceUID=uid)

    write_scan(folder, images(20, seed=first), edit=edit)


def test_folders_of_one_series_side_by_side_are_doubted(tmp_path: Path) -> None:
    for patient in ("pat1", "pat2"):
        part(tmp_path / patient / "DIR000", f"1.2.{patient[-1]}", 1)
        part(tmp_path / patient / "DIR001", f"1.2.{patient[-1]}", 21)
    assert doubts(tmp_path) == [
        ("doubt", ("pat1_DIR000", "pat1_DIR001")),
        ("doubt", ("pat2_DIR000", "pat2_DIR001")),
    ]


def test_series_of_their_own_or_without_uid_are_none(tmp_path: Path) -> None:
    part(tmp_path / "a", "1.2.1", 1)
    part(tmp_path / "b", "1.2.2", 2)
    part(tmp_path / "c", "", 3)
    part(tmp_path / "d", "", 4)
    assert doubts(tmp_path) == []
