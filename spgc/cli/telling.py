"""What `train` and `predict` do alike: open the data, prepare scans, tell of trouble."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from spgc.cli import console
from spgc.errors import DataError, SpgcError, UsageError
from spgc.protocol import CLASSES, RANKED_SPLITS
from spgc.text.command_lines import command_line
from spgc.text.shortened import NAMED, some
from spgc.text.synthetic import SYNTHETIC

if TYPE_CHECKING:
    from spgc.data.layout import Dataset
    from spgc.data.manifests import Case
    from spgc.runs.scans import Prepared
    from spgc.runs.shards import Shard
    from spgc.systems.evaluation import Evaluation


def open_scans(
    data: Path,
    store: Path,
    splits: Sequence[str],
    manifests: Path | None,
    *,
    lungs: str,
    jobs: int,
    labels: str | None = None,
) -> tuple[Dataset, list[Case], Prepared]:
    """The cases of `splits` (all that are found when empty), prepared in the slice store.

    Scans that can't be learned from are among the failures. labels: which release of the slice
    labels, None for the newest. Raises DataError when none of the cases has a folder.
    """
    from spgc.ct.preprocess import PreprocessSettings
    from spgc.ct.store import SliceStore
    from spgc.runs.learnable import learnable
    from spgc.runs.scans import prepare

    dataset, cases, own = open_cases(data, splits, manifests, labels=labels)
    settings = PreprocessSettings(lung_method=lungs)
    prepared = prepare(
        dataset, own, SliceStore(store), settings, jobs=jobs or 1, track=console.track
    )
    return dataset, cases, learnable(dataset, prepared, cases)


def open_cases(
    data: Path,
    splits: Sequence[str],
    manifests: Path | None,
    part: Shard | None = None,
    labels: str | None = None,
) -> tuple[Dataset, list[Case], list[Case]]:
    """The data set, the cases of `splits` (all that are found when empty), and those of `part`.

    Raises DataError when none of them has a folder.
    """
    from spgc.data.layout import open_dataset

    dataset = open_dataset(data, manifests, labels)
    if splits:
        cases = [case for split in splits for case in dataset.cases(split)]
    else:
        cases = dataset.cases(None)
    own = part.of(cases) if part else cases
    if part and not own:
        raise UsageError(
            "more parts than scans",
            found=f"{part.number}/{part.count}",
            expected=f"at most {len(cases)} parts",
        )
    if not any(dataset.holds(case.case_id) for case in own):
        raise DataError(
            f"no scan of {', '.join(splits) or 'any split'}",
            where=data,
            found=f"{len(dataset.folders)} scan folders ({dataset.layout})",
            expected="at least one",
            do=f"{command_line('spgc', 'data', 'check', data)} tells what is there",
        )
    for note in dataset.notes:
        console.say(note)
    return dataset, cases, own


def report_trouble(prepared: Prepared) -> None:
    """Say which scans are missing, failed or doubtful; with `--quiet` those that failed."""
    if prepared.missing:
        console.say(f"{_scans(prepared.missing)} not there")
    for line in remark_lines(prepared.notes):
        console.say(line)
    for line in failure_lines(prepared.failures):
        console.complain(line)


def remark_lines(notes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """`remark on 3 scans (a, b, c): ...`, like remarks together, the commonest first."""
    by_note: dict[str, list[str]] = {}
    for case, found in notes.items():
        for note in dict.fromkeys(found):
            by_note.setdefault(note, []).append(case)
    for note, cases in sorted(by_note.items(), key=lambda pair: -len(pair[1])):
        yield f"remark on {_scans(cases)}: {note}"


def failure_lines(failures: Mapping[str, SpgcError]) -> Iterator[str]:
    """`left out 1 scan (a): ...`; one line for all scans that failed alike, as on a full disk."""
    alike: dict[tuple[object, ...], list[str]] = {}
    for case, failure in failures.items():
        kind = (type(failure), failure.what, failure.found, failure.expected, failure.do)
        alike.setdefault(kind, []).append(case)
    for cases in alike.values():
        apart = len(cases) <= NAMED and len({str(failures[case]) for case in cases}) > 1
        for members in [[case] for case in cases] if apart else [cases]:
            yield f"left out {_scans(members)}: {failures[members[0]]}"


def _scans(cases: Sequence[str]) -> str:
    return f"{len(cases)} scan{'s' * (len(cases) != 1)} ({some(cases)})"


def trouble_document(prepared: Prepared) -> dict[str, object]:
    """Remarks, failures and missing scans by case ID, for `--json`."""
    return {
        "remarks": scan_remarks(prepared),
        "failures": {case: failure.as_dict() for case, failure in prepared.failures.items()},
        "missing": list(prepared.missing),
    }


def scan_remarks(prepared: Prepared) -> dict[str, list[str]]:
    """Remarks by case ID, of the scans that have any."""
    return {case: list(notes) for case, notes in prepared.notes.items() if notes}


def predict_words(
    dataset: Dataset, data: Path, store: Path, model: Path, manifests: Path | None, *more: str
) -> list[object]:
    """The command that predicts what is there: a test split that is whole, else every scan."""
    words: list[object] = ["predict"]
    for name in RANKED_SPLITS:
        cases = dataset.cases(name)
        if cases and all(case.case_id in dataset.folders for case in cases):
            words += ["--split", name]
            break
    words += ["--data", data, "--store", store, "--model", model]
    return [*words, *(["--manifests", manifests] if manifests else []), *more]


def end_with(prepared: Prepared) -> None:
    """Exit with code 1 when a scan was left out, once everything else is done."""
    if prepared.failures:
        raise typer.Exit(1)


def show_evaluation(done: Evaluation) -> None:
    """Print right answers on one split, beside what naming the commonest class would give."""
    if not sum(done.scans):
        console.say(f"No scan of {done.split} to check the model with.")
        return
    parts = ", ".join(
        f"{name} {h}/{n}" for name, h, n in zip(CLASSES, done.hits, done.scans, strict=True) if n
    )
    mark = f"{SYNTHETIC} " if done.synthetic else ""
    console.show_text(
        f"{mark}{done.split}: {sum(done.hits)}/{sum(done.scans)} scans right ({parts}); always "
        f"naming the commonest class would give {max(done.scans)}/{sum(done.scans)}"
    )
