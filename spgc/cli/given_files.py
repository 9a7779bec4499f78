"""Files that a command is given, `-` for standard input, and the labels to score them on."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from spgc.cli import console
from spgc.data.challenge_cases import challenge_manifest
from spgc.data.manifests import Manifest
from spgc.errors import DataError, UsageError
from spgc.files.standard_input import GivenFile, StandardInput
from spgc.submissions.lines import MAX_BYTES
from spgc.submissions.problems import of_severity
from spgc.submissions.reading_rules import Reading
from spgc.submissions.truth_file import read_truth

DASH = Path("-")


def given_files(
    files: Sequence[Path], truth: Path | None
) -> tuple[list[GivenFile], GivenFile | None]:
    """The files and the truth, with what stands on standard input in place of `-`.

    Raises UsageError where more than one is `-`.
    """
    dashes = [path for path in (*files, *([truth] if truth else [])) if path == DASH]
    if len(dashes) > 1:
        raise UsageError(
            "standard input can be read only once",
            found=f"- {len(dashes)} times",
            expected="- for one file of a command",
            do="name the other files",
        )
    made: list[GivenFile] = [_standard_input() if path == DASH else path for path in files]
    return made, _standard_input() if truth == DASH else truth


def _standard_input() -> StandardInput:
    """All of standard input, or one byte more than a file may have."""
    stream = getattr(sys.stdin, "buffer", None)
    try:
        if stream is None:
            raise OSError("it is closed")
        return StandardInput(stream.read(MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        raise DataError(
            "standard input can't be read", found=str(error), do="name a file instead of -"
        ) from error


def paths_of(files: Iterable[GivenFile | None]) -> list[Path]:
    """Those that lie somewhere: an output must not replace them."""
    return [file for file in files if isinstance(file, Path)]


def labels_of(truth: GivenFile | None, manifests: Path | None, reading: Reading) -> Manifest:
    """The labels to score on: the user's own in one file, those of a folder, or the challenge's.

    The challenge is that of the reading.

    What was ignored or put right in the user's own is said. Raises UsageError for both at once.
    """
    if truth is None:
        return challenge_manifest(reading.challenge, manifests)
    if manifests is not None:
        raise UsageError(
            "--truth and --manifests both say what is right",
            expected="one of the two",
            do="leave one out",
        )
    read = read_truth(truth, reading)
    repairs = dict.fromkeys(problem.kind for problem in of_severity(read.notes, "repaired"))
    if repairs:
        console.say(f"Repaired while reading {truth}: {', '.join(sorted(repairs))}.")
    for note in of_severity(read.notes, "remark"):
        console.say(f"{truth}: {note.what}{f' ({note.found})' if note.found else ''}")
    return read.manifest
