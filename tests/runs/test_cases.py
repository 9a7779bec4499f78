"""Splits by name in a data folder: the challenge's names, and those of the manifests in use."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spgc.data.index import index_folder, write_index
from spgc.errors import UsageError
from spgc.runs.cases import DataFolder, named_split, named_splits, open_cases


@pytest.fixture
def own(cohort: Path, tmp_path: Path) -> Path:
    """Two scans of one's own, indexed as `spgc data index` does: split `own`."""
    root = tmp_path / "scans"
    labels = {"case0": "CAP", "case1": "Normal"}
    sources = sorted((cohort / "Test_Data" / "Test-2").glob("syn-*"))
    for name, source in zip(labels, sources, strict=False):
        shutil.copytree(source, root / name)
    write_index(index_folder(root, labels), root / "manifests", force=False)
    return root


def test_a_split_that_spgc_wrote_is_known_by_its_name(own: Path) -> None:
    data = DataFolder(own)
    assert named_splits(data, ["own", "OWN"]) == ["own"]
    assert named_splits(data, ["all"]) == ["own"]
    assert named_split(data, "own") == "own"
    _, cases, _ = open_cases(data, named_splits(data, ["own"]))
    assert [case.case_id for case in cases] == ["case0", "case1"]


def test_manifests_elsewhere_name_their_splits(own: Path, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    shutil.move(own / "manifests", folder)
    text = (folder / "own.csv").read_text().replace(",own,", ",ward,", 1)
    (folder / "own.csv").write_text(text)
    assert named_splits(DataFolder(own, folder), ["Ward"]) == ["ward"]


def test_a_slip_is_answered_with_the_splits_that_are_there(own: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'own'"):
        named_splits(DataFolder(own), ["onw"])
    with pytest.raises(UsageError, match="unknown split"):  # and not: no such folder
        named_splits(DataFolder(tmp_path / "nowhere"), ["onw"])


def test_names_of_the_challenge_need_no_data(tmp_path: Path) -> None:
    nowhere = DataFolder(tmp_path / "nowhere")
    assert named_splits(nowhere, ["test2", "val", "test2"]) == ["test2", "val"]
    assert named_splits(nowhere, ["heart-disease", "overall"]) == ["test2", "test1", "test3"]
    with pytest.raises(UsageError, match="one split is asked for"):
        named_split(nowhere, "overall")
