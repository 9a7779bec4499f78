"""A regression check: what is to be judged, predicted or trained, and against which baseline."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spgc.challenge.definition import Challenge
from spgc.contract.system import RunSettings, System
from spgc.data.challenge_cases import challenge_manifest
from spgc.data.layout import Dataset
from spgc.data.manifests import Case, Manifest
from spgc.errors import DataError, UsageError
from spgc.files.foreign_names import folder_in
from spgc.gate.baseline import (
    FAST,
    FULL,
    Baseline,
    baseline_path,
    new_baseline,
    read_baseline,
    write_baseline,
)
from spgc.gate.fast import keep_limits, renew_fast, run_fast
from spgc.gate.frozen import Frozen
from spgc.gate.judge import Verdict, judge
from spgc.gate.published_scores import write_published
from spgc.gate.real import real_baseline, real_baselines
from spgc.jobs.machine import versions
from spgc.runs.cases import DataFolder, named_splits, open_scans
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.scans import Prepared
from spgc.submissions.read import read_submissions
from spgc.systems.evaluation import answers_of
from spgc.systems.registry import load_system


@dataclass(frozen=True)
class Regression:
    """What is judged: the submissions, the model, what `full` trains, else the fast stages.

    name: of a baseline that came with spgc, or a .json file; splits: of `data`, to judge `model`
    on; work: folder of what `full` makes; speed: also judge how fast the stages are; truth: the
    user's own labels of the submissions, instead of manifests; challenge: whose classes the
    submissions answer with.
    """

    name: str | None = None
    submissions: Sequence[Path] = ()
    model: Path | None = None
    data: DataFolder = field(default_factory=lambda: DataFolder(Path("data")))
    store: Path = Path("store")
    splits: Sequence[str] = ("val",)
    full: bool = False
    work: Path = Path("regress")
    run: RunSettings = field(default_factory=lambda: RunSettings(engine="auto"))
    speed: bool = False
    listener: Listener = NOBODY
    truth: Manifest | None = None
    challenge: Challenge = field(kw_only=True, repr=False)

    def __post_init__(self) -> None:
        named = (
            ("--submission", self.submissions),
            ("--model", self.model),
            ("--full", self.full),
        )
        given = [name for name, on in named if on]
        if len(given) > 1:
            raise UsageError(
                "more than one thing to judge", found=" and ".join(given), expected="one of them"
            )
        if not (self.challenge.shipped or self.submissions):
            raise UsageError(
                "systems here are for chest CT: of other challenges submissions are judged",
                found=self.challenge.title,
                expected="--submission with --challenge",
                do="add --submission FILE",
            )
        if not self.challenge.shipped and self.name is None:
            raise UsageError(
                "built-in baselines are of the challenge that comes with spgc",
                found=self.challenge.title,
                expected="a baseline of your own",
                do="name a .json file; --update makes it",
            )
        if self.truth is not None and not self.submissions:
            raise UsageError("--truth goes with --submission", do="name the files to check")

    @property
    def path(self) -> Path:
        return baseline_path(self.name or (FULL if self.full else FAST))

    @property
    def _real(self) -> bool:
        """Whether the baseline comes from published answers."""
        known = real_baselines(self.challenge) if self.challenge.shipped else ()
        return self.path == baseline_path(self.path.stem) and self.path.stem in known

    def verdict(self) -> Verdict:
        """Judge what was asked for. Raises DataError when the baseline can't be read."""
        known = read_baseline(self.path, self.challenge)
        answered = self._answers()
        if answered is None:
            shipped = self.path == baseline_path(FAST)
            return run_fast(known, self.path.parent, speed=self.speed, published=shipped)
        return judge(known, *answered)

    def renew(self) -> tuple[Baseline | None, Baseline]:
        """Write the baseline anew; the old one, None where there was none, and the new one."""
        old = read_baseline(self.path, self.challenge) if self.path.is_file() else None
        fast = not (self.submissions or self.full)
        name = self.path.stem
        if fast and self.model is None and self._real:
            new = keep_limits(real_baseline(name, self.challenge), old)
        elif fast and (self.model is None or self.name in (None, FAST)):
            new = renew_fast(name, self.path.parent, old, self._freeze() if self.model else None)
        else:
            new = self._new(name, old)
        write_baseline(self.path, new)
        if self.path == baseline_path(FAST):
            for line in write_published(self.challenge):
                self.listener.say(line)
        return old, new

    def _new(self, name: str, old: Baseline | None) -> Baseline:
        answered = self._answers()
        if answered is None:
            raise DataError("nothing to judge", do="pass --submission, --model or --full")
        answers, truth = answered
        cases = tuple(case for case in truth if case.case_id in answers)
        return keep_limits(
            new_baseline(
                name, cases, answers, versions(("spgc", "torch", "xgboost")), self.challenge
            ),
            old,
        )

    def _answers(self) -> tuple[Mapping[str, str], Manifest] | None:
        """Classes by case ID and the truth; None for the fast gate, which makes its own."""
        if self.full:
            from spgc.gate.full import train_and_answer

            return train_and_answer(
                self.work, self.run.jobs, self.listener.track, self.listener.say
            )
        if self.submissions:
            return self._submitted()
        return self._predicted() if self.model is not None else None

    def _submitted(self) -> tuple[Mapping[str, str], Manifest]:
        manifest = self.truth or challenge_manifest(self.challenge, self.data.manifests)
        return read_submissions(list(self.submissions), manifest, None).predictions, manifest

    def _predicted(self) -> tuple[Mapping[str, str], Manifest]:
        system, dataset, cases, prepared = self._opened(self.splits)
        scans = [
            (c.case_id, prepared.scans[c.case_id]) for c in cases if c.case_id in prepared.scans
        ]
        answers = answers_of(system, scans, len(scans), self.listener.track)
        return {name: answer.label for name, answer in answers.items()}, dataset.manifest

    def _freeze(self) -> Frozen:
        from spgc.gate.models import freeze_model

        system, dataset, cases, prepared = self._opened([])
        return freeze_model(system, dataset, cases, prepared, self.listener.track)

    def _opened(self, splits: Sequence[str]) -> tuple[System, Dataset, list[Case], Prepared]:
        if self.model is None:
            raise DataError("no model named", do="pass --model")
        run = dataclasses.replace(self.run, answers=folder_in(self.store, "answers"))
        system = load_system(self.model, run)
        names = named_splits(self.data, splits)
        dataset, cases, prepared = open_scans(
            self.data, self.store, names, system.lung_method, jobs=run.jobs, listener=self.listener
        )
        self.listener.scans_read(prepared)
        return system, dataset, cases, prepared
