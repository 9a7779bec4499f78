"""`spgc data check` and `index`: everything in one pass, nothing half-written."""

from pathlib import Path

import numpy as np
import pytest

from spgc.data.check import check
from spgc.data.index import index_folder, read_labels, write_index
from spgc.data.layout import open_dataset
from spgc.data.manifests import read_manifests
from spgc.errors import DataError
from spgc.protocol import CAP

from .trees import scan, tree


def findings(root: Path) -> list[tuple[str, str, str]]:
    report = check(open_dataset(root))
    return [(f.severity, f.where, f.what) for f in report.findings]


def test_a_whole_split_is_complete_and_the_others_absent(tmp_path: Path) -> None:
    names = [f"Test-2/T2-{n:03d}" for n in range(1, 31)]
    report = check(open_dataset(tree(tmp_path, *names)))
    states = {s.name: (s.word, s.found, s.expected) for s in report.splits}
    assert states["test2"] == ("complete", 30, 30)
    assert states["train"] == ("absent", 0, 209)
    assert report.ok
    assert report.findings == ()


def test_holes_are_one_finding_per_split(tmp_path: Path) -> None:
    names = [f"Test-2/T2-{n:03d}" for n in range(1, 29)]
    found = findings(tree(tmp_path, *names))
    assert found == [("error", "test2", "2 of 30 scans missing: T2-029, T2-030")]


def test_everything_in_one_pass(tmp_path: Path) -> None:
    """Empty scan, foreign file, empty file, short scan, unknown scan: all named at once."""
    tree(tmp_path, *(f"Test-3/T3-{n:03d}" for n in range(1, 29)))
    (tmp_path / "Test-3" / "T3-029").mkdir()
    short = scan(tmp_path / "Test-3" / "T3-030", slices=3)
    (short / "notes.dcm").write_text("not an image")
    (short / "IM0009.dcm").write_bytes(b"")
    scan(tmp_path / "Test-3" / "T3-031")
    words = {where: what for _, where, what in findings(tmp_path)}
    assert "no DICOM file among 0 files" in words["T3-029"]
    whats = [what for _, where, what in findings(tmp_path) if where == "T3-030"]
    assert "1 file not DICOM: notes.dcm" in whats
    assert "1 file of 0 bytes: IM0009.dcm" in whats
    assert any("3 slices, fewer than the 20 groups" in what for what in whats)
    assert any("T3-031" in what or "T3-031" in where for _, where, what in findings(tmp_path))


def test_labels_beyond_the_scan(tmp_path: Path) -> None:
    tree(tmp_path, "COVID-19 subjects/P001", slices=22)
    np.save(tmp_path / "Slice-level-labels.npy", np.eye(79, 200, 25, dtype=np.int64))
    lines = "".join(f"{i},COVID-19,./,P{i + 1:03d}\n" for i in range(79))
    (tmp_path / "Index.csv").write_text("Label Index,Diagnosis,Relative Path,Folder/ID\n" + lines)
    found = findings(tmp_path)
    assert ("error", "P001", "slice 26 is labelled infected, the folder holds 22 slices") in found


def test_damaged_labels_are_a_finding_not_an_end(tmp_path: Path) -> None:
    tree(tmp_path, "Cap subjects/cap001")
    (tmp_path / "slice_labels.csv").write_text("nonsense")
    assert any("lacks columns" in what for _, _, what in findings(tmp_path))


def test_nothing_there(tmp_path: Path) -> None:
    assert ("error", str(tmp_path), "no scan folder below this folder") in findings(tmp_path)


def test_a_phantom_cohort_is_clean(cohort: Path) -> None:
    report = check(open_dataset(cohort))
    assert report.ok
    assert {s.name: s.word for s in report.splits} == dict.fromkeys(
        ("train", "val", "test2"), "complete"
    )


def test_index_then_use(tmp_path: Path) -> None:
    root = tree(tmp_path, "Cap subjects/one", "Test-2/two", "three")
    labels = tmp_path / "labels.csv"
    labels.write_bytes(b"\xef\xbb\xbfStudy,Label\r\nthree,Covid-19\r\n")
    write_index(index_folder(root, read_labels(labels)), root / "manifests")
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
    write_index(index_folder(root), out, force=True)
    assert len(read_manifests(out)) == 2


def test_labels_for_strangers(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"labels for 1 cases that have no folder.*nobody"):
        index_folder(tree(tmp_path, "one"), {"nobody": CAP})
