"""Where a challenge's published results lie: rows, answers, facts of teams, baselines."""

from __future__ import annotations

from pathlib import Path

from spgc.challenge.definition import Challenge
from spgc.data.challenge_cases import challenge_folder
from spgc.errors import DataError
from spgc.files.regular import is_folder
from spgc.files.shipped import leaderboard_dir

USUAL = "leaderboard"
"""Name of the folder, where the challenge file gives none."""


def published_folder(challenge: Challenge) -> Path | None:
    """The folder of published results beside the challenge's file; None where it has none.

    Raises DataError where the challenge file names one that is not there.
    """
    if challenge.shipped:
        return leaderboard_dir()
    folder = challenge_folder(challenge) / (challenge.leaderboard or USUAL)
    if is_folder(folder):
        return folder
    if challenge.leaderboard:
        raise DataError(
            "the challenge has no folder of published results",
            where=folder,
            expected="rows and answers as leaderboard/README.md of spgc describes them",
            do="make the folder, or remove the key leaderboard from the challenge file",
        )
    return None
