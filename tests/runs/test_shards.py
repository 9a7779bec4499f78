"""Parts of a split, predicted apart, join to the file that one process writes, or not at all."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spgc.cli.app import app
from spgc.data.layout import Dataset
from spgc.errors import DataError, UsageError
from spgc.runs.merge import JOINED, OF_ONE_PART, OF_THE_FIRST, merge
from spgc.runs.scans import Prepared, labelled_scans
from spgc.runs.shards import Shard, shard_named, shard_of_process
from spgc.submissions.record import marked_cases, model_of
from spgc.submissions.record_digest import DIGEST, with_digest
from spgc.systems.density.system import Density


@pytest.fixture(scope="module")
def density(dataset: Dataset, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("density")
    Density().fit(labelled_scans(dataset, prepared, dataset.cases("train")), [], folder)
    return folder


@pytest.fixture(scope="module")
def parts(cohort: Path, density: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both parts of val and test2, and the whole in `whole`."""
    folder = tmp_path_factory.mktemp("parts")
    for out, words in ((".", ["--shard", "1/2"]), (".", ["--shard", "2/2"]), ("whole", [])):
        result = CliRunner().invoke(
            app,
            [
                "predict",
                "--split",
                "test2",  # not in the manifest's order, which the files have all the same
                "--split",
                "val",
                "--data",
                str(cohort),
                "--model",
                str(density),
                "--store",
                str(folder / "store"),
                "--jobs",
                "1",
                "--out",
                str(folder / out),
                "--probabilities",
                *words,
            ],
        )
        assert result.exit_code == 0, result.output
    return folder


def test_merged_parts_are_the_whole(parts: Path, tmp_path: Path) -> None:
    """Byte for byte, and the record still names the model."""
    result = CliRunner().invoke(app, ["merge", str(parts), "--out", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "6 cases from 2 parts" in result.output
    names = sorted(path.name for path in (parts / "whole").glob("*.csv"))
    assert names == ["submission-test2.csv", "submission-val.csv", "submission.csv"]
    for name in names:
        assert (tmp_path / name).read_bytes() == (parts / "whole" / name).read_bytes()
    assert model_of([tmp_path / "submission.csv"]) == model_of([parts / "whole" / "submission.csv"])
    assert model_of([parts / "submission.1of2.csv"]) is not None


def broken(parts: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "broken"
    shutil.copytree(parts, folder)
    return folder


def test_a_missing_part_is_named(parts: Path, tmp_path: Path) -> None:
    folder = broken(parts, tmp_path)
    (folder / "submission.2of2.run.json").unlink()
    with pytest.raises(DataError, match="parts are missing or doubled") as caught:
        merge([folder], tmp_path / "out")
    assert caught.value.found == "1/2"
    assert not (tmp_path / "out").exists()


def test_a_doubled_part_is_refused(parts: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="parts are missing or doubled"):
        merge([parts, broken(parts, tmp_path)], tmp_path / "out")


def test_a_changed_part_is_refused(parts: Path, tmp_path: Path) -> None:
    folder = broken(parts, tmp_path)
    file = folder / "submission.1of2.csv"
    file.write_text(file.read_text().replace("normal", "cap").replace("covid-19", "cap"))
    with pytest.raises(DataError, match="part has changed"):
        merge([folder], tmp_path / "out")


def without(part: Path, case: str, **facts: object) -> None:
    """Take a case's rows out of a part, as --allow-missing does, and put `facts` in its record."""
    path = next(part.parent.glob(f"submission.{part.name.split('.')[1]}.run.json"))
    record = json.loads(path.read_text())
    for name in record["files"]:
        file = part.parent / name
        rows = file.read_text().splitlines(keepends=True)
        file.write_text("".join(row for row in rows if not row.startswith(case + ",")))
        record["files"][name] = hashlib.sha256(file.read_bytes()).hexdigest()
    path.write_text(json.dumps(with_digest(record | facts)))


def test_holes_are_joined_only_where_a_part_was_allowed_them(parts: Path, tmp_path: Path) -> None:
    folder = broken(parts, tmp_path)
    part = folder / "submission.1of2.csv"
    case = part.read_text().splitlines()[1].split(",")[0]
    without(part, case)
    with pytest.raises(DataError, match=f"submission not written.*{case}"):
        merge([folder], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    without(part, case, left_out=[case])
    done = merge([folder], tmp_path / "out")
    assert (done.cases, done.left_out) == (5, (case,))
    record = json.loads((tmp_path / "out" / "submission.run.json").read_text())
    assert record["left_out"] == [case]


def test_filled_holes_stay_marked(parts: Path, tmp_path: Path) -> None:
    folder = broken(parts, tmp_path)
    part = folder / "submission.2of2.csv"
    case = part.read_text().splitlines()[1].split(",")[0]
    without(part, "no such case", filled_in={case: "CAP"})
    done = merge([folder], tmp_path / "out")
    assert (done.cases, done.filled) == (6, (case,))
    assert marked_cases([tmp_path / "out" / "submission.csv"], "filled_in") == {case}


def change(path: Path, **facts: object) -> None:
    path.write_text(json.dumps(with_digest(json.loads(path.read_text()) | facts)))


@pytest.mark.parametrize("shard", [None, 2**70, "3", "1/0", ["1/2"]])
def test_a_part_that_does_not_say_which_it_is(parts: Path, tmp_path: Path, shard: object) -> None:
    folder = broken(parts, tmp_path)
    change(folder / "submission.2of2.run.json", shard=shard)
    with pytest.raises(DataError, match=r"part does not say which it is .*2of2\.run\.json"):
        merge([folder], tmp_path / "out")


def test_a_changed_letter_in_the_record_of_a_part_is_noticed(parts: Path, tmp_path: Path) -> None:
    """It would change which cases the model was trained on."""
    folder = broken(parts, tmp_path)
    path = folder / "submission.2of2.run.json"
    path.write_text(path.read_text().replace('"syn-', '"syn_', 1))
    with pytest.raises(DataError, match="can't read the record of a part"):
        merge([folder], tmp_path / "out")


def test_what_no_part_knows_stays_unknown(parts: Path, tmp_path: Path) -> None:
    """Parts of a model that does not name its cases are not joined into one that knew none."""
    folder = broken(parts, tmp_path)
    for path in folder.glob("*.run.json"):
        record = json.loads(path.read_text())
        del record["trained_on"]
        path.write_text(json.dumps(with_digest(record)))
    merge([folder], tmp_path / "out")
    assert "trained_on" not in json.loads((tmp_path / "out" / "submission.run.json").read_text())


def test_every_fact_of_a_part_is_joined_alike_or_its_own(parts: Path, tmp_path: Path) -> None:
    """All that a record holds, and all that one may come to hold: alike, or refused."""
    known = json.loads((parts / "submission.2of2.run.json").read_text())
    assert {"transductive", "purpose", "trained_on_synthetic", "marks_covered"} <= known.keys()
    free = {*JOINED, *OF_ONE_PART, *OF_THE_FIRST, DIGEST}
    for number, field in enumerate([*known.keys() - free, "conversion", "yet_to_come"]):
        (tmp_path / str(number)).mkdir()
        folder = broken(parts, tmp_path / str(number))
        value = known.get(field, "")
        change(
            folder / "submission.2of2.run.json",
            **{field: value[:1] if isinstance(value, list) else "other"},
        )
        with pytest.raises(DataError, match=f"parts differ in {field}"):
            merge([folder], folder / "out")
        assert not (folder / "out").exists()


def test_the_marks_of_all_parts_are_joined(parts: Path, tmp_path: Path) -> None:
    """Of whatever part: a score has to say of each case that the training was shown it."""
    folder, shown = broken(parts, tmp_path), []
    for number in (1, 2):
        rows = (folder / f"submission.{number}of2.csv").read_text().splitlines()[1:]
        cases = [row.split(",")[0] for row in rows][: number + 1]
        change(
            folder / f"submission.{number}of2.run.json",
            transductive=cases,
            learnt_with_labels=cases[:1],
            trained_on=cases[:1],
            chosen_by=cases[:1],
            remarks={cases[0]: [f"remark {number}"]},
        )
        shown += cases
    merge([folder], tmp_path / "out")
    assert marked_cases([tmp_path / "out" / "submission.csv"], "transductive") == set(shown)
    record = json.loads((tmp_path / "out" / "submission.run.json").read_text())
    assert record["transductive"] == sorted(shown)
    for field in ("learnt_with_labels", "trained_on", "chosen_by"):
        assert len(record[field]) == 2
    assert sorted(record["remarks"].values()) == [["remark 1"], ["remark 2"]]


def change_all(folder: Path, field: str, change: Callable[[Any], object]) -> None:
    """The same change in the records of both parts."""
    for path in folder.glob("submission.*of2.run.json"):
        facts = json.loads(path.read_text())
        path.write_text(json.dumps(with_digest(facts | {field: change(facts[field])})))


def test_a_shortened_list_of_cases_drops_no_answer(parts: Path, tmp_path: Path) -> None:
    """Nor does one that is empty, or names a case twice."""
    for number, (shorter, match) in enumerate(
        [
            (lambda order: order[1:], "hold cases that their records don't list"),
            (lambda order: [], "hold cases that their records don't list"),
            (lambda order: [*order, order[0]], "list names a case twice"),
        ]
    ):
        (tmp_path / str(number)).mkdir()
        folder = broken(parts, tmp_path / str(number))
        change_all(folder, "order", shorter)
        with pytest.raises(DataError, match=match):
            merge([folder], folder / "out")
        assert not (folder / "out").exists()


@pytest.mark.parametrize("field", ["left_out", "filled_in", "transductive", "remarks"])
def test_no_mark_of_a_case_outside_the_list_is_dropped(
    parts: Path, tmp_path: Path, field: str
) -> None:
    folder = broken(parts, tmp_path)
    change(folder / "submission.2of2.run.json", **{field: {"T9-001": ["a remark"]}})
    with pytest.raises(DataError, match=r"hold cases that their records don't list.*T9-001"):
        merge([folder], tmp_path / "out")


@pytest.mark.parametrize("lost", ["submission-val", "submission"])
def test_a_file_struck_from_a_record_drops_no_answer(
    parts: Path, tmp_path: Path, lost: str
) -> None:
    """The file of a split, or the one for all, of one part."""
    folder = broken(parts, tmp_path)
    path = folder / "submission.1of2.run.json"
    files = json.loads(path.read_text())["files"]
    del files[f"{lost}.1of2.csv"]
    change(path, files=files)
    with pytest.raises(DataError, match="parts lack a file, or cases in one"):
        merge([folder], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("marks", ["T1-001", 7, [7], None])
def test_marks_that_can_not_be_read_are_no_marks_lost(
    parts: Path, tmp_path: Path, marks: object
) -> None:
    folder = broken(parts, tmp_path)
    change(folder / "submission.2of2.run.json", transductive=marks)
    with pytest.raises(DataError, match="does not say which cases are transductive"):
        merge([folder], tmp_path / "out")


def test_a_part_that_can_not_be_written_again_leaves_nothing(parts: Path, tmp_path: Path) -> None:
    """Half a sign in a record: found before a submission lies there without its marks."""
    folder = broken(parts, tmp_path)
    change(folder / "submission.1of2.run.json", remarks={"T2-001": ["\ud800"]})
    with pytest.raises(DataError, match="can't read the record of a part"):
        merge([folder], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_giant_part_is_not_read(parts: Path, tmp_path: Path) -> None:
    folder = broken(parts, tmp_path)
    with (folder / "submission.2of2.csv").open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(DataError, match=r"has changed since.*more than"):
        merge([folder], tmp_path / "out")


def test_no_parts_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing to merge"):
        merge([tmp_path], tmp_path / "out")


def test_each_item_is_in_one_part() -> None:
    items = list(range(17))
    for count in (1, 2, 5, 17):
        found = [item for n in range(1, count + 1) for item in Shard(n, count).of(items)]
        assert sorted(found) == items


@pytest.mark.parametrize("text", ["", "0/2", "3/2", "1", "1/0", "a/b", "1/2/3", "-1/2"])
def test_impossible_shards(text: str) -> None:
    with pytest.raises(UsageError, match="no such shard"):
        shard_named(text)


def test_a_launched_process_knows_its_part() -> None:
    assert shard_of_process({"RANK": "1", "WORLD_SIZE": "4"}) == Shard(2, 4)
    assert shard_of_process({"RANK": "0", "WORLD_SIZE": "1"}) is None
    with pytest.raises(UsageError, match="RANK=x"):
        shard_of_process({"RANK": "x", "WORLD_SIZE": "4"})
    assert shard_of_process({}) is None
