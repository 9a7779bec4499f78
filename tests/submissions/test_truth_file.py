"""A truth file gives each case one class, or is refused with its line and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import MAX_SPLITS, write_manifest
from spgc.errors import DataError
from spgc.files.standard_input import StandardInput
from spgc.organising.label_words import classes_in
from spgc.submissions.case_labels import read_labels
from spgc.submissions.lines import MAX_BYTES, MAX_ROWS
from spgc.submissions.reading_rules import reading_of, reading_on
from spgc.submissions.truth_file import read_truth, truth_of
from spgc.submissions.validate import validate_bytes

CLASSES = {"anna": "COVID-19", "bert": "CAP", "carl": "Normal"}
PLAIN = "Study,Label\nanna,covid-19\nbert,cap\ncarl,normal\n"
MANIFEST = (
    "case,label,split,source,certainty\n"
    "anna,COVID-19,north,me,official\nbert,CAP,north,me,own\ncarl,Normal,south,me,\n"
)


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "labels.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        PLAIN.split("\n", 1)[1],  # no header
        ("\ufeff" + PLAIN).replace("\n", "\r\n"),  # as the challenge's label files are
        PLAIN.encode("utf-16"),
        PLAIN.replace(",", ";"),
        'Study,Label\n"anna","COVID19"\n=""bert"",cap\n\'carl\',normal\n'.replace('""', '"'),
        "no,Patient name,Labels\n0,anna,covid-19\n1,bert,cap\n2,carl,normal\n",
        MANIFEST.replace("north", "own").replace("south", "own"),
        PLAIN + "anna,covid-19\n",  # said twice alike
    ],
    ids=range(9),
)
def test_every_form_of_a_submission_or_manifest_is_read(text: str | bytes, tmp_path: Path) -> None:
    manifest = read_truth(write(tmp_path, text), reading_on(SPGC)).manifest
    assert manifest.truth("own") == CLASSES
    assert manifest.own_truth
    assert {case.certainty for case in manifest} == {"own"}


def test_a_column_split_divides_and_nothing_is_official() -> None:
    """Whatever the file claims: the labels are the user's."""
    truth = read_truth(StandardInput(MANIFEST.encode()), reading_on(SPGC))
    assert truth.manifest.splits() == ["north", "south"]
    assert {case.certainty for case in truth.manifest} == {"own"}
    assert truth.notes == ()


def test_phantoms_stay_marked() -> None:
    text = MANIFEST.replace("official", "synthetic")
    manifest = read_truth(StandardInput(text.encode()), reading_on(SPGC)).manifest
    assert [case.synthetic for case in manifest] == [True, False, False]


def test_a_manifest_that_spgc_wrote_is_read_without_a_remark(tmp_path: Path) -> None:
    manifest = truth_of(CLASSES, reading_on(SPGC))
    write_manifest(manifest, tmp_path / "own.csv")
    truth = read_truth(tmp_path / "own.csv", reading_on(SPGC))
    assert truth.manifest == manifest
    assert truth.notes == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (PLAIN + "anna,cap\n", "line 5]: found COVID-19 on line 2 and CAP, expected one row"),
        (MANIFEST + "anna,COVID-19,south,,\n", "two splits for case anna"),
        (PLAIN + "dora,covd-19\n", "line 5]: found 'covd-19', expected covid-19 | cap | normal"),
        (PLAIN + "dora,\n", "no class for case dora"),
        (PLAIN + ",cap\n", "the row has no case ID"),
        (PLAIN + "normal,cap\n", "a class where the case belongs"),
        (PLAIN + "dora,1\n", "unknown label"),
        ("Study,Age\nanna,40\n", "no column holds labels"),
        ("Study,p_covid19,p_cap,p_normal\nanna,1,0,0\n", "a truth file has the columns Study"),
        ("Study,Prediction,Truth\nanna,cap,normal\nbert,cap,cap\n", "keep only the true class"),
        (MANIFEST.replace("north", ""), "line 2]: found an empty cell, expected a split"),
        (MANIFEST.replace("north", "../x"), "split can't be a file name"),
        (PLAIN + 'dora,"cap\n', "line 5]: found unexpected end of data"),
        (MANIFEST.replace("north", "overall"), "a split can't be called overall"),
        (MANIFEST.replace("south", "Test1_4"), "line 4]: found Test1_4, expected a name other"),
        (MANIFEST.replace("source", "Split"), "two columns split"),
        (MANIFEST.replace("source", "certainty"), "two columns certainty"),
        ("", "the file is empty"),
        ('"anna,cap\n', "line 1]: found unexpected end of data"),
        (",,\n,\n", "the file is empty"),
        (b"PK\x03\x04xl/workbook", "this is a spreadsheet"),
        (b"Study,Label\nanna,\x00cap\n", "binary"),
        ("Study,Label\n" + "a,cap\n" * (MAX_ROWS + 1), "too many rows"),
        (b"a" * (MAX_BYTES + 1), "the file is too large ["),
    ],
    ids=range(24),
)
def test_what_leaves_a_class_open_is_refused(text: str | bytes, words: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    data = text if isinstance(text, bytes) else text.encode()
    for given, name in ((path, str(path)), (StandardInput(data), "<stdin>")):
        with pytest.raises(DataError) as caught:
            read_truth(given, reading_on(SPGC))
        assert words in str(caught.value)
        assert name in str(caught.value)
        assert caught.value.do


@pytest.mark.parametrize(
    ("header", "both"),
    [
        ("id,patient_id,diagnosis", "'id' and 'patient_id'"),
        ("patient_id,id,diagnosis", "'patient_id' and 'id'"),
        ("No.,Scan number,Diagnosis", "'No.' and 'Scan number'"),
        ("Study,case,Diagnosis", "'Study' and 'case'"),
    ],
)
def test_two_columns_that_could_be_the_case_are_refused(header: str, both: str) -> None:
    text = f"{header}\n1,3,COVID-19\n2,1,CAP\n3,2,Normal\n"
    with pytest.raises(DataError, match="keep one of them") as caught:
        read_truth(StandardInput(text.encode()), reading_on(SPGC))
    assert both in str(caught.value)
    assert "line 2]: found '1' and '3'" in str(caught.value)


def test_two_columns_without_names_that_could_be_the_case_are_refused() -> None:
    with pytest.raises(DataError, match="'column 1' and 'column 2'"):
        read_truth(StandardInput(b"0,anna,covid-19\n1,bert,cap\n"), reading_on(SPGC))


@pytest.mark.parametrize(
    "text",
    [
        "id,patient_id,Case ID,Label\n1,2,7,cap\n2,1,8,normal\n",  # spgc's own name wins
        "id,patient,Label\n7,7,cap\n8,8,normal\n",  # both say the same
        "patient,scanner,Label\n7,9,cap\n8,9,normal\n",  # no value for each row
        "patient,weight,Label\n7,61,cap\n8,62,normal\n",  # none is a patient
        "No.,patient,Label\n1,7,cap\n2,8,normal\n",
        "Label Index,Diagnosis,Relative Path,Folder/ID\n0,CAP,./CAP/,7\n1,Normal,./N/,8\n",
    ],
    ids=range(6),
)
def test_the_column_of_cases_is_taken_where_it_can_be_told(text: str) -> None:
    truth = read_truth(StandardInput(text.encode()), reading_on(SPGC)).manifest
    assert truth.truth("own") == {"7": "CAP", "8": "Normal"}


@pytest.mark.parametrize("name", ["syn-P001", "SYN_T1-001"])
def test_a_case_called_like_a_phantom_is_marked_as_one(name: str) -> None:
    text = f"Study,Label\n{name},cap\nanna,cap\n"
    for manifest in (
        read_truth(StandardInput(text.encode()), reading_on(SPGC)).manifest,
        truth_of({name: "cap", "anna": "cap"}, reading_on(SPGC)),
    ):
        assert [case.synthetic for case in manifest] == [True, False]


def test_probabilities_are_ignored_with_a_note() -> None:
    text = "Study,Label,p_covid19,p_cap,p_normal\nanna,covid-19,9,x,\n"
    truth = read_truth(StandardInput(text.encode()), reading_on(SPGC))
    assert truth.manifest.truth("own") == {"anna": "COVID-19"}
    assert [note.kind for note in truth.notes] == ["truth-probabilities"]


def test_labels_that_the_user_explains_are_read_so() -> None:
    truth = read_truth(
        StandardInput(b"Study,Label\nanna,1\n"), reading_of("1=cap", argmax=True, challenge=SPGC)
    )
    assert truth.manifest.truth("own") == {"anna": "CAP"}


def test_one_name_in_two_unicode_forms_is_one_case() -> None:
    with pytest.raises(DataError, match="two classes"):
        read_truth(
            StandardInput("Study,Label\nJos\u00e9,cap\nJose\u0301,normal\n".encode()),
            reading_on(SPGC),
        )


def test_a_long_file_is_read_within_the_limits(tmp_path: Path) -> None:
    text = "Study,Label\n" + "".join(f"c{number},cap\n" for number in range(100_000))
    assert len(read_truth(write(tmp_path, text), reading_on(SPGC)).manifest) == 100_000


SETS = "case,label,split\nanna,cap,{}\nbert,cap,{}\ncarl,normal,{}\n"


@pytest.mark.parametrize(
    ("names", "sets"),
    [
        (("Test1", "test1", "TEST 1"), ["test1"]),
        (("Test-1", "test_2", "Test\u20133"), ["test1", "test2", "test3"]),
        (("VAL", "Train", "val"), ["train", "val"]),
        (("North Bay", "north-bay", "NORTH_BAY"), ["North Bay"]),
        (("heart", "Heart", "lungs"), ["heart", "lungs"]),
    ],
    ids=str,
)
def test_a_set_has_one_name_however_it_is_spelled(names: tuple[str, ...], sets: list[str]) -> None:
    """The challenge's where it is one of its sets; and a remark says so."""
    truth = read_truth(StandardInput(SETS.format(*names).encode()), reading_on(SPGC))
    assert truth.manifest.splits() == sets
    (note,) = truth.notes
    assert note.kind == "set-spelling"
    assert f"{names[1]} as {truth.manifest['bert'].split}" in str(note.found) or names[1] in sets


def test_names_that_are_as_they_should_be_need_no_remark() -> None:
    truth = read_truth(
        StandardInput(SETS.format("test1", "North", "heart").encode()), reading_on(SPGC)
    )
    assert (truth.manifest.splits(), truth.notes) == (["test1", "North", "heart"], ())


@pytest.mark.parametrize("names", [("heart", "Test-2"), ("cardiac", "heart"), ("valid", "val")])
def test_a_set_beside_its_alias_may_be_another(names: tuple[str, str]) -> None:
    text = SETS.format(*names, "north")
    with pytest.raises(DataError, match=r"two names of one set.*both mean (test2|val).*rename"):
        read_truth(StandardInput(text.encode()), reading_on(SPGC))


def test_more_sets_than_anybody_scores_are_refused() -> None:
    """A column of something else, such as patients, called split."""
    rows = [f"c{number},cap,s{number}\n" for number in range(MAX_SPLITS + 1)]
    text = "case,label,split\n" + "".join(rows)
    with pytest.raises(DataError, match=r"too many splits \[<stdin>\].*or remove the column"):
        read_truth(StandardInput(text.encode()), reading_on(SPGC))
    assert (
        len(read_truth(StandardInput(text[: -len(rows[-1])].encode()), reading_on(SPGC)).manifest)
        == MAX_SPLITS
    )


@pytest.mark.parametrize("text", ['"anna,cap', ",,,\n ,,\n", '{"anna":1,"bert":2}', "sep=;\n"])
@pytest.mark.parametrize(
    "read",
    [
        lambda path: read_truth(path, reading_on(SPGC)),
        lambda path: read_labels(path, SPGC),
        classes_in,
    ],
    ids=["truth", "labels", "classes"],
)
def test_a_file_without_a_readable_row_is_one_error(
    text: str, read: Callable[[Path], object], tmp_path: Path
) -> None:
    """It says what made the rows unreadable, where something did."""
    said = "is not a CSV" if '"' in text else r"file is empty \[.*labels.csv\]: .* no readable row"
    with pytest.raises(DataError, match=said):
        read(write(tmp_path, text))


def test_a_case_that_comes_twice_counts_once_and_is_told() -> None:
    """Else a truth that lost the ends of its case IDs would be smaller without a word."""
    read = read_truth(StandardInput(f"{PLAIN}anna,covid-19\n".encode()), reading_on(SPGC))
    assert len(read.manifest) == 3
    (note,) = read.notes
    assert (note.kind, note.severity, note.line, note.case) == ("duplicate", "repaired", 5, "anna")


@pytest.mark.parametrize("rounded", ["2.02103E+16", "2,02103E+16", "1E+15", "2.02103e+16"])
def test_numbers_that_a_spreadsheet_rounded_to_one_are_no_case(rounded: str) -> None:
    text = f"Study;Label\n{rounded};cap\n{rounded};cap\nanna;normal\n"
    with pytest.raises(DataError, match="rounded long numbers") as caught:
        read_truth(StandardInput(text.encode()), reading_on(SPGC))
    assert "line 3]: found the same case ID on line 2" in str(caught.value)
    manifest = truth_of({rounded: "cap", "anna": "normal"}, reading_on(SPGC))
    report = validate_bytes(text.encode(), None, manifest)
    assert [problem.kind for problem in report.refused] == ["contradiction"]
