"""`spgc data index`: manifests of one's own, all or nothing."""

import os
from pathlib import Path

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.index import index_folder, write_index
from spgc.data.layout import open_dataset
from spgc.data.manifests import read_manifests
from spgc.errors import DataError
from spgc.protocol import CAP
from spgc.submissions.case_labels import read_labels
from tests.data.trees import tree


def test_index_then_use(tmp_path: Path) -> None:
    root = tree(tmp_path, "Cap subjects/one", "Test-2/two", "three")
    labels = tmp_path / "labels.csv"
    labels.write_bytes(b"\xef\xbb\xbfStudy,Label\r\nthree,Covid-19\r\n")
    write_index(index_folder(root, read_labels(labels, SPGC)), root / "manifests")
    manifest = open_dataset(root).manifest
    assert {c.case_id: (c.label, c.split) for c in manifest} == {
        "one": (CAP, "own"),
        "three": ("COVID-19", "own"),
        "two": (None, "test2"),
    }


def test_index_never_replaces_by_itself(tmp_path: Path) -> None:
    root = tree(tmp_path / "data", "Test-2/two", "three")
    out = tmp_path / "out"
    out.mkdir()
    (out / "own.csv").write_text("precious")
    with pytest.raises(DataError, match=r"there already.*own\.csv"):
        write_index(index_folder(root), out)
    assert sorted(p.name for p in out.iterdir()) == ["own.csv"]
    with pytest.raises(DataError, match=r"there already.*own\.csv"):
        write_index(index_folder(root), tmp_path / "new" / ".." / "out")
    assert (out / "own.csv").read_text() == "precious"
    write_index(index_folder(root), out, force=True)
    assert len(read_manifests(out)) == 2


def test_what_a_killed_run_left_goes(tmp_path: Path) -> None:
    """Folders of drafts, those of earlier versions too; a living process's stay."""
    root, out = tree(tmp_path / "data", "three"), tmp_path / "out"
    for name, age in ((".draft-a1b2c3d4", 0), (f".{'0' * 32}.part", 0), (f".{'1' * 32}.part", 1)):
        (out / name).mkdir(parents=True)
        (out / name / "own.csv").write_text("half")
        for path in (out / name / "own.csv", out / name):
            os.utime(path, None if age else (0, 0))
    write_index(index_folder(root), out)
    assert sorted(path.name for path in out.iterdir()) == [f".{'1' * 32}.part", "own.csv"]


@pytest.mark.parametrize(
    ("place", "split"),
    [
        ("train/CAP/one", "train"),
        ("Validation/one", "val"),
        ("Test_3/Normal/one", "test3"),
        ("heart/one", "own"),
    ],
)
def test_splits_from_folders_on_the_way(place: str, split: str, tmp_path: Path) -> None:
    assert list(index_folder(tree(tmp_path, place))) == [split]


def test_index_leaves_no_unreadable_manifests(tmp_path: Path) -> None:
    """A case that moved from Test-2 to `own` would stand in two manifests: nothing is written."""
    root = tree(tmp_path, "Test-2/two", "three")
    out = root / "manifests"
    write_index(index_folder(root), out)
    before = {path.name: path.read_text() for path in out.iterdir()}
    (root / "Test-2" / "two").rename(root / "two")
    with pytest.raises(DataError, match=r"1 case in another manifest.*test2\.csv"):
        write_index(index_folder(root), out, force=True)
    assert {path.name: path.read_text() for path in out.iterdir()} == before


def test_index_writes_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tree(tmp_path / "data", "Test-2/two", "three")
    out = tmp_path / "out"

    def full_disk(cases: object, path: Path) -> None:
        if path.name == "test2.csv":
            raise DataError("can't write file", where=path, found="No space left on device")
        path.write_text("")

    monkeypatch.setattr("spgc.data.index.write_manifest", full_disk)
    with pytest.raises(DataError, match="No space left"):
        write_index(index_folder(root), out)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("a,CAP\na,normal\n", r"two classes for a \[.*line 3\]: found CAP and Normal"),
        (",CAP\n", "the row has no case ID"),
        ("a\n", "the row has no label"),
        ("a,1\nb,2\n", r"labels of another kind.*Do: write covid-19.*challenge init"),
        ('a,"cap\n', r"label file is not a CSV \[.*line 2\]"),
    ],
)
def test_damaged_labels_of_cases(rows: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("Study,Label\n" + rows)
    with pytest.raises(DataError, match=message):
        read_labels(path, SPGC)


def test_labels_for_strangers(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels for 1 cases that have no folder.*nobody"):
        index_folder(tree(tmp_path, "one"), {"nobody": CAP})


def test_a_scan_in_another_manifest_is_found_by_way_of_a_missing_folder(tmp_path: Path) -> None:
    root, out = tree(tmp_path / "data", "three"), tmp_path / "out"
    write_index({"mine": index_folder(root)["own"]}, out)
    for place in (out, tmp_path / "new" / ".." / "out"):
        with pytest.raises(DataError, match="in another manifest"):
            write_index(index_folder(root), place)
