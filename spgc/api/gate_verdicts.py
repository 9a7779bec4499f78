"""`spgc.regress` and `update_baseline`: is a model, or the code around it, still as good?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_folders import names_of, path_of, paths_of_all
from spgc.api.given_tables import challenge_of_truth, labels_of
from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.contract.system import RunSettings
from spgc.gate.baseline import Baseline
from spgc.gate.judge import Verdict
from spgc.gate.regression_run import Regression
from spgc.gate.verdict_tables import gate_lines, gate_markdown, update_document, update_parts
from spgc.runs.cases import DataFolder
from spgc.runs.listener import NOBODY, Listener
from spgc.submissions.reading_rules import reading_on

if TYPE_CHECKING:
    from rich.console import RenderableType

    from spgc.api.given_tables import GivenLabels
    from spgc.challenge.definition import Challenge


class RegressionResult(Shown, Verdict):
    """What the gate found: `passed`, and the `reasons` where it does not let pass."""

    def __bool__(self) -> bool:
        return self.passed

    def _line(self) -> str:
        word = "passed" if self.passed else f"FAILED, {len(self.reasons)} findings"
        return f"Regression gate against {self.baseline.name}: {word}"

    def _parts(self) -> Iterable[RenderableType]:
        return gate_lines(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per class: correct predictions before and now."""
        return [
            {"class": one.name, "before": one.before.hits, "now": one.now.hits}
            | {"cases": one.now.total, "floor": one.floor}
            for one in self.classes
        ]

    def to_markdown(self) -> str:
        """The verdict as Markdown, for the summary of a CI job."""
        return gate_markdown(self)


@dataclass(frozen=True, repr=False)
class BaselineResult(Shown):
    """A baseline that was written to `path`: the `new` one, and the `old`, None where none was."""

    path: Path
    old: Baseline | None
    new: Baseline

    def _line(self) -> str:
        return f"Baseline {self.new.name} in {self.path}: {len(self.new.answers)} patients"

    def _parts(self) -> Iterable[RenderableType]:
        return update_parts(self.old, self.new, self.path)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per patient: the class in the new baseline and in the old one."""
        before = self.old.answers if self.old else {}
        return [
            {"case": case, "answer": answer, "before": before.get(case)}
            for case, answer in self.new.answers.items()
        ]

    def as_dict(self) -> dict[str, Any]:
        return update_document(self.old, self.new, self.path)


def regress(
    baseline: str | Path | None = None,
    truth: GivenLabels = None,
    *,
    submission: str | Path | Sequence[str | Path] = (),
    model: str | Path | None = None,
    data: str | Path = "data",
    store: str | Path = "store",
    splits: str | Sequence[str] = "val",
    full: bool = False,
    work: str | Path = "regress",
    speed: bool = False,
    manifests: str | Path | None = None,
    challenge: Challenge | str | Path | None = None,
    device: str = "auto",
    precision: str = "fp32",
    jobs: int = -1,
    listener: Listener = NOBODY,
) -> RegressionResult:
    """Compare with a baseline and say whether results got worse, as `spgc regress` does.

    baseline: the name of a built-in one, or a .json file of your own. submission: files to check,
    on truth as `spgc.score` takes it, or on manifests, a folder. model: to check on splits of data,
    with store. full: train from scratch on phantoms, in the folder work; takes minutes. Without any
    of them the fast gate. speed: also fail where a stage became slower. challenge: as `spgc.score`
    takes it. device, precision, jobs, listener: as for `spgc.predict`. `if spgc.regress(...):` asks
    whether it lets pass.

    >>> import pathlib, tempfile
    >>> import spgc
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> answers = folder / "answers.csv"
    >>> _ = answers.write_text("Study,Label\\nP1,cap\\nP2,normal\\n")
    >>> truth = {"P1": "cap", "P2": "normal"}
    >>> made = spgc.update_baseline(folder / "ours.json", truth, submission=answers)
    >>> verdict = spgc.regress(folder / "ours.json", truth, submission=answers)
    >>> verdict
    <Regression gate against ours: passed>

    Raises UsageError for more than one thing to judge, DataError for a baseline that can't be read.
    """
    asked = _asked(
        baseline,
        truth,
        paths_of_all(submission),
        path_of(model),
        DataFolder(Path(data), path_of(manifests)),
        Path(store),
        names_of(splits),
        full=full,
        work=Path(work),
        speed=speed,
        challenge=challenge,
        run=RunSettings(device, precision, jobs=jobs or 1, engine="auto"),
        listener=listener,
    )
    return shown(RegressionResult, asked.verdict())


def update_baseline(
    baseline: str | Path | None = None,
    truth: GivenLabels = None,
    *,
    submission: str | Path | Sequence[str | Path] = (),
    model: str | Path | None = None,
    data: str | Path = "data",
    store: str | Path = "store",
    splits: str | Sequence[str] = "val",
    full: bool = False,
    work: str | Path = "regress",
    manifests: str | Path | None = None,
    challenge: Challenge | str | Path | None = None,
    device: str = "auto",
    precision: str = "fp32",
    jobs: int = -1,
    listener: Listener = NOBODY,
) -> BaselineResult:
    """Write a baseline anew, as `spgc regress --update` does; `print(result)` is what changes.

    baseline, truth, submission, model, data, store, splits, full, work, manifests, challenge,
    device, precision, jobs, listener: as for `spgc.regress`. Limits of a baseline that is there
    stay.

    >>> import pathlib, tempfile
    >>> import spgc
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> answers = folder / "answers.csv"
    >>> _ = answers.write_text("Study,Label\\nP1,cap\\nP2,normal\\n")
    >>> truth = {"P1": "cap", "P2": "normal"}
    >>> made = spgc.update_baseline(folder / "ours.json", truth, submission=answers)
    >>> made.old is None, made.path.name, dict(made.new.answers)
    (True, 'ours.json', {'P1': 'CAP', 'P2': 'Normal'})

    Raises UsageError for more than one thing to judge, DataError for answers that can't be read.
    """
    asked = _asked(
        baseline,
        truth,
        paths_of_all(submission),
        path_of(model),
        DataFolder(Path(data), path_of(manifests)),
        Path(store),
        names_of(splits),
        full=full,
        work=Path(work),
        challenge=challenge,
        run=RunSettings(device, precision, jobs=jobs or 1, engine="auto"),
        listener=listener,
    )
    old, new = asked.renew()
    return BaselineResult(asked.path, old, new)


def _asked(
    baseline: str | Path | None,
    truth: GivenLabels,
    submissions: Sequence[Path],
    model: Path | None,
    data: DataFolder,
    store: Path,
    splits: Sequence[str],
    *,
    full: bool,
    work: Path,
    speed: bool = False,
    challenge: Challenge | str | Path | None,
    run: RunSettings,
    listener: Listener,
) -> Regression:
    known = challenge_of_truth(truth, challenge)
    return Regression(
        None if baseline is None else str(baseline),
        submissions,
        model,
        data,
        store,
        splits,
        full,
        work,
        run,
        speed,
        listener,
        truth=None if truth is None else labels_of(truth, reading_on(known)),
        challenge=known,
    )
