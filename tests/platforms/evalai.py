"""Run a bundle through EvalAI's own validator, worker and leaderboard; no network, no AWS.

    python3.9 tests/platforms/evalai.py CHECKOUT BUNDLE.zip TEAM.csv ...

CHECKOUT: a clone of Cloud-CV/EvalAI. Runs in a Python with its packages (Django 2.2.20,
djangorestframework 3.10.3, psycopg2-binary 2.8.6, moto 1.3.14 and what `requirements/common.txt`
lists besides), against an empty PostgreSQL database `evalai` (`POSTGRES_HOST` may be the folder of
a socket). Prints what the validator says, what became of each submission and the last line that
its team sees, what the team is shown of its result, and each board in its order as a participant
gets it. docs/kits.md holds what it printed.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

CHECKOUT, BUNDLE, *FILES = (str(Path(one).absolute()) for one in sys.argv[1:])

os.chdir(CHECKOUT)
sys.path[:0] = [CHECKOUT, f"{CHECKOUT}/apps"]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.test")

import django  # noqa: E402

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402
from django.core.management import call_command  # noqa: E402


def prepare() -> None:
    """Tables, made at once instead of by 400 migrations; uploads go to a folder of this run."""
    settings.MIGRATION_MODULES = {one.split(".")[-1]: None for one in settings.INSTALLED_APPS}
    settings.MEDIA_ROOT = tempfile.mkdtemp()
    call_command("migrate", run_syncdb=True, verbosity=0)


def validated(host_team: object, user: User) -> tuple[list[str], dict, dict]:
    from challenges.challenge_config_utils import validate_challenge_config_util

    base = tempfile.mkdtemp()
    request = SimpleNamespace(user=user, method="POST", data={"GITHUB_REPOSITORY": ""})
    with zipfile.ZipFile(BUNDLE) as bundle:
        bundle.extractall(f"{base}/bundle")
        return validate_challenge_config_util(request, host_team, base, "bundle", bundle, None)


def created(data: dict, files: dict, host_team: object) -> tuple[object, object, list]:
    """The challenge, its phase and its boards as rows of the database."""
    from challenges.models import (
        Challenge,
        ChallengePhase,
        ChallengePhaseSplit,
        DatasetSplit,
        Leaderboard,
    )

    plain = ("title", "short_description", "start_date", "end_date")
    challenge = Challenge(creator=host_team, **{name: data[name] for name in plain})
    challenge.evaluation_script = files["challenge_evaluation_script_file"]
    challenge.save()
    (given,) = data["challenge_phases"]
    fields = {field.name for field in ChallengePhase._meta.get_fields()}
    known = {k: v for k, v in given.items() if k in fields and k not in ("id", "test_annotation")}
    phase = ChallengePhase(challenge=challenge, **known)
    (phase.test_annotation,) = files["challenge_test_annotation_files"]
    phase.save()
    boards = {one["id"]: one["schema"] for one in data["leaderboard"]}
    boards = {number: Leaderboard.objects.create(schema=one) for number, one in boards.items()}
    splits = {}
    for one in data["dataset_splits"]:
        split = DatasetSplit.objects.create(name=one["name"], codename=one["codename"])
        splits[one["id"]] = split
    made = []
    for one in data["challenge_phase_splits"]:
        links = ("challenge_phase_id", "leaderboard_id", "dataset_split_id")
        made.append(
            ChallengePhaseSplit.objects.create(
                challenge_phase=phase,
                leaderboard=boards[one["leaderboard_id"]],
                dataset_split=splits[one["dataset_split_id"]],
                **{name: value for name, value in one.items() if name not in links},
            )
        )
    return challenge, phase, made


def run_all(challenge: object, phase: object) -> None:
    """Each file through the worker, which imports the evaluation once."""
    from jobs.models import Submission
    from participants.models import Participant, ParticipantTeam
    from scripts.workers import submission_worker as worker

    def unzipped(url: str, place: str, folder: str) -> None:
        with zipfile.ZipFile(challenge.evaluation_script.path) as script:
            script.extractall(folder)

    def copied(url: str, place: str) -> None:
        shutil.copyfile(phase.test_annotation.path, place)

    sys.path.append(worker.COMPUTE_DIRECTORY_PATH)
    nothing = mock.Mock()
    with mock.patch.multiple(
        worker,
        download_and_extract_zip_file=unzipped,
        download_and_extract_file=copied,
        enqueue_submission_artifact_retention_tagging=nothing,
        log_submission_artifact_upload_context=nothing,
    ):
        worker.load_challenge(challenge)
        for path in FILES:
            name = Path(path).stem
            user = User.objects.create(username=name, email=f"{name}@example.org")
            team = ParticipantTeam.objects.create(team_name=name, created_by=user)
            Participant.objects.create(user=user, team=team, status=Participant.SELF)
            submission = Submission(
                participant_team=team, challenge_phase=phase, created_by=user, is_public=True
            )
            submission.status = Submission.SUBMITTED
            submission.input_file.save("submission.csv", ContentFile(Path(path).read_bytes()))
            Path(worker.SUBMISSION_DATA_DIR.format(submission_id=submission.id)).mkdir(parents=True)
            worker.run_submission(challenge.id, phase, submission, path)
            submission.refresh_from_db()
            told = [text_of(getattr(submission, f"{one}_file")) for one in ("stdout", "stderr")]
            last = [text.strip().splitlines()[-1] for text in told if text.strip()]
            print(f"{name}: {submission.status}", *last)
            print(f"{name} is shown:", text_of(submission.submission_result_file) or "nothing")


def text_of(file: object) -> str:
    return file.read().decode("utf-8") if file else ""


def show(challenge: object, boards: list) -> None:
    """Each board as a participant and as a host gets it."""
    from jobs.utils import calculate_distinct_sorted_leaderboard_data as ranked

    participant, host = User.objects.get(username=Path(FILES[0]).stem), challenge.creator.created_by
    for board in boards:
        name = board.dataset_split.codename
        for who, user in (("participant", participant), ("host", host)):
            rows, status = ranked(user, challenge, board, who == "participant", None)
            print(f"board {name}, {who}: {status}", "" if status == 200 else rows["error"])
            for row in rows if status == 200 else []:
                labels = board.leaderboard.schema["labels"]
                told = {one: row["result"][i] for i, one in enumerate(labels)}
                half = {one: row["error"][i] for i, one in enumerate(labels)}
                team = row["submission__participant_team__team_name"]
                print("  ", team, json.dumps(told), "+-", json.dumps(half))


def main() -> None:
    from hosts.models import ChallengeHost, ChallengeHostTeam

    prepare()
    user = User.objects.create(username="host", email="host@example.org")
    team = ChallengeHostTeam.objects.create(team_name="hosts", created_by=user)
    ChallengeHost.objects.create(
        user=user, team_name=team, status=ChallengeHost.SELF, permissions=ChallengeHost.ADMIN
    )
    errors, data, files = validated(team, user)
    print("validator:", errors or "no error")
    if errors:
        sys.exit(1)
    challenge, phase, boards = created(data, files, team)
    run_all(challenge, phase)
    show(challenge, boards)


if __name__ == "__main__":
    main()
