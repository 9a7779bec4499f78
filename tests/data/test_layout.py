"""Every layout that users have on disk, and what wins over what."""

from pathlib import Path

import pytest

from spgc.data.layout import open_dataset
from spgc.data.manifests import Case, write_manifest
from spgc.errors import DataError
from spgc.protocol import CAP, COVID19, NORMAL
from tests.data.trees import scan, tree

CHALLENGE = ("COVID-19 subjects/P001", "Cap subjects/cap001", "Normal subjects/normal001")
FIGSHARE = ("COVID-19 Cases/P044", "Cap Cases/cap001", "Normal Cases/normal001")


@pytest.mark.parametrize("above", ["", "Sample data/", "a/b/"])
def test_challenge_release(above: str, tmp_path: Path) -> None:
    data = open_dataset(tree(tmp_path, *(above + name for name in CHALLENGE)))
    assert data.layout == "challenge release"
    assert set(data.folders) == {"P001", "cap001", "normal001"}
    assert data.manifest["P001"].split == "val"
    assert data.notes == ()


def test_released_test_sets(tmp_path: Path) -> None:
    data = open_dataset(tree(tmp_path, "Test_Data/Test-1/T1-001", "Test_Data/Test-2/T2-003"))
    assert data.layout == "released test sets"
    assert [case.case_id for case in data.cases(None)] == ["T1-001", "T2-003"]
    assert len(data.cases("test2")) == 30


def test_one_test_folder_as_root(tmp_path: Path) -> None:
    tree(tmp_path, "Test-2/T2-001")
    data = open_dataset(tmp_path / "Test-2")
    assert data.layout == "released test sets"
    assert set(data.folders) == {"T2-001"}


def test_both_in_one_root(tmp_path: Path) -> None:
    data = open_dataset(tree(tmp_path, *CHALLENGE, "Test_Data/Test-3/T3-001"))
    assert data.layout == "challenge release and released test sets"


def test_figshare_numbers_are_translated(tmp_path: Path) -> None:
    """P044 of figshare is P045 of the challenge, P054 is P055; above it is one of two."""
    data = open_dataset(tree(tmp_path, *FIGSHARE, "COVID-19 Cases/P054", "COVID-19 Cases/P055"))
    assert data.layout == "figshare release"
    embedded = open_dataset(tree(tmp_path / "other", "Cap subjects/cap001")).manifest
    assert data.manifest["P044"].split == embedded["P045"].split
    assert data.manifest["P054"].split == embedded["P055"].split
    assert "P045 of the challenge" in data.manifest["P044"].source
    assert data.manifest["P055"].certainty == (
        "confirmed" if embedded["P056"].split == embedded["P057"].split else "approximate"
    )
    assert any("other numbers" in note for note in data.notes)


def test_figshare_expects_all_its_scans(tmp_path: Path) -> None:
    """Missing COVID-19 scans are known to be missing: the release ends at P169."""
    data = open_dataset(tree(tmp_path, *FIGSHARE))
    listed = {case.case_id for split in ("train", "val") for case in data.cases(split)}
    assert {"P001", "P169"} <= listed
    assert "P170" not in listed


def test_the_organisers_list_in_challenge_numbers_on_figshare(tmp_path: Path) -> None:
    tree(tmp_path, "COVID-19 Cases/P044")
    rows = "P044,COVID-19,Valid\nP045,COVID-19,Train\nP171,COVID-19,Train\n"
    (tmp_path / "Stats.csv").write_text("Folder,Diagnosis,Category\n" + rows)
    row = open_dataset(tmp_path).manifest["P044"]
    assert (row.split, row.certainty) == ("train", "official")


def test_namesakes_are_not_the_challenge_s(tmp_path: Path) -> None:
    """P001 is a common name: without a class folder it gets no class and no split."""
    data = open_dataset(tree(tmp_path, "P001", "normal001", "T2-001"))
    assert {c.case_id: (c.label, c.split) for c in data.cases(None)} == {
        "P001": (None, "own"),
        "normal001": (None, "own"),
        "T2-001": (NORMAL, "test2"),
    }
    assert any("2 scans called like cases of the challenge" in note for note in data.notes)


def test_namesakes_are_the_challenge_s_where_manifests_say_so(tmp_path: Path) -> None:
    from spgc.files.shipped import manifests_dir

    data = open_dataset(tree(tmp_path, "P001"), manifests_dir())
    assert (data.manifest["P001"].label, data.manifest["P001"].split) == (COVID19, "val")


def test_plain_class_folders_tell_the_class(tmp_path: Path) -> None:
    data = open_dataset(tree(tmp_path, "COVID-19/anna", "normal/berta"))
    assert {c.case_id: c.label for c in data.cases(None)} == {"anna": COVID19, "berta": NORMAL}


def test_a_scan_in_the_wrong_test_folder(tmp_path: Path) -> None:
    data = open_dataset(tree(tmp_path, "Test-1/T2-001"))
    assert data.contradictions == {
        "T2-001": "lies in the folder for test1, its manifest says test2"
    }


@pytest.mark.parametrize(
    "name", ["covid-19 SUBJECTS /P001", "Covid-19 cases/P001", "COVID-19 Subjects/P001 "]
)
def test_folder_names_in_any_case_and_with_spaces(name: str, tmp_path: Path) -> None:
    assert open_dataset(tree(tmp_path, name)).manifest["P001"].split == "val"


def test_a_linked_scan_is_called_like_its_link(tmp_path: Path) -> None:
    scan(tmp_path / "disk" / "0815")
    root = tmp_path / "data"
    (root / "Cap subjects").mkdir(parents=True)
    (root / "Cap subjects" / "cap001").symlink_to(tmp_path / "disk" / "0815")
    assert set(open_dataset(root).folders) == {"cap001"}


def test_own_folders_without_any_sign(tmp_path: Path) -> None:
    data = open_dataset(tree(tmp_path, "anna", "x/berta"))
    assert data.layout == "one folder per case"
    assert [(c.case_id, c.label, c.split) for c in data.cases(None)] == [
        ("anna", None, "own"),
        ("berta", None, "own"),
    ]


def test_root_is_a_scan(tmp_path: Path) -> None:
    data = open_dataset(scan(tmp_path / "my scan"))
    assert data.cases(None)[0].case_id == "my scan"


def test_files_without_suffix_are_looked_into(tmp_path: Path) -> None:
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "000001").write_bytes(b"\0" * 128 + b"DICM")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "README").write_text("no scan")
    assert set(open_dataset(tmp_path).folders) == {"case"}


def test_an_empty_case_folder_is_still_a_case(tmp_path: Path) -> None:
    (tmp_path / "Cap subjects" / "cap007").mkdir(parents=True)
    assert set(open_dataset(tmp_path).folders) == {"cap007"}


def test_strays_are_no_scans(tmp_path: Path) -> None:
    tree(tmp_path, "Cap subjects/cap001")
    tree(tmp_path / "__MACOSX", "Cap subjects/cap001")
    (tmp_path / "Cap subjects" / ".DS_Store").write_bytes(b"x")
    assert set(open_dataset(tmp_path).folders) == {"cap001"}


def test_links_that_lead_back_do_not_hang(tmp_path: Path) -> None:
    tree(tmp_path, "a/case")
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert set(open_dataset(tmp_path).folders) == {"case"}


def test_two_folders_of_one_name_are_told_apart(tmp_path: Path) -> None:
    data = open_dataset(tree(tmp_path, "a/P001", "b/P001", "a/P002", "b/P002"))
    assert list(data.folders) == ["a_P001", "a_P002", "b_P001", "b_P002"]
    assert any("4 scans called like others" in note for note in data.notes)


@pytest.mark.parametrize("kind", ["nothing", "a file"])
def test_no_folder(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    if kind == "a file":
        path.write_text("x")
    with pytest.raises(DataError, match=f"found {kind}"):
        open_dataset(path)


STATS = "Folder,Diagnosis,Category,Annotation\nP001,COVID-19,Train,1\nnormal001,Normal,Valid,0\n"


def test_the_organisers_list_wins(tmp_path: Path) -> None:
    tree(tmp_path, *CHALLENGE)
    (tmp_path / "Stats.csv").write_text(STATS)
    data = open_dataset(tmp_path)
    assert (data.manifest["P001"].split, data.manifest["P001"].certainty) == ("train", "official")
    assert [c.case_id for c in data.cases("val")] == ["normal001"]
    assert len(data.cases("test1")) == 30
    assert "2 cases; the recovered list has 2 of them in the other split" in data.notes[0]
    assert data.manifest["cap001"].split == "own"  # not in the official list: said, not guessed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Folder,Diagnosis\nP001,COVID-19\n", "lacks columns"),
        ("Folder,Diagnosis,Category\nP001,Flu,Train\n", r"line 2\]: found Folder 'P001'"),
        ("Folder,Diagnosis,Category\nP001,CAP,Train\nP001,CAP,Valid\n", "stands twice"),
    ],
)
def test_a_damaged_official_list(text: str, message: str, tmp_path: Path) -> None:
    tree(tmp_path, *CHALLENGE)
    (tmp_path / "Stats.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        open_dataset(tmp_path)


def test_own_manifests_win_over_all(tmp_path: Path) -> None:
    tree(tmp_path, *CHALLENGE)
    (tmp_path / "Stats.csv").write_text(STATS)
    write_manifest([Case("P001", COVID19, "test2", "me", "own")], tmp_path / "manifests/test2.csv")
    assert open_dataset(tmp_path).manifest["P001"].split == "test2"
    other = tmp_path / "other"
    write_manifest([Case("P001", NORMAL, "test3", "me", "own")], other / "test3.csv")
    assert open_dataset(tmp_path, other).manifest["P001"].split == "test3"


def test_class_folder_against_manifest(tmp_path: Path) -> None:
    data = open_dataset(tree(tmp_path, "Normal subjects/cap001", "Cap subjects/cap999"))
    assert data.contradictions == {"cap001": "lies in the folder for Normal, its manifest says CAP"}
    assert any("1 scan at odds with the manifest: cap001" in note for note in data.notes)
    assert (data.manifest["cap999"].label, data.manifest["cap999"].split) == (CAP, "own")


def test_phantoms_without_a_manifest_stay_marked(tmp_path: Path) -> None:
    """A scan copied out of its cohort, one that can't be taken, and rows of Stats.csv."""
    tree(tmp_path, "COVID-19 subjects/syn-P001", "SYN_T1-001", "mine")
    (tmp_path / "syn-broken.zip").write_bytes(b"PK\x03\x04 no archive")
    data = open_dataset(tmp_path)
    marked = {case.case_id for case in data.cases(None) if case.synthetic}
    assert {"syn-P001", "SYN_T1-001"} <= marked
    assert "mine" not in marked
    assert all(data.manifest[name].synthetic for name in data.refused)
    (tmp_path / "Stats.csv").write_text("Folder,Diagnosis,Category\nsyn-P001,COVID-19,Train\n")
    assert open_dataset(tmp_path).manifest["syn-P001"].synthetic
