"""Parsing a printed leaderboard: each cell, and the numbers of patients that fit it."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from spgc.board.board_rows import GROUPS, board_files, board_sets, row_files
from spgc.board.published_folder import published_folder
from spgc.challenge.definition import Challenge
from spgc.errors import LeaderboardError
from spgc.files.doubles import first_double
from spgc.files.json_documents import parse_json
from spgc.files.regular import check_regular, read_regular

TOTAL = "total"
"""Name of the cell that holds the accuracy or the total."""

MAX_BYTES = 64 * 2**20
"""A leaderboard file larger than this is refused."""

MAX_SCANS = 100_000
"""Scans of a class beyond which a row is refused: possible numbers of patients are listed."""

MAX_NUMBER = 10**9
"""Beyond which a printed number is refused: JSON's may have hundreds of digits."""

MAX_DECIMALS = 12
"""Decimals of a printed rate that are more than any board has."""

_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Cell:
    """One printed number: `value` patients when `decimals` is None, else a share of `size`."""

    name: str
    value: Fraction
    decimals: int | None
    size: int

    def fitting(self) -> range:
        """Whole numbers of patients that print as this, rounded or cut; empty when none does.

        A share of no scans fits none.
        """
        return _fitting(self.value, self.decimals, self.size)

    @property
    def printed(self) -> str:
        if self.decimals is None:
            return f"{self.value}/{self.size}"
        return f"{float(self.value):.{self.decimals}f}"


@lru_cache(maxsize=65536)
def _fitting(value: Fraction, decimals: int | None, size: int) -> range:
    if decimals is None:
        whole = value.denominator == 1 and 0 <= value <= size
        return range(int(value), int(value) + 1) if whole else range(0)
    # Shares from half a unit below the printed one, which rounds up to it, to less than a unit
    # above, which is cut to it.
    unit = Fraction(1, 10**decimals)
    low = max(0, math.ceil((value - unit / 2) * size))
    end = min(size + 1, math.ceil((value + unit) * size))
    return range(low, max(low, end)) if size else range(0)


@dataclass(frozen=True)
class Claim:
    """One row as printed: a cell per class (None where nothing is printed) and a total."""

    team: str
    set_name: str
    group: str
    sizes: tuple[int, ...]
    classes: tuple[Cell | None, ...]
    total: Cell | None
    position: int | None = None


def read_claims(
    path: Path, challenge: Challenge, sizes: Sequence[int] | None = None
) -> list[Claim]:
    """All rows of a leaderboard: a folder of row files, a JSON file with a list, or a CSV.

    challenge: whose classes and sets they have; sizes: scans per class, for a CSV that prints
    rates. Raises LeaderboardError, naming the file
    and the row, for what can't be read.
    """
    if path.is_dir():
        folders = [path / group for group in GROUPS if (path / group).is_dir()] or [path]
        files = sorted(file for folder in folders for file in row_files(folder))
        if not files:
            raise LeaderboardError("no leaderboard rows", where=path, expected="JSON files")
        return [claim for file in files for claim in _from_json(_text(file), file, challenge)]
    text = _text(path)
    is_json = text.lstrip()[:1] in ("[", "{")
    found = _from_json(text, path, challenge)
    claims = list(found if is_json else _from_csv(text, path, sizes, challenge))
    if not claims:
        raise LeaderboardError("no leaderboard rows", where=path, expected="a row per team")
    return claims


def published_claims(challenge: Challenge) -> list[Claim]:
    """What the published rows of a challenge print; empty where it has none. Raises alike."""
    folder = published_folder(challenge)
    return read_claims(folder, challenge) if folder and board_files(folder) else []


def _text(path: Path) -> str:
    try:
        if check_regular(path) > MAX_BYTES:
            raise LeaderboardError(
                "leaderboard is too large", where=path, expected="64 MiB at most"
            )
        return read_regular(path).decode("utf-8-sig")
    except OSError as error:
        reason = (error.strerror or "").lower()
        raise LeaderboardError(
            "can't read leaderboard", where=path, found=reason, do="check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise LeaderboardError(
            "leaderboard is not UTF-8 text",
            where=path,
            found=f"byte {error.start + 1} is none",
            expected="JSON or CSV",
            do="save it as CSV UTF-8",
        ) from error


def _from_json(text: str, path: Path, challenge: Challenge) -> Iterator[Claim]:
    done = 0
    try:
        document = parse_json(text)
        for row in document if isinstance(document, list) else [document]:
            yield claim_of(row, challenge)
            done += 1
    except (KeyError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise _no_row(path, f"row {done + 1}", error) from error
    except RecursionError as error:
        raise _no_row(path, "the whole", error) from error


def _no_row(path: Path, where: str, error: Exception) -> LeaderboardError:
    return LeaderboardError(
        "not a leaderboard row",
        where=f"{path}, {where}",
        found=f"{type(error).__name__}: {error}",
        expected="the form in leaderboard/README.md",
    )


def claim_of(document: Mapping[str, Any], challenge: Challenge) -> Claim:
    """What a row's `reported` part prints, or where it has none the counts that follow.

    Raises KeyError, TypeError or ValueError.
    """
    classes = challenge.names
    sizes = tuple(_whole(document["cases"][name], MAX_SCANS) for name in classes)
    reported = document.get("reported") or document["follows"]
    if "total_hits" in reported:
        hits = reported["hits"] or {}
        cells = [_count(c, hits.get(c), n) for c, n in zip(classes, sizes, strict=True)]
        total = _count(TOTAL, reported["total_hits"], sum(sizes))
    else:
        shares, decimals = reported["sensitivity"] or {}, reported["decimals"]
        cells = [
            _share(c, shares.get(c), decimals["sensitivity"], n)
            for c, n in zip(classes, sizes, strict=True)
        ]
        total = _share(TOTAL, reported["accuracy"], decimals["accuracy"], sum(sizes))
    return Claim(
        str(document["team"]),
        str(document["set"]),
        str(document["group"]),
        sizes,
        tuple(cells),
        total,
        _position(document.get("position_printed")),
    )


def _position(value: Any) -> int | None:
    return None if value is None else _whole(value, MAX_SCANS)


def _whole(value: Any, largest: int) -> int:
    """A whole number that JSON holds as one: texts such as 1e999999999 would take for ever."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= largest:
        raise ValueError(f"{str(value)[:40]!r} is no whole number from 0 to {largest:,}")
    return value


def _count(name: str, value: Any, size: int) -> Cell | None:
    return None if value is None else Cell(name, _number(value), None, size)


def _share(name: str, value: Any, decimals: Any, size: int) -> Cell | None:
    if value is None:
        return None
    return Cell(name, _number(value), _whole(decimals, MAX_DECIMALS), size)


def _number(value: Any) -> Fraction:
    """A JSON number as it is printed. Raises ValueError for texts, and for what no board prints."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not abs(value) <= MAX_NUMBER:
        raise ValueError(f"{str(value)[:40]!r} is no number")
    return Fraction(str(value))


_PRINTED = re.compile(
    r"^(?P<whole>[0-9]{1,9}|(?=[.,][0-9]))(?:[.,](?P<part>[0-9]{1,12}))?\s*(?P<percent>%?)$"
)
_COUNTED = re.compile(r"^(?P<hits>[0-9]{1,9})\s*/\s*(?P<size>[0-9]{1,9})$")
_TEAM_WORDS, _TOTAL_WORDS = ("team", "name", "method", "model"), ("accuracy", "total", "overall")
_SET_WORDS = ("set", "split")


def parse_cell(name: str, text: str, size: int | None) -> Cell | None:
    """A printed cell: `0.8571`, `.8571`, `85.7 %`, `30/35`; None where nothing is printed.

    Numbers above 1 are percentages; a decimal comma is understood. Raises ValueError for anything
    else, and for a rate without a number of scans.
    """
    text = text.strip()
    if text in ("", "-", "–", "—"):
        return None
    if counted := _COUNTED.match(text):
        return Cell(name, Fraction(counted["hits"]), None, _whole(int(counted["size"]), MAX_SCANS))
    printed = _PRINTED.match(text)
    if printed is None:
        raise ValueError(f"{text[:40]!r} in column {name!r} is neither a rate nor hits/scans")
    if size is None:
        raise ValueError(f"rates need scans per class: --cases, for column {name!r}")
    value = Fraction(f"{printed['whole'] or 0}.{printed['part'] or 0}")
    decimals = len(printed["part"] or "")
    if printed["percent"] or value > 1:
        value, decimals = value / 100, decimals + 2
    return Cell(name, value, decimals, size)


def _from_csv(
    text: str, path: Path, sizes: Sequence[int] | None, challenge: Challenge
) -> Iterator[Claim]:
    """Each line is read by itself, so that a stray quote can't swallow the lines below it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    mark = max(_DELIMITERS, key=next((line for line in lines if line.strip()), "").count)
    columns = None
    for number, line in enumerate(lines, start=1):
        try:
            row = _cells(line, mark)
            if not any(row):
                continue
            if columns is None:
                columns = _Columns(row, path, next(iter(board_sets(challenge))))
            else:
                yield columns.claim(row, sizes)
        except (ValueError, csv.Error) as error:
            raise LeaderboardError(
                "not a leaderboard row",
                where=f"{path}, line {number}",
                found=str(error),
                expected="rates such as 0.8571 or counts such as 30/35",
            ) from error
    if columns is None:
        _Columns([], path, "")


def _cells(line: str, mark: str) -> list[str]:
    """The cells of a line, stripped; one in quotes as a whole is unwrapped."""
    if line.count('"') % 2:
        raise ValueError("a quote that is not closed in this line")
    row = next(csv.reader([line], delimiter=mark, strict=True, skipinitialspace=True), [])
    if len(row) == 1 and mark in row[0]:
        return _cells(row[0], mark)
    return [cell.strip() for cell in row]


class _Columns:
    """Which column of a CSV leaderboard is the team, the total, a class."""

    def __init__(self, header: Sequence[str], path: Path, default: str) -> None:
        """default: the set of rows that name none."""
        self._default = default
        words = [name.lower() for name in header]
        self.team = _first(words, _TEAM_WORDS)
        self.total = _first(words, _TOTAL_WORDS)
        self.set = _first(words, _SET_WORDS)
        used = {self.team, self.total, self.set}
        skipped = ("#", "rank", "group", "source", "doubt", "note")
        self.classes = [i for i, w in enumerate(words) if i not in used and w not in skipped]
        self.classes = [i for i in self.classes if words[i]]
        self.names = tuple(header[i] for i in self.classes)
        self.width = len(header)
        if self.team is None or not self.classes:
            raise LeaderboardError(
                "leaderboard lacks columns",
                where=path,
                found=", ".join(header) or "no header",
                expected="Team, Accuracy, and one column per class",
            )

        used_words = [w for i, w in enumerate(words) if i in used or i in self.classes]
        if twice := first_double(used_words):
            raise LeaderboardError(
                f"leaderboard has two columns {twice}",
                where=path,
                found=", ".join(header),
                expected="each column once",
                do="remove one of the two",
            )

    def claim(self, row: Sequence[str], sizes: Sequence[int] | None) -> Claim:
        if sizes is not None and len(sizes) != len(self.classes):
            raise ValueError(f"{len(sizes)} numbers of scans for {len(self.classes)} classes")

        if len(row) != self.width and (len(row) < self.width or any(row[self.width :])):
            raise ValueError(f"{len(row)} cells in a table of {self.width} columns")

        def text(i: int | None) -> str:
            return "" if i is None else row[i]

        per_class: Sequence[int | None] = sizes or [None] * len(self.classes)
        cells = tuple(
            parse_cell(name, text(i), size)
            for name, i, size in zip(self.names, self.classes, per_class, strict=True)
        )
        pairs = zip(cells, per_class, strict=True)
        known = tuple(cell.size if cell else (size or 0) for cell, size in pairs)
        sized = any(size is not None for size in per_class) or any(cells)
        total = parse_cell(TOTAL, text(self.total), sum(known) if sized else None)
        name = text(self.set).strip() or self._default
        return Claim(text(self.team).strip(), name, GROUPS[0], known, cells, total)


def _first(words: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((i for i, word in enumerate(words) if word in wanted), None)
