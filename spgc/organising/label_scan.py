"""Whether a file that participants see tells labels: cases beside their class, or classes in order.

A file that gives all cases one class tells nothing, and neither do guesses; one that names the
cases of one class alone does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import comb

from spgc.data.case_names import same_name_form
from spgc.data.manifests import Manifest
from spgc.organising.names_that_tell import ACCIDENTS, classes_of_paths, goes_with_class
from spgc.scoring.intervals import at_least

_CELLS = re.compile(r"[,;\t|\n\r]")
_TOKENS = re.compile(r'"([^"\n]*)"|\'([^\'\n]*)\'|([^\s,;:|\[\]{}()="\'<>/]+)')

NEAR = 4
"""Cells from a case to its class that are looked at, on both sides."""


def labels_told(data: bytes, truth: Manifest) -> str | None:
    """How a file tells labels, in a few words that name none; None where it doesn't."""
    for text in _texts(data):
        for cells in (_cells(text), _tokens(text)):
            pairs = _pairs(cells, truth)
            right = sum(truth[case].label == label for case, label in pairs.items())
            if _too_right(right, pairs, truth):
                return f"names the true class of {right} of {len(pairs)} cases"
            if _in_order(cells, truth):
                return "holds classes in the order of the cases"
            if _coded(cells, truth):
                return "has something beside cases that goes with their class"
    return None


def paths_told(paths: Iterable[str], truth: Manifest) -> str | None:
    """How the names of files and folders tell labels, in a few words; None where they don't."""
    pairs = classes_of_paths(paths, truth)
    right = sum(truth[case].label == label for case, label in pairs.items())
    if not _too_right(right, pairs, truth):
        return None
    return f"name the true class of {right} of {len(pairs)} cases"


def _too_right(right: int, pairs: Mapping[str, str], truth: Manifest) -> bool:
    """Whether more classes are right than would be without knowing any.

    Of several classes: all of them, or more than if all had the commonest. In any case more than
    a file would have by accident that was made blindly for the same sets.
    """
    named = Counter(pairs.values())
    if not right:
        return False
    if len(named) > 1:
        if right == len(pairs):
            return True
        if right <= max(Counter(truth[case].label for case in pairs).values()):
            return False
    sets = {truth[case].split for case in pairs}
    inside = Counter(case.label for case in truth if case.split in sets)
    blind = sum(n * inside[label] for label, n in named.items())
    return at_least(right, len(pairs), blind / len(pairs) / inside.total()) < ACCIDENTS


def is_text(data: bytes) -> bool:
    """Whether labels can be looked for in a file: some packed ones are UTF-16 by accident."""
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    return marked or (b"\x00" not in data and any(True for _ in _texts(data)))


def _texts(data: bytes) -> Iterator[str]:
    """The file as text, where it can be one."""
    for codec in ("utf-8-sig", "utf-16"):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            yield same_name_form(text)
            return


def _cells(text: str) -> list[str]:
    return [cell.strip(" \"'") for cell in _CELLS.split(text)]


def _tokens(text: str) -> list[str]:
    return ["".join(found) for found in _TOKENS.findall(text)]


def _pairs(cells: Sequence[str], truth: Manifest) -> dict[str, str]:
    """The class nearest to each case, looked for up to the next case on either side."""
    found: dict[str, str] = {}
    named = truth.challenge.class_named
    for place, cell in enumerate(cells):
        if cell not in truth or cell in found:
            continue
        for step in (*range(1, NEAR + 1), *range(-1, -NEAR - 1, -1)):
            other = cells[place + step] if 0 <= place + step < len(cells) else ""
            label = named(other) if other and other not in truth else None
            if label:
                found[cell] = label
                break
    return found


def _coded(cells: Sequence[str], truth: Manifest) -> bool:
    """Whether what stands beside each case, always in the same place, goes with its class: numbers
    of classes, or their names in another language."""
    places: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if cell in truth:
            places.setdefault(cell, place)
    for step in (*range(1, NEAR + 1), *range(-1, -NEAR - 1, -1)):
        codes = {case: _at(cells, place + step) for case, place in places.items()}
        said = {c: code for c, code in codes.items() if code and code not in truth}
        if len(said) > 1 and goes_with_class(said, truth):
            return True
    return False


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if 0 <= place < len(cells) else ""


def _in_order(cells: Sequence[str], truth: Manifest) -> bool:
    """Whether the classes of a set stand one after the other: by name, or numbered from 0 or 1."""
    challenge = truth.challenge
    places = {name: place for place, name in enumerate(challenge.names)}
    named = [places[label] for cell in cells if (label := challenge.class_named(cell))]
    numbers = [int(cell) for cell in cells if re.fullmatch(r"\d\d?", cell)]
    sequences = [named, numbers, [number - 1 for number in numbers]]
    for name in truth.splits():
        wanted = [places.get(case.label or "", -1) for case in truth.split(name)]
        if any(_holds(one, wanted) for one in sequences):
            return True
    return False


def _holds(sequence: Sequence[int], wanted: Sequence[int]) -> bool:
    """Whether `wanted` stands in `sequence`, as it is, and by no accident.

    A program holds many numbers, so that a few of two kinds in some order stand in it anyway.
    """
    if (len(sequence) - len(wanted) + 1) / _orders(wanted) > ACCIDENTS:
        return False
    signs = "".join(chr(0x4E00 + one) for one in sequence)
    return "".join(chr(0x4E00 + one) for one in wanted) in signs


def _orders(classes: Sequence[int]) -> int:
    """In how many orders the same classes can stand."""
    made, left = 1, len(classes)
    for number in Counter(classes).values():
        made *= comb(left, number)
        left -= number
    return made
