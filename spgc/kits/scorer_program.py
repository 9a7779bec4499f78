"""The program that platforms run: checks a submission, and scores it where the truth is.

`one_file.py` makes a single file of this module and of all that it uses of spgc, so that its rules
are those of `spgc validate` and `spgc score`. Nothing that it says of a submission depends on a
label, but for the scores.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from spgc.data.manifests import Manifest
from spgc.kits.embedded_cases import cases_of_facts
from spgc.kits.embedded_challenge import challenge_of_facts
from spgc.scoring.counts import Confusion, Rate, confusion, pooled
from spgc.submissions.lines import load
from spgc.submissions.problems import RefusedError
from spgc.submissions.submission import Submission
from spgc.submissions.validate import ValidationReport, refusal, validate_bytes

SCHEMA = "spgc-kit-score/1"

TRUTH_COLUMNS = ("case", "label")
"""Header of the truth that a kit writes for its scorer."""

REFUSED, BROKEN = 1, 3
"""Exit codes: the submission can't be scored; the scorer or its truth is not what it should be."""

_STRAY = ("__MACOSX", ".", "~$")
"""Beginnings of names that systems and spreadsheet programs add."""


class SubmissionRefused(Exception):  # noqa: N818 - the name that platform adaptors know
    """A submission that can't be scored; the text is one line for its author."""


class BrokenScorer(Exception):  # noqa: N818
    """The truth or the scorer is at fault, not the submission."""


@dataclass(frozen=True)
class Outcome:
    """How the program ends: exit code, and what it writes on standard output and error."""

    code: int
    output: str
    reason: str


class Scorer:
    """Reads and scores submissions to one challenge."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self.challenge = challenge_of_facts(facts)
        self.cases = cases_of_facts(facts, self.challenge)

    def read_answers(self, path: str | Path) -> Submission:
        """The answers in a file, or in the one CSV of a folder; each ranked set in full.

        Raises SubmissionRefused.
        """
        file = one_csv(Path(path))
        try:
            report = self._validated(load(file), file.name)
        except RefusedError as refused:
            report = ValidationReport(Path(file.name), (refused.problem,), (), None)
        if report.submission is None:
            raise SubmissionRefused(str(refusal(report)))
        return report.submission

    def read_bytes(self, data: bytes, name: str = "submission.csv") -> Submission:
        """As `read_answers`, on what a file of this name holds. Raises SubmissionRefused."""
        report = self._validated(data, name)
        if report.submission is None:
            raise SubmissionRefused(str(refusal(report)))
        return report.submission

    def _validated(self, data: bytes, name: str) -> ValidationReport:
        pool = self.challenge.overall
        split = pool.name if pool else self.challenge.ranked[0]
        return validate_bytes(data, split, self.cases, Path(name))

    def read_truth(self, path: str | Path) -> dict[str, str]:
        """The class of each case of the challenge, from the file that the kit wrote.

        Raises BrokenScorer, which quotes nothing of the file.
        """
        try:
            text = Path(path).read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            raise BrokenScorer("the truth can't be read") from None
        rows = list(csv.reader(StringIO(text, newline="")))
        if not rows or tuple(rows[0]) != TRUTH_COLUMNS or any(len(row) != 2 for row in rows):
            raise BrokenScorer("the truth is not the file that the kit wrote")
        truth = {case: self.challenge.class_named(label) for case, label in rows[1:]}
        if len(truth) != len(rows) - 1 or None in truth.values() or set(truth) != _ids(self.cases):
            raise BrokenScorer("the truth does not hold one class for each case of the challenge")
        return {case: label for case, label in truth.items() if label is not None}

    def score(self, answers: Submission, truth: Mapping[str, str]) -> dict[str, Any]:
        """Counts and exact intervals of each answered set, of pools of them, and what ranks.

        Raises BrokenScorer where the score that ranks is no finite number.
        """
        parts = {
            name: confusion(_of_set(self.cases, name, truth), answers.predictions, self._names)
            for name in self.cases.splits()
            if any(self.cases[case].split == name for case in answers.predictions)
        }
        pools = {
            pool.name: pooled([parts[name] for name in pool.sets], len(self._names))
            for pool in self.challenge.pools.values()
            if set(pool.sets) <= set(parts)
        }
        ranked = pooled([parts[name] for name in self.challenge.ranked], len(self._names))
        shown = [parts[name] for name in self.challenge.ranked if self._public(name)]
        return {
            "schema": SCHEMA,
            "challenge": f"{self.challenge.key}@{self.challenge.digest}",
            "rule": self.challenge.ranking.rule,
            "score": self._ranking_value(ranked),
            "ranked": self._counts(ranked),
            "public": self._counts(pooled(shown, len(self._names))) if shown else None,
            "sets": {name: self._counts(part) for name, part in parts.items()},
            "pools": {name: self._counts(part) for name, part in pools.items()},
        }

    @property
    def _names(self) -> tuple[str, ...]:
        return self.challenge.names

    def _public(self, name: str) -> bool:
        return self.challenge.sets[name].public

    def _ranking_value(self, counts: Confusion) -> float:
        balanced = self.challenge.ranking.rule == "balanced accuracy"
        value = counts.balanced_accuracy if balanced else counts.accuracy.value
        if value is None or not math.isfinite(value):
            raise BrokenScorer("no case is ranked, so that there is no score")
        return value

    def _counts(self, counts: Confusion) -> dict[str, Any]:
        places = {name: place for place, name in enumerate(self._names)}
        return {
            "cases": counts.total,
            "confusion": [list(row) for row in counts.counts],
            "accuracy": rate_facts(counts.accuracy),
            "balanced_accuracy": counts.balanced_accuracy,
            "sensitivity": {n: rate_facts(counts.sensitivity(i)) for n, i in places.items()},
        }

    def run(self, words: Sequence[str]) -> Outcome:
        """Check the submission that `words` name, or score it with `--truth`."""
        parser = argparse.ArgumentParser(description="Check a submission; with --truth, score it.")
        parser.add_argument("submission", help="CSV of a class for each case, or its folder")
        parser.add_argument("--truth", metavar="FILE", help="classes of all cases (organisers)")
        asked = parser.parse_args(words)
        try:
            answers = self.read_answers(asked.submission)
            told: Mapping[str, Any] = {"cases": len(answers), "ok": True}
            if asked.truth is not None:
                told = self.score(answers, self.read_truth(asked.truth))
        except SubmissionRefused as refused:
            return ended(str(refused), REFUSED)
        except BrokenScorer as broken:
            return ended(str(broken), BROKEN)
        return Outcome(0, json.dumps(told, indent=2, allow_nan=False) + "\n", "")


def rate_facts(rate: Rate) -> dict[str, Any]:
    """A rate with its exact interval at 95 %; value and interval are None without cases."""
    exact = None if rate.exact is None else list(rate.exact)
    return {"hits": rate.hits, "total": rate.total, "value": rate.value, "exact": exact}


def ended(reason: str, code: int) -> Outcome:
    """An end with a reason: one line in signs that every terminal has."""
    line = " ".join(reason.split())
    return Outcome(code, "", line.encode("ascii", "backslashreplace").decode("ascii") + "\n")


def one_csv(given: Path) -> Path:
    """The file itself, or the one CSV in a folder and those below it.

    Raises SubmissionRefused for none or several, and for one that is a link.
    """
    if not given.is_dir():
        return given
    files = [path for path in sorted(given.rglob("*")) if not _is_stray(path, given)]
    tables = [path for path in files if path.suffix.lower() == ".csv"]
    if len(tables) != 1:
        raise SubmissionRefused(
            "the submission holds {} CSV files: expected one".format(len(tables) or "no")
            if tables or not files
            else "the submission holds no CSV file: expected one whose name ends in .csv"
        )
    if _is_link(tables[0], given):
        raise SubmissionRefused("the submission is a link: expected a CSV file of its own")
    return tables[0]


def _is_link(path: Path, folder: Path) -> bool:
    """Whether a file of a folder, or a folder on the way to it, is a link.

    Teams may send some where they hand in a repository, and one could lead to the truth.
    """
    return path.is_symlink() or (path.parent != folder and _is_link(path.parent, folder))


def _is_stray(path: Path, folder: Path) -> bool:
    return path.is_dir() or any(part.startswith(_STRAY) for part in path.relative_to(folder).parts)


def _ids(manifest: Manifest) -> set[str]:
    return {case.case_id for case in manifest}


def _of_set(manifest: Manifest, name: str, truth: Mapping[str, str]) -> dict[str, str]:
    return {case.case_id: truth[case.case_id] for case in manifest.split(name)}
