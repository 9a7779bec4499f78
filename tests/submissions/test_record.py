"""A submission's model is known as long as the file is the one that was written."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import spgc
from spgc.board.views import your_rows
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.manifests import Manifest
from spgc.errors import DataError, SubmissionError, UsageError
from spgc.submissions.read import read_apart
from spgc.submissions.reading_rules import Reading
from spgc.submissions.record import (
    EARLIER,
    FILE_NAME,
    LEARNT,
    marked_cases,
    model_of,
    record_of,
    write_record,
    write_with_record,
)
from spgc.submissions.record_digest import DIGEST
from spgc.submissions.validate import validate

MODEL = "0123456789abcdef" * 4


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "submission.csv"
    path.write_text("Study,Label\n")
    write_record([path], MODEL, {"spgc": "1"})
    return path


def test_known(file: Path) -> None:
    assert model_of([file]) == MODEL[:12]


def test_not_known_once_the_file_has_changed(file: Path) -> None:
    file.write_text("Study,Label\nT2-001,cap\n")
    assert model_of([file]) is None


def test_a_renamed_file_keeps_its_marks(tmp_path: Path) -> None:
    """In the folder of its record; one of the same answers under its own name goes by that name."""
    one, two = tmp_path / "submission-val.csv", tmp_path / "submission-test1.csv"
    write_with_record({one: "Study,Label\n"}, MODEL, {LEARNT: ["P1"]})
    write_with_record({two: "Study,Label\n"}, MODEL[::-1], {LEARNT: ["P2"]})
    renamed = one.rename(tmp_path / "final.csv")
    assert marked_cases([two], LEARNT) == {"P2"}
    assert marked_cases([renamed], LEARNT) in ({"P1"}, {"P2"})
    renamed.write_text("Study,Label\nP1,cap\n")
    assert record_of(renamed) is None


def test_runs_that_end_together_keep_the_marks_of_all(tmp_path: Path) -> None:
    """Each reads the record of those before and writes it anew, and none between the two."""
    files = [tmp_path / f"submission-{number}.csv" for number in range(8)]

    def end(file: Path) -> None:
        write_with_record({file: "Study,Label\n"}, MODEL, {LEARNT: [file.stem]})

    with ThreadPoolExecutor(len(files)) as pool:
        list(pool.map(end, files))
    assert [marked_cases([file], LEARNT) for file in files] == [{file.stem} for file in files]


def test_not_known_for_files_of_several_models(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "submission.csv"
    other.parent.mkdir()
    other.write_text("Study,Label\n")
    assert model_of([other]) is None
    write_record([other], MODEL[::-1], {})
    assert model_of([file, other]) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": 3}', '{"files": {}, "model_hash": 1}'])
def test_damaged_records_mean_not_known(text: str, file: Path) -> None:
    (file.parent / FILE_NAME).write_text(text)
    assert model_of([file]) is None


def test_a_record_cant_forge_a_signature(file: Path) -> None:
    """The hash goes into a line whose parts are parted by bars."""
    write_record([file], "abc|seed:9", {})
    assert model_of([file]) is None


def test_converted_networks_are_another_model(file: Path) -> None:
    """int8 answers are not those of the model's own weights, and a signature says so."""
    write_record([file], MODEL, {"conversion": "int8-0123456789ab"})
    assert model_of([file]) == f"{MODEL[:12]}+int8-0123456789ab"
    for forged in ("int8-0123456789ab|seed:9", "x", 7, ["int8-0123456789ab"]):
        write_record([file], MODEL, {"conversion": forged})
        assert model_of([file]) is None


@pytest.mark.parametrize("text", ["[" * 100_000 + "]" * 100_000, '{"files":' * 500])
def test_deep_records_mean_not_known(text: str, file: Path) -> None:
    (file.parent / FILE_NAME).write_text(text)
    assert model_of([file]) is None


def test_a_submission_is_never_there_without_its_record(tmp_path: Path) -> None:
    """Marks that can't be written keep the submission from being written."""
    path = tmp_path / "submission.csv"
    write_with_record({path: "Study,Label\n"}, MODEL, {"transductive": ["T1-001"]})
    assert model_of([path]) == MODEL[:12]
    assert marked_cases([path], "transductive") == {"T1-001"}
    other = tmp_path / "other" / "submission.csv"
    with pytest.raises(DataError, match="can't write text"):
        write_with_record({other: "Study,Label\n"}, MODEL, {"remarks": {"T1-001": "\ud800"}})
    assert not other.exists()


@pytest.mark.parametrize("field", ["transductive", "filled_in"])
def test_marked_cases_are_known(file: Path, field: str) -> None:
    """None for a file that has changed, or a damaged record."""
    assert marked_cases([file], field) == set()
    write_record([file], MODEL, {field: ["T1-002", "T1-001"]})
    assert marked_cases([file], field) == {"T1-001", "T1-002"}
    write_record([file], MODEL, {field: [3, "T1-001"]})
    assert marked_cases([file], field) == {"T1-001"}
    write_record([file], MODEL, {field: {"T1-001": "CAP"}})
    assert marked_cases([file], field) == {"T1-001"}
    write_record([file], MODEL, {field: 7})
    assert marked_cases([file], field) == set()
    write_record([file], MODEL, {field: ["T1-001"]})
    file.write_text("Study,Label\nT2-001,cap\n")
    assert marked_cases([file], field) == set()


def test_the_score_of_a_file_holds_the_marks_of_its_record(file: Path, tiny: Manifest) -> None:
    file.write_text("Study,Label\nT2-001,covid-19\nT2-002,cap\nT2-003,normal\n")
    marks = {"filled_in": {"T2-002": "CAP"}, "transductive": ["T2-003", "T1-001"]}
    write_record([file], MODEL, marks)
    document = spgc.score(file, tiny, resamples=100).as_dict()
    assert (document["filled_in"], document["transductive"]) == (["T2-002"], ["T2-003"])
    assert document["signature"]["model"] == MODEL[:12]
    plain = spgc.score(tiny.truth("test2"), tiny, resamples=100).as_dict()
    assert plain["filled_in"] == plain["transductive"] == []


def test_answers_for_scans_that_the_model_learnt_from_are_not_scored(
    file: Path, tiny: Manifest
) -> None:
    """Nor compared or put on a board; other cases of the model are, and an edited file is."""
    file.write_text("Study,Label\nT2-001,covid-19\nT2-002,cap\nT2-003,normal\n")
    write_record([file], MODEL, {LEARNT: ["T1-001", "P003"]})
    assert spgc.score(file, tiny, resamples=100).signature.n == 3
    write_record([file], MODEL, {LEARNT: ["T2-003"]})
    refused = "trained on cases of this submission, with their labels .*found T2-003, expected"
    with pytest.raises(SubmissionError, match=refused):
        spgc.score(file, tiny, resamples=100)
    with pytest.raises(SubmissionError, match=refused):
        read_apart([file, file], tiny)
    with pytest.raises(SubmissionError, match=refused):
        your_rows([file], tiny)
    (problem,) = validate(file, None, tiny).refused  # what is not scored is not said to be fine
    assert (problem.kind, problem.found) == ("learnt", "T2-003")
    file.write_text(file.read_text() + "\n")
    assert spgc.score(file, tiny, resamples=100).signature.n == 3


DAMAGES: dict[str, Callable[[str], str]] = {
    "a letter of a case": lambda text: text.replace("T1-001", "T1-003"),
    "a letter of a field": lambda text: text.replace(LEARNT, "learnt_without"),
    "cut": lambda text: text[:-20],
    "zeroes": lambda text: "\0" * len(text),
    "empty": lambda text: "",
    "another document": lambda text: "[]",
    "no files": lambda text: '{"files": 3}',
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_record_takes_no_mark_away_in_silence(
    name: str, file: Path, tiny: Manifest
) -> None:
    """Answers for cases that the model learnt from would be scored, unmarked."""
    file.write_text("Study,Label\nT2-001,covid-19\nT2-002,cap\nT2-003,normal\n")
    record = write_record([file], MODEL, {LEARNT: ["T1-001"]})
    assert spgc.score(file, tiny, resamples=100).signature.n == 3
    record.write_text(DAMAGES[name](record.read_text()))
    with pytest.raises(
        SubmissionError, match=r"beside the submission, submission\.run\.json, can't"
    ):
        spgc.score(file, tiny, resamples=100)
    assert [problem.kind for problem in validate(file, None, tiny).refused] == ["damaged-record"]
    record.unlink()
    assert spgc.score(file, tiny, resamples=100).signature.n == 3


def test_whoever_writes_over_a_damaged_record_is_told(file: Path) -> None:
    said: list[str] = []
    other = file.with_name("submission-val.csv")
    write_with_record({other: "Study,Label\nval\n"}, MODEL, {}, say=said.append)
    assert said == []
    (file.parent / FILE_NAME).write_text("{")
    write_with_record({other: "Study,Label\nval\n"}, MODEL, {}, say=said.append)
    assert len(said) == 1
    assert "is damaged" in said[0]
    assert record_of(file) is None


def test_records_without_a_digest_are_believed(file: Path) -> None:
    """As earlier versions wrote them."""
    record = file.parent / FILE_NAME
    known = json.loads(record.read_text())
    del known[DIGEST]
    record.write_text(json.dumps(known))
    assert model_of([file]) == MODEL[:12]


def test_the_row_of_a_file_says_whose_its_answers_are(file: Path, tiny: Manifest) -> None:
    """A filled-in class counts as an answer on the leaderboard, and is marked there as well."""
    file.write_text("Study,Label\nT2-001,covid-19\nT2-002,cap\nT2-003,normal\n")
    assert [row.note for row in your_rows([file], tiny)] == [None]
    write_record([file], MODEL, {"filled_in": {"T2-002": "CAP"}, "transductive": ["T1-001"]})
    (row,) = your_rows([file], tiny)
    assert row.note == "predictions not made by the model: 1"


def test_argmax_is_for_those_of_several_systems_that_hold_no_labels(
    file: Path, tiny: Manifest
) -> None:
    file.write_text("Study,Label\nT2-001,covid-19\nT2-002,cap\nT2-003,normal\n")
    other = file.with_name("other.csv")
    other.write_text(
        "Study,p_covid19,p_cap,p_normal\n" + "".join(f"T2-00{i},.8,.1,.1\n" for i in (1, 2, 3))
    )
    rows = your_rows([file, other], tiny, reading=Reading(SPGC, argmax=True))
    assert [(row.team, row.total_hits, row.note) for row in rows] == [
        (file.stem, 3, None),
        ("other", 1, "labels read as argmax"),
    ]


SPLITS = ("val", "test1", "test2")


def split_files(folder: Path) -> dict[str, Path]:
    return {split: folder / f"submission-{split}.csv" for split in SPLITS}


def write_splits(folder: Path) -> dict[str, Path]:
    """A run for each split in one folder, of other models and with other marks."""
    files = split_files(folder)
    for split, file in files.items():
        facts = {LEARNT: [f"{split}-1"], "trained_on_synthetic": split == "val"}
        write_with_record({file: f"Study,Label\n{split},cap\n"}, MODEL[len(split) :], facts)
    return files


def test_runs_of_other_splits_in_one_folder_keep_their_marks(tmp_path: Path) -> None:
    files = write_splits(tmp_path)
    for split, file in files.items():
        assert model_of([file]) == MODEL[len(split) :][:12]
        assert marked_cases([file], LEARNT) == {f"{split}-1"}
        assert (record_of(file) or {})["trained_on_synthetic"] == (split == "val")
    assert marked_cases(list(files.values()), LEARNT) == {"val-1", "test1-1", "test2-1"}


def test_what_was_written_anew_or_changed_has_no_earlier_record(tmp_path: Path) -> None:
    """A renamed file may come back, and is known by its content meanwhile."""
    files = write_splits(tmp_path)
    files["test1"].write_text("Study,Label\ntest1,normal\n")
    write_with_record({files["val"]: "Study,Label\n"}, MODEL, {})
    last = json.loads((tmp_path / FILE_NAME).read_text())
    names = [f"submission-{split}.csv" for split in ("test2", "test1")]
    assert [list(one["files"]) for one in last[EARLIER]] == [[name] for name in names]
    assert record_of(files["test1"]) is None
    assert model_of([files["val"]]) == MODEL[:12]


@pytest.mark.parametrize(
    "earlier",
    ["3", "[3]", "[{}]", '[{"files": 3}]', '[{"files": {"../x.csv": ""}}]', '[{"a": NaN}]'],
)
def test_damaged_earlier_records_are_left_out(earlier: str, file: Path) -> None:
    record = file.parent / FILE_NAME
    text = json.dumps({k: v for k, v in json.loads(record.read_text()).items() if k != DIGEST})
    record.write_text(text[:-1] + f', "{EARLIER}": {earlier}}}')
    other = file.with_name("submission-val.csv")
    write_with_record({other: "Study,Label\n"}, MODEL, {})
    assert model_of([other]) == MODEL[:12]
    known = [one["files"].keys() for one in json.loads(record.read_text()).get(EARLIER, [])]
    assert known in ([], [{file.name}])


def test_records_too_long_for_one_folder_are_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = write_splits(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr("spgc.submissions.record.MAX_RECORD", 1000)
    with pytest.raises(UsageError, match="too many other runs"):
        write_with_record({tmp_path / "submission-test3.csv": "Study,Label\n"}, MODEL, {})
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert model_of([files["test2"]]) is not None
