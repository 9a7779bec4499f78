"""Systems trained and compared on tiny phantoms: what stands in the tables is what was answered."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from spgc.contract.offers import BUILT_IN
from spgc.errors import DataError, UsageError
from spgc.paper.reproduce import Reproducing
from spgc.paper.rivals.rival_work import RivalWork, open_rivals
from spgc.paper.rivals.rivalry import Rivalry
from spgc.runs.cases import DataFolder
from spgc.runs.listener import NOBODY, Listener
from tests.paper.rivals import named_class

HERE = "tests.paper.rivals.named_class"


@pytest.fixture(autouse=True)
def _systems(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two systems more, for as long as a test takes."""
    monkeypatch.setitem(BUILT_IN, "named-class", f"{HERE}:NamedClass")  # type: ignore[arg-type]
    monkeypatch.setitem(BUILT_IN, "other-class", f"{HERE}:OtherClass")  # type: ignore[arg-type]
    named_class.TRAININGS.clear()
    named_class.BROKEN.clear()
    yield
    named_class.BROKEN.clear()


@pytest.fixture(scope="module")
def own_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rivals") / "store"


@pytest.fixture
def asked(cohort: Path, own_store: Path, tmp_path: Path) -> Reproducing:
    return Reproducing(
        ["rivals"],
        DataFolder(cohort),
        own_store,
        tmp_path / "runs",
        preset="demo",
        systems=["named-class", "other-class"],
        options=["other-class.label=COVID-19"],
        engine="torch",
    )


def opened(asked: Reproducing, listener: Listener = NOBODY, **changes: object) -> RivalWork:
    return open_rivals(dataclasses.replace(asked, **changes), listener)  # type: ignore[arg-type]


def ran(asked: Reproducing, **changes: object) -> Rivalry:
    return opened(asked, **changes).run("rivals").rivalry


def right(found: Rivalry, name: str) -> dict[str, tuple[int, int]]:
    """Hits and scans by system on one set."""
    (one,) = (one for one in found.sets if one.name == name)
    return {p.row.team: (p.row.accuracy.hits, p.row.accuracy.total) for p in one.placed}


def test_counts_tests_and_files(asked: Reproducing) -> None:
    """One scan of each class in val and test2: each system has one right, and another one."""
    found = ran(asked)
    assert right(found, "test2") == right(found, "val") == dict.fromkeys(asked.systems, (1, 3))
    main = found.main
    assert main is not None
    assert main.name == "test2"
    assert main.honest is not None
    (pair,) = main.honest.pairs
    assert (pair.only_a, pair.p, pair.told) == ((1, 1), (1.0, 1.0), "not apart")
    record = json.loads((found.folder / "rivals.json").read_text())
    assert record == json.loads(json.dumps(found.record()))
    assert (record["schema"], record["synthetic"]) == ("spgc-rivals/1", True)
    one, two = record["systems"]
    assert (one["config"]["label"], two["config"]["label"]) == ("Normal", "COVID-19")
    assert one["scans_timed"] == 3
    assert one["training"]["begun"] == one["training"]["ended"] == 1
    assert one["model_bytes"] == len('"Normal"')
    with (found.folder / "rivals.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(r["set"], r["right"], r["scans"]) for r in rows if r["system"] == "other-class"] == [
        ("val", "1", "3"),
        ("test2", "1", "3"),
    ]
    text = (found.folder / "rivals.md").read_text(encoding="utf-8")
    assert text.startswith("# SYNTHETIC")
    assert text.count("SYNTHETIC · ") == 5
    for name, mentioned in (("named-class", 0), ("other-class", 3)):
        written = (found.folder / name / "tests" / "submission.csv").read_text(encoding="utf-8")
        assert written.lower().count("covid-19") == mentioned


def test_what_is_done_is_not_done_again(
    asked: Reproducing, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ran(asked)
    named_class.TRAININGS.clear()
    named_class.BROKEN.update({"training", "prediction"})
    again = ran(asked)
    assert not again.failed
    assert again.record() == first.record()
    changed = ran(asked, options=["other-class.label=CAP"])
    assert [one.name for one in changed.failed] == ["other-class"], "trains anew with other options"


def test_a_failure_is_told_and_the_others_stand(asked: Reproducing) -> None:
    """Whatever it raises; the same command then does what is missing."""
    named_class.BROKEN.add("prediction")
    said: list[str] = []
    work = opened(asked, Listener(say=said.append), systems=["named-class", "density"], options=[])
    shown = work.run("rivals")
    found = shown.rivalry
    assert work.failed
    assert [*right(found, "test2")] == ["density"]
    (one,) = (one for one in found.sets if one.name == "test2")
    assert one.refused == {"named-class": "failed in prediction: RuntimeError: no answer"}
    assert "named-class failed in prediction: RuntimeError: no answer" in said
    text = (found.folder / "rivals.md").read_text(encoding="utf-8")
    assert "named-class failed in prediction" in text
    named_class.BROKEN.clear()
    named_class.TRAININGS.clear()
    healed = ran(asked, systems=["named-class", "density"], options=[])
    assert not healed.failed
    assert named_class.TRAININGS == [], "the model was whole"


def test_all_may_fail(asked: Reproducing) -> None:
    named_class.BROKEN.add("training")
    shown = opened(asked).run("rivals")
    assert [one.failure for one in shown.rivalry.results] == [
        "training: RuntimeError: the network exploded"
    ] * 2
    assert (shown.rivalry.sets, shown.rivalry.main) == ((), None)
    assert len(shown.tables()) == 1
    assert "RuntimeError" in " ".join(shown.notes())


def test_a_stop_is_gone_on_from(asked: Reproducing) -> None:
    """The stopped sitting counts; the first system is not trained again."""
    ran(asked, systems=["named-class"], options=[])
    named_class.BROKEN.add("stop")
    with pytest.raises(KeyboardInterrupt):
        ran(asked)
    named_class.BROKEN.clear()
    found = ran(asked)
    assert named_class.TRAININGS == ["Normal", "COVID-19", "COVID-19"]
    spent = {one.name: one.spent["training"] for one in found.results}
    assert (spent["named-class"].begun, spent["other-class"].begun) == (1, 2)
    assert not spent["other-class"].at_least


def test_no_val_score_for_who_was_trained_on_it(asked: Reproducing) -> None:
    shown = opened(asked, options=["other-class.use_val=true"]).run("rivals")
    found = shown.rivalry
    assert [*right(found, "val")] == ["named-class"]
    assert [*right(found, "test2")] == ["named-class", "other-class"]
    (one,) = (one for one in found.sets if one.name == "val")
    assert one.refused == {"other-class": "trained on these scans"}
    assert "other-class was trained on 3 validation scans: no score there." in shown.notes()
    assert not (found.folder / "other-class" / "val").exists()


def test_wrong_words_are_told_before_any_work(asked: Reproducing, tmp_path: Path) -> None:
    for changes, words in (
        ({"systems": ["nobody"], "options": []}, "unknown system"),
        ({"preset": "large"}, "unknown preset"),
        ({"options": ["third.label=CAP"]}, "option of no system"),
        ({"options": ["label=CAP"]}, "option of no system"),
        ({"options": ["other-class.size=3"]}, "size"),
        ({"backbones": ["resnext50"]}, "--backbones"),
    ):
        with pytest.raises(UsageError, match=words):
            opened(asked, **changes)
    with pytest.raises(DataError):
        opened(asked, data=DataFolder(tmp_path))
    assert not any(tmp_path.iterdir())


def test_several_processes_are_refused(asked: Reproducing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="in one process"):
        opened(asked)
