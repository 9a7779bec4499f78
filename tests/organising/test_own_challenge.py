"""From a label file to a ranked class: init, check and score, without a line of code."""

from __future__ import annotations

import csv
import errno
import json
import random
import shutil
from datetime import date
from pathlib import Path

import pytest

from spgc.challenge.challenge_file import read_challenge
from spgc.data.challenge_cases import challenge_manifest
from spgc.organising.check_challenge import check
from spgc.organising.label_words import likely_misspelt
from spgc.organising.team_files import team_files
from tests.cli.conftest import Spgc

KINDS = ("aster", "lily", "rose", "thistle", "tulip")
LABELS = {f"P{number}": KINDS[number * 7 % 5] for number in range(1, 61)}


def write(path: Path, answers: dict[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Study,Label\n" + "".join(f"{c},{label}\n" for c, label in answers.items()))
    return path


def guessed(right: int) -> dict[str, str]:
    """The first so many right, each of the others another kind."""
    others = dict(zip(KINDS, KINDS[1:] + KINDS[:1], strict=True))
    return {c: k if i < right else others[k] for i, (c, k) in enumerate(LABELS.items())}


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shuffled = list(LABELS.items())
    random.Random(2).shuffle(shuffled)  # noqa: S311 - no secret
    write(tmp_path / "labels.csv", dict(shuffled))
    return tmp_path


def test_a_challenge_whose_last_day_is_over_is_doubtful(place: Path, spgc: Spgc) -> None:
    assert spgc("challenge", "init", "mine", "--labels", "labels.csv").code == 0
    file = place / "mine/public/challenge.toml"
    file.write_text(file.read_text().replace("# closes = 2030-02-01", "closes = 2030-02-01"))
    for day, doubted in ((date(2030, 2, 1), False), (date(2030, 2, 2), True)):
        made = check(place / "mine", disclosure=False, today=day)
        assert made.good
        assert any("closes = 2030-02-01 is over" in one.what for one in made.findings) == doubted


def test_a_class_that_may_be_another_one_misspelt_is_named(place: Path, spgc: Spgc) -> None:
    write(place / "labels.csv", {**LABELS, "P7": "thistel"})
    assert spgc("challenge", "init", "mine", "--labels", "labels.csv").code == 0
    found = {one.what for one in check(place / "mine", disclosure=False).findings}
    assert "thistel has so few cases (1) that it may be thistle misspelt" in found


def test_rare_classes_of_other_names_are_taken_as_they_are() -> None:
    assert likely_misspelt({"rose": 20, "type 11": 2, "type 12": 9, "lily": 1}, few=5) == []
    assert likely_misspelt({"rose": 20, "Roses ": 6}, few=5) == []
    assert likely_misspelt({"tulips": 1, "tulip": 20}, few=5) == [("tulips", "tulip")]


def test_a_line_that_is_no_toml_is_named_with_what_to_do(place: Path, spgc: Spgc) -> None:
    assert spgc("challenge", "init", "mine", "--labels", "labels.csv").code == 0
    file = place / "mine/public/challenge.toml"
    file.write_text(file.read_text().replace("# opens = 2030-01-01", "opens = 1.1.2030"))
    ran = spgc("challenge", "check", "mine")
    assert ran.code == 1
    assert "line 7" in ran.err
    assert "Do: correct that line: texts in quotes, dates as 2030-01-01" in ran.err


def test_participants_get_everything_but_the_labels(place: Path, spgc: Spgc) -> None:
    ran = spgc("challenge", "init", "mine", "--labels", "labels.csv", "--title", "Five flowers")
    assert ran.code == 0, ran.err
    public = Path("mine/public")
    assert sorted(path.name for path in public.iterdir()) == [
        "README.md",
        "cases.csv",
        "challenge.toml",
        "example.csv",
    ]
    with (public / "cases.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["case"] for row in rows] == list(LABELS)  # by number, whatever the labels' order
    assert {row["label"] for row in rows} == {""}
    made = read_challenge(Path("mine"))
    assert made.title == "Five flowers"
    assert made.names == KINDS
    truth = challenge_manifest(made)
    assert {case.case_id: case.label for case in truth} == LABELS
    assert "private/" in Path("mine/.gitignore").read_text()
    page = (public / "README.md").read_text()
    assert "at most 10" in page
    assert "thistle" in page
    assert spgc("validate", public / "example.csv", "--challenge", public).code == 0
    assert spgc("challenge", "check", "mine").code == 0


def test_it_never_writes_over_anything(place: Path, spgc: Spgc) -> None:
    assert spgc("challenge", "init", ".", "--labels", "labels.csv").code == 2
    assert sorted(path.name for path in Path().iterdir()) == ["labels.csv"]


def test_a_full_disk_leaves_nothing_in_the_way(
    place: Path, spgc: Spgc, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same command works once there is room."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    before = set(place.iterdir())
    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        ran = spgc("challenge", "init", "mine", "--labels", "labels.csv")
    assert (ran.code, set(place.iterdir())) == (1, before)
    assert "no space left to write to [mine]" in ran.err
    assert spgc("challenge", "init", "mine", "--labels", "labels.csv").code == 0


def test_a_killed_init_can_be_run_again(place: Path, spgc: Spgc) -> None:
    """Whatever the last file was that it wrote: its own folder is not there before the end."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "rename", killed)
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        assert spgc("challenge", "init", "mine", "--labels", "labels.csv").code == 130
    assert not Path("mine").exists()
    assert spgc("challenge", "init", "mine", "--labels", "labels.csv").code == 0


def test_the_current_folder_can_be_the_new_one(
    place: Path, spgc: Spgc, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "mine").mkdir()
    before = (place / "mine").stat().st_ino
    monkeypatch.chdir("mine")
    assert spgc("challenge", "init", ".", "--labels", "../labels.csv").code == 0
    assert sorted(path.name for path in Path().iterdir()) == [".gitignore", "private", "public"]
    assert (place / "mine").stat().st_ino == before


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Study,Label\nP1,rose\n", "a challenge has 2 to 20 classes"),
        ("Study,Label\nP1,rose\nP2,\n", "a case without a class"),
        ("Study,Label\nP1,rose\nP1,tulip\n", "two classes for case P1"),
        ("a,b,c\n1,2,3\n", "no header that names cases and labels"),
        (
            "Study,Label\nP1,rose\nP2,[bold]\n",
            "can't be the classes of a challenge [labels.csv]: found '[bold]'",
        ),
        ("", "the file is empty"),
        ('"P1,rose\n', "label file is not a CSV"),
        (",\n,\n", "the file is empty"),
        (f"Study,Label\nP1,1\nP2,{'9' * 5000}\n", "expected a printable line of 1 to 40 signs"),
    ],
    ids=range(9),
)
def test_labels_in_doubt_are_refused_and_nothing_is_written(
    place: Path, spgc: Spgc, text: str, told: str
) -> None:
    Path("labels.csv").write_text(text, "utf-8")
    ran = spgc("challenge", "init", "mine", "--labels", "labels.csv")
    assert ran.code == 1
    assert told in ran.err
    assert not Path("mine").exists()


def test_a_public_part_is_drawn_within_each_class(place: Path, spgc: Spgc) -> None:
    spgc("challenge", "init", "mine", "--labels", "labels.csv", "--public-share", "0.25")
    manifest = challenge_manifest(read_challenge(Path("mine")))
    for kind in KINDS:
        own = [case.split for case in manifest if case.label == kind]
        assert (own.count("public"), own.count("private")) == (3, 9)
    spgc("challenge", "init", "again", "--labels", "labels.csv", "--public-share", "0.25")
    assert Path("again/private/truth.csv").read_text() == Path("mine/private/truth.csv").read_text()


def test_numbers_are_classes_of_a_challenge(place: Path, spgc: Spgc) -> None:
    write(Path("digits.csv"), {f"D{i}": str(i % 11) for i in range(22)})
    assert spgc("challenge", "init", "mine", "--labels", "digits.csv").code == 0
    made = read_challenge(Path("mine"))
    assert made.names == tuple(map(str, range(11)))
    floats = {f"D{i}": f"{i % 11}.0" for i in range(22)}
    write(Path("team.csv"), floats)
    ran = spgc("score", "team.csv", "--challenge", "mine", "--json")
    assert json.loads(ran.out)["groups"][0]["accuracy"]["hits"] == 22


@pytest.mark.parametrize("label", ["tulip", "\u00b2"])
def test_signs_that_only_look_like_digits_are_text(place: Path, spgc: Spgc, label: str) -> None:
    """A raised 2 is a digit to `str.isdigit` and no number to `int`, in case IDs as in labels."""
    write(Path("signs.csv"), {"1\u00b23": "1", "\u00b3": label, "10": "1", "9": label})
    assert spgc("challenge", "init", "mine", "--labels", "signs.csv").code == 0
    manifest = challenge_manifest(read_challenge(Path("mine")))
    assert {case.label for case in manifest} == {"1", label}


def test_check_finds_labels_among_what_participants_get(place: Path, spgc: Spgc) -> None:
    spgc("challenge", "init", "mine", "--labels", "labels.csv")
    write(Path("mine/public/old/baseline.csv"), guessed(50))
    ran = spgc("challenge", "check", "mine", "--json")
    assert ran.code == 1
    wrong = [one["what"] for one in json.loads(ran.out)["findings"] if one["weight"] == "wrong"]
    assert wrong == ["baseline.csv, which participants get, names the true class of 50 of 60 cases"]


def test_check_finds_case_ids_that_tell(place: Path, spgc: Spgc) -> None:
    write(Path("named.csv"), {f"{kind}-{c}": kind for c, kind in LABELS.items()})
    spgc("challenge", "init", "mine", "--labels", "named.csv")
    ran = spgc("challenge", "check", "mine")
    assert ran.code == 1
    assert "case IDs name the class" in ran.out
    starts = dict(zip(KINDS, "ABCDE", strict=True))
    write(Path("parts.csv"), {f"{starts[kind]}{c[1:]}": kind for c, kind in LABELS.items()})
    spgc("challenge", "init", "other", "--labels", "parts.csv")
    assert "the beginning of a case ID tells its class" in spgc("challenge", "check", "other").out


def test_check_finds_a_truth_that_lacks_cases(place: Path, spgc: Spgc) -> None:
    spgc("challenge", "init", "mine", "--labels", "labels.csv")
    path = Path("mine/private/truth.csv")
    path.write_text("\n".join(path.read_text().splitlines()[:-1]) + "\n")
    ran = spgc("challenge", "check", "mine")
    assert ran.code == 1
    assert "1 cases without a class in the truth: P60" in ran.out
    path.unlink()
    assert "nothing can be scored" in spgc("challenge", "check", "mine").out


@pytest.fixture
def sent(place: Path, spgc: Spgc) -> Path:
    """A challenge with a public and a private set, and what four teams sent."""
    spgc("challenge", "init", "mine", "--labels", "labels.csv", "--public-share", "0.25")
    write(Path("sent/alpha.csv"), guessed(60))
    write(Path("sent/alpha--2.csv"), guessed(30))
    write(Path("sent/alpha--10.csv"), guessed(50))
    write(Path("sent/beta/first.csv"), guessed(40))
    write(Path("sent/gamma.csv"), guessed(40))
    write(Path("sent/delta.csv"), {"P1": "rose"})
    return place


def test_the_order_of_a_teams_files_is_that_of_their_numbers(sent: Path) -> None:
    files = [(one.team, one.number, one.path.name) for one in team_files(Path("sent"))]
    assert [one for one in files if one[0] == "alpha"] == [
        ("alpha", 1, "alpha.csv"),
        ("alpha", 2, "alpha--2.csv"),
        ("alpha", 3, "alpha--10.csv"),
    ]


def test_teams_are_ranked_and_refused_files_are_named(sent: Path, spgc: Spgc) -> None:
    ran = spgc("challenge", "score", "sent", "--challenge", "mine", "--out", "boards", "--json")
    assert ran.code == 1
    document = json.loads(ran.out)
    assert document["schema"] == "spgc-challenge-score/1"
    pooled = next(one for one in document["final"] if one["set"] == "overall")
    ranked = [(e["rank"]["label"], e["team"], e["accuracy"]["hits"]) for e in pooled["ranked"]]
    assert ranked == [("1", "alpha", 50), ("2=", "beta", 40), ("2=", "gamma", 40)]
    assert [one["set"] for one in document["public"]] == ["public"]
    (refused,) = document["refused"]
    assert refused["file"].endswith("delta.csv")
    assert "no answer" in refused["what"]
    names = sorted(path.name for path in Path("boards").iterdir())
    assert names == ["board-public.csv", "board-public.html", "board.csv", "board.html"]
    assert "private" not in Path("boards/board-public.html").read_text()
    assert "thistle" in Path("boards/board.html").read_text()
    with Path("boards/board.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["set"] == "overall"]
    assert [int(row["right"]) for row in rows] == [50, 40, 40]
    text = spgc("challenge", "score", "sent", "--challenge", "mine").out
    assert "refused sent/delta.csv" in text
    assert "alpha--10.csv" in text


def test_the_best_counts_where_the_challenge_says_so(sent: Path, spgc: Spgc) -> None:
    path = Path("mine/public/challenge.toml")
    path.write_text(path.read_text().replace('counted = "last"', 'counted = "best"'))
    ran = spgc("challenge", "score", "sent", "--challenge", "mine", "--json")
    counted = {one["team"]: one["file"] for one in json.loads(ran.out)["counted"]}
    assert counted["alpha"].endswith("alpha.csv")


def test_more_submissions_than_allowed_are_refused(sent: Path, spgc: Spgc) -> None:
    path = Path("mine/public/challenge.toml")
    path.write_text(path.read_text().replace("submissions = 10", "submissions = 2"))
    ran = spgc("challenge", "score", "sent", "--challenge", "mine", "--json")
    document = json.loads(ran.out)
    assert [one["found"] for one in document["refused"] if "alpha" in one["file"]] == ["number 3"]
    counted = {one["team"]: one["file"] for one in document["counted"]}
    assert counted["alpha"].endswith("alpha--2.csv")


def test_check_finds_a_page_of_other_rules(place: Path, spgc: Spgc) -> None:
    spgc("challenge", "init", "mine", "--labels", "labels.csv")
    path = Path("mine/public/challenge.toml")
    dated = path.read_text().replace("# closes = ", "closes = ")
    path.write_text(dated.replace("submissions = 10", "submissions = 7"))
    found = spgc("challenge", "check", "mine").out
    assert "README.md does not say what challenge.toml does: " in found
    assert "- Submissions per team: at most 7." in found
    page = spgc("challenge", "page", "mine").out
    assert "- Closes 2030-02-01." in page
    Path("mine/public/README.md").write_text(page)
    assert "README.md" not in spgc("challenge", "check", "mine").out


def test_check_finds_other_cases_per_class(place: Path, spgc: Spgc) -> None:
    spgc("challenge", "init", "mine", "--labels", "labels.csv")
    path = Path("mine/public/challenge.toml")
    path.write_text(path.read_text().replace("size = 60", "scans = [11, 13, 12, 12, 12]"))
    ran = spgc("challenge", "check", "mine")
    assert ran.code == 1
    assert "cases per class are [12, 12, 12, 12, 12], scans says [11, 13, 12, 12, 12]" in ran.out


def test_the_best_is_best_by_the_rule_that_ranks(place: Path, spgc: Spgc) -> None:
    """More right in all, but none of two classes, is worse by balanced accuracy."""
    rare = {c: ("rose" if int(c[1:]) <= 50 else "lily" if c < "P56" else "aster") for c in LABELS}
    write(Path("rare.csv"), rare)
    spgc("challenge", "init", "mine", "--labels", "rare.csv")
    path = Path("mine/public/challenge.toml")
    path.write_text(
        path.read_text().replace('"accuracy"', '"balanced accuracy"').replace('"last"', '"best"')
    )
    write(Path("sent/ada.csv"), dict.fromkeys(LABELS, "rose"))
    fair = {c: "lily" if int(c[1:]) <= 25 else label for c, label in rare.items()}
    write(Path("sent/ada--2.csv"), fair)
    ran = spgc("challenge", "score", "sent", "--challenge", "mine", "--json")
    assert json.loads(ran.out)["counted"][0]["file"].endswith("ada--2.csv")


def test_an_empty_folder_is_refused(sent: Path, spgc: Spgc) -> None:
    Path("none").mkdir()
    ran = spgc("challenge", "score", "none", "--challenge", "mine")
    assert ran.code == 1
    assert "folder holds no submission" in ran.err


def test_budget_takes_the_challenge(sent: Path, spgc: Spgc) -> None:
    words = ("challenge", "budget", "--challenge", "mine", "--submissions", "1,20")
    ran = spgc(*words, "--feedback", "classes", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["cases"] == 60
