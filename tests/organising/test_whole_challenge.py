"""Labels of another field, from their file to board, gate and budget, by the command line alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from spgc.challenge.spgc_challenge import SPGC
from tests.cli.conftest import Ran, Spgc

NAMES = ("zero", "one", "two", "three", "four")
SIZE, TRAINED = 240, 400

MODELS = {
    "ridge": (RidgeClassifier(), 3),
    "bayes": (GaussianNB(var_smoothing=0.3), 11),
    "nearest": (KNeighborsClassifier(1), 9),
    "largest": (DummyClassifier(), 9),
}
"""A model each, and which of the 64 pixels it sees: every third, and so on."""


def digits() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Handwritten digits 0 to 4 (UCI, Alpaydin and Kaynak 1998): labels, and answers by model."""
    pixels, classes = load_digits(n_class=5, return_X_y=True)
    cases = [f"img-{number:03d}" for number in range(1, SIZE + 1)]
    labels = {case: NAMES[k] for case, k in zip(cases, classes[:SIZE], strict=True)}
    answers = {}
    for name, (model, step) in MODELS.items():
        model.fit(pixels[SIZE : SIZE + TRAINED, ::step], classes[SIZE : SIZE + TRAINED])
        found = model.predict(pixels[:SIZE, ::step])
        answers[name] = {case: NAMES[k] for case, k in zip(cases, found, strict=True)}
    return labels, answers


LABELS, ANSWERS = digits()
RIGHT = {name: sum(LABELS[c] == k for c, k in given.items()) for name, given in ANSWERS.items()}


def write(path: Path, rows: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Study,Label\n" + "".join(f"{case},{label}\n" for case, label in rows.items()))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spgc: Spgc) -> Path:
    """The challenge, a file of each model, and submissions of three teams."""
    monkeypatch.chdir(tmp_path)
    write(Path("labels.csv"), LABELS)
    for name, given in ANSWERS.items():
        write(Path(f"{name}.csv"), given)
    write(Path("sent/ada.csv"), ANSWERS["nearest"])
    write(Path("sent/ada--2.csv"), ANSWERS["bayes"])
    write(Path("sent/ben.csv"), ANSWERS["largest"])
    write(Path("sent/cleo.csv"), {**ANSWERS["ridge"], "img-001": "five"})
    made = spgc("challenge", "init", "digits", "--labels", "labels.csv", "--public-share", 0.5)
    assert made.code == 0, made.err
    return tmp_path


@pytest.fixture
def run(place: Path, spgc: Spgc) -> Spgc:
    """A command on the challenge, of whose output no word may be SPGC's."""

    def ran(*words: object, code: int = 0) -> Ran:
        done = spgc(*words, "--challenge", "digits")
        assert done.code == code, done.err
        for word in (SPGC.title, "COVID", "SPGC", "test1", "90 scans"):
            assert word not in done.out + done.err, word
        return done

    return ran


def test_four_models_differ() -> None:
    assert sorted(RIGHT, key=RIGHT.__getitem__) == ["largest", "bayes", "nearest", "ridge"]
    assert len(set(RIGHT.values())) == len(MODELS)


def test_its_check_prints_sizes_and_the_budget(place: Path, spgc: Spgc) -> None:
    done = spgc("challenge", "check", "digits")
    assert done.code == 0
    assert "public: 119 cases (four " in done.out
    assert "limits: 10 submissions of a team, 2 on one day; feedback ladder on public" in done.out
    assert "disclosure: of 119 labels" in done.out
    assert "doubtful" not in done.out


def test_an_example_is_valid_and_a_slip_is_named(place: Path, run: Spgc) -> None:
    run("example", "--split", "all", "--out", "example.csv")
    run("validate", "example.csv")
    run("validate", "digits/public/example.csv")
    slip = run("validate", "sent/cleo.csv", code=1)
    assert "'five'" in slip.out
    assert "four | one | three | two | zero" in slip.out


def test_score_compare_and_agreement_count_what_is_there(place: Path, run: Spgc) -> None:
    document = json.loads(run("score", "ridge.csv", "--json").out)
    pooled = next(one for one in document["groups"] if one["set"] == "overall")
    assert (pooled["accuracy"]["hits"], pooled["cases"]) == (RIGHT["ridge"], SIZE)
    assert document["classes"] == sorted(NAMES)
    compared = json.loads(run("compare", "bayes.csv", "ridge.csv", "--json").out)
    (group,) = (one for one in compared["groups"] if one["set"] == "overall")
    assert (group["right_a"], group["right_b"]) == (RIGHT["bayes"], RIGHT["ridge"])
    both = sum(LABELS[c] == k != ANSWERS["bayes"][c] for c, k in ANSWERS["ridge"].items())
    assert group["only_b"] == both
    systems = json.loads(run("agreement", "bayes.csv", "ridge.csv", "--json").out)["systems"]
    assert [one["name"] for one in systems] == ["ridge", "bayes"]


@pytest.mark.parametrize("form", ["rich", "html", "csv", "markdown", "latex", "json"])
def test_every_board_ranks_the_models(place: Path, run: Spgc, form: str) -> None:
    files = [f"{name}.csv" for name in MODELS]
    done = run("leaderboard", *files, "--split", "overall", "--format", form)
    order = sorted(MODELS, key=lambda name: -RIGHT[name])
    places = [done.out.index(name) for name in order]
    assert places == sorted(places)
    if form == "csv":
        rows = list(csv.DictReader(io.StringIO(done.out)))
        assert [int(row["right"]) for row in rows] == [RIGHT[name] for name in order]


def test_teams_are_ranked_by_their_last_file(place: Path, run: Spgc) -> None:
    done = run("challenge", "score", "sent", "--out", "boards", "--json", code=1)
    document = json.loads(done.out)
    pooled = next(one for one in document["final"] if one["set"] == "overall")
    assert [(one["team"], one["accuracy"]["hits"]) for one in pooled["ranked"]] == [
        ("ada", RIGHT["bayes"]),
        ("ben", RIGHT["largest"]),
    ]
    (refused,) = document["refused"]
    assert "cleo" in refused["file"]
    for path in Path("boards").iterdir():
        assert "ada" in path.read_text()
        assert "COVID" not in path.read_text()


def test_the_gate_lets_better_answers_pass(place: Path, run: Spgc) -> None:
    run("regress", "gate.json", "--submission", "nearest.csv", "--update")
    assert "PASSED" in run("regress", "gate.json", "--submission", "ridge.csv").out
    worse = run("regress", "gate.json", "--submission", "largest.csv", code=1)
    assert f"{RIGHT['nearest'] - RIGHT['largest']} fewer correct" in worse.out
    named = run("regress", "--submission", "ridge.csv", code=2)
    assert "name a .json file; --update makes it" in named.err


def test_the_report_is_of_this_challenge(place: Path, run: Spgc) -> None:
    run("report", "bayes.csv", "--out", "page.html")
    page = Path("page.html").read_text()
    assert "three" in page
    assert "COVID" not in page
    assert f"{RIGHT['bayes']}/{SIZE}" in run("report", "bayes.csv", "--terminal").out


@pytest.mark.parametrize("platform", ["codabench", "gradescope"])
def test_kits_are_made_and_checked(platform: str, place: Path, spgc: Spgc) -> None:
    """Codabench needs dates, which are a line each in the challenge file."""
    path = Path("digits/public/challenge.toml")
    dates = "format = 1\nopens = 2030-01-01\ncloses = 2030-02-01\n"
    path.write_text(path.read_text().replace("format = 1\n", dates, 1))
    made = spgc("kit", platform, "digits", "-o", "kit")
    assert made.code == 0, made.err
    assert "disclosure: of 119 labels" in made.out
    checked = spgc("kit", "check", "kit")
    assert checked.code == 0, checked.out
    assert "can be uploaded" in checked.out
    assert SPGC.title not in made.out + checked.out


def test_the_budget_is_of_its_labels(place: Path, run: Spgc) -> None:
    words = ("challenge", "budget", "--submissions", "1,20", "--feedback", "hits", "--json")
    document = json.loads(run(*words).out)
    assert document["cases"] == SIZE
    counts = np.unique(list(LABELS.values()), return_counts=True)[1]
    of_sets = np.sum([one["cases_per_class"] for one in document["sets"]], axis=0)
    assert of_sets.tolist() == counts.tolist()
