"""Files of classes are read like submissions; names need not share a folder's spelling."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.case_names import match_names
from spgc.errors import DataError
from spgc.protocol import CAP, COVID19, NORMAL
from spgc.submissions.case_labels import read_labels

GOOD = "Study,Label\none,cap\ntwo,covid-19\n"
CLASSES = {"one": CAP, "two": COVID19}


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(),
        GOOD.encode("utf-16"),
        GOOD.replace(",", ";").encode(),
        GOOD.encode() + b",\n,\n",
        GOOD.replace("\n", ",,\n").encode(),
        b"Label,Study\ncap,one\ncovid-19,two\n",
        b"Patient name,Diagnosis\none,CAP\ntwo,covid\xe2\x80\x9319\n",
        b"one,cap\ntwo,covid-19\n",
        GOOD.replace("one", '"one"').encode() + b"one,cap\n",
    ],
)
def test_whatever_validate_reads_is_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    assert read_labels(path, SPGC) == CLASSES


@pytest.mark.parametrize(
    ("content", "said"),
    [(b'"one,cap\n', "label file is not a CSV"), (b",,\n", "the file is empty")],
)
def test_a_file_without_a_row_that_can_be_read_is_refused(
    content: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=said):
        read_labels(path, SPGC)


def test_names_match_in_another_spelling_and_unicode_form(tmp_path: Path) -> None:
    folders = ["Jose\u0301", "M\u00fcller", "T2-001", "a-1", "A_1"]
    labels = {"Jos\u00e9": CAP, "Mu\u0308ller": NORMAL, "t2_1": CAP, "A_1": NORMAL}
    assert match_names(labels, folders, tmp_path) == {
        "Jose\u0301": CAP,
        "M\u00fcller": NORMAL,
        "T2-001": CAP,
        "A_1": NORMAL,
    }


def test_two_spellings_of_one_scan_may_not_disagree(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"two classes for T2-001.*found CAP and Normal"):
        match_names({"T2-001": CAP, "t2-1": NORMAL}, ["T2-001"], tmp_path)
    with pytest.raises(DataError, match=r"2 cases that have no folder.*x, y"):
        match_names({"y": CAP, "x": CAP}, ["T2-001"], tmp_path)
