"""A challenge of five classes goes through every command without a line of code."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import jsonschema
import pytest

from spgc.challenge.definition import Challenge
from spgc.scoring.schemas import score_schema
from tests.challenge.flowers import CLASSES, answers, flowers, labels, submission
from tests.cli.conftest import Spgc


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the challenge in `flowers` and three submissions."""
    (tmp_path / "flowers").mkdir()
    flowers(tmp_path / "flowers")
    for name, right in (("good", 0.9), ("fair", 0.6), ("poor", 0.2)):
        submission(tmp_path / f"{name}.csv", answers(right, len(name) + int(10 * right)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def hits(name: str) -> int:
    """Right answers of a file, counted here once more."""
    known = {case: label for case, (_, label) in labels().items()}
    with Path(f"{name}.csv").open() as file:
        return sum(known[row["Study"]] == row["Label"] for row in csv.DictReader(file))


def test_a_good_file_is_valid_and_others_are_refused(place: Path, spgc: Spgc) -> None:
    assert spgc("validate", "good.csv", "--challenge", "flowers").code == 0
    text = Path("good.csv").read_text().replace("Rose", "rose ").replace("Aster", "covid-19", 1)
    Path("odd.csv").write_text(text)
    done = spgc("validate", "odd.csv", "--challenge", "flowers", "--json")
    assert done.code == 1
    problems = json.loads(done.out)["files"][0]["problems"]
    refused = [one for one in problems if one["severity"] == "refused"]
    assert [(one["found"], one["expected"]) for one in refused] == [
        ("'covid-19'", " | ".join(CLASSES))
    ]
    assert refused[0]["fix"] == "use one of the five labels"
    assert {one["expected"] for one in problems if one["kind"] == "label-spelling"} == {"Rose"}


def test_the_score_is_of_its_classes_and_sets(place: Path, spgc: Spgc) -> None:
    done = spgc("score", "good.csv", "--challenge", "flowers", "--json", "--cases")
    document = json.loads(done.out)
    jsonschema.validate(document, score_schema())
    assert document["classes"] == list(CLASSES)
    pooled = next(one for one in document["groups"] if one["set"] == "overall")
    assert pooled["accuracy"]["hits"] == hits("good")
    assert pooled["accuracy"]["total"] == 50
    assert list(pooled["sensitivity"]) == list(CLASSES)
    assert [len(row) for row in pooled["confusion"]] == [5] * 5
    assert document["signature"]["challenge"].startswith("flowers@")
    assert document["signature"]["text"].endswith(document["signature"]["challenge"])


def test_the_schema_is_as_strict_on_spgc_as_it_was(spgc: Spgc) -> None:
    """Only a document that names another challenge may have other classes."""
    document = json.loads(spgc("score", "--json", "--cases", *_published()).out)
    jsonschema.validate(document, score_schema())
    for path, value in (
        (("classes",), ["A", "B"]),
        (("groups", 0, "sensitivity"), {"COVID-19": document["groups"][0]["accuracy"]}),
        (("groups", 0, "confusion"), [[1, 0], [0, 1]]),
        (("cases", 0, "truth"), "Rose"),
        (("cases", 0, "probabilities"), {"Rose": 1.0, "Aster": 0.0}),
    ):
        other = json.loads(json.dumps(document))
        inside = other
        for step in path[:-1]:
            inside = inside[step]
        inside[path[-1]] = value
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(other, score_schema())


def _published() -> list[str]:
    from spgc.files.shipped import leaderboard_dir

    return [str(leaderboard_dir() / "answers" / "thesaviours" / "test2.csv")]


@pytest.mark.parametrize("form", ["rich", "markdown", "latex", "eee"])
def test_every_form_of_a_score_names_its_classes(place: Path, spgc: Spgc, form: str) -> None:
    done = spgc("score", "fair.csv", "--challenge", "flowers", "--format", form, "--full")
    assert done.code == 0
    for name in CLASSES:
        assert name in done.out
    assert "COVID" not in done.out
    assert "spgc-covid" not in done.out


def test_probabilities_are_graded(place: Path, spgc: Spgc) -> None:
    columns = ",".join(f"p_{name.lower().replace(' ', '_')}" for name in CLASSES)
    rows = []
    for case, (_, label) in labels().items():
        shares = ",".join("0.6" if name == label else "0.1" for name in CLASSES)
        rows.append(f"{case},{shares}\n")
    Path("sure.csv").write_text(f"case,{columns}\n{''.join(rows)}")
    done = spgc("score", "sure.csv", "--challenge", "flowers", "--argmax", "--json")
    pooled = json.loads(done.out)["groups"][2]
    assert pooled["accuracy"]["value"] == 1
    assert pooled["auc"]["macro"]["value"] == 1
    assert pooled["brier"]["value"] == pytest.approx(0.4**2 + 4 * 0.1**2)


def test_two_files_are_compared_on_both_sets_and_their_pool(place: Path, spgc: Spgc) -> None:
    done = spgc("compare", "good.csv", "poor.csv", "--challenge", "flowers", "--json")
    groups = {one["set"]: one for one in json.loads(done.out)["groups"]}
    assert list(groups) == ["garden", "north field", "overall"]
    assert groups["overall"]["right_a"] == hits("good")
    assert groups["overall"]["right_b"] == hits("poor")
    alone = spgc("compare", "good.csv", "--challenge", "flowers")
    assert alone.code == 2
    assert "the challenge has no published rows" in alone.err


def test_files_are_ranked_among_themselves(place: Path, spgc: Spgc) -> None:
    Path("bad.csv").write_text("Study,Label\nFg-001,Rose\n")
    files = ("good.csv", "fair.csv", "poor.csv", "bad.csv")
    done = spgc("leaderboard", *files, "--challenge", "flowers", "--format", "csv")
    assert done.code == 1
    assert "refused bad.csv: " in done.err
    rows = [r for r in csv.DictReader(io.StringIO(done.out)) if r["set"] == "overall"]
    assert [row["team"] for row in rows] == ["good", "fair", "poor"]
    assert [int(row["right"]) for row in rows] == [hits(row["team"]) for row in rows]
    assert "right_sword_lily" in rows[0]
    for form in ("rich", "html", "markdown", "latex", "json"):
        text = spgc("leaderboard", *files, "--challenge", "flowers", "--format", form).out
        assert all(name in text for name in ("good", "Thistle", "Sword lily")), form
        assert "COVID" not in text, form
        assert "your own labels" not in text, form


def test_rows_can_be_ranked_by_balanced_accuracy(place: Path, spgc: Spgc) -> None:
    path = Path("flowers/public/challenge.toml")
    path.write_text(path.read_text().replace('"accuracy"', '"balanced accuracy"'))
    done = spgc("leaderboard", "good.csv", "poor.csv", "--challenge", "flowers", "--json")
    entries = json.loads(done.out)["sets"][-1]["ranked"]
    assert [one["team"] for one in entries] == ["good", "poor"]
    told = spgc("leaderboard", "good.csv", "poor.csv", "--challenge", "flowers").out
    assert "ranked by balanced accuracy" in told


def test_agreement_and_report_and_gate(place: Path, spgc: Spgc) -> None:
    done = spgc("agreement", "good.csv", "fair.csv", "--challenge", "flowers", "--json")
    assert [one["name"] for one in json.loads(done.out)["systems"]] == ["good", "fair"]
    done = spgc("report", "good.csv", "--challenge", "flowers", "--out", "page.html")
    assert done.code == 0
    page = Path("page.html").read_text()
    assert "Sword lily" in page
    assert "COVID" not in page
    gate = ("regress", "mine.json", "--challenge", "flowers", "--submission")
    assert spgc(*gate, "fair.csv", "--update").code == 0
    assert spgc(*gate, "good.csv").code == 0
    worse = spgc(*gate, "poor.csv")
    assert worse.code == 1
    assert "Thistle" in worse.out + worse.err
    other = spgc("regress", "mine.json", "--submission", *_published())
    assert "classes ['Rose'" in other.err


def test_pictures_have_room_for_five_classes(place: Path, spgc: Spgc) -> None:
    pytest.importorskip("matplotlib")
    done = spgc("score", "good.csv", "--challenge", "flowers", "--picture", "matrix.svg")
    assert done.code == 0
    done = spgc("agreement", "good.csv", "fair.csv", "--challenge", "flowers", "--picture", "a.svg")
    assert done.code == 0


def test_the_example_is_valid(place: Path, spgc: Spgc) -> None:
    done = spgc("example", "--challenge", "flowers", "--split", "all", "--probabilities")
    Path("example.csv").write_text(done.out)
    assert spgc("validate", "example.csv", "--challenge", "flowers").code == 0


def test_participants_have_no_truth(place: Path, spgc: Spgc) -> None:
    """Validation needs none; a score says what is missing."""
    Path("flowers/private/truth.csv").unlink()
    assert spgc("validate", "good.csv", "--challenge", "flowers").code == 0
    done = spgc("score", "good.csv", "--challenge", "flowers")
    assert done.code == 1
    assert "20 cases of garden have no known label" in done.err


def test_a_truth_of_other_cases_is_refused(place: Path, spgc: Spgc) -> None:
    path = Path("flowers/private/truth.csv")
    path.write_text(path.read_text().replace("Fg-001", "Fg-999"))
    done = spgc("score", "good.csv", "--challenge", "flowers")
    assert "the truth is not of the cases that participants know" in done.err


def test_the_same_in_python(tmp_path: Path) -> None:
    import spgc

    made: Challenge = flowers(tmp_path)
    good, poor = answers(0.9, 3), answers(0.2, 4)
    truth = {case: label for case, (_, label) in labels().items()}
    right = sum(truth[case] == label for case, label in good.items())
    assert spgc.validate(good, challenge=tmp_path).ok
    assert not spgc.validate({**good, "Fg-001": "cap"}, challenge=made).ok
    result = spgc.score(good, challenge=tmp_path, resamples=100)
    assert repr(result).endswith(f"overall {right}/50>")
    assert "Thistle" in str(result)
    assert "Thistle" in result._repr_html_()
    own = spgc.score(good, truth, challenge=made, resamples=100)
    assert own.splits["own"].confusion.accuracy.hits == right
    compared = spgc.compare(good, poor, challenge=tmp_path)
    assert [group.name for group in compared.groups] == ["garden", "north field", "overall"]
    board = spgc.leaderboard({"good": good, "poor": poor}, challenge=tmp_path)
    last = board.views[-1]
    assert last.set_name == "overall"
    assert [placed.row.team for placed in last.ranked] == ["good", "poor"]
    assert "Thistle" in str(board)
    assert "Thistle" in board._repr_html_()
    assert "Flowers" in board.to_markdown()
