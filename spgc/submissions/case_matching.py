"""Matching cells with case IDs: spelling repairs that can't hit another case."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher, get_close_matches
from typing import Protocol

from spgc.challenge.definition import Challenge
from spgc.data.case_names import DASHES, is_phantom, spelling_key, unique_keys
from spgc.data.manifests import Manifest

_NUMBER = re.compile(r"0*(\d{1,9})(\.0*)?", re.ASCII)
_LAST_NUMBER = re.compile(r"(\d{1,9})$", re.ASCII)
_NUMBERS = re.compile(r"\d+")
_LIKE_DIGITS = re.compile(r"(?<=[\d\-])[oil\d]*\d[oil\d]*|(?<=\d)[oil]+")
_AS_DIGITS = str.maketrans("oil", "011")

MAX_COMPARED = 100_000
"""IDs that unknown ones are compared with, all of a file together; then they are listed bare."""


class Finder(Protocol):
    """Tells which case a cell means."""

    def find(self, text: str) -> str | None:
        """The case that `text` (already clean of spaces and quotes) names, or None."""

    def sure(self, text: str) -> bool:
        """Whether `text` can be nothing else than a case ID, such as a word of a header."""

    @property
    def knows_cases(self) -> bool:
        """Whether there is a list of the cases, by which their column is told from others."""

    @property
    def expected(self) -> str:
        """What was expected in place of an unknown case."""

    def advice(self, text: str) -> str:
        """What to do about an unknown case."""


class CaseFinder:
    """Looks up case IDs of a manifest by spelling; `splits` is where suggestions come from."""

    knows_cases = True

    def __init__(self, manifest: Manifest, splits: Collection[str] = ()) -> None:
        self._manifest = manifest
        self.synthetic = any(case.synthetic for case in manifest)
        self._by_key = unique_keys(case.case_id for case in manifest)
        inside = frozenset(splits)
        near = {
            key: case
            for key, case in self._by_key.items()
            if not inside or manifest[case].split in inside
        }
        self._near = near or self._by_key
        self._by_number = _unique_numbers(self._near.values())
        self._bare: str | None = None
        self._left = MAX_COMPARED

    def find(self, text: str) -> str | None:
        return text if text in self._manifest else self._by_key.get(spelling_key(text))

    def sure(self, text: str) -> bool:
        return self.find(text) is not None

    @property
    def expected(self) -> str:
        if self._manifest.own_truth:
            return "a case of the truth"
        return f"a case of the {'manifests' if self._manifest.challenge.shipped else 'challenge'}"

    def advice(self, text: str) -> str:
        own = self._manifest.own_truth
        if is_phantom(text) and not self.synthetic and not own:
            return "a phantom's case: name its manifests with --manifests DIR"
        if _NUMBER.fullmatch(text):
            return self._for_number(text)
        if near := self.nearest(text):
            return f"did you mean {near}?"
        if own:
            return "remove the row, or add the case to the truth file"
        if not self._manifest.challenge.shipped:
            return "remove the row"
        return "remove the row, or name your own manifests with --manifests DIR"

    def _for_number(self, text: str) -> str:
        """A bare number names a case of one split only; all of a file get the same advice."""
        if self._bare is None:
            match = _NUMBER.fullmatch(text)
            case = self._by_number.get(int(match.group(1))) if match else None
            example = f", such as {case} for {text}" if case else ""
            self._bare = f"write whole case IDs instead of numbers{example}"
        return self._bare

    def nearest(self, text: str) -> str | None:
        """The valid ID that looks most like `text`, or None.

        An ID with other numbers is another patient's and no slip of the pen; only letters that look
        like digits are taken for them. Of two that are equally near none is named.
        """
        self._left -= len(self._near)
        if self._left < 0 or len(text) > 64:
            return None
        key = spelling_key(text)
        digits = spelling_key(_LIKE_DIGITS.sub(lambda m: m[0].translate(_AS_DIGITS), key))
        if digits != key:
            return self._by_key.get(digits)
        alike = [one for one, case in self._near.items() if _same_numbers(key, one, case)]
        near = get_close_matches(key, alike, n=2, cutoff=0.6)
        if len(near) == 2 and _likeness(near[0], key) == _likeness(near[1], key):
            return None
        return self._near[near[0]] if near else None


class NamedFinder:
    """Takes any name as a case: for a file of labels whose cases are compared later."""

    knows_cases = False
    expected = "a case ID"

    def __init__(self, challenge: Challenge) -> None:
        self._challenge = challenge

    def find(self, text: str) -> str | None:
        return text if self._challenge.class_named(text) is None else None

    def sure(self, text: str) -> bool:
        return False

    def advice(self, text: str) -> str:
        return "add the ID, or remove the row"


def _unique_numbers(cases: Iterable[str]) -> dict[int, str]:
    """Cases by the number that their ID ends in, where no other ends in it."""
    named = [(int(m.group(1)), case) for case in cases if (m := _LAST_NUMBER.search(case))]
    counts = Counter(number for number, _ in named)
    return {number: case for number, case in named if counts[number] == 1}


def _likeness(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other).ratio()


def _same_numbers(key: str, other: str, case: str) -> bool:
    """Whether `key` has the numbers of `other`, the key of `case`, or is one of both undashed."""
    if key in (DASHES.sub("", other), DASHES.sub("", case.lower())):
        return True
    return _NUMBERS.findall(key) == _NUMBERS.findall(other)
