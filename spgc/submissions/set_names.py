"""Names of the sets in a truth file: one set, one name, however it is spelled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from spgc.challenge.definition import Challenge
from spgc.data.manifests import refuse_many_splits
from spgc.errors import DataError
from spgc.submissions.problems import Problem, shown


def set_names(splits: Iterable[str], where: str, challenge: Challenge) -> dict[str, str]:
    """What each set is called, by its name in the file `where`.

    The challenge's own name where only letter case and dashes differ from it, else the first of the
    spellings. Raises DataError where a set is named beside an alias of it, which may be another,
    and for more sets than anybody scores.
    """
    words = challenge.set_words
    names: dict[str, str] = {}
    first: dict[str, str] = {}
    for split in splits:
        if split not in names:
            key = words.key(split)
            refuse_many_splits(len(names) + 1, where)
            names[split] = key if key in challenge.sets else first.setdefault(key, split)
    meant: dict[str, str] = {}
    for name in names.values():
        other = meant.setdefault(words.meant(name), name)
        if other != name:
            raise DataError(
                "two names of one set",
                where=where,
                found=f"{other} and {name}",
                expected=f"one name: both mean {words.meant(name)}",
                do="rename one of them",
            )
    return names


def renamed(names: Mapping[str, str]) -> Iterator[Problem]:
    """A remark on the sets that have another name than in the file."""
    if others := [f"{split} as {name}" for split, name in names.items() if split != name]:
        yield Problem(
            "set-spelling",
            "remark",
            "sets in several spellings, or in other ones than the challenge's: taken as one",
            found=shown("; ".join(others), 60),
        )
