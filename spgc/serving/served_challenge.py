"""A served challenge in memory: what its file says, its cases and their classes, its parts."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from spgc.challenge.challenge_file import FILE_NAME, challenge_of
from spgc.challenge.definition import Challenge
from spgc.data.manifests import Case, Manifest
from spgc.files.json_documents import parse_json
from spgc.files.toml_documents import parse_toml

UNANSWERED = 255
"""In the bytes of answers: a case outside the ranking that a submission leaves out."""

Results = Mapping[str, Mapping[str, tuple[int, ...]]]
"""Correct predictions by part (`public`, `private`), set and class, in the challenge's order."""


@dataclass(frozen=True)
class Served:
    """The challenge as the server knows it.

    cases: all, with their classes; public: of each whether it is in the public part, None outside
    the ranking; drawn: whether the server drew the parts; files: what participants download.
    """

    challenge: Challenge
    cases: tuple[Case, ...]
    public: tuple[bool | None, ...]
    drawn: bool
    invalid_per_hour: int
    files: Mapping[str, bytes]

    @cached_property
    def known(self) -> Manifest:
        """The cases as participants know them, without classes: what submissions are read with.

        So no message about a submission can depend on a label.
        """
        bare = {case.case_id: replace(case, label=None) for case in self.cases}
        words = ("--challenge", FILE_NAME)
        return Manifest(bare, words=words, challenge=self.challenge)

    @property
    def split(self) -> str:
        """What a submission has to answer: all ranked sets."""
        overall = self.challenge.overall
        return overall.name if overall else self.challenge.ranked[0]

    @cached_property
    def truth(self) -> tuple[int, ...]:
        """The class of each case, from 0."""
        place = self.challenge.names.index
        return tuple(place(case.label or "") for case in self.cases)

    @cached_property
    def public_truth(self) -> tuple[int, ...]:
        """The same of the public part."""
        return tuple(self.in_public(self.truth))

    def in_public(self, values: Sequence[int]) -> list[int]:
        """Of one value per case those of the public part."""
        return [value for value, part in zip(values, self.public, strict=True) if part]

    def part(self, *, public: bool) -> Manifest:
        """The cases of one part with their classes, in sets of their own size."""
        inside = [c for c, p in zip(self.cases, self.public, strict=True) if p is public]
        sizes = dict.fromkeys(self.challenge.ranked, 0)
        for case in inside:
            sizes[case.split] += 1
        known = self.challenge.sets
        sets = {
            name: replace(known[name], counts=(), scans=size, public=public)
            for name, size in sizes.items()
            if size
        }
        own = replace(self.challenge, sets=sets, pools={})
        return Manifest({case.case_id: case for case in inside}, challenge=own)

    def answers_of(self, predictions: Mapping[str, str]) -> bytes:
        """The predictions as one byte per case, the number of its class."""
        places = {name: number for number, name in enumerate(self.challenge.names)}
        given = (predictions.get(case.case_id) for case in self.cases)
        return bytes(UNANSWERED if label is None else places[label] for label in given)

    def results_of(self, answers: Iterable[int]) -> Results:
        """Correct predictions of both parts by set and class."""
        counts: dict[str, dict[str, list[int]]] = {"public": {}, "private": {}}
        classes = len(self.challenge.names)
        rows = zip(self.cases, self.truth, self.public, answers, strict=True)
        for case, label, part, answer in rows:
            if part is not None:
                own = counts["public" if part else "private"]
                own.setdefault(case.split, [0] * classes)[label] += answer == label
        return {
            part: {name: tuple(one) for name, one in sets.items()} for part, sets in counts.items()
        }

    @cached_property
    def sizes(self) -> Results:
        """Cases of both parts by set and class: what the results would be if all were correct."""
        return self.results_of(self.truth)


def answer_hash(known: Manifest, predictions: Mapping[str, str]) -> str:
    """SHA-256 of the classes of all cases by case ID: equal for files that say the same."""
    lines = (f"{c.case_id},{predictions[c.case_id]}\n" for c in known if c.case_id in predictions)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def counted_hits(results: Results) -> int:
    """Correct predictions on the public part, or on the private one where nothing is public."""
    parts = results["public"] or results["private"]
    return sum(map(sum, parts.values()))


def results_json(results: Results) -> str:
    """Results as they are stored."""
    return json.dumps(
        {part: {n: list(c) for n, c in sets.items()} for part, sets in results.items()}
    )


def results_from(text: str) -> Results:
    """What `results_json` made."""
    document: dict[str, dict[str, list[int]]] = parse_json(text)
    return {part: {n: tuple(c) for n, c in sets.items()} for part, sets in document.items()}


_CASES = "SELECT name, label, set_name, certainty, public FROM cases ORDER BY place"


def load_served(connection: sqlite3.Connection) -> Served:
    """The challenge that `spgc serve init` copied into the file."""
    facts: dict[str, Any] = dict(connection.execute("SELECT name, content FROM facts"))
    files = dict(connection.execute("SELECT name, content FROM files ORDER BY rowid"))
    text = files[FILE_NAME].decode("utf-8")
    challenge = challenge_of(parse_toml(text), Path(FILE_NAME))
    rows = connection.execute(_CASES)
    found = [(Case(n, label, s, "organisers", c), part) for n, label, s, c, part in rows]
    return Served(
        replace(challenge, source=Path(FILE_NAME)),
        tuple(case for case, _ in found),
        tuple(None if part is None else bool(part) for _, part in found),
        facts["drawn"] == "1",
        int(facts["invalid_per_hour"]),
        files,
    )
