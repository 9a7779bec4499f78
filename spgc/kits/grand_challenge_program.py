"""What grand-challenge.org runs for a submission: from predictions to `metrics.json`.

A phase of predictions gives one CSV, a phase of algorithms the outputs of a job for each case.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spgc.files.csv_text import csv_text
from spgc.kits.phase_scores import phase_scores
from spgc.kits.scorer_program import (
    BROKEN,
    REFUSED,
    BrokenScorer,
    Outcome,
    Scorer,
    SubmissionRefused,
    ended,
)
from spgc.submissions.submission import Submission

PREDICTIONS, JOBS = "predictions.csv", "predictions.json"
TRUTH, PHASE = "truth.csv", "phase.txt"
"""In the ground truth of a phase: classes of all cases, and which phase it is."""

MOST_BYTES, MOST_BYTES_OF_JOBS = 2**20, 2**28
"""Of the output of a job, which has some hundred, and of the platform's list of jobs."""

_IMAGE_ENDINGS = (".mha", ".mhd", ".nii.gz", ".nii", ".tiff", ".tif", ".dcm", ".zip")
_HEADER = ("Study", "Label")


def evaluated(
    scorer: Scorer, given: Path, truth: Path, out: Path, plan: Mapping[str, Any]
) -> Outcome:
    """Score what lies in `given` with the ground truth; writes `out/metrics.json`.

    A refusal ends with a code other than 0, and the platform shows its last line to the team.
    """
    try:
        answers = _answers(scorer, given)
        phase = _phase(truth / PHASE)
        scored = scorer.score(answers, scorer.read_truth(truth / TRUTH))
    except SubmissionRefused as refused:
        return ended(str(refused), REFUSED)
    except BrokenScorer as broken:
        return ended(str(broken), BROKEN)
    text = json.dumps(phase_scores(scored, plan, phase), allow_nan=False)
    (out / "metrics.json").write_text(text + "\n", "utf-8")
    return Outcome(0, "scored\n", "")


def _phase(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise BrokenScorer("the ground truth does not say which phase it is of") from None


def _answers(scorer: Scorer, given: Path) -> Submission:
    if (given / JOBS).exists():
        rows = [_HEADER, *sorted(_job_rows(scorer, given))]
        return scorer.read_bytes(csv_text(rows).encode("utf-8"), "answers of the algorithm")
    return scorer.read_answers(given / PREDICTIONS)


def _job_rows(scorer: Scorer, given: Path) -> Iterator[tuple[str, str]]:
    """Case and class of each job; jobs are in no order and are known by their image's name."""
    jobs = _read_json(
        given / JOBS, MOST_BYTES_OF_JOBS, BrokenScorer("the list of jobs can't be read")
    )
    for job in jobs if isinstance(jobs, list) else [jobs]:
        try:
            number, outputs = str(job["pk"]), job["outputs"]
            images = [one["image"]["name"] for one in job["inputs"] if one.get("image")]
            (path,) = (one["interface"]["relative_path"] for one in outputs)
            (image,) = images
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BrokenScorer("a job is not one image in and one answer out") from None
        yield _case_of(scorer, str(image)), _class_of(scorer, given / number / "output" / str(path))


def _case_of(scorer: Scorer, image: str) -> str:
    """The case that an image is of: its name, with or without the ending."""
    name = image.rpartition("/")[2]
    for ending in _IMAGE_ENDINGS:
        if name not in scorer.cases and name.lower().endswith(ending):
            return name[: -len(ending)]
    return name


def _class_of(scorer: Scorer, path: Path) -> str:
    """The class in an answer, as submissions write it.

    An answer is a class, or an object with "class", or a probability for each class of which one
    is the highest. Raises SubmissionRefused, which quotes nothing of the answer.
    """
    otherwise = SubmissionRefused("an answer of the algorithm is missing, too long or no JSON")
    answer = _read_json(path, MOST_BYTES, otherwise)
    if isinstance(answer, dict):
        answer = answer["class"] if "class" in answer else _highest(answer)
    label = scorer.challenge.class_named(answer) if isinstance(answer, str) else None
    if label is None:
        raise SubmissionRefused(
            "an answer of the algorithm is no class: expected one of "
            + ", ".join(scorer.challenge.names)
        )
    return scorer.challenge.written[label]


def _highest(shares: Mapping[str, Any]) -> Any:
    """The class of the one highest probability; None where there is none, or two."""
    numbers = [(value, name) for name, value in shares.items() if type(value) in (int, float)]
    if len(numbers) < len(shares) or not all(0 <= value <= 1 for value, _ in numbers):
        return None
    numbers.sort()
    tied = len(numbers) > 1 and numbers[-1][0] == numbers[-2][0]
    return None if tied or not numbers else numbers[-1][1]


def _read_json(path: Path, most: int, otherwise: Exception) -> Any:
    """What a JSON file of at most so many bytes holds; raises `otherwise` for anything else."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise otherwise
        return json.loads(data.decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        raise otherwise from None
