"""What the command line does, Python does in one call, and hears the same on the way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from spgc.errors import DataError, ModelError, UsageError
from spgc.protocol import CAP, CLASSES, NORMAL
from spgc.runs.cases import DataFolder, open_cases
from spgc.runs.listener import Listener
from spgc.runs.predict import Predicting, predict
from spgc.runs.quantise import quantise
from spgc.runs.scans import Prepared
from spgc.runs.shards import Shard
from spgc.runs.train import Trained, Training, train
from spgc.scoring.counts import confusion
from spgc.submissions.record import model_of
from spgc.systems.evaluation import Evaluation


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def trained(cohort: Path, work: Path) -> Trained:
    asked = Training(
        DataFolder(cohort), work / "store", work / "model", "density", {"bin_width": "25"}
    )
    done = train(asked)
    assert done is not None
    return done


def predicting(cohort: Path, work: Path, out: Path, **more: object) -> Predicting:
    given = {"splits": ["test2"], "out": out} | more
    return Predicting(DataFolder(cohort), work / "store", work / "model", **given)  # type: ignore[arg-type]


def test_training_leaves_a_model_and_says_how_it_does(trained: Trained, work: Path) -> None:
    assert trained.document["config"]["bin_width"] == 25
    assert json.loads((work / "model" / "model.json").read_text()) == dict(trained.document)
    assert sum(trained.val.scans) == 3
    assert trained.card.is_file()
    assert trained.alone
    assert not trained.prepared.failures


def test_a_model_that_says_the_same_of_everybody_is_told(
    trained: Trained, cohort: Path, work: Path
) -> None:
    """Nothing can be learnt under a penalty without bound."""
    options = {"inverse_penalty": "1e-300"}
    asked = Training(DataFolder(cohort), work / "store", work / "same", "density", options)
    done = train(asked)
    assert done is not None
    (line,) = done.remarks
    assert line.startswith("all 3 scans of val were predicted ")
    assert "may have learnt nothing" in line
    both = confusion(
        {"a": CAP, "b": NORMAL, "c": NORMAL}, {"a": CAP, "b": CAP, "c": NORMAL}, CLASSES
    )
    assert Evaluation("val", both, synthetic=True).remarks() == ()
    alone = confusion({"a": CAP}, {"a": NORMAL}, CLASSES)
    assert Evaluation("val", alone, synthetic=True).remarks() == ()


def test_a_split_of_ones_own_is_predicted_by_its_name(
    trained: Trained, cohort: Path, work: Path, tmp_path: Path
) -> None:
    root = tmp_path / "scans"
    shutil.copytree(cohort / "Test_Data" / "Test-2" / "syn-T2-001", root / "anna")
    asked = predicting(root, work, tmp_path / "out", splits=["own"])
    done = predict(asked)
    assert [path.name for path in done.files] == ["submission-own.csv", "submission.csv"]
    assert list(done.predictions) == ["anna"]


def test_predicting_writes_a_submission_and_its_record(
    trained: Trained, cohort: Path, work: Path, tmp_path: Path
) -> None:
    done = predict(predicting(cohort, work, tmp_path))
    assert [path.name for path in done.files] == ["submission-test2.csv", "submission.csv"]
    assert done.whole_files == [tmp_path / "submission.csv"]
    assert done.labels.total() == len(done.predictions) == 3
    assert model_of(done.files) == str(trained.document["model_hash"])[:12]
    assert not (done.transductive or done.choice.left_out or done.prepared.failures)


def test_what_a_listener_hears(trained: Trained, cohort: Path, work: Path, tmp_path: Path) -> None:
    """The scans are told of when all are read, before anything is written."""
    heard: list[tuple[int, bool]] = []

    def scans_read(prepared: Prepared) -> None:
        heard.append((len(prepared.scans), any(tmp_path.iterdir())))

    predict(predicting(cohort, work, tmp_path), Listener(scans_read=scans_read))
    assert heard == [(3, False)]


def test_a_scan_that_can_not_be_read(trained: Trained, cohort: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(cohort, tmp_path / "own"))
    data = DataFolder(own)
    dataset, cases, _ = open_cases(data, ["test2"])
    for file in dataset.folders[cases[0].case_id].iterdir():
        file.write_bytes(b"no DICOM")
    model = trained.card.parent
    asked = Predicting(data, tmp_path / "store", model, tmp_path / "out", ["test2"])
    heard: list[Prepared] = []
    with pytest.raises(DataError, match=f"no prediction for 1 scan: {cases[0].case_id}"):
        predict(asked, Listener(scans_read=heard.append))
    assert not (tmp_path / "out").exists()
    assert [*heard[0].failures] == [cases[0].case_id], "said before the run ended"
    filled = Predicting(
        data,
        tmp_path / "store",
        model,
        tmp_path / "out",
        ["test2"],
        allow_missing=True,
        fill="cap",
    )
    done = predict(filled)
    assert dict(done.choice.filled) == {cases[0].case_id: CAP}
    assert (len(done.predictions), done.labels.total()) == (3, 2)
    record = json.loads((tmp_path / "out" / "submission.run.json").read_text())
    assert record["filled_in"] == {cases[0].case_id: CAP}


def test_a_part_of_the_cases(trained: Trained, cohort: Path, work: Path, tmp_path: Path) -> None:
    done = predict(predicting(cohort, work, tmp_path, shard=Shard(2, 2)))
    assert [path.name for path in done.files][-1] == "submission.2of2.csv"
    record = json.loads((tmp_path / "submission.2of2.run.json").read_text())
    assert (record["shard"], record["splits"], len(record["order"])) == ("2/2", ["test2"], 3)
    with pytest.raises(UsageError, match="more parts than scans"):
        predict(predicting(cohort, work, tmp_path, shard=Shard(4, 4)))


def test_abilities_that_a_system_lacks(
    trained: Trained,
    cohort: Path,
    work: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Refused before any scan is read."""
    with pytest.raises(UsageError, match="density answers for whole scans only"):
        predict(predicting(cohort, work, tmp_path, slices=tmp_path / "slices.csv"))
    with pytest.raises(UsageError, match="density has no networks to quantise"):
        quantise(work / "model", DataFolder(tmp_path / "nowhere"), work / "store")
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="trains in one process"):
        train(Training(DataFolder(tmp_path / "nowhere"), work, tmp_path / "m", "density"))
    assert not any(tmp_path.iterdir())


def test_no_model_and_no_scan(trained: Trained, cohort: Path, work: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        predict(Predicting(DataFolder(cohort), work / "store", tmp_path / "none"))
    with pytest.raises(DataError, match="no scan of test1"):
        predict(predicting(cohort, work, tmp_path, splits=["test1"]))
