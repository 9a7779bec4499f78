"""The answers of a run as submissions: a file for each split, and one for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from spgc.contract.system import Prediction
from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.errors import DataError
from spgc.files.foreign_names import place_in, same_file_name
from spgc.submissions.write import submission_text


def answer_texts(
    dataset: Dataset,
    cases: Sequence[Case],
    answers: Mapping[str, Prediction],
    out: Path,
    *,
    probabilities: bool = False,
    joint: bool = True,
    tag: str = "",
) -> dict[Path, str]:
    """`submission-SPLIT.csv` for each split and `submission.csv` for all, in manifest order.

    Cases without an answer are left out; joint: whether to write the file for all; `tag` goes
    into the files' names. Nothing is written. Raises DataError for splits whose names can't be part
    of file names that every system tells apart.
    """
    groups = _by_split(cases, answers)
    _refuse_like_splits(groups)
    names = {
        place_in(out, f"submission-{split}{tag}.csv", what="split"): part
        for split, part in groups.items()
    }
    if joint:
        names[out / f"submission{tag}.csv"] = [name for part in groups.values() for name in part]
    return {
        path: _text(part, answers, dataset, probabilities=probabilities)
        for path, part in names.items()
    }


def _refuse_like_splits(splits: Iterable[str]) -> None:
    """Some file systems would write two splits into one file, and lose one."""
    known: dict[str, str] = {}
    for split in splits:
        other = known.setdefault(same_file_name(split), split)
        if other != split:
            raise DataError(
                "two splits would be written to one file",
                found=f"{other!r} and {split!r}",
                expected="names that differ by more than case",
                do="rename one in the manifests",
            )


def _by_split(cases: Sequence[Case], answers: Mapping[str, Prediction]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for case in cases:
        if case.case_id in answers:
            groups.setdefault(case.split, []).append(case.case_id)
    return groups


def _text(
    names: Sequence[str],
    answers: Mapping[str, Prediction],
    dataset: Dataset,
    *,
    probabilities: bool,
) -> str:
    with_p = {n: p for n in names if (p := answers[n].probabilities) is not None}
    return submission_text(
        {name: answers[name].label for name in names},
        with_p if probabilities and len(with_p) == len(names) else None,
        dataset.manifest,
    )
