"""Score submissions with the `competitions` package of Hugging Face itself; no network.

    python tests/platforms/hugging_face.py CHECKOUT REPOSITORY TEAM.csv TEAM--2.csv ...

CHECKOUT: a clone of huggingface/competitions (its release on PyPI knows no custom metric).
REPOSITORY: the folder of a kit that goes into the private repository. Runs in a Python with
pandas, scikit-learn, huggingface_hub, pydantic and loguru. Downloads are files of that folder. It
prints what the platform reads of the configuration, what became of each submission, in order, and
both leaderboards as the platform makes them. docs/kits.md holds what it printed.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import huggingface_hub

CHECKOUT, GIVEN, *FILES = (Path(one).absolute() for one in sys.argv[1:])


def downloads(repository: Path) -> None:
    """Files of the folder in the place of downloads."""

    def file(repo_id: str, filename: str, **_: object) -> str:
        path = repository / filename
        if not path.is_file():
            raise FileNotFoundError(filename)
        return str(path)

    huggingface_hub.hf_hub_download = file
    huggingface_hub.snapshot_download = lambda **_: str(repository)


def info_of(repository: Path) -> Any:
    from competitions.info import CompetitionInfo

    made = CompetitionInfo("lab/competition", "token")
    for name in (
        *("competition_type", "submission_limit", "selection_limit", "end_date", "metric"),
        *("eval_higher_is_better", "scoring_metric", "submission_id_col", "submission_cols"),
        *("submission_rows", "hardware", "time_limit", "dataset", "submission_filenames"),
    ):
        print(f"{name}: {getattr(made, name)}")
    assert made.competition_desc and made.dataset_desc and made.submission_desc
    return made


def score_all(repository: Path, info: Any) -> None:
    """Each file as the platform's runner does: after it, its scores stand in the team's list."""
    from competitions.compute_metrics import compute_metrics
    from competitions.enums import SubmissionStatus
    from competitions.params import EvalParams

    (repository / "submissions").mkdir()
    (repository / "submission_info").mkdir()
    teams: dict[str, list[dict[str, Any]]] = {}
    for number, path in enumerate(FILES):
        team, one = path.stem.partition("--")[0], f"s{number}"
        shutil.copyfile(path, repository / f"submissions/{team}-{one}.csv")
        day = f"2030-01-{number + 1:02d} 12:00:00"
        entry = {"submission_id": one, "datetime": day, "selected": False}
        entry["status"] = SubmissionStatus.PROCESSING.value
        teams.setdefault(team, []).append(entry)
        store(repository, team, teams[team])
        params = EvalParams(
            competition_id="lab/competition",
            competition_type=info.competition_type,
            metric=info.metric,
            token="token",  # noqa: S106 - nothing is asked of a server
            team_id=team,
            submission_id=one,
            submission_id_col=info.submission_id_col,
            submission_cols=info.submission_cols,
            submission_rows=info.submission_rows,
            output_path="",
            submission_repo="",
            time_limit=info.time_limit,
            dataset=info.dataset,
            submission_filenames=info.submission_filenames,
        )
        try:
            entry |= compute_metrics(params)
            entry["status"] = SubmissionStatus.SUCCESS.value
        except Exception as error:  # as the platform does
            entry["status"] = SubmissionStatus.FAILED.value
            print(f"{path.name}: failed, {type(error).__name__}: {error}")
        else:
            print(f"{path.name}: {json.dumps({k: entry[k] for k in SCORES})}")
        store(repository, team, teams[team])
    (repository / "teams.json").write_text(json.dumps({team: {"name": team} for team in teams}))


SCORES = ("public_score", "private_score")


def store(repository: Path, team: str, entries: list[dict[str, Any]]) -> None:
    text = json.dumps({"id": team, "submissions": entries})
    (repository / f"submission_info/{team}.json").write_text(text)


def main() -> None:
    sys.path.insert(0, str(CHECKOUT))
    with tempfile.TemporaryDirectory() as folder:
        repository = Path(shutil.copytree(GIVEN, Path(folder) / "repository"))
        downloads(repository)
        info = info_of(repository)
        score_all(repository, info)
        board = importlib.import_module("competitions.leaderboard").Leaderboard(
            info.end_date,
            info.eval_higher_is_better,
            info.selection_limit,
            "lab/competition",
            "token",
            info.scoring_metric,
        )
        print("public board:", board.fetch().to_string(), sep="\n")
        print("private board:", board.fetch(private=True).to_string(), sep="\n")


if __name__ == "__main__":
    main()
