"""Traps of Kaggle, EvalAI and Hugging Face that the check of a kit finds."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.errors import DataError
from spgc.kits.check_kit import check_kit
from spgc.kits.evalai_kit import EVALAI_KIT
from spgc.kits.hub_kit import HUB_KIT
from spgc.kits.kaggle_kit import KAGGLE_KIT
from spgc.kits.kit_material import KitMaterial, read_material
from spgc.kits.platform_kit import PlatformKit
from spgc.kits.shown_scores import ShownScores
from tests.kits.changed_kits import faults_of
from tests.kits.conftest import dated_flowers, with_lines, written

CONFIG = "challenge.zip!/challenge_config.yaml"
SCRIPT = "challenge.zip!/evaluation_script.zip!/"

EVALAI = [
    (CONFIG, "sort_ascending: false", "better: true", "the smallest come first"),
    (CONFIG, 'default_order_by: "accuracy"', 'default_order_by: "speed"', "none of the labels"),
    (CONFIG, "evaluation_script.zip", "evaluation_script", "no zip"),
    (CONFIG, 'title: "Flowers"', f'title: "{"F" * 101}"', "longer than 100 letters"),
    (CONFIG, "published: false", "domain: AL", "domain is none of CV"),
    (CONFIG, "annotations/truth.csv", "truth.csv", "truth.csv is not in challenge.zip"),
    (CONFIG, 'codename: "public"', 'codename: "final"', "codename of their own"),
    (CONFIG, 'codename: "public"', 'codename: "Public"', "not the boards of the evaluation"),
    (CONFIG, "dataset_split_id: 3", "dataset_split_id: 7", "an id that there is not"),
    (CONFIG, "visibility: 1", "visibility: 3", "shown, and not all of its sets are public"),
    (CONFIG, "leaderboard_decimal_precision", "decimals", "lacks leaderboard_decimal_precision"),
    (CONFIG, "challenge_phase_splits", "splits", "lacks challenge_phase_splits"),
    (CONFIG, "2030-02-01", "2029-02-01", "ends before it starts"),
    (CONFIG, '- "accuracy"', '- "Accuracy"', "labels of the first leaderboard"),
    (CONFIG, "leaderboard:\n", "leaderboard: [1\n", "can't be checked"),
    (f"{SCRIPT}__init__.py", "from .main import evaluate", "import os", "not import evaluate"),
    (f"{SCRIPT}main.py", "def evaluate", "def score", "no function evaluate"),
    (f"{SCRIPT}main.py", "def evaluate", "match = (x := 1)\ndef evaluate", "no Python for 3.7"),
]

KAGGLE = [
    ("solution.csv", "Study,Label,Usage", "Study,Label,usage", "not the columns"),
    ("solution.csv", "Private", "Ignored", "in another part"),
    ("solution.csv", "Rose", "Tulip", "names another class than the truth"),
    ("solution.csv", "Fg-001", "Fg-000", "not each ranked case once"),
    ("sample_submission.csv", "Fg-001", "Fg-000", "not each ranked case once"),
    ("sample_submission.csv", "Study,Label", "id,Label", "not the columns"),
    ("metric.py", "submission: pd.DataFrame", "submission", "lacks the type"),
    ("metric.py", "    >>> ", "    ... ", "has no example"),
    ("metric.py", "def score(solution", "def score(truth", "other arguments"),
    ("metric.py", "def score(", "def mark(", "no function score"),
    ("metric.py", "class ParticipantVisibleError", "class Hidden", "participants see no reason"),
    ("metric.py", "def score(", "def score((", "is no Python"),
    ("metric.ipynb", "def share_of_rows", "def part_of_rows", "another program"),
]

HUB = [
    ("competition/conf.json", '"score"', '"accuracy"', "does not rank by score"),
    ("competition/conf.json", '"custom"', '"accuracy_score"', "does not rank by score"),
    ("competition/conf.json", '_IS_BETTER": 1', '_IS_BETTER": 0', "the worst team is first"),
    ("competition/conf.json", "SELECTION_LIMIT", "LIMIT", "lacks SELECTION_LIMIT"),
    ("competition/conf.json", "Study,Label", "Study, Label", "holds a blank"),
    ("competition/conf.json", "2030-02-02", "soon", "can't be checked"),
    ("competition/conf.json", "{", "[", "can't be checked"),
    ("competition/solution.csv", "private", "public", "in another part"),
    ("competition/solution.csv", "Study,Label,split", "id,pred,split", "not the columns"),
    ("competition/metric.py", "def compute(params)", "def score(params)", "no compute(params)"),
]

HITS = ShownScores("hits", ("garden",), "")

TRAPS = [
    *((EVALAI_KIT, *one) for one in EVALAI),
    *((KAGGLE_KIT, *one) for one in KAGGLE),
    *((HUB_KIT, *one) for one in HUB),
]


@pytest.mark.parametrize(("platform", "name", "old", "new", "said"), TRAPS)
def test_the_check_finds_it(
    platform: PlatformKit,
    name: str,
    old: str,
    new: str,
    said: str,
    material: KitMaterial,
    tmp_path: Path,
) -> None:
    found = faults_of(platform, material, tmp_path / "kit", name, old, new)
    assert any(said in fault for fault in found), found


@pytest.mark.parametrize("platform", [EVALAI_KIT, KAGGLE_KIT, HUB_KIT])
def test_a_kit_as_it_is_made_has_no_fault(
    platform: PlatformKit, material: KitMaterial, open_material: KitMaterial, tmp_path: Path
) -> None:
    for number, one in enumerate((material, open_material)):
        made = written(platform, one, tmp_path / str(number))
        assert list(platform.faults(made)) == []


@pytest.mark.parametrize("platform", [EVALAI_KIT, HUB_KIT])
def test_a_platform_with_dates_asks_for_them(platform: PlatformKit, tmp_path: Path) -> None:
    folder = dated_flowers(tmp_path / "flowers")
    with_lines(folder, "closes = 2030-02-01\n", "")
    with pytest.raises(DataError, match="needs the dates of a challenge"):
        platform.files(read_material(folder), HITS)


def test_names_that_kaggle_would_alter_are_refused(tmp_path: Path) -> None:
    folder = dated_flowers(tmp_path / "flowers")
    for path in (folder / "public" / "cases.csv", folder / "private" / "truth.csv"):
        path.write_text(path.read_text().replace("Fg-", "0").replace("Fn-", "1"))
    material = read_material(folder)
    with pytest.raises(DataError, match="Kaggle would read these case IDs as something else"):
        KAGGLE_KIT.files(material, HITS)
    assert EVALAI_KIT.files(material, HITS)


def test_a_limit_that_kaggle_cant_keep_is_said(material: KitMaterial) -> None:
    notes = KAGGLE_KIT.notes(material, HITS)
    assert any("32 are possible, and the challenge says 10" in note for note in notes)


def test_a_kit_that_was_changed_is_checked_all_the_same(
    material: KitMaterial, tmp_path: Path
) -> None:
    written(KAGGLE_KIT, material, tmp_path / "kit")
    path = tmp_path / "kit" / "solution.csv"
    path.write_text(path.read_text().replace("Usage", "usage"))
    found = {one.weight: one.what for one in reversed(check_kit(tmp_path / "kit").findings)}
    assert found["fact"] == "changed since spgc wrote them: solution.csv"
    assert found["wrong"] == "solution.csv has not the columns Study,Label,Usage"
