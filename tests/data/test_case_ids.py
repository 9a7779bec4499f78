"""Every scan has a case ID of its own, the same each time; what can't have one fails alone."""

from __future__ import annotations

import os
import shutil
import unicodedata
from pathlib import Path

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.index import index_folder
from spgc.data.layout import open_dataset
from spgc.errors import DataError
from spgc.protocol import CAP, COVID19
from spgc.submissions.case_labels import read_labels
from tests.data.trees import scan, tree


def ids(root: Path, *names: str) -> dict[str, str]:
    """Paths below the root by case ID."""
    folders = open_dataset(tree(root, *names, slices=1)).folders
    return {case: str(path.relative_to(root)) for case, path in folders.items()}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["pat1/DICOM", "pat2/DICOM"], ["pat1", "pat2"]),
        (["pat1/x/DICOM", "pat2/x/DICOM"], ["pat1", "pat2"]),
        (["a/DICOM/SE0", "b/DICOM/SE0", "other"], ["a", "b", "other"]),
        (["pat1/2020/CT", "pat1/2021/CT", "pat2/2020/CT"], ["pat1_2020", "pat1_2021", "pat2_2020"]),
        (["pat1/SE0", "pat1/SE1", "pat2/SE0"], ["pat1_SE0", "SE1", "pat2_SE0"]),
        (["pat1", "pat2/DICOM", "x/pat2", "y/DICOM"], ["pat1", "pat2_DICOM", "pat2", "y_DICOM"]),
        (["DICOM", "pat1/DICOM"], ["DICOM", "pat1_DICOM"]),
        (["DICOM"], ["DICOM"]),
    ],
)
def test_the_nearest_folder_that_tells_scans_apart(
    tmp_path: Path, names: list[str], expected: list[str]
) -> None:
    found = ids(tmp_path, *names)
    assert found == dict(zip(expected, names, strict=True))
    assert found == ids(tmp_path / "again", *names)


def test_files_of_one_name(tmp_path: Path) -> None:
    for name in ("s0000", "s0001"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ct.nii.gz").write_bytes(b"\x1f\x8b damaged")
    data = open_dataset(tmp_path)
    assert list(data.folders) == ["s0000", "s0001"]
    assert data.notes == (
        "2 scans called like others, named by the folders that tell them apart: "
        "s0000 for s0000/ct.nii.gz, s0001 for s0001/ct.nii.gz",
    )


def test_a_scan_of_the_challenge_keeps_its_name(tmp_path: Path) -> None:
    assert ids(tmp_path, "COVID-19 subjects/P001", "mine/P001") == {
        "P001": "COVID-19 subjects/P001",
        "mine": "mine/P001",
    }


def test_two_of_the_challenge_fail_alone(tmp_path: Path) -> None:
    data = open_dataset(tree(tmp_path, "a/Cap subjects/cap001", "b/Cap subjects/cap001", "other"))
    assert set(data.folders) == {"other"}
    assert data.refused["cap001"].found == "a/Cap subjects/cap001 and b/Cap subjects/cap001"
    assert {case.case_id for case in data.cases(None)} == {"cap001", "other"}


def test_two_forms_in_one_place_fail_alone(tmp_path: Path) -> None:
    scan(tmp_path / "other")
    for name in ("P1.nii.gz", "P1.zip"):
        (tmp_path / name).write_bytes(b"damaged")
    data = open_dataset(tmp_path)
    assert set(data.folders) == {"other"}
    assert data.refused["P1"].found == "P1.nii.gz and P1.zip"


@pytest.mark.parametrize(
    ("name", "case"), [("Cap subjects/cap001/DICOM", "cap001"), ("CAP/anna/x/y", "anna")]
)
def test_slices_deeper_than_the_case_s_folder(tmp_path: Path, name: str, case: str) -> None:
    data = open_dataset(tree(tmp_path, name, slices=1))
    assert data.folders == {case: tmp_path / name}
    assert data.manifest[case].label == CAP
    assert any("is the only scan in" in note for note in data.notes)


def test_names_of_a_mac_and_of_a_keyboard(tmp_path: Path) -> None:
    """Folders with decomposed letters, and labels, manifests and slice labels with composed."""
    typed = ("Jos\u00e9", "M\u00fcller")
    root = tree(tmp_path / "data", *(unicodedata.normalize("NFD", name) for name in typed))
    labels = tmp_path / "labels.csv"
    labels.write_text("Study,Label\nJos\u00e9,COVID-19\nMu\u0308ller,CAP\n", encoding="utf-8")
    splits = index_folder(root, read_labels(labels, SPGC))
    assert {c.case_id: c.label for c in splits["own"]} == dict(
        zip(typed, (COVID19, CAP), strict=True)
    )
    rows = "".join(f"Jos\u00e9,{n},1\n" for n in range(25))
    (root / "slice_labels.csv").write_text("case,slice,infected\n" + rows, encoding="utf-8")
    assert open_dataset(root).slice_labels("Jos\u00e9") is not None


def test_both_forms_of_one_name_beside_each_other(tmp_path: Path) -> None:
    root = tree(tmp_path, "Jos\u00e9", "Jose\u0301", "other")
    data = open_dataset(root)
    assert set(data.folders) == {"other"}
    assert "stands for 2 scans" in data.refused["Jos\u00e9"].what


@pytest.mark.parametrize(("name", "case"), [(b"caf\xe9", "caf\ufffd"), (b"a\nb", "a\ufffdb")])
def test_names_that_are_no_text_are_refused_before_any_work(
    tmp_path: Path, name: bytes, case: str
) -> None:
    """All scans were answered before, and then nothing was written."""
    scan(tmp_path / "good")
    place = os.path.join(os.fsencode(tmp_path), name)  # noqa: PTH118 - bytes
    shutil.copytree(os.fsencode(tmp_path / "good"), place)
    data = open_dataset(tmp_path)
    assert set(data.folders) == {"good"}
    assert "name of a scan is no text" in str(data.refused[case])
    assert "\n" not in str(data.refused[case])


def test_an_index_without_a_refused_scan_is_not_written(tmp_path: Path) -> None:
    root = tree(tmp_path, "good", ".hidden")
    with pytest.raises(DataError, match="hidden folder"):
        index_folder(root)


@pytest.mark.parametrize(
    ("name", "case", "label"),
    [
        ("COVID-19 subjects/CAP/anna", "anna", CAP),
        ("COVID-19 subjects/Cap subjects/cap001", "cap001", CAP),
        ("CAP/COVID-19/otto", "otto", COVID19),
    ],
)
def test_the_nearest_class_folder_names_a_scan(
    tmp_path: Path, name: str, case: str, label: str
) -> None:
    """A scan that has a class of its own is not named by folders further above."""
    data = open_dataset(tree(tmp_path, name, slices=1))
    assert data.folders == {case: tmp_path / name}
    assert data.manifest[case].label == label
