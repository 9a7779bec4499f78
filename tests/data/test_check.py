"""`spgc data check`: everything in one pass."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from spgc.data.check import check
from spgc.data.layout import open_dataset
from tests.data.trees import DICOM, scan, tree


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
    assert "1 file not DICOM, despite its name: notes.dcm" in whats
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


def test_copies_are_named(tmp_path: Path) -> None:
    """A file twice in one folder, and a scan that lies in two."""
    tree(tmp_path, "one", "two")
    shutil.copy(tmp_path / "one" / "IM0001.dcm", tmp_path / "one" / "IM0001 (1).dcm")
    shutil.copytree(tmp_path / "two", tmp_path / "three")
    assert findings(tmp_path) == [
        ("doubt", "one", "1 file also in the same folder, byte for byte: IM0001.dcm"),
        (
            "doubt",
            "two",
            "25 files also in three, byte for byte: IM0001.dcm, IM0002.dcm, IM0003.dcm and 22 more",
        ),
    ]


def test_files_alike_in_samples_are_compared_whole(tmp_path: Path) -> None:
    """Two files that differ in one byte only, outside what is sampled, are no copies."""
    content = bytearray(DICOM + bytes(100_000))
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a.dcm").write_bytes(content)
    content[10_000] = 1
    (tmp_path / "one" / "b.dcm").write_bytes(content)
    assert not any("byte for byte" in what for _, _, what in findings(tmp_path))


def test_a_scan_in_the_wrong_class_folder_is_an_error(tmp_path: Path) -> None:
    tree(tmp_path, "Normal subjects/cap001")
    assert ("error", "cap001", "lies in the folder for Normal, its manifest says CAP") in findings(
        tmp_path
    )


def test_broken_links_and_files_without_preamble(tmp_path: Path) -> None:
    one = scan(tmp_path / "one")
    (one / "gone.dcm").symlink_to(tmp_path / "nowhere")
    old = b"\x08\x00\x05\x00CS\x0a\x00ISO_IR 100" + b"\x08\x00\x60\x00CS\x02\x00CT"
    (one / "old.dcm").write_bytes(old)
    assert findings(tmp_path) == [
        ("error", "one", "1 file can't be read: gone.dcm"),
        ("doubt", "one", "1 file perhaps DICOM, without its preamble: old.dcm"),
    ]


def test_a_normal_scan_with_infection(tmp_path: Path) -> None:
    scan(tmp_path / "normal" / "berta", slices=20)
    rows = "".join(f"berta,{n},{int(n == 3)}\n" for n in range(20))
    (tmp_path / "slice_labels.csv").write_text("case,slice,infected\n" + rows)
    assert findings(tmp_path) == [
        ("doubt", "berta", "a normal scan with 1 slice labelled infected")
    ]


def test_too_few_labels(tmp_path: Path) -> None:
    scan(tmp_path / "anna", slices=25)
    rows = "".join(f"anna,{n},1\n" for n in range(20))
    (tmp_path / "slice_labels.csv").write_text("case,slice,infected\n" + rows)
    assert findings(tmp_path) == [("error", "anna", "20 slice labels for 25 slices")]


def test_lobes_against_slices(tmp_path: Path) -> None:
    tree(tmp_path, "Cap subjects/cap001")
    (tmp_path / "Index.csv").write_text("Label Index,Diagnosis,Path,Folder\n0,CAP,./,cap001\n")
    np.save(tmp_path / "Slice-level-labels.npy", np.eye(1, 200, dtype=np.int64))
    np.save(tmp_path / "Lobe-level-labels.npy", np.zeros((1, 200, 5)))
    found = [f for f in check(open_dataset(tmp_path)).findings if "lobe" in f.what]
    assert [(f.severity, f.cases) for f in found] == [("doubt", ("cap001",))]
    np.save(tmp_path / "Lobe-level-labels.npy", np.zeros((1, 200, 4)))
    assert any("does not fit its index" in what for _, _, what in findings(tmp_path))


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["COVID-19 Cases/P171"], "P171: the figshare release ends at P169"),
        ([f"COVID-19 subjects/P{n:03d}" for n in range(1, 170)], "as many as in the figshare"),
    ],
)
def test_doubts_on_the_release(names: list[str], words: str, tmp_path: Path) -> None:
    found = findings(tree(tmp_path, *names, slices=20))
    assert any(severity == "doubt" and words in what for severity, _, what in found)


def test_labels_of_the_other_release(tmp_path: Path) -> None:
    tree(tmp_path, "COVID-19 subjects/P045")
    np.save(tmp_path / "Slice-level-labels.npy", np.ones((79, 25), np.int64))
    lines = "".join(f"{i},COVID-19,./,P{i + 1:03d}\n" for i in range(79))
    (tmp_path / "Index.csv").write_text("Label Index,Diagnosis,Relative Path,Folder/ID\n" + lines)
    assert any("go by the numbers of the figshare release" in w for _, _, w in findings(tmp_path))


def test_two_official_lists(tmp_path: Path) -> None:
    tree(tmp_path, "Cap subjects/cap001", "x/anna")
    for place in (tmp_path, tmp_path / "x"):
        (place / "Stats.csv").write_text("Folder,Diagnosis,Category\ncap001,CAP,Train\n")
    assert any(where == "Stats.csv" and "2 files" in what for _, where, what in findings(tmp_path))


def test_nothing_there(tmp_path: Path) -> None:
    assert ("error", str(tmp_path), "no scan folder below this folder") in findings(tmp_path)


def test_a_phantom_cohort_is_clean(cohort: Path) -> None:
    report = check(open_dataset(cohort))
    assert report.ok
    assert {s.name: s.word for s in report.splits} == dict.fromkeys(
        ("train", "val", "test2"), "complete"
    )
