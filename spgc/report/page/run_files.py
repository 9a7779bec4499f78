"""Files in the folder of a run: submission, record, slice probabilities, heat maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.errors import DataError
from spgc.files.hashes import file_hash
from spgc.files.json_documents import MAX_RECORD, read_json, read_limited
from spgc.files.standard_input import GivenFile, StandardInput
from spgc.runs.slice_table import SLICE_TABLE
from spgc.submissions.record import record_of

SUBMISSION, SLICES, MAPS = "submission.csv", "slices.csv", "explain"
"""What `spgc predict --out RUN --slices RUN/slices.csv` and `spgc explain --out RUN/explain`
write."""

_MAX_PICTURE = 8 * 2**20

_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class HeatMap:
    """A picture of `spgc explain` and what stands beside it; slice: None of a whole scan."""

    case: str
    slice: int | None
    picture: bytes
    facts: Mapping[str, Any]

    @property
    def part(self) -> str:
        """What it shows."""
        return "the whole scan" if self.slice is None else f"slice {self.slice}"

    @property
    def lookers(self) -> str:
        """Whose maps they are."""
        return "the networks" if self.slice is None else "the classifiers"


@dataclass(frozen=True)
class RunFiles:
    """Files of one run; None or empty where there are none."""

    submission: GivenFile
    record: Mapping[str, Any]
    slices: Path | None
    maps: Sequence[HeatMap]


def find_run(run: GivenFile) -> RunFiles:
    """The files of `run`, a folder that spgc predict wrote or a submission by itself.

    Raises DataError when it is neither.
    """
    if isinstance(run, StandardInput) or run.is_file():
        return RunFiles(run, record_of(run) or {}, None, ())
    path = run / SUBMISSION
    if not path.is_file():
        raise DataError(
            "no run",
            where=run,
            found="no submission.csv" if run.is_dir() else "no such folder",
            expected="a folder that spgc predict --out wrote, or a submission",
            do="spgc predict --out RUN",
        )
    record = record_of(path) or {}  # of this very file, not of one that was edited since
    return RunFiles(
        path,
        record,
        _slices(run / SLICES, record),
        tuple(_maps(run / MAPS, str(record.get("model_hash", "")))),
    )


def _slices(path: Path, record: Mapping[str, Any]) -> Path | None:
    """The slice table of this run; None where there is none, or that of another run.

    Records of earlier versions don't say which it is.
    """
    if not path.is_file():
        return None
    try:
        own = SLICE_TABLE not in record or record[SLICE_TABLE] == file_hash(path)
    except OSError:
        return None
    return path if own else None


def _maps(folder: Path, model: str) -> list[HeatMap]:
    """Heat maps of this run's model; those of another, and damaged ones, are left out."""
    found = []
    for path in sorted(folder.glob("*.json")):
        facts, picture = _json(path), path.with_suffix(".png")
        if facts is None or (model and facts.get("model_hash") != model):
            continue
        case, number = facts.get("case"), facts.get("slice")
        whole = number is None and isinstance(facts.get("slices"), int)
        if not (isinstance(case, str) and (whole or isinstance(number, int))):
            continue
        if content := _picture(picture):
            found.append(HeatMap(case, number, content, facts))
    return found


def _picture(path: Path) -> bytes | None:
    try:
        content = read_limited(path, _MAX_PICTURE)
    except (OSError, ValueError):
        return None
    return content if content.startswith(_PNG) else None


def _json(path: Path) -> dict[str, Any] | None:
    try:
        document = read_json(path, MAX_RECORD)
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None
