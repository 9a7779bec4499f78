"""Reading and writing manifests: which case is in which split, with which label, and how sure.

A manifest is a CSV with the columns of `COLUMNS`, one case per row. `certainty` is one of
`CERTAINTIES`; a row whose certainty is `synthetic` belongs to a phantom and is marked as such
wherever it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from sys import intern

from spgc.challenge.definition import Challenge
from spgc.challenge.spgc_challenge import SPGC
from spgc.data.case_names import is_phantom
from spgc.data.csv_tables import Row, read_rows
from spgc.errors import DataError
from spgc.files.csv_text import csv_text
from spgc.files.foreign_names import refuse_name
from spgc.files.shipped import manifests_dir
from spgc.files.stray import is_stray
from spgc.files.whole import write_text

COLUMNS = ("case", "label", "split", "source", "certainty")

CERTAINTIES = (
    "official",
    "published",
    "confirmed",
    "matches_paper",
    "likely",
    "approximate",
    "own",
    "synthetic",
)
"""From the organisers' own list, through published labels and the recovered list, to the user's.

`confirmed` is recovered; two independent public sources agree.
"""

OWN_LABEL, SYNTHETIC_LABEL = CERTAINTIES[-2:]
"""Certainty of a label that the user gave, and of a phantom's."""

OWN_SPLIT = "own"
"""Split of scans that no manifest knows, and of the user's labels where nothing divides them."""

NOT_THE_CHALLENGES = frozenset((OWN_LABEL, SYNTHETIC_LABEL))
"""Certainties of cases that are not the challenge's patients."""


@dataclass(frozen=True, slots=True)
class Case:
    """One scan: its folder's name, its class (None when unknown), its split and provenance."""

    case_id: str
    label: str | None
    split: str
    source: str
    certainty: str

    @property
    def synthetic(self) -> bool:
        return self.certainty == SYNTHETIC_LABEL


@dataclass(frozen=True)
class Manifest:
    """Cases by ID, in file order.

    own_truth: the user gave these labels for scoring alone, in one file or mapping; words: the
    options of a command that read them again, such as `--truth FILE`; challenge: whose classes and
    sets these are.
    """

    cases: Mapping[str, Case] = field(default_factory=dict)
    own_truth: bool = False
    words: tuple[str, ...] = field(default=(), compare=False)
    challenge: Challenge = field(default=SPGC, compare=False, repr=False)

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases.values())

    def __len__(self) -> int:
        return len(self.cases)

    def __contains__(self, case_id: object) -> bool:
        return case_id in self.cases

    def __getitem__(self, case_id: str) -> Case:
        return self.cases[case_id]

    def split(self, name: str) -> list[Case]:
        """The cases of one split, in file order; `name` is a split's own name."""
        return list(self._by_split.get(name, ()))

    def splits(self) -> list[str]:
        """Names of the splits that hold a case, in the challenge's order, then others."""
        present, known = self._by_split.keys(), self.challenge.sets
        return [name for name in known if name in present] + sorted(present - set(known))

    def splits_named(self, name: str) -> tuple[str, ...]:
        """The splits that `name` means here: one, an alias of one, or a pool of several.

        Raises UsageError, which names those that are there, when there is no such split.
        """
        return self.challenge.splits_named(name, self.splits())

    @cached_property
    def _by_split(self) -> dict[str, list[Case]]:
        found: dict[str, list[Case]] = {}
        for case in self:
            found.setdefault(case.split, []).append(case)
        return found

    def truth(self, split: str) -> dict[str, str]:
        """Known labels of one split by case ID."""
        return {c.case_id: c.label for c in self.split(split) if c.label is not None}


def merge(
    parts: Iterable[Manifest], challenge: Challenge = SPGC, where: str | Path | None = None
) -> Manifest:
    """One manifest from several, all of one challenge; where: they lie, for errors.

    Raises DataError for a case that stands in two, for two splits whose names differ in no more
    than letter case or dashes, and for more splits than anybody scores.
    """
    cases: dict[str, Case] = {}
    splits: dict[str, str] = {}
    names: set[str] = set()
    for part in parts:
        for case in part:
            other = cases.get(case.case_id)
            if other is not None:
                raise DataError(
                    f"case {case.case_id} stands in two manifests or rows",
                    where=where,
                    found=f"splits {other.split} and {case.split}",
                    expected="each case once",
                    do="remove one of the two rows",
                )
            cases[case.case_id] = case
            if case.split not in names:
                names.add(case.split)
                refuse_many_splits(len(names), where)
                _know_split(case.split, splits, challenge, where)
    return Manifest(cases, challenge=challenge)


MAX_SPLITS = 1000
"""Splits beyond which cases are refused: each is scored with a bootstrap of its own, for nobody."""


def refuse_many_splits(count: int, where: str | Path | None = None) -> None:
    """Raise DataError for more splits than anybody scores, as of a column of something else."""
    if count > MAX_SPLITS:
        raise DataError(
            "too many splits",
            where=where,
            found=f"more than {MAX_SPLITS:,}",
            expected="a few sets of cases",
            do="name the set of each case in the column split, or remove the column",
        )


def _know_split(
    name: str, known: dict[str, str], challenge: Challenge, where: str | Path | None
) -> None:
    """Add a split to those that are `known`, by the form in which names are compared."""
    other = known.setdefault(challenge.set_words.key(name), name)
    if other != name:
        raise DataError(
            "two splits have names that differ only in spelling",
            where=where,
            found=f"{other} and {name}",
            expected="one name for one split",
            do="rename one of them",
        )


def read_manifest(path: Path, challenge: Challenge = SPGC) -> Manifest:
    """Read one manifest file.

    Raises DataError, naming file and line, for a missing column, an unknown label or certainty,
    a split that can't be part of a file name, an empty case ID or a case that comes twice. A case
    called like a phantom is one, whatever its row says.
    """
    rows = read_rows(path, "manifest", COLUMNS)
    return merge((_one(_case(row, challenge)) for row in rows), challenge, path)


def _one(case: Case) -> Manifest:
    return Manifest({case.case_id: case})


def _case(row: Row, challenge: Challenge) -> Case:
    if not row["case"]:
        raise DataError("manifest row without a case ID", where=row.where)
    label = challenge.class_named(row["label"]) if row["label"] else None
    if row["label"] and label is None:
        raise DataError(
            f"unknown label for case {row['case']}",
            where=row.where,
            found=repr(row["label"]),
            expected=" | ".join(challenge.names),
        )
    if row["certainty"] not in CERTAINTIES:
        raise DataError(
            f"unknown certainty for case {row['case']}",
            where=row.where,
            found=repr(row["certainty"]),
            expected=" | ".join(CERTAINTIES),
        )
    refuse_split(row["split"], row.where, challenge)
    certainty = SYNTHETIC_LABEL if is_phantom(row["case"]) else row["certainty"]
    # Manifests may hold a million cases, and few different words.
    return Case(row["case"], label, intern(row["split"]), intern(row["source"]), intern(certainty))


def own_certainty(case_id: str) -> str:
    """Certainty of a label that the user gave: `own`, or `synthetic` for the case of a phantom."""
    return SYNTHETIC_LABEL if is_phantom(case_id) else OWN_LABEL


def refuse_split(name: str, where: str, challenge: Challenge = SPGC) -> None:
    """Raises DataError for a name that no split can have.

    It becomes part of file names; and where a split is called like several, such as `overall` or
    `all`, what is asked for by that name would be either.
    """
    refuse_name(name, "split", where)
    words = challenge.set_words
    if words.is_pool(name):
        raise DataError(
            f"a split can't be called {name}: that means several",
            where=where,
            found=name,
            expected=f"a name other than {' | '.join(words.pools)}",
            do="choose another name",
        )


def manifest_files(folder: Path) -> list[Path]:
    """The manifests of a folder by name, without what a system left there, such as `._own.csv`."""
    return sorted(path for path in folder.glob("*.csv") if not is_stray(path.name))


def read_manifests(folder: Path | None = None, challenge: Challenge = SPGC) -> Manifest:
    """All manifests of `folder`, or the ones that come with spgc, as one.

    challenge: whose classes and sets they have.

    Raises DataError when the folder is missing or holds no manifest.
    """
    words = () if folder is None else ("--manifests", str(folder))
    folder = manifests_dir() if folder is None else folder
    if not folder.is_dir():
        raise DataError("no such manifests folder", where=folder, do="check the path")
    # The challenge's order first, so that listings read train, val, test1 ...
    order = {f"{name}.csv": rank for rank, name in enumerate(challenge.sets)}
    paths = sorted(manifest_files(folder), key=lambda p: (order.get(p.name, len(order)), p.name))
    if not paths:
        raise DataError(
            "manifests folder holds no manifest",
            where=folder,
            expected="train.csv, val.csv, ...",
            do="spgc data index ROOT builds manifests for a folder of your own",
        )
    parts = (read_manifest(path, challenge) for path in paths)
    made = merge(parts, challenge, folder)
    return replace(made, words=(*words, *challenge.options))


def write_manifest(cases: Iterable[Case], path: Path) -> None:
    """Write one manifest file, all or nothing."""
    rows = ((c.case_id, c.label or "", c.split, c.source, c.certainty) for c in cases)
    write_text(path, csv_text([COLUMNS, *rows]))
