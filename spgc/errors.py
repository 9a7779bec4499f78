"""What can go wrong, said in a form that a user can act on.

SpgcError
 ├─ UsageError          wrong command or option (exit 2)
 ├─ MissingExtraError   a package that an extra of spgc brings is not installed
 ├─ DataError           the data folder, a manifest or a label file
 │   ├─ SeriesError     one DICOM series
 │   └─ DiskFullError   no space left where something is to be written
 ├─ SubmissionError     a submission that can't be scored
 ├─ LeaderboardError    a leaderboard row or file
 ├─ ModelError          a model folder, a checkpoint, weights
 ├─ StoreError          the slice store
 ├─ WorkerError         a worker process or a Dask cluster
 └─ ServerError         a leaderboard server can't be reached, or refuses what was sent
"""

from __future__ import annotations

from pathlib import Path

from spgc.text.printable import printable

LONGEST = 1000
"""Signs of a part of an error that are kept: what files of strangers hold has no bound."""


def _part(value: object) -> str | None:
    """A part as text, cut to `LONGEST`."""
    text = None if value is None else str(value)
    return text if text is None or len(text) <= LONGEST else f"{text[:LONGEST]}…"


class SpgcError(Exception):
    """Base of every error that spgc raises for bad input.

    The parts are kept apart so that a program can read them; `str()` joins them into one line:
    ``what [where]: found ..., expected .... Do: ...``
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: str | Path | None = None,
        found: object = None,
        expected: object = None,
        do: str | None = None,
    ) -> None:
        self.what = _part(what) or ""
        self.where = None if where is None else str(where)
        self.found = _part(found)
        self.expected = _part(expected)
        self.do = do
        super().__init__(self._line())

    def _line(self) -> str:
        line = self.what if self.where is None else f"{self.what} [{self.where}]"
        facts = []
        if self.found is not None:
            facts.append(f"found {self.found}")
        if self.expected is not None:
            facts.append(f"expected {self.expected}")
        if facts:
            line += ": " + ", ".join(facts)
        if self.do is not None:
            line += f". Do: {self.do}"
        # Names come from files of strangers: a line stays a line, and terminals stay as they are.
        return printable(line)

    def as_dict(self) -> dict[str, str | None]:
        """The parts by name, for `--json`."""
        return {
            "error": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "found": self.found,
            "expected": self.expected,
            "do": self.do,
        }

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments don't travel between worker processes by themselves.
        return (_rebuild, (type(self), self.what, self.where, self.found, self.expected, self.do))


def _rebuild(
    kind: type[SpgcError],
    what: str,
    where: str | None,
    found: str | None,
    expected: str | None,
    do: str | None,
) -> SpgcError:
    return kind(what, where=where, found=found, expected=expected, do=do)


class UsageError(SpgcError):
    """The command or an option is wrong."""

    exit_code = 2


class MissingExtraError(SpgcError):
    """What was asked for needs a package that an extra brings: pip install 'spgc[EXTRA]'."""


class DataError(SpgcError):
    """The data folder, a manifest or a label file is not what it should be."""


class SeriesError(DataError):
    """A DICOM series can't become a volume."""


class DiskFullError(DataError):
    """No space is left: whatever comes next can't be written either, so the run ends."""


class SubmissionError(SpgcError):
    """A submission can't be read or scored."""


class LeaderboardError(SpgcError):
    """A leaderboard row or file is not what it should be."""


class ModelError(SpgcError):
    """A model folder, checkpoint or set of weights is missing or damaged."""


class StoreError(SpgcError):
    """The slice store is missing, damaged or of another version."""


class WorkerError(SpgcError):
    """A worker process was lost, or a cluster can't be reached or used."""


class ServerError(SpgcError):
    """A leaderboard server can't be reached, or refuses what was sent."""
