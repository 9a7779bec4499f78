"""The metric of Hugging Face's form: public and private scores apart, the Ladder, the limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import huggingface_hub
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spgc.challenge.definition import Ranking, SubmissionLimits
from spgc.disclosure.ladder import rungs
from spgc.kits.hub_config import hub_config, solution_text
from spgc.kits.hub_scores import highest_rung
from spgc.kits.platform_programs import HUGGING_FACE, platform_text
from spgc.scoring.counts import confusion
from tests.challenge.flowers import CLASSES, SETS, answers, labels, submission
from tests.kits.loaded import flower_cases, loaded

TRUTH = {case: label for case, (_, label) in labels().items()}


class Repository:
    """The private repository of a competition, as a folder in the place of downloads."""

    def __init__(self, folder: Path, metric: ModuleType) -> None:
        self.folder, self.metric = folder, metric
        self.entries: list[dict[str, Any]] = []

    def download(self, repo_id: str, filename: str, token: str, repo_type: str) -> str:
        assert (repo_id, token, repo_type) == ("lab/flowers", "secret", "dataset")
        path = self.folder / filename
        if not path.is_file():
            raise FileNotFoundError(filename)
        return str(path)

    def submit(self, given: dict[str, str]) -> dict[str, dict[str, float]]:
        """As the platform scores one more submission of a team."""
        number = f"s{len(self.entries)}"
        submission(self.folder / f"submissions/team-{number}.csv", given)
        entry = {"submission_id": number, "status": 2}
        self.entries.append(entry)
        self._store()
        known = {"competition_id": "lab/flowers", "token": "secret", "team_id": "team"}
        params = SimpleNamespace(submission_id=number, **known)
        try:
            scores = self.metric.compute(params)
        except Exception:
            entry["status"] = 4
            raise
        entry["status"] = 3
        return scores

    def _store(self) -> None:
        text = json.dumps({"id": "team", "submissions": self.entries})
        (self.folder / "submission_info/team.json").write_text(text)


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Iterator[Repository]:
    made = flower_cases(folder, **changes)
    for name in ("submissions", "submission_info"):
        (folder / name).mkdir(exist_ok=True)
    (folder / "solution.csv").write_text(solution_text(made.challenge, made))
    repository = Repository(folder, ModuleType("none"))
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", repository.download)
    with loaded(folder, platform_text(HUGGING_FACE, made.challenge, made), "metric") as metric:
        repository.metric = metric
        yield repository


@pytest.fixture
def repository(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Repository]:
    yield from opened(tmp_path, monkeypatch, **getattr(request, "param", {"feedback": "hits"}))


def counts(given: dict[str, str], name: str) -> Any:
    own = {case: label for case, label in TRUTH.items() if labels()[case][0] == name}
    return confusion(own, given, CLASSES)


@pytest.mark.parametrize(
    "repository",
    [
        {"feedback": "hits"},
        {"feedback": "classes", "ranking": Ranking(rule="balanced accuracy")},
    ],
    indirect=True,
)
def test_public_and_private_scores_are_of_their_own_sets(repository: Repository) -> None:
    given = answers(0.6, 8)
    scores = repository.submit(given)
    public, private = (counts(given, name) for name in SETS)
    assert public.accuracy.value != private.accuracy.value
    for part, counted in (("public_score", public), ("private_score", private)):
        assert scores[part]["accuracy"] == counted.accuracy.value
        assert scores[part]["correct"] == counted.accuracy.hits
        balanced = "correct Rose" in scores[part]
        wanted = counted.balanced_accuracy if balanced else counted.accuracy.value
        assert scores[part]["score"] == wanted
    assert scores["public_score"].keys() == scores["private_score"].keys()
    assert all(type(n) is float for part in scores.values() for n in part.values())
    shown = sum(scores["private_score"].get(f"correct {name}", 0) for name in CLASSES)
    assert shown in (0, private.accuracy.hits)


@pytest.mark.parametrize(
    "repository", [{"feedback": "hits", "ranking": Ranking("balanced accuracy")}], indirect=True
)
def test_counts_of_classes_are_not_told_by_a_balanced_accuracy(repository: Repository) -> None:
    given = answers(0.6, 8)
    scores = repository.submit(given)
    assert scores["public_score"]["score"] == counts(given, "garden").accuracy.value
    assert scores["private_score"]["score"] == counts(given, "north field").balanced_accuracy


@pytest.mark.parametrize("repository", [{"feedback": "none"}], indirect=True)
def test_nothing_is_shown_before_the_end_where_the_challenge_says_so(
    repository: Repository,
) -> None:
    first, second = (repository.submit(answers(right, 5)) for right in (0.2, 0.9))
    assert first["public_score"] == second["public_score"]
    assert set(first["public_score"].values()) == {0.0}
    assert first["private_score"] != second["private_score"]


@pytest.mark.parametrize("repository", [{"feedback": "ladder"}], indirect=True)
def test_the_ladder_is_that_of_spgc(repository: Repository) -> None:
    given = [answers(0.3 + 0.03 * n, n) for n in range(9)]
    garden = [case for case, (name, _) in labels().items() if name == "garden"]
    places = {name: place for place, name in enumerate(CLASSES)}
    rows = [[places[one[case]] for case in garden] for one in given]
    shown, _ = rungs(rows, [places[TRUTH[case]] for case in garden])
    best = 0
    for one, score in zip(given, shown, strict=True):
        best = best if score is None else score
        told = repository.submit(one)
        assert told["public_score"]["correct"] == best
        assert told["private_score"]["correct"] == counts(one, "north field").accuracy.hits
    assert None in shown
    assert len({score for score in shown if score}) > 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=12, max_size=12), min_size=1, max_size=8))
def test_a_rung_is_where_the_ladder_of_spgc_shows_one(given: list[list[int]]) -> None:
    truth = [n % 3 for n in range(12)]
    named = [{str(i): str(one) for i, one in enumerate(row)} for row in given]
    best = highest_rung(named, {str(i): str(one) for i, one in enumerate(truth)})
    _, ladder = rungs(given, truth)
    assert ladder.best == tuple(int(one) for one in best.values())


@pytest.mark.parametrize(
    "repository",
    [{"feedback": "hits", "limits": SubmissionLimits(submissions=2, per_day=1)}],
    indirect=True,
)
def test_the_limit_of_all_submissions_holds_and_refused_ones_do_not_count(
    repository: Repository,
) -> None:
    few = dict(list(answers(0.5, 1).items())[1:])
    repository.submit(answers(0.5, 1))
    with pytest.raises(repository.metric.SubmissionRefused, match="no answer"):
        repository.submit(few)
    repository.submit(answers(0.5, 2))
    with pytest.raises(repository.metric.SubmissionRefused, match="2 submissions in all"):
        repository.submit(answers(0.5, 3))


def test_another_solution_is_no_matter_of_the_team(repository: Repository) -> None:
    place = repository.folder / "solution.csv"
    whole = place.read_text()
    for text in (whole.replace("public", "private"), whole.replace("Rose", "Daisy"), "Study\n"):
        place.write_text(text)
        with pytest.raises(repository.metric.BrokenScorer) as broken:
            repository.submit(answers(0.5, 1))
        assert not any(name in str(broken.value) for name in CLASSES)


def test_the_configuration_names_the_score_that_ranks(repository: Repository) -> None:
    challenge = repository.metric.SCORER.challenge
    made = hub_config(challenge, 50, date(2030, 2, 1))
    assert made["SCORING_METRIC"] in repository.submit(answers(0.5, 1))["public_score"]
    assert made["END_DATE"] == "2030-02-02"
    assert (made["SUBMISSION_LIMIT"], made["SELECTION_LIMIT"]) == (10, 1)
