"""From the bytes of a submission to lines of cells, whatever the program that wrote it.

Repairs made here: byte order mark, UTF-16, Latin-1, CRLF and CR line ends, `sep=` lines, another
delimiter, blank lines, rows wrapped in quotes as a whole. None of them can change an answer.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spgc.protocol import class_named
from spgc.regular_files import check_regular, read_regular
from spgc.scoring.problems import Findings, Problem, RefusedError, shown

MAX_BYTES = 16 * 2**20
"""A submission larger than this is refused: all 437 cases with probabilities take 20 kB."""

DELIMITERS = (",", ";", "\t", "|", " ")

_SPREADSHEETS = {b"PK\x03\x04": "xlsx or zip", b"\xd0\xcf\x11\xe0": "xls"}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SEP_LINE = re.compile(r'^"?sep=([,;\t|])"?$', re.IGNORECASE)
_INVISIBLE = str.maketrans({"\u00a0": " ", "\u200b": None, "\u2060": None, "\ufeff": None})
_SAVE_AS = "open it in the spreadsheet program and save it as CSV UTF-8"


@dataclass(frozen=True)
class Line:
    """One row of the file: its number, counted from 1, and its cells as they stand."""

    number: int
    cells: tuple[str, ...]


def read_lines(data: bytes, findings: Findings) -> tuple[list[Line], str]:
    """All rows that hold something, and the delimiter they use.

    Raises RefusedError where nothing more can be said: empty, binary, a spreadsheet.
    """
    text = _one_line_end(_decode(data, findings), findings)
    lines = [(n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        raise RefusedError(empty("nothing but blank lines"))
    _note_blanks(text, lines, findings)
    delimiter, lines = _delimiter(lines, findings)
    return list(_cells(lines, delimiter, findings)), delimiter


def clean(cell: str) -> str:
    """A cell without the marks that spreadsheets leave: spaces, quotes, `'`, `="..."`."""
    text = cell.translate(_INVISIBLE).strip()
    if text.startswith('="'):
        text = text[1:]
    return text.strip("\"'`\u2018\u2019\u201c\u201d").strip()


def load(path: Path) -> bytes:
    """The file's bytes; raises RefusedError when it can't be read or is far too large."""
    try:
        if check_regular(path) > MAX_BYTES:
            raise RefusedError(
                Problem(
                    "too-large", "refused", "the file is too large for a submission",
                    found=f"{path.stat().st_size:,} bytes", expected="at most 16 MiB",
                    fix="give the CSV of labels, not the scans",
                )
            )  # fmt: skip
        return read_regular(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RefusedError(
            Problem("unreadable", "refused", "the file can't be read",
                    found=reason.lower(), expected="a CSV file", fix="check the path")
        ) from error  # fmt: skip


def empty(found: str) -> Problem:
    """The problem of a file without a single row."""
    return Problem(
        "empty", "refused", "the file is empty", found=found,
        expected="a header and one row per case", fix="spgc example --split test2 shows one",
    )  # fmt: skip


def _decode(data: bytes, findings: Findings) -> str:
    if not data.strip():
        raise RefusedError(empty(f"{len(data)} bytes"))
    for magic, name in _SPREADSHEETS.items():
        if data.startswith(magic):
            raise RefusedError(
                Problem("spreadsheet", "refused", "this is a spreadsheet, not a CSV",
                        found=f"an {name} file", expected="plain text", fix=_SAVE_AS)
            )  # fmt: skip
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decode_utf16(data, findings)
    if _CONTROL.search(data):
        raise RefusedError(_binary())
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        findings.repaired("encoding", "not UTF-8, read as Latin-1", expected="UTF-8")
        return data.decode("latin-1")
    if text.startswith("\ufeff"):
        findings.repaired("bom", "byte order mark at the start, left out", expected="plain UTF-8")
        text = text.removeprefix("\ufeff")
    return text


def _binary() -> Problem:
    return Problem(
        "binary", "refused", "the file is binary, not text", found="control bytes",
        expected="a CSV file", fix="give the CSV of labels, not a model, an array or a scan",
    )  # fmt: skip


def _decode_utf16(data: bytes, findings: Findings) -> str:
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise RefusedError(_binary()) from error
    if "\x00" in text:
        raise RefusedError(_binary())
    findings.repaired("encoding", "text is UTF-16, read as such", expected="UTF-8")
    return text


def _one_line_end(text: str, findings: Findings) -> str:
    if "\r" not in text:
        return text
    name = "CRLF" if "\r\n" in text else "CR"
    findings.repaired("line-ends", f"{name} line ends, read as LF", found=name, expected="LF")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _note_blanks(text: str, lines: list[tuple[int, str]], findings: Findings) -> None:
    used = {number for number, _ in lines}
    blank = [n for n in range(1, lines[-1][0]) if n not in used]
    trailing = len(text.rstrip("\n").split("\n")) - lines[-1][0]
    count = len(blank) + trailing
    if count:
        line = blank[0] if blank else lines[-1][0] + 1
        findings.repaired("blank-lines", f"{count} blank line(s), skipped", line=line)


def _delimiter(
    lines: list[tuple[int, str]], findings: Findings
) -> tuple[str, list[tuple[int, str]]]:
    """The delimiter, and the lines without a spreadsheet's `sep=` line."""
    number, first = lines[0]
    if match := _SEP_LINE.match(first.strip(" ")):
        findings.repaired("sep-line", "spreadsheet line, skipped", line=number, found=shown(first))
        return match.group(1), lines[1:]
    best = max(DELIMITERS, key=lambda mark: (*_fit(lines[:60], mark), -DELIMITERS.index(mark)))
    if best != "," and _fit(lines[:60], best)[1]:
        findings.repaired("delimiter", "another delimiter", found=shown(best), expected="','")
    return best, lines


def _fit(lines: list[tuple[int, str]], mark: str) -> tuple[int, int]:
    """How many lines hold a label as a cell of its own, and how many have two cells or more."""
    rows = [line.split(mark) for _, line in lines]
    labelled = sum(any(class_named(clean(c)) for c in row) for row in rows if len(row) > 1)
    return labelled, sum(len(row) > 1 for row in rows)


def _cells(lines: list[tuple[int, str]], delimiter: str, findings: Findings) -> Iterator[Line]:
    """Each line is parsed alone, so that an open quote can't swallow the rest of the file."""
    for number, line in lines:
        try:
            cells = _split(line, delimiter)
            if len(cells) == 1 and delimiter in cells[0]:
                findings.repaired("quotes", "row in quotes as a whole, unwrapped", line=number)
                cells = _split(cells[0], delimiter)
        except csv.Error as error:
            findings.refused(
                "not-csv", "the row is not CSV", line=number, found=str(error),
                expected="one row per case", fix="remove the stray quote or the overlong text",
            )  # fmt: skip
            continue
        yield Line(number, tuple(cells))


def _split(line: str, delimiter: str) -> list[str]:
    skip = delimiter == " "
    return next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=skip))
