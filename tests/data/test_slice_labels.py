"""Slice labels from every form, and the traps of the real files."""

import io
from pathlib import Path

import numpy as np
import pytest

from spgc.data.label_arrays import LOBES, load_array, read_array, read_index, read_lobes, version_of
from spgc.data.label_tables import MAX_SLICES
from spgc.data.layout import open_dataset
from spgc.data.scan_folders import find_files
from spgc.data.slice_labels import find_slice_labels
from spgc.errors import DataError, UsageError
from tests.data.trees import tree

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


@pytest.mark.parametrize(("slices", "fits"), [(MAX_SLICES, True), (MAX_SLICES + 1, False)])
def test_an_array_may_be_as_wide_as_the_longest_scan(
    tmp_path: Path, slices: int, fits: bool
) -> None:
    path = tmp_path / "Slice-level-labels.npy"
    np.save(path, np.ones((1, slices), np.int8))
    (tmp_path / "Index.csv").write_text(OLD_INDEX + "0,COVID-19,./COVID-19 subjects/,P001\n")
    if fits:
        assert read_array(path, tmp_path / "Index.csv")["P001"].sum() == slices
    else:
        with pytest.raises(DataError, match="label array does not fit its index"):
            read_array(path, tmp_path / "Index.csv")


def test_a_folder_of_the_name_of_a_label_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").mkdir()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "labels.csv").write_text("")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "Labels.csv").write_text("")
    assert find_files(tmp_path, "labels.csv") == [tmp_path / "below" / "labels.csv"]


def test_files_of_several_names_come_by_name_and_then_by_height(tmp_path: Path) -> None:
    places = [tmp_path / "b" / "deep", tmp_path / "b", tmp_path / "a", tmp_path]
    places[0].mkdir(parents=True)
    places[2].mkdir()
    for place in places:
        (place / "two.csv").write_text("")
    (places[0] / "one.csv").write_text("")
    (places[0] / "deeper").mkdir()
    (places[0] / "deeper" / "one.csv").write_text("")
    found = [places[0] / "one.csv"]
    found += [place / "two.csv" for place in (tmp_path, tmp_path / "a", tmp_path / "b", places[0])]
    assert find_files(tmp_path, "one.csv", "none.csv", "two.csv") == found


def test_old_index_columns(tmp_path: Path) -> None:
    np.save(tmp_path / "Slice-level-labels.npy", np.ones((1, 200), np.int32))
    (tmp_path / "Index.csv").write_text(OLD_INDEX + "0,COVID-19,./COVID-19 subjects/,P001\n")
    assert set(read_array(tmp_path / "Slice-level-labels.npy", tmp_path / "Index.csv")) == {"P001"}


def test_the_old_index_names_five_patients_by_older_numbers(tmp_path: Path) -> None:
    """P058, P104, P109, P129 and P142 of the challenge's Index.csv lie in folders P051 to P055."""
    older = ("P058", "P104", "P109", "P129", "P142")
    names = [*(f"P{n:03d}" for n in range(1, 51)), *older]
    rows = [f"{n},COVID-19,./COVID-19 subjects/,{name}" for n, name in enumerate(names)]
    rows += ["55,CAP,./Cap subjects/,p001", "56,CAP,./Cap subjects/,p007"]
    (tmp_path / "Index.csv").write_text(OLD_INDEX + "\n".join(rows) + "\n")
    challenge = [f"P{n:03d}" for n in range(1, 56)]
    assert read_index(tmp_path / "Index.csv") == [*challenge, "cap001", "cap002"]
    (tmp_path / "Index.csv").write_text(OLD_INDEX + rows[50] + "\n")  # a list of one's own
    assert read_index(tmp_path / "Index.csv") == ["P058"]


def test_the_later_relabelling_wins(tmp_path: Path) -> None:
    write_array(tmp_path, 79)
    write_array(tmp_path, 79, "Slice-level-labels-updated-1.npy")
    found = find_slice_labels(tmp_path)
    assert found is not None
    assert found.source.name == "Slice-level-labels-updated-1.npy"
    assert found.numbering == "figshare"


def test_a_release_is_taken_by_name(tmp_path: Path) -> None:
    """Those of the paper's time and those of September 2021; never one for the other."""
    first = write_array(tmp_path, 79)
    updated = write_array(tmp_path, 79, "Slice-level-labels-updated-1.npy")
    (tmp_path / "slice_labels.csv").write_text("case,slice,infected\nP001,0,1\n")
    for release, path in (("first", first), ("updated", updated)):
        found = open_dataset(tmp_path, None, release).label_source()
        assert found is not None
        assert found.source == path
    first.unlink()
    with pytest.raises(DataError, match=r"release 'first'.*Slice-level-labels\.npy"):
        find_slice_labels(tmp_path, "first")
    (tmp_path / "Slice_level_labels.csv").write_text("P001,0,1\n")
    found = find_slice_labels(tmp_path, "first")
    assert found is not None
    assert found.source.name == "Slice_level_labels.csv"
    with pytest.raises(UsageError, match=r"expected first \| updated"):
        find_slice_labels(tmp_path, "2021")


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


def test_array_without_index(tmp_path: Path) -> None:
    write_array(tmp_path, 79)
    (tmp_path / "Index.csv").unlink()
    with pytest.raises(DataError, match="without its index"):
        find_slice_labels(tmp_path)


def header(shape: tuple[int, ...], descr: str = "<i8") -> bytes:
    buffer = io.BytesIO()
    head = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, head)
    return buffer.getvalue()


def zipped() -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, a=np.zeros((79, 200)))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((78, 200)),
        np.zeros(79),
        np.full((79, 200), 2),
        np.full((79, 200), np.nan),
        np.array([{"a": 1}], object),
        np.zeros((79, 200), "U1"),
        np.zeros((79, 200), [("a", "i4")]),
        np.zeros((79, 200), "M8[s]"),
        np.zeros((79, 6000), np.uint8),
    ],
    ids=lambda a: f"{a.dtype}-{a.shape}",
)
def test_hostile_arrays(array: np.ndarray, tmp_path: Path) -> None:
    """Other shapes, other values, other types, and objects that would have to be unpickled."""
    path = write_array(tmp_path, 79)
    np.save(path, array, allow_pickle=True)
    with pytest.raises(DataError, match=r"does not fit its index|label array can't be read"):
        find_slice_labels(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        header((79, 200)),
        header((10**12, 200)),
        header((2**62, 2**10)),
        header((-79, 200)),
        header((79, 200), "|V0"),
        header((79, 200)).replace(b"79", b"((", 1),
        zipped(),
    ],
    ids=["empty", "text", "cut", "giant", "overflow", "negative", "void", "broken", "zip"],
)
def test_hostile_array_files(content: bytes, tmp_path: Path) -> None:
    """Headers that promise more than the file holds are refused before memory is given."""
    path = write_array(tmp_path, 79)
    path.write_bytes(content)
    with pytest.raises(DataError, match="label array can't be read"):
        find_slice_labels(tmp_path)


@pytest.mark.parametrize(
    ("rows", "kind", "version"),
    [
        (80, np.int64, ("challenge release", "challenge")),
        (79, np.int64, ("figshare release, 2021-05", "figshare")),
        (79, np.int32, ("relabelled 2021-09-08", "figshare")),
        (79, np.uint8, ("unknown version", "figshare")),
        (12, np.int64, ("unknown version", "own")),
    ],
)
def test_versions_by_shape_and_type(rows: int, kind: type, version: tuple[str, str]) -> None:
    assert version_of(np.zeros((rows, 200), kind)) == version


def test_old_cap_names_become_new_ones_in_order(tmp_path: Path) -> None:
    """p001 to p026 without p006 are cap001 to cap025; P001, in capitals, is a COVID-19 case."""
    old = [f"p{n:03d}" for n in range(1, 27) if n != 6]
    rows = "".join(f"{i + 1},CAP,./Cap subjects/,{name}\n" for i, name in enumerate(old))
    path = tmp_path / "Index.csv"
    path.write_text(OLD_INDEX + "0,COVID-19,./COVID-19 subjects/,P001\n" + rows)
    assert read_index(path) == ["P001", *(f"cap{n:03d}" for n in range(1, 26))]


def test_labels_two_folders_down(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    write_array(tmp_path / "a" / "b", 79)
    assert find_slice_labels(tmp_path) is not None


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
    for name, (labels, version) in {
        ".npy": (old, "figshare release, 2021-05"),
        "-updated-1.npy": (new, "relabelled 2021-09-08"),
    }.items():
        lobes = read_lobes(folder / f"Lobe-level-labels{name}", folder / "Index.csv")
        assert all(np.array_equal(lobes[n].any(axis=1), labels[n].astype(bool)) for n in labels)
        assert version_of(load_array(folder / f"Slice-level-labels{name}"))[0] == version


@pytest.mark.real
def test_real_labels_run_from_the_head(real_data: Path) -> None:
    """Upper lobes are infected at lower slice numbers than lower lobes, on average."""
    folder = real_data / "covid-ct-md-sample"
    lobes = read_lobes(folder / "Lobe-level-labels.npy", folder / "Index.csv")
    marks = np.stack(list(lobes.values()))
    mean = {lobe: np.nonzero(marks[:, :, i])[1].mean() for i, lobe in enumerate(LOBES)}
    assert max(mean["RUL"], mean["LUL"]) < mean["RML"] < min(mean["RLL"], mean["LLL"])


@pytest.mark.real
def test_real_sample_is_recognised(real_data: Path) -> None:
    data = open_dataset(real_data / "covid-ct-md-sample")
    assert data.layout == "challenge release"
    assert set(data.folders) == {"P002", "cap002", "normal002"}
    labels = data.slice_labels("P002")
    assert labels is not None
    assert labels[:133].sum() == labels.sum() > 0
    assert 20 < labels.sum() < 130
    assert data.slice_labels("normal002") is None
