"""Remarks on scans, and scans that were left out, as lines; what is alike is one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from spgc.errors import SpgcError
from spgc.text.shortened import NAMED, some


def remark_lines(notes: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """`remark on 3 scans (a, b, c): ...`, like remarks together, the commonest first."""
    by_note: dict[str, list[str]] = {}
    for case, found in notes.items():
        for note in dict.fromkeys(found):
            by_note.setdefault(note, []).append(case)
    for note, cases in sorted(by_note.items(), key=lambda pair: -len(pair[1])):
        yield f"remark on {scans_named(cases)}: {note}"


def failure_lines(failures: Mapping[str, SpgcError]) -> Iterator[str]:
    """`left out 1 scan (a): ...`; one line for all scans that failed alike, as on a full disk."""
    alike: dict[tuple[object, ...], list[str]] = {}
    for case, failure in failures.items():
        kind = (type(failure), failure.what, failure.found, failure.expected, failure.do)
        alike.setdefault(kind, []).append(case)
    for cases in alike.values():
        apart = len(cases) <= NAMED and len({str(failures[case]) for case in cases}) > 1
        for members in [[case] for case in cases] if apart else [cases]:
            yield f"left out {scans_named(members)}: {failures[members[0]]}"


def scans_named(cases: Sequence[str]) -> str:
    """`2 scans (a, b)`."""
    return f"{len(cases)} scan{'s' * (len(cases) != 1)} ({some(cases)})"
