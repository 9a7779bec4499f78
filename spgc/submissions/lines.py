"""Parsing a submission's bytes into lines of cells, whatever program wrote it.

Repairs made here: UTF-16, Windows-1252, CR line ends, `sep=` lines, another delimiter, blank lines,
rows of delimiters only, rows wrapped in quotes as a whole. None of them can change an answer. A
byte order mark, CRLF and line breaks inside quotes are good form, and nothing is said of them.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spgc.challenge.definition import Challenge
from spgc.files.regular import check_regular, read_regular
from spgc.files.standard_input import GivenFile, StandardInput
from spgc.submissions.problems import Findings, Problem, RefusedError, shown

MAX_CELLS = 10_000
"""A row with more cells is refused: six are the most that a submission needs."""

MAX_ROWS = 1_000_000
"""A file with more rows below its header is refused."""

MAX_SPARSE = 2_000_000
"""Rows times columns up to which most cells may be missing."""

MAX_LINES = 8 * 2**20
"""A file with more lines is refused, blank ones included: each takes memory."""

MAX_CELL_LINES = 1000
"""Lines that one quoted cell may go over; more, and a quote is missing somewhere."""

MAX_OPEN_QUOTES = 100
"""After so many rows with an open quote the rest is read line by line, in which time is bounded."""

MAX_BYTES = 64 * 2**20
"""A submission larger than this is refused: a million cases with probabilities take 45 MB."""

DELIMITERS = (",", ";", "\t", "|", " ")

_PARTS_OF_XLSX = (b"[Content_Types].xml", b"xl/workbook", b"opendocument.spreadsheet", b".iwa")
_ARCHIVES = {
    b"PK\x03\x04": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "rar",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_SEP_LINE = re.compile(r'^"?sep=([,;\t|])"?$', re.IGNORECASE)
_INVISIBLE = str.maketrans({"\u00a0": " ", "\u200b": None, "\u2060": None, "\ufeff": None})
_LOOKED_AT = 5000
"""Characters of a line by which the delimiter is told."""
_SAVE_AS = "open it in the spreadsheet program and save it as CSV UTF-8"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file: its number, counted from 1, and its cells as they stand."""

    number: int
    cells: tuple[str, ...]


def read_lines(data: bytes, findings: Findings, challenge: Challenge) -> tuple[list[Line], str]:
    """All rows that hold something, and the delimiter they use, which classes help to tell.

    Raises RefusedError where nothing more can be said: empty, binary, a spreadsheet, no row that
    can be read.
    """
    text = _one_line_end(_decode(data, findings, challenge), findings).rstrip("\n")
    if (count := text.count("\n")) >= MAX_LINES:
        raise RefusedError(_too_many("lines", count + 1, MAX_LINES))
    lines = text.split("\n")
    filled = [i for i, line in enumerate(lines) if line.strip()]
    if not filled:
        raise RefusedError(empty("nothing but blank lines", challenge))
    if len(filled) > MAX_ROWS + 1:
        raise RefusedError(_too_many("rows", len(filled), MAX_ROWS))
    delimiter, start = _delimiter(lines, filled[:60], findings, challenge)
    if not (rows := list(_rows(lines, start, delimiter, findings))):
        raise RefusedError(empty("no readable row", challenge))
    _refuse_sparse(rows)
    return rows, delimiter


def _refuse_sparse(rows: Sequence[Line]) -> None:
    """Raise RefusedError for many short rows beside a wide one: columns are read row by row."""
    width = max(len(line.cells) for line in rows)
    if width * len(rows) <= MAX_SPARSE:
        return
    cells = sum(len(line.cells) for line in rows)
    if width * len(rows) > 4 * cells:
        raise RefusedError(
            Problem(
                "too-large",
                "refused",
                "most rows lack most of their cells",
                found=f"{cells:,} cells in {len(rows):,} rows, {width:,} in one of them",
                expected="as many in each row as in the header",
                fix="leave out the columns that are no answers",
            )
        )


def clean(cell: str) -> str:
    """A cell without the marks that spreadsheets leave: spaces, quotes, `'`, `="..."`."""
    if cell.isascii() and cell[:1].isalnum() and cell[-1:].isalnum():
        return cell  # as nearly all are
    text = cell.translate(_INVISIBLE).strip()
    if text.startswith('="'):
        text = text[1:]
    return text.strip("\"'`\u2018\u2019\u201c\u201d").strip()


def load(path: GivenFile) -> bytes:
    """The file's bytes; raises RefusedError when it can't be read or is far too large."""
    if isinstance(path, StandardInput):
        if len(path.data) > MAX_BYTES:
            raise RefusedError(_too_large("more"))
        return path.data
    try:
        size = check_regular(path)
        if size > MAX_BYTES:
            raise RefusedError(_too_large(f"{size:,} bytes"))
        return read_regular(path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RefusedError(
            Problem(
                "unreadable",
                "refused",
                "the file can't be read",
                found=reason.lower(),
                expected="a CSV file",
                fix="check the path",
            )
        ) from error


def _too_many(what: str, count: int, most: int) -> Problem:
    return Problem(
        "too-large",
        "refused",
        f"the file has too many {what} for a submission",
        found=f"{count:,} {what}",
        expected=f"at most {most:,}",
        fix="give one row per case",
    )


def _too_large(found: str) -> Problem:
    return Problem(
        "too-large",
        "refused",
        "the file is too large for a submission",
        found=found,
        expected=f"at most {MAX_BYTES // 2**20} MiB",
        fix="give the CSV of labels, not the scans",
    )


def empty(found: str, challenge: Challenge) -> Problem:
    """The problem of a file without a single row."""
    return Problem(
        "empty",
        "refused",
        "the file is empty",
        found=found,
        expected="a header and one row per case",
        fix=f"{challenge.example_command()} shows one",
    )


def _decode(data: bytes, findings: Findings, challenge: Challenge) -> str:
    if not data.strip():
        raise RefusedError(empty(f"{len(data)} bytes", challenge))
    _refuse_packed(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return _decode_utf16(data, "utf-16", findings)
    if codec := _utf16_without_mark(data):
        return _decode_utf16(data, codec, findings)
    if match := _CONTROL.search(data):
        raise RefusedError(_binary(line=1 + data.count(b"\n", 0, match.start())))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_western(data, findings)
    return text.removeprefix("\ufeff")


def _decode_western(data: bytes, findings: Findings) -> str:
    """Text of Windows-1252, which has dashes and curly quotes where Latin-1 has no signs."""
    try:
        name, text = "Windows-1252", data.decode("cp1252")
    except UnicodeDecodeError:
        name, text = "Latin-1", data.decode("latin-1")
    findings.repaired("encoding", f"not UTF-8, read as {name}", expected="UTF-8")
    return text


def _refuse_packed(data: bytes) -> None:
    """Raise RefusedError for a spreadsheet or an archive."""
    zipped = data.startswith(b"PK\x03\x04") and any(part in data for part in _PARTS_OF_XLSX)
    if zipped or data.startswith(b"\xd0\xcf\x11\xe0"):
        raise RefusedError(
            Problem(
                "spreadsheet",
                "refused",
                "this is a spreadsheet, not a CSV",
                found="an xlsx or ods file" if zipped else "an xls file",
                expected="plain text",
                fix=_SAVE_AS,
            )
        )
    for magic, name in _ARCHIVES.items():
        if data.startswith(magic):
            raise RefusedError(
                Problem(
                    "archive",
                    "refused",
                    f"this is a {name} archive, not a CSV",
                    found=f"a {name} file",
                    expected="plain text",
                    fix="unpack it, and name the CSV in it",
                )
            )


def _binary(line: int | None = None) -> Problem:
    return Problem(
        "binary",
        "refused",
        "the file is binary, not text",
        line=line,
        found="control bytes",
        expected="a CSV file",
        fix="give the CSV of labels, not a model, an array or a scan",
    )


def _utf16_without_mark(data: bytes) -> str | None:
    """The byte order of plain letters in UTF-16: every second byte is zero, the others are not."""
    start = data[:1000]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if len(start) < 8 or max(even, odd) < 0.4 * len(start) or min(even, odd):
        return None
    return "utf-16-le" if odd else "utf-16-be"


def _decode_utf16(data: bytes, codec: str, findings: Findings) -> str:
    try:
        text = codecs.decode(data, codec)
    except UnicodeDecodeError as error:
        raise RefusedError(_binary()) from error
    if "\x00" in text:
        raise RefusedError(_binary())
    findings.repaired("encoding", "text is UTF-16, read as such", expected="UTF-8")
    return text


def _one_line_end(text: str, findings: Findings) -> str:
    text = text.replace("\r\n", "\n")
    if "\r" in text:
        findings.repaired("line-ends", "CR line ends, read as LF", found="CR", expected="LF")
    return text.replace("\r", "\n")


def _delimiter(
    lines: Sequence[str], sample: Sequence[int], findings: Findings, challenge: Challenge
) -> tuple[str, int]:
    """The delimiter by the lines in `sample`, and where the rows begin: below a `sep=` line."""
    first = lines[sample[0]]
    if match := _SEP_LINE.match(first.strip(" ")):
        findings.repaired(
            "sep-line", "spreadsheet line, skipped", line=sample[0] + 1, found=shown(first)
        )
        return match.group(1), sample[0] + 1
    rows = [lines[i][:_LOOKED_AT] for i in sample]
    fits = {mark: _fit(rows, mark, challenge) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: (*fits[mark], -DELIMITERS.index(mark)))
    if best != "," and fits[best][1]:
        findings.repaired("delimiter", "another delimiter", found=shown(best), expected="','")
    return best, 0


def _fit(lines: Sequence[str], mark: str, challenge: Challenge) -> tuple[int, int]:
    """How many lines hold a label as a cell of its own, and how many have two cells or more."""
    rows = [line.split(mark) for line in lines]
    named = challenge.class_named
    labelled = sum(any(named(clean(c)) for c in row) for row in rows if len(row) > 1)
    return labelled, sum(len(row) > 1 for row in rows)


def _rows(lines: Sequence[str], start: int, delimiter: str, findings: Findings) -> Iterator[Line]:
    """Rows that hold something. A row with an open quote is told; the next line is a new row."""
    position, blank, broken = start, 0, 0
    while position < len(lines):
        here, last = position, position + MAX_CELL_LINES if broken < MAX_OPEN_QUOTES else 0
        position += 1
        if not lines[here].strip():
            blank = blank or here + 1
            continue
        try:
            cells, taken = _parse(lines, here, max(last, here + 1), delimiter)
            if len(cells) == 1 and delimiter in cells[0]:
                cells, _ = _parse([cells[0]], 0, 1, delimiter)
                findings.repaired("quotes", "row in quotes as a whole, unwrapped", line=here + 1)
        except csv.Error as error:
            broken += 1
            ahead = lines[here : max(last, here + 1)]
            position = here + _refuse_row(
                ahead, here, delimiter, str(error).replace("\t", r"\t"), findings
            )
            continue
        position = here + taken
        if any(clean(cell) for cell in cells):
            _note_swallowed(cells, here, taken, delimiter, findings)
            yield Line(here + 1, tuple(cells))
        else:
            blank = blank or here + 1
    if blank:
        findings.repaired("blank-lines", "blank lines, or rows of delimiters, skipped", line=blank)


def _parse(lines: Sequence[str], start: int, stop: int, delimiter: str) -> tuple[list[str], int]:
    """The cells of the row that begins at `start`, and over how many lines its quotes go."""
    line = lines[start]
    if line.count(delimiter) >= MAX_CELLS and delimiter != " ":
        raise csv.Error(f"more than {MAX_CELLS:,} cells")
    plain = '"' not in line and "\n" not in line and len(line) <= csv.field_size_limit()
    if plain and delimiter != " ":
        return line.split(delimiter), 1
    ahead = (lines[i] + "\n" for i in range(start, min(stop, len(lines))))
    reader = csv.reader(ahead, delimiter=delimiter, strict=True, skipinitialspace=delimiter == " ")
    return next(reader), reader.line_num


def _refuse_row(
    ahead: Sequence[str], start: int, delimiter: str, reason: str, findings: Findings
) -> int:
    """Tell what is wrong with the row that begins with the first line `ahead`.

    Returns how many lines are done with: those up to the one with the open quote.
    """
    opening = _open_quote(ahead, delimiter)
    fix = "close the quote, or remove it"
    if opening is None:
        fix = "remove the stray quote or the overlong text"
    findings.refused(
        "not-csv",
        "the row is not CSV" if opening is None else "a quote opens and does not close",
        line=start + 1 + (opening or 0),
        found=reason,
        expected="one row per case",
        fix=fix,
    )
    return 1 + (opening or 0)


def _open_quote(ahead: Sequence[str], delimiter: str) -> int | None:
    """How many lines further the quote stands that makes the row unreadable."""
    text = "\n".join(ahead)[: 2 * csv.field_size_limit()]
    sign = re.escape(delimiter)
    # What a lookahead took is not given back: possessive, as Python before 3.11 writes it.
    quoted = rf'"(?=(?P<inside>(?:[^"]|"")*))(?P=inside)"(?=[{sign}\n]|\Z)'
    plain = rf'(?!")(?=(?P<bare>[^{sign}\n]*))(?P=bare)'
    cell = re.compile(rf"(?:{quoted}|{plain})(?:{sign}|(?P<end>\n)|\Z)")
    place = 0
    while (match := cell.match(text, place)) and match.end() > place and not match.group("end"):
        place = match.end()
    opened = text[place : place + 1] == '"'
    return text.count("\n", 0, place) if opened else None


def _note_swallowed(
    cells: Sequence[str], start: int, taken: int, delimiter: str, findings: Findings
) -> None:
    """A quoted cell that looks like rows: a quote that was forgotten, closed by the next one."""
    if taken > 1 and any("\n" in cell and delimiter in cell for cell in cells):
        findings.remark(
            "long-cell",
            "a quoted cell goes over several rows: is a quote missing?",
            line=start + 1,
            found=f"lines {start + 1} to {start + taken}",
        )
