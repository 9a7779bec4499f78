"""Names and orders that tell classes: case IDs, the list of cases, files and folders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import lgamma, log
from pathlib import PurePosixPath

from spgc.challenge.word_forms import word_form
from spgc.data.case_names import same_name_form
from spgc.data.manifests import Manifest

ACCIDENTS = 0.01
"""The chance below which classes that go with something do so by no accident."""

BLOCKS = 1e-6
"""The same of classes that stand in blocks: cases of one kind may well have come one by one."""

_PARTS = (
    ("the beginning of a case ID", re.compile(r"\d.*", re.DOTALL)),
    ("the end of a case ID", re.compile(r"\A.*\d", re.DOTALL)),
    ("a case ID without its numbers", re.compile(r"\d+")),
)
"""Parts of case IDs, each by what is taken away for it."""

_SEPARATORS = re.compile(r"[\s_.-]")


def cases_that_name(truth: Manifest) -> list[str]:
    """Cases whose ID holds the name of their class, in any script."""
    words = {one.name: [_letters(w) for w in one.words] for one in truth.challenge.classes}
    return [
        case.case_id
        for case in truth
        if any(_is_long(w) and w in _letters(case.case_id) for w in words.get(case.label or "", ()))
    ]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]", "", word_form(text))


def _is_long(word: str) -> bool:
    """Whether it stands in an ID by no accident; two signs are a word in many scripts."""
    return len(word) > (2 if word.isascii() else 1)


def telling_part(truth: Manifest) -> tuple[str, list[str]] | None:
    """What of case IDs goes with the class, as words, and what is found there; None for nothing."""
    for said, away in _PARTS:
        parts = {case.case_id: away.sub("", case.case_id) for case in truth}
        kinds = sorted(set(parts.values()))
        few = 1 < len(kinds) < len(truth) / 2
        if _pure(parts, truth) and (few or not _by_accident(parts, truth)):
            return said, kinds
    return None


def goes_with_class(codes: Mapping[str, str], truth: Manifest) -> bool:
    """Whether each code, of those by case, stands for one class, and by no accident.

    What the set of a case tells of its class everybody knows.
    """
    return _pure(codes, truth) and not _by_accident(codes, truth)


def _pure(codes: Mapping[str, str], truth: Manifest) -> bool:
    meaning: dict[str, str | None] = {}
    return all(
        meaning.setdefault(code, truth[case].label) == truth[case].label
        for case, code in codes.items()
    )


def _by_accident(codes: Mapping[str, str], truth: Manifest) -> bool:
    """Whether as many codes may well stand for one class each without knowing any."""
    ways = len(set(codes.values())) * log(len(truth.challenge.names))
    return ways - sum(map(_log_orders, _by_set(codes, truth))) >= log(ACCIDENTS)


def blocks_of_classes(known: Iterable[str], truth: Manifest) -> str | None:
    """How cases in the order that participants see tell classes; None where they don't.

    `blocks` where each class of a set stands in one block, `runs` where cases of one class follow
    each other far more often than by chance. known: case IDs in that order.
    """
    sets = _by_set(known, truth)
    runs = [sum(1 for _ in groupby(one)) for one in sets]
    chance = sum(min(0.0, _log_few_runs(n, one)) for n, one in zip(runs, sets, strict=True))
    if chance >= log(BLOCKS):
        return None
    sorted_ = all(n == len(set(one)) for n, one in zip(runs, sets, strict=True))
    return "blocks" if sorted_ else "runs"


def _by_set(cases: Iterable[str], truth: Manifest) -> list[list[str | None]]:
    """The classes of cases in their order, set by set."""
    found: dict[str, list[str | None]] = {}
    for case in cases:
        found.setdefault(truth[case].split, []).append(truth[case].label)
    return list(found.values())


def _log_orders(classes: Sequence[str | None]) -> float:
    """The logarithm of in how many orders the same classes can stand."""
    each = sum(lgamma(number + 1) for number in Counter(classes).values())
    return lgamma(len(classes) + 1) - each


def _log_few_runs(runs: int, classes: Sequence[str | None]) -> float:
    """A bound of the logarithm of the chance that an order has no more than so many runs.

    Ends of runs are chosen among all places, then a class for each, unlike the one before; up to
    half as many runs as cases, a run less has fewer ways.
    """
    n, kinds = len(classes), len(set(classes))
    if kinds < 2 or 2 * runs > n:
        return 0.0
    places = lgamma(n) - lgamma(runs) - lgamma(n - runs + 1)
    ways = places + log(kinds) + (runs - 1) * log(max(kinds - 1, 1)) + log(runs)
    return ways - _log_orders(classes)


def classes_of_paths(paths: Iterable[str], truth: Manifest) -> dict[str, str]:
    """The class that the names of folders and files give a case, as in `rose/F-001.png`."""
    found: dict[str, str] = {}
    for path in paths:
        parts = PurePosixPath(same_name_form(path)).parts
        for place, part in enumerate(parts):
            for case, rest in _cases_in(part, truth):
                words = (*rest, *parts[:place], *parts[place + 1 :])
                named = map(truth.challenge.class_named, (w for w in words if w not in truth))
                if label := next(filter(None, named), None):
                    found.setdefault(case, label)
    return found


def _cases_in(name: str, truth: Manifest) -> Iterator[tuple[str, Sequence[str]]]:
    """The case that a name is of, with or without endings or words before and behind it, and
    these words."""
    if name in truth:
        yield name, ()
        return
    for cut in _SEPARATORS.finditer(name):
        head, tail = name[: cut.start()], name[cut.end() :]
        if head in truth:
            yield head, (tail, tail.partition(".")[0])
            return
        bare = (tail, *(tail[: end.start()] for end in re.finditer(r"\.", tail)))
        if case := next((one for one in bare if one in truth), None):
            yield case, (head,)
            return
