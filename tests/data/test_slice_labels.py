"""Slice labels from every form, and the traps of the real files."""

from pathlib import Path

import numpy as np
import pytest

from spgc.data.label_arrays import read_array
from spgc.data.label_tables import read_challenge, read_own
from spgc.data.layout import open_dataset
from spgc.data.slice_labels import find_slice_labels
from spgc.errors import DataError

from .trees import tree

NEW_INDEX = "Label Index,Diagnosis,Relative Path,Folder/ID\n"
OLD_INDEX = "Label Index,Diagnosis,Path,Folder\n"


def write_array(folder: Path, rows: int, name: str = "Slice-level-labels.npy") -> Path:
    """`rows` patients; row r is infected in slice r alone. The index skips 43, as the real one."""
    array = np.zeros((rows, 200), np.int64)
    array[np.arange(rows), np.arange(rows)] = 1
    np.save(folder / name, array)
    numbers = [i if i < 43 else i + 1 for i in range(rows)]
    lines = [f"{n},COVID-19,./COVID-19/,P{r + 1:03d}" for r, n in enumerate(numbers)]
    (folder / "Index.csv").write_text(NEW_INDEX + "\n".join(lines) + "\n")
    return folder / name


def test_rows_go_by_line_and_not_by_printed_index(tmp_path: Path) -> None:
    labels = read_array(write_array(tmp_path, 79), tmp_path / "Index.csv")
    assert np.flatnonzero(labels["P044"]).tolist() == [43]
    assert np.flatnonzero(labels["P079"]).tolist() == [78]


def test_old_index_columns(tmp_path: Path) -> None:
    np.save(tmp_path / "Slice-level-labels.npy", np.ones((1, 200), np.int32))
    (tmp_path / "Index.csv").write_text(OLD_INDEX + "0,COVID-19,./COVID-19 subjects/,P001\n")
    assert set(read_array(tmp_path / "Slice-level-labels.npy", tmp_path / "Index.csv")) == {"P001"}


def test_the_later_relabelling_wins(tmp_path: Path) -> None:
    write_array(tmp_path, 79)
    write_array(tmp_path, 79, "Slice-level-labels-updated-1.npy")
    found = find_slice_labels(tmp_path)
    assert found is not None
    assert found.source.name == "Slice-level-labels-updated-1.npy"
    assert found.numbering == "figshare"


def test_figshare_arrays_on_challenge_folders(tmp_path: Path) -> None:
    """P045 of the challenge is row P044 of the public array; P044 of the challenge has none."""
    tree(tmp_path, "COVID-19 subjects/P045", "COVID-19 subjects/P044")
    write_array(tmp_path, 79)
    data = open_dataset(tmp_path)
    labels = data.slice_labels("P045")
    assert labels is not None
    assert np.flatnonzero(labels).tolist() == [43]
    assert data.slice_labels("P044") is None


def test_challenge_arrays_on_figshare_folders(tmp_path: Path) -> None:
    tree(tmp_path, "COVID-19 Cases/P044")
    write_array(tmp_path, 80)
    labels = open_dataset(tmp_path).slice_labels("P044")
    assert labels is not None
    assert np.flatnonzero(labels).tolist() == [44]


def test_challenge_csv(tmp_path: Path) -> None:
    path = tmp_path / "Slice_level_labels.csv"
    path.write_text(",0,1,2,3\nP001,0,1,1,\ncap001,1,0,0,0\n")
    labels = read_challenge(path)
    assert labels["P001"].tolist() == [0, 1, 1]
    assert labels["cap001"].tolist() == [1, 0, 0, 0]


def test_own_form(tmp_path: Path) -> None:
    path = tmp_path / "slice_labels.csv"
    path.write_text("case,slice,infected\na,1,1\na,0,0\n")
    assert read_own(path)["a"].tolist() == [0, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case,slice\na,1\n", "lacks columns"),
        ("case,slice,infected\na,0,2\n", r"line 2\]: found '2', expected 0 to 1"),
        ("case,slice,infected\na,x,1\n", "slice number can't be read"),
        ("case,slice,infected\na,0,1\na,2,1\n", "labels of a have holes"),
        ("case,slice,infected\na,999999999,1\n", "slice number can't be read"),
    ],
)
def test_damaged_own_form(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "slice_labels.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_own(path)


def test_array_without_index(tmp_path: Path) -> None:
    write_array(tmp_path, 79)
    (tmp_path / "Index.csv").unlink()
    with pytest.raises(DataError, match="without its index"):
        find_slice_labels(tmp_path)


@pytest.mark.parametrize(
    "array",
    [np.zeros((78, 200)), np.zeros(79), np.full((79, 200), 2), np.array([{"a": 1}], object)],
)
def test_hostile_arrays(array: np.ndarray, tmp_path: Path) -> None:
    """Other shapes, other values, and objects that would have to be unpickled."""
    path = write_array(tmp_path, 79)
    np.save(path, array, allow_pickle=True)
    with pytest.raises(DataError, match=r"does not fit its index|label array can't be read"):
        find_slice_labels(tmp_path)


def test_no_labels(tmp_path: Path) -> None:
    assert find_slice_labels(tmp_path) is None


@pytest.mark.real
def test_real_arrays(real_data: Path) -> None:
    """Both versions: 79 patients, P002 the same in both, P001 and P006 relabelled."""
    folder = real_data / "covid-ct-md-sample"
    old, new = (
        read_array(folder / name, folder / "Index.csv")
        for name in ("Slice-level-labels.npy", "Slice-level-labels-updated-1.npy")
    )
    assert len(old) == len(new) == 79
    assert sum(int(v.sum()) for v in old.values()) == 4957
    assert sum(int(v.sum()) for v in new.values()) == 4993
    changed = {name for name in old if not np.array_equal(old[name], new[name])}
    assert changed == {"P001", "P006"}
    lobes = np.load(folder / "Lobe-level-labels.npy", allow_pickle=False)
    assert np.array_equal(lobes.any(axis=2), np.stack(list(old.values())).astype(bool))


@pytest.mark.real
def test_real_sample_is_recognised(real_data: Path) -> None:
    data = open_dataset(real_data / "covid-ct-md-sample")
    assert data.layout == "challenge release"
    assert set(data.folders) == {"P002", "cap002", "normal002"}
    labels = data.slice_labels("P002")
    assert labels is not None
    assert labels[:133].sum() == labels.sum() > 0
    assert data.slice_labels("normal002") is None
