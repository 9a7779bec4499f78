"""The manifests that come with spgc, and the refusal of damaged ones."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.data.case_names import same_name_form
from spgc.data.manifests import (
    COLUMNS,
    MAX_SPLITS,
    Case,
    Manifest,
    merge,
    read_manifest,
    read_manifests,
    write_manifest,
)
from spgc.errors import DataError
from spgc.protocol import CLASSES, RANKED_SPLITS, SPLITS

HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize("name", ["overall", "test1-4", "ALL", "Test1_4"])
def test_a_split_called_like_several_is_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"{HEADER}\nanna,CAP,{name},me,own\n")
    with pytest.raises(DataError, match=f"a split can't be called {name}"):
        read_manifest(path)


def test_stray_files_beside_manifests_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(f"{HEADER}\nanna,CAP,own,me,own\n")
    (tmp_path / "._own.csv").write_bytes(b"\x00\x05\x16\x07")
    assert list(read_manifests(tmp_path).cases) == ["anna"]


@pytest.mark.parametrize("name", ["Test1", "TEST-1", "test 1"])
def test_two_splits_called_alike_are_refused(name: str, tmp_path: Path) -> None:
    """In one manifest or two: which of them is asked for could not be told."""
    path = tmp_path / "own.csv"
    path.write_text(f"{HEADER}\nanna,CAP,test1,me,own\n")
    (tmp_path / "more.csv").write_text(f"{HEADER}\nbert,CAP,{name},me,own\n")
    with pytest.raises(
        DataError, match=f"differ only in spelling.*({name} and test1|test1 and {name})"
    ):
        read_manifests(tmp_path)
    path.write_text(f"{HEADER}\nanna,CAP,test1,me,own\nbert,CAP,{name},me,own\n")
    with pytest.raises(DataError, match="differ only in spelling"):
        read_manifest(path)


def test_more_splits_than_anybody_scores_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"c{number},CAP,s{number},me,own\n" for number in range(MAX_SPLITS + 1))
    (tmp_path / "own.csv").write_text(f"{HEADER}\n{rows}")
    with pytest.raises(DataError, match="too many splits"):
        read_manifest(tmp_path / "own.csv")


def test_a_case_called_like_a_phantom_is_one(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(f"{HEADER}\nsyn-P001,CAP,own,me,official\nP001,CAP,own,me,official\n")
    assert [case.synthetic for case in read_manifest(path)] == [True, False]


def test_scans_per_class_and_split() -> None:
    """Counts of the paper (Table 5, Figure 10) and of the released label files."""
    manifest = read_manifests()
    for split in SPLITS.values():
        labels = Counter(case.label for case in manifest.split(split.name))
        assert tuple(labels[name] for name in CLASSES) == split.counts, split.name


def test_pooled_test_sets_are_those_of_the_published_table() -> None:
    """35 COVID-19, 20 CAP and 35 normal scans: the denominators of Figure 11."""
    manifest = read_manifests()
    labels = Counter(case.label for name in RANKED_SPLITS for case in manifest.split(name))
    assert [labels[name] for name in CLASSES] == [35, 20, 35]


def test_307_scans_before_the_test_sets() -> None:
    """171 COVID-19, 60 CAP, 76 normal (paper, section 3.1)."""
    manifest = read_manifests()
    labels = Counter(c.label for s in ("train", "val") for c in manifest.split(s))
    assert [labels[name] for name in CLASSES] == [171, 60, 76]


def test_certainty_of_each_row() -> None:
    manifest = read_manifests()
    words = {split: {c.certainty for c in manifest.split(split)} for split in SPLITS}
    assert words["train"] == words["val"] == {"confirmed"}
    assert all(words[f"test{n}"] == {"published"} for n in range(1, 5))
    assert all(case.source for case in manifest)


def test_case_ids_tell_their_test_set() -> None:
    manifest = read_manifests()
    for number in range(1, 5):
        ids = [case.case_id for case in manifest.split(f"test{number}")]
        assert ids == [f"T{number}-{n:03d}" for n in range(1, len(ids) + 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "lacks columns"),
        ("a,b\n1,2\n", "lacks columns"),
        (
            f"{HEADER}\nP1,covid,train,me,own\nP1,cap,val,me,own\n",
            r"P1 stands in two manifests or rows \[.*train.csv\]",
        ),
        (f"{HEADER}\nP1,flu,train,me,own\n", r"line 2\]: found 'flu', expected COVID-19"),
        (f"{HEADER}\n,cap,train,me,own\n", "without a case ID"),
        (f"{HEADER}\nP1,cap,train,me,maybe\n", "unknown certainty"),
        (f'{HEADER}\n"P1,cap\n', "is not a CSV"),
    ],
)
def test_damaged_manifests_are_named(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read_manifest(path)


@pytest.mark.parametrize("content", [b"\xff\xfe\0\0", b"PK\x03\x04\xff\xff"])
def test_binary_files_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match="not UTF-8"):
        read_manifest(path)


def test_missing_and_empty_folders(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such manifests folder"):
        read_manifests(tmp_path / "no")
    with pytest.raises(DataError, match="holds no manifest"):
        read_manifests(tmp_path)


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Z")), min_size=1).map(
    same_name_form
)


@given(st.dictionaries(names, st.sampled_from([*CLASSES, None])))
def test_what_is_written_is_read_back(cases: dict[str, str | None]) -> None:
    import tempfile

    cases = {same_name_form(name): label for name, label in cases.items()}
    manifest = Manifest({n: Case(n, label, "own", "me", "own") for n, label in cases.items()})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "own.csv"
        write_manifest(manifest, path)
        assert read_manifest(path) == manifest


def test_one_case_in_two_splits_is_refused() -> None:
    one, two = (Manifest({"P1": Case("P1", None, s, "me", "own")}) for s in ("train", "val"))
    with pytest.raises(DataError, match="splits train and val"):
        merge([one, two])
