"""What a model says of itself (synthetic, purpose, training) can't be changed unnoticed."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from spgc.errors import ModelError, UsageError
from spgc.files.hashes import file_hash, joint_digest
from spgc.model.document import read_document
from spgc.model.identity import NOT_COVERED, marks_covered, model_hash
from spgc.scoring.signature import hash_model
from spgc.systems.density.system import Density
from spgc.systems.model_card import FACTS, write_model_card
from spgc.systems.model_card_text import to_markdown
from tests.systems.small.scans import array_cohort


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("density")
    Density().fit(array_cohort(2, seed=1), [], folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path / "model")


def change(folder: Path, **words: Any) -> dict[str, Any]:
    path = folder / "model.json"
    document = json.loads(path.read_text()) | words
    path.write_text(json.dumps(document))
    return document


@pytest.mark.parametrize(
    "words",
    [
        {"synthetic": False},
        {"purpose": "For diagnosis."},
        {"trained_on": {}},
        {"versions": {}},
        {"classes": ["CAP", "COVID-19", "Normal"]},
        {"package": "other"},
        {"system": "other"},
        {"config": {}},
        {"more": 1},
        {"format": 2},
        {"format": 1},
    ],
)
def test_every_changed_word_is_noticed(folder: Path, words: dict[str, Any]) -> None:
    assert json.loads((folder / "model.json").read_text())["synthetic"] is True
    change(folder, **words)
    with pytest.raises(ModelError, match=r"model\.json has changed since training"):
        Density.load(folder)
    with pytest.raises(UsageError, match="changed since training"):
        hash_model(folder)


def older(folder: Path, number: int) -> dict[str, Any]:
    """The model as an earlier version wrote it, by its own words on the hash."""
    document = change(folder, format=number)
    return change(folder, model_hash=model_hash(document))


@pytest.mark.parametrize("number", [1, 2])
def test_older_formats_load_and_say_that_their_marks_can_change(folder: Path, number: int) -> None:
    document = older(folder, number)
    if number == 1:
        assert document["model_hash"] == joint_digest(document["files"])
    change(folder, synthetic=False)
    loaded = Density.load(folder).describe()
    assert loaded["synthetic"] is False
    assert not marks_covered(loaded)
    write_model_card(folder, Density.load(folder))
    facts = json.loads((folder / FACTS).read_text())
    assert NOT_COVERED in to_markdown(read_document(folder), facts)


def test_a_new_model_says_nothing_of_the_kind(folder: Path) -> None:
    system = Density.load(folder)
    assert marks_covered(system.describe())
    write_model_card(folder, system)
    assert NOT_COVERED not in (folder / "MODEL_CARD.md").read_text()


@pytest.mark.parametrize(
    "text",
    [
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "[" * 900 + "]" * 900,
        "1" * 5000,
        "\\ud800",
        "\0",
        '{"format": {}, "files": 3}',
        '{"format": 3, "files": {"a": {}}, "model_hash": 1}',
    ],
)
def test_hostile_documents_are_one_error(folder: Path, text: str) -> None:
    (folder / "model.json").write_text(text)
    with pytest.raises(ModelError, match=r"model\.json"):
        Density.load(folder)
    with pytest.raises(UsageError, match=r"model\.json"):
        hash_model(folder)


def test_deep_settings_are_one_error(folder: Path) -> None:
    """Nested less than Python's own limit, and more than any model.json."""
    deep: list[Any] = []
    for _ in range(300):
        deep = [deep]
    change(folder, config=deep)
    with pytest.raises(ModelError, match="levels"):
        Density.load(folder)


HALF = "\ud800"


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize(
    "words",
    [
        {"trained_on": "COVID-CT-MD"},
        {"trained_on": {"unlabelled": ["T1-001"]}},
        {"trained_on": {"unlabelled": {"cases": 7}}},
        {"trained_on": {"unlabelled": {"cases": "T1-001"}}},
        {"trained_on": {"unlabelled": {"cases": [["T1-001"]]}}},
        {"trained_on": {"unlabelled": {"cases": [HALF]}}},
        {"trained_on": {"scans": {"CAP": "many"}}},
        {"trained_on": {"slice_labels": {"CAP": 3}}},
        {"synthetic": "no"},
        {"purpose": ["For diagnosis."]},
        {"purpose": HALF},
        {"classes": "CAP"},
        {"config": []},
        {"versions": ["numpy"]},
        {"versions": {"numpy": 2}},
        {"package": 1},
        {"system": 3},
        {"files": {"logistic.json": 3}},
        {"files": ["logistic.json"]},
    ],
)
def test_what_is_of_the_wrong_kind_is_damage(
    folder: Path, words: dict[str, Any], number: int
) -> None:
    """Whatever the hash says: it is found before a scan is read, and not after hours."""
    document = change(folder, format=number, **words)
    with suppress(AttributeError, TypeError):
        change(folder, model_hash=model_hash(document))
    with pytest.raises(ModelError, match=r"model\.json is damaged"):
        read_document(folder)


def test_true_is_no_format(folder: Path) -> None:
    change(folder, format=True)
    with pytest.raises(ModelError, match="another format"):
        read_document(folder)


@pytest.mark.parametrize(
    "words",
    [
        {"bin_width": 50.5},
        {"bin_width": True},
        {"lung_method": ["regions"]},
        {"inverse_penalty": "0.1"},
        {"inverse_penalty": float("inf")},
        {"seed": None},
    ],
)
def test_a_setting_of_the_wrong_kind_is_damage(folder: Path, words: dict[str, Any]) -> None:
    """It would fail, or change an answer, where it is used."""
    document = json.loads((folder / "model.json").read_text())
    document = change(folder, config=document["config"] | words)
    change(folder, model_hash=model_hash(document))
    with pytest.raises(ModelError, match=r"of the wrong kind|JSON does not have"):
        Density.load(folder)


@pytest.mark.parametrize("words", [{"bin_width": 0}, {"inverse_penalty": -1.0}, {"seed": -1}])
def test_settings_that_can_not_be_are_no_wrong_usage(folder: Path, words: dict[str, Any]) -> None:
    """The model is at fault, not who asks it."""
    document = json.loads((folder / "model.json").read_text())
    document = change(folder, config=document["config"] | words)
    change(folder, model_hash=model_hash(document))
    with pytest.raises(ModelError, match=r"settings that can't be.*model\.json"):
        Density.load(folder)


def test_a_scale_of_nothing_is_refused(folder: Path) -> None:
    """Dividing by it would make a certain answer of any scan."""
    document = json.loads((folder / "model.json").read_text())
    content = json.loads((folder / "logistic.json").read_text())
    content["scale"][0] = 0.0
    (folder / "logistic.json").write_text(json.dumps(content))
    files = {"logistic.json": file_hash(folder / "logistic.json")}
    document = change(folder, files=document["files"] | files)
    change(folder, model_hash=model_hash(document))
    with pytest.raises(ModelError, match="a scale that is not above 0"):
        Density.load(folder)


@pytest.mark.parametrize(
    "classes", [["CAP", "COVID-19", "Normal"], ["COVID-19", "CAP"], ["a", "b", "c"]]
)
def test_a_model_of_other_classes_is_refused(folder: Path, classes: list[str]) -> None:
    """Its hash made to fit: answers would be told under the wrong names."""
    document = change(folder, classes=classes)
    change(folder, model_hash=model_hash(document))
    with pytest.raises(ModelError, match="model of other classes"):
        Density.load(folder)
