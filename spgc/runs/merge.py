"""The parts of a shared prediction joined into one submission.

All parts must be there, unchanged since they were written, and of one model and one call.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.errors import DataError, UsageError
from spgc.files.csv_text import csv_text
from spgc.files.doubles import first_double
from spgc.files.foreign_names import place_in
from spgc.runs.missing import refuse_missing
from spgc.runs.shards import Shard, shard_named
from spgc.runs.slice_table import SLICE_TABLE
from spgc.submissions.columns import CASE_COLUMN
from spgc.submissions.record import CHOSEN, EARLIER, LEARNT, TRAINED, write_with_record
from spgc.submissions.shard_records import ShardRecord, read_records
from spgc.text.shortened import some

JOINT = "submission.csv"
"""The file for all splits, without a part's tag."""

JOINED = ("left_out", "filled_in", "transductive", LEARNT, TRAINED, CHOSEN, "remarks")
"""Facts of a part that name cases, its own alone: the whole has those of all parts."""

OF_ONE_PART = ("shard", "files", "run", SLICE_TABLE, EARLIER)
"""Which part it is, its files, what its run took (`runs` holds that of each), and what else lies
beside it."""

OF_THE_FIRST = ("device",)
"""Machines may differ in it, and no answer does. All other facts have to be alike in all parts."""


@dataclass(frozen=True)
class Merged:
    """What `merge` wrote, in the order of writing, and how many cases and parts it joined.

    left_out, filled: cases without an answer, which the parts left out or wrote a class for.
    """

    files: tuple[Path, ...]
    cases: int
    parts: int
    left_out: tuple[str, ...] = ()
    filled: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "schema": "spgc-merge/1",
            "files": [str(path) for path in self.files],
            "cases": self.cases,
            "parts": self.parts,
            "left_out": list(self.left_out),
            "filled_in": list(self.filled),
        }


def merge(folders: Sequence[Path], out: Path) -> Merged:
    """Join the parts in `folders` into the files that one process would have written to `out`.

    Raises DataError when a part is missing, doubled, changed since, or of another model or split,
    and when a case has no answer that no part was allowed to leave out.
    """
    records = read_records(folders)
    _check_whole(records, folders)
    order: list[str] = records[0].facts["order"]
    left_out, filled = (_named(records, field, order) for field in ("left_out", "filled_in"))
    names = sorted({name for record in records for name in record.plain_names()})
    texts, cases_of = {}, {}
    for name in names:
        header, rows = _joined(records, name)
        _check_listed(rows, order, records[0].path)
        cases_of[name] = known = [case for case in order if case in rows]
        texts[place_in(out, name, what="file")] = csv_text(
            [header, *(rows[case] for case in known)]
        )
    _check_joint(cases_of, records[0].path)
    answered = {case for known in cases_of.values() for case in known}
    refuse_missing([case for case in order if case not in answered and case not in left_out])
    facts = {k: v for k, v in records[0].facts.items() if k not in OF_ONE_PART}
    facts |= {"parts": len(records), "runs": [record.facts.get("run") for record in records]}
    facts |= {"left_out": list(left_out), "filled_in": filled}
    facts |= {f: sorted(_named(records, f, order)) for f in ("transductive", LEARNT)}
    known = [field for field in (TRAINED, CHOSEN) if field in facts]  # else unknown, and stays so
    facts |= {field: sorted(_named(records, field, order)) for field in known}
    facts |= {"remarks": _named(records, "remarks", order)}
    write_with_record(texts, str(facts.pop("model_hash")), facts)
    return Merged(tuple(texts), len(answered), len(records), tuple(left_out), tuple(filled))


def _named(records: Sequence[ShardRecord], field: str, order: Sequence[str]) -> dict[str, Any]:
    """Cases that any of the records names under `field`, in order, with what stands beside them.

    Raises DataError for one that is not in `order`: its mark would be lost.
    """
    found: dict[str, Any] = {}
    for record in records:
        cases = record.facts.get(field)
        if isinstance(cases, dict):
            found |= cases
        elif isinstance(cases, list):
            found |= dict.fromkeys(case for case in cases if isinstance(case, str))
        _check_listed(found, order, record.path)
    return {case: found[case] for case in order if case in found}


def _check_listed(cases: Iterable[str], order: Sequence[str], where: Path) -> None:
    """Raise DataError for cases of a part that the parts' list lacks: they would be left out."""
    if unlisted := sorted(set(cases).difference(order)):
        raise DataError(
            "parts hold cases that their records don't list",
            where=where,
            found=some(unlisted),
            expected="every case of every part in the list `order`",
            do="predict all parts again",
        )


def _check_joint(cases_of: Mapping[str, Sequence[str]], where: Path) -> None:
    """Raise DataError where the file for all splits and those of each hold different cases."""
    joint = set(cases_of.get(JOINT, ()))
    apart = {case for name, cases in cases_of.items() if name != JOINT for case in cases}
    if odd := joint and sorted(joint ^ apart):
        raise DataError(
            "parts lack a file, or cases in one",
            where=where,
            found=f"{some(odd)} only in {JOINT if odd[0] in joint else 'the file of a split'}",
            expected=f"each case in {JOINT} and in the file of its split",
            do="predict all parts again",
        )


def _check_whole(records: Sequence[ShardRecord], folders: Sequence[Path]) -> None:
    where = ", ".join(map(str, folders))
    if not records:
        raise DataError(
            "nothing to merge",
            where=where,
            found="no submission.IofN.run.json",
            expected="what spgc predict --shard I/N writes",
        )
    first = records[0].facts
    for record in records:
        _check_joined(record, first)
        for field in sorted((record.facts.keys() | first.keys()) - _UNLIKE):
            if record.facts.get(field) != first.get(field):
                raise DataError(
                    f"parts differ in {field}",
                    where=record.path,
                    found=_short(record.facts.get(field)),
                    expected=_short(first.get(field)),
                    do="predict all parts with one model and the same options",
                )
    if twice := first_double(first["order"]):
        raise DataError(
            "the parts' list names a case twice",
            where=records[0].path,
            found=repr(twice),
            expected="each case once in the list `order`",
            do="predict all parts again",
        )
    shards = [_shard_of(record) for record in records]
    counts = {shard.count for shard in shards}
    numbers = sorted(shard.number for shard in shards)
    if len(counts) != 1 or numbers != list(range(1, min(counts) + 1)):
        raise DataError(
            "parts are missing or doubled",
            where=where,
            found=", ".join(f"{s.number}/{s.count}" for s in shards),
            expected="each part of one number of parts, once",
            do="predict what is missing",
        )


def _shard_of(record: ShardRecord) -> Shard:
    """Which part a record is of. Raises DataError where it does not say so."""
    try:
        return shard_named(str(record.facts.get("shard")))
    except UsageError as error:
        raise DataError(
            "part does not say which it is",
            where=record.path,
            found=_short(record.facts.get("shard")),
            expected=error.expected,
            do="predict this part again",
        ) from error


_UNLIKE = {*JOINED, *OF_ONE_PART, *OF_THE_FIRST}


def _check_joined(record: ShardRecord, first: Mapping[str, Any]) -> None:
    """Raise DataError where the cases of a part can't be read: marks of answers would be lost."""
    for field in JOINED:
        cases = record.facts.get(field, [])
        good = isinstance(cases, list | dict) and all(isinstance(case, str) for case in cases)
        if not good or (field in record.facts) != (field in first):
            raise DataError(
                f"part does not say which cases are {field}",
                where=record.path,
                found=_short(record.facts.get(field)),
                expected="a list of case IDs",
                do="predict this part again",
            )


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _joined(records: Sequence[ShardRecord], name: str) -> tuple[list[str], dict[str, list[str]]]:
    """Header and rows by case of the file that all parts call `name`."""
    header: list[str] = []
    rows: dict[str, list[str]] = {}
    for record in records:
        path = record.file(name)
        if path is None:
            continue  # a part may hold no case of this split
        first, *others = _rows(record, path)
        if (header and first != header) or first[:1] != [CASE_COLUMN]:
            raise DataError(
                "parts have different columns",
                where=path,
                found=", ".join(first),
                expected=", ".join(header) or CASE_COLUMN,
            )
        header = first
        for row in others:
            if row[0] in rows:
                raise DataError("a case is in two parts", where=path, found=row[0])
            rows[row[0]] = row
    return header, rows


def _rows(record: ShardRecord, path: Path) -> list[list[str]]:
    """The rows of a part, the header first. Raises DataError for what is no such table."""
    try:
        rows = list(csv.reader(io.StringIO(record.text(path)), strict=True))
        wrong = None if rows and all(rows) else "an empty row" if rows else "an empty file"
    except csv.Error as error:
        wrong = str(error)
    if wrong:
        raise DataError(
            "part is not a submission",
            where=path,
            found=wrong,
            expected="what spgc predict --shard wrote",
            do="predict this part again",
        )
    return rows
