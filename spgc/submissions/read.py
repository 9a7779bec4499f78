"""Reading submission files, one or several: organisers asked for one file per test set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from spgc.data.manifests import Manifest
from spgc.errors import SubmissionError
from spgc.files.standard_input import GivenFile
from spgc.submissions.reading_rules import Reading, reading_on
from spgc.submissions.submission import Probabilities, Submission, in_order
from spgc.submissions.system_names import system_names
from spgc.submissions.validate import validate


def read_submission(
    path: GivenFile,
    manifest: Manifest | None = None,
    split: str | None = None,
    *,
    reading: Reading | None = None,
) -> Submission:
    """Read a submission that may have any form that `spgc validate` accepts.

    `manifest` says which cases there are (default: the ones that come with spgc); `reading` what
    the file leaves open. Raises SubmissionError, naming the first problem and their number, when
    the file can't be scored.
    """
    return validate(path, split, manifest, reading).accepted()


def read_submissions(
    paths: Sequence[GivenFile],
    manifest: Manifest,
    split: str | None = None,
    reading: Reading | None = None,
) -> Submission:
    """Read one or several files as one submission; together they answer `split`, if one is named.

    Raises SubmissionError when a file is refused, or when two files answer the same case.
    """
    one = split if len(paths) == 1 else None
    parts = [validate(path, one, manifest, reading).accepted() for path in paths]
    owner: dict[str, GivenFile] = {}
    for path, part in zip(paths, parts, strict=True):
        for case in part.predictions:
            if case in owner:
                raise SubmissionError(
                    f"case {case} is in two files",
                    where=str(path),
                    found=f"{owner[case]} and {path}",
                    expected="each case in one file",
                    do="score them apart, or spgc compare A B",
                )
            owner[case] = path
    whole = joined(parts, manifest)
    return whole if split is None or one else of_split(whole, split, manifest, reading)


def read_apart(
    paths: Sequence[GivenFile],
    manifest: Manifest,
    split: str | None = None,
    reading: Reading | None = None,
) -> list[Submission]:
    """Read files of several systems; `argmax` is for those among them that hold no labels.

    Raises SubmissionError when a file is refused.
    """
    if len(paths) == 1:
        return [validate(paths[0], split, manifest, reading).accepted()]
    return [read_among(path, manifest, split, reading) for path in paths]


def read_among(
    path: GivenFile, manifest: Manifest, split: str | None = None, reading: Reading | None = None
) -> Submission:
    """Read one file of several; `argmax` counts where it holds no labels. Raises alike."""
    report = validate(path, split, manifest, reading)
    if any(problem.kind == "argmax-labels" for problem in report.refused):
        plain = replace(reading_on(manifest.challenge, reading), argmax=False)
        report = validate(path, split, manifest, plain)
    return report.accepted()


def systems_of_files(
    paths: Sequence[GivenFile],
    manifest: Manifest,
    reading: Reading | None = None,
    name: str | None = None,
) -> list[tuple[str, Submission, list[GivenFile]]]:
    """The systems behind several files: name, answers, and which of the files they are from.

    Files that answer different cases are one system's and are joined, under `name` where one is
    given; files with the same cases are a system each. Raises SubmissionError when a file
    is refused, or when one name is given for several systems.
    """
    if not paths:
        return []
    parts = read_apart(paths, manifest, None, reading)
    cases = [case for part in parts for case in part.predictions]
    if len(cases) == len(set(cases)):
        team = name or " + ".join(path.stem for path in paths)
        return [(team, joined(parts, manifest), list(paths))]
    if name is not None:
        raise SubmissionError(
            "one name for several systems",
            found=f"{len(paths)} files with the same cases",
            expected="one system",
            do="leave --name out: each file gives its own name",
        )
    named = zip(system_names(paths), paths, parts, strict=True)
    return [(team, part, [path]) for team, path, part in named]


def of_split(
    whole: Submission, split: str, manifest: Manifest, reading: Reading | None = None
) -> Submission:
    """The answers for `split` alone. Raises SubmissionError when the files together lack some."""
    names = frozenset(manifest.splits_named(split))
    labels = {c: label for c, label in whole.predictions.items() if manifest[c].split in names}
    asked = [case.case_id for case in manifest if case.split in names]
    missing = [case for case in asked if case not in labels]
    if not labels or (missing and not (reading and reading.partial)):
        raise SubmissionError(
            f"the files together don't cover {split}",
            found=f"{len(labels)} cases of it",
            expected=f"all {len(asked)}",
            do=f"add the file with {missing[0]}",
        )
    shares = {c: p for c, p in (whole.probabilities or {}).items() if c in labels}
    return replace(whole, predictions=labels, probabilities=shares or None)


def joined(parts: Sequence[Submission], manifest: Manifest) -> Submission:
    """One submission from parts that answer different cases, in manifest order."""
    labels: dict[str, str] = {}
    shares: dict[str, Probabilities] = {}
    for part in parts:
        labels |= part.predictions
        shares |= part.probabilities or {}
    notes = tuple(note for part in parts for note in part.notes)
    mapping = {key: label for part in parts for key, label in part.mapping.items()}
    return Submission(
        {c: labels[c] for c in in_order(labels, manifest)},
        shares or None,
        notes,
        mapping=mapping,
        argmax=any(part.argmax for part in parts),
    )
