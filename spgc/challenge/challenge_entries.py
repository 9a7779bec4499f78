"""Entries of a challenge file, read strictly: known keys, right kinds, bounded printable text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from spgc.errors import DataError
from spgc.text.printable import printable
from spgc.text.unicode_form import composed

_Word = TypeVar("_Word", bound=str)

LONGEST_TEXT, LONGEST_NAME = 500, 40
MOST_ENTRIES = 100
"""Sets, pools, spellings: of each no more than this."""

FIRST_YEAR, LAST_YEAR = 1900, 2999
"""Of dates: platforms reckon with the day after, which the last day of the calendar has not."""

_NAME = re.compile(r"\w[\w .+()/&-]*")
"""A name that stands in tables, files and columns: no signs that mean anything there."""


class Entries:
    """One table of a challenge file; `place` is what it is called, such as `classes[2]`.

    Every method raises DataError, naming file and key, for a value of another kind. `finish`
    refuses what nobody asked for.
    """

    def __init__(self, values: object, path: Path, place: str = "") -> None:
        self.path, self.place = path, place
        if not isinstance(values, dict):
            raise self.wrong("", values, "a table")
        self._values: Mapping[str, Any] = values
        self._asked: set[str] = set()

    def finish(self) -> None:
        """Refuse keys that mean nothing: one may be a slip of the pen for another."""
        if more := sorted(set(self._values) - self._asked):
            raise DataError(
                f"challenge file has unknown keys{f' in {self.place}' if self.place else ''}",
                where=self.path,
                found=", ".join(map(_short, more)),
                expected=", ".join(sorted(self._asked)),
            )

    def wrong(self, key: str, found: object, expected: str) -> DataError:
        """The error of a value under `key`."""
        called = ".".join(filter(None, (self.place, key))) or "the file"
        shown = "nothing" if found is None else _short(found)
        return DataError(
            f"challenge file: {called} is wrong", where=self.path, found=shown, expected=expected
        )

    def get(self, key: str) -> Any:
        """The value as it is; None where there is none."""
        self._asked.add(key)
        return self._values.get(key)

    def text(self, key: str, default: str | None = None, longest: int = LONGEST_TEXT) -> str:
        """A printable line. Required unless there is a `default`."""
        value = self.get(key)
        if value is None and default is not None:
            return default
        return self._line(key, value, longest)

    def _line(self, key: str, value: object, longest: int) -> str:
        """In the Unicode form of lists of cases: editors save the same letters in several."""
        value = composed(value) if isinstance(value, str) else value
        good = isinstance(value, str) and 0 < len(value) <= longest and value == value.strip()
        if not good or printable(str(value)) != value:
            raise self.wrong(key, value, f"a printable line of 1 to {longest} signs")
        return str(value)

    def name(self, key: str, default: str | None = None) -> str:
        """A name: letters, digits, blanks and a few signs that mean nothing in any file."""
        return self._name(key, self.text(key, default, LONGEST_NAME))

    def _name(self, key: str, text: str) -> str:
        # Vowel signs and accents are part of the letters that they stand on.
        bare = "".join(sign for sign in text if unicodedata.category(sign) not in ("Mn", "Mc"))
        if not _NAME.fullmatch(bare) or text[:1] != bare[:1]:
            raise self.wrong(key, text, "letters, digits, blanks and . + - ( ) / & after a letter")
        return text

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names, empty where there is none."""
        values = self._list(key)
        return tuple(self._name(key, self._line(key, value, LONGEST_NAME)) for value in values)

    def lines(self, key: str) -> tuple[str, ...]:
        """A list of printable lines, empty where there is none."""
        return tuple(self._line(key, value, LONGEST_TEXT) for value in self._list(key))

    def _list(self, key: str) -> Sequence[object]:
        value = self.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or len(value) > MOST_ENTRIES:
            raise self.wrong(key, value, f"a list of {MOST_ENTRIES} at most")
        return value

    def tables(self, key: str) -> list[Entries]:
        """The tables of `[[key]]`, empty where there is none."""
        return [
            Entries(value, self.path, f"{key}[{number}]")
            for number, value in enumerate(self._list(key), start=1)
        ]

    def table(self, key: str) -> Entries:
        """The table `[key]`, empty where there is none."""
        value = self.get(key)
        return Entries({} if value is None else value, self.path, key)

    def flag(self, key: str, default: bool) -> bool:
        value = self.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(key, value, "true or false")
        return value

    def whole(self, key: str, least: int, most: int) -> int | None:
        """A whole number, None where there is none."""
        value = self.get(key)
        return None if value is None else self._whole(key, value, least, most)

    def _whole(self, key: str, value: object, least: int, most: int) -> int:
        if type(value) is not int or not least <= value <= most:
            raise self.wrong(key, value, f"a whole number from {least} to {most:,}")
        return value

    def wholes(self, key: str, most: int) -> tuple[int, ...]:
        """A list of whole numbers from 0."""
        return tuple(self._whole(key, value, 0, most) for value in self._list(key))

    def word(self, key: str, known: Sequence[_Word], default: _Word) -> _Word:
        """One of the words that are `known`."""
        value = self.get(key)
        if value is None:
            return default
        for word in known:
            if word == value:
                return word
        raise self.wrong(key, value, " | ".join(known))

    def day(self, key: str) -> date | None:
        """A date without a time, None where there is none."""
        value = self.get(key)
        if value is not None and type(value) is not date:
            raise self.wrong(key, value, "a date such as 2021-02-01, without quotes")
        if value is not None and not FIRST_YEAR <= value.year <= LAST_YEAR:
            raise self.wrong(key, str(value), f"a year from {FIRST_YEAR} to {LAST_YEAR}")
        return value


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
