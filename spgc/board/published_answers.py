"""Published answers, scan by scan: systems of the board whose classes on real scans are public.

One folder each under `answers/` of a challenge's published results: `about.json` says whose they
are, who ran what, and where they are from; one submission per set holds classes, and probabilities
where they came along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from spgc.board.published_folder import published_folder
from spgc.challenge.definition import Challenge
from spgc.data.challenge_cases import challenge_manifest
from spgc.data.manifests import Manifest
from spgc.errors import LeaderboardError, SpgcError, SubmissionError
from spgc.files.json_documents import MAX_RECORD, read_json
from spgc.submissions.read import read_submissions
from spgc.submissions.submission import Submission

FOLDER, ABOUT = "answers", "about.json"


@dataclass(frozen=True)
class PublishedAnswers:
    """A system's published answers on some splits.

    name: its folder's; team and group: as in the board's rows; about: all of `about.json`.
    """

    name: str
    team: str
    group: str
    about: Mapping[str, Any]
    submission: Submission
    splits: tuple[str, ...]

    @property
    def source(self) -> str:
        source = self.about["source"]
        return f"published predictions: {source['citation']}, {source['place']}"


def published_answers(challenge: Challenge) -> tuple[PublishedAnswers, ...]:
    """All published answers of a challenge, by folder name.

    Raises LeaderboardError, naming the folder, for answers that can't be read.
    """
    return _shipped(challenge) if challenge.shipped else _of(challenge)


@cache
def _shipped(challenge: Challenge) -> tuple[PublishedAnswers, ...]:
    """Those that come with spgc, which nothing changes while a program runs."""
    return _of(challenge)


def _of(challenge: Challenge) -> tuple[PublishedAnswers, ...]:
    folder = published_folder(challenge)
    if folder is None:
        return ()
    abouts = sorted((folder / FOLDER).glob(f"*/{ABOUT}"))
    manifest = challenge_manifest(challenge) if abouts else Manifest(challenge=challenge)
    return tuple(_answers(path.parent, manifest) for path in abouts)


def answers_named(name: str, challenge: Challenge) -> PublishedAnswers:
    """The published answers of a team, by its name or its folder's, in any letter case.

    Raises SubmissionError, with the nearest name, when there are none.
    """
    published = published_answers(challenge)
    known = {_key(word): one for one in published for word in (one.team, one.name)}
    if _key(name) in known:
        return known[_key(name)]
    near = get_close_matches(_key(name), known, n=1)
    teams = " | ".join(one.team for one in published)
    raise SubmissionError(
        "no such file, and no published predictions of that name",
        found=repr(name[:80]),
        expected=", or ".join(filter(None, ("a submission (CSV)", teams))),
        do=f"did you mean {known[near[0]].team}?" if near else "check the path or the name",
    )


def _key(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return "".join(sign for sign in text.casefold() if sign.isalnum())


def _answers(folder: Path, manifest: Manifest) -> PublishedAnswers:
    files = {name: folder / f"{name}.csv" for name in manifest.challenge.sets}
    there = {name: path for name, path in files.items() if path.is_file()}
    try:
        about = read_json(folder / ABOUT, MAX_RECORD)
        submission = read_submissions(list(there.values()), manifest)
        team, group = str(about["team"]), str(about["group"])
        about["source"]["citation"], about["source"]["place"]
    except (OSError, ValueError, KeyError, TypeError, SpgcError) as error:
        raise LeaderboardError(
            "published predictions can't be read",
            where=folder,
            found=str(error)[:200],
            expected="the form in leaderboard/README.md",
        ) from error
    return PublishedAnswers(folder.name, team, group, about, submission, tuple(there))
