"""The audit finds what does not add up, untold, and only that."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import FrozenInstanceError
from decimal import ROUND_DOWN, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spgc.board.audit import audit
from spgc.board.audit_rows import AuditFinding, adds_up, audit_row, row_repairs
from spgc.board.claims import (
    MAX_SCANS,
    TOTAL,
    Cell,
    Claim,
    claim_of,
    parse_cell,
    read_claims,
)
from spgc.challenge.spgc_challenge import SPGC
from spgc.errors import LeaderboardError
from spgc.files.shipped import leaderboard_dir
from spgc.report.audit_lines import audit_lines

BOARD = read_claims(leaderboard_dir(), SPGC)
FINDINGS = audit(BOARD, SPGC)


def found(kind: str, team: str) -> AuditFinding:
    (finding,) = [f for f in FINDINGS if (f.kind, f.team) == (kind, team)]
    return finding


def repairs(finding: AuditFinding) -> set[tuple[str, str, int]]:
    return {(r.set_name, r.cell, r.patients) for r in finding.repairs}


def test_the_two_rows_of_figure_11_that_do_not_add_up() -> None:
    assert repairs(found("sum", "LLSCP")) == {
        ("overall", "COVID-19", 26),
        ("overall", "CAP", 16),
        ("overall", "Normal", 33),
        ("overall", TOTAL, 81),
    }
    assert repairs(found("sum", "SSU")) == {
        ("overall", "COVID-19", 3),
        ("overall", "CAP", 4),
        ("overall", "Normal", 4),
        ("overall", TOTAL, 41),
    }
    overall = {f.team for f in FINDINGS if f.contradiction and f.set_name == "overall"}
    assert overall == {"LLSCP", "SSU"}


def test_the_row_of_table_8_that_does_not_sum() -> None:
    finding = found("sum", "TheSaviours")
    assert finding.set_name == "test3"
    assert finding.what == "classes sum to 27 of 30, the total says 29"
    assert repairs(finding) == {("test3", TOTAL, 27)}
    tables = found("tables", "TheSaviours")
    intact = {(r.set_name, r.cell, r.patients) for r in tables.repairs if not r.breaks_row}
    assert intact == {("test3", "CAP", 10)}
    together = found("together", "TheSaviours")
    assert repairs(together) == {
        ("test3", "COVID-19", 10),
        ("test3", "Normal", 10),
        ("test3", TOTAL, 28),
    }


def test_what_follows_for_unprinted_rows() -> None:
    assert "COVID-19 12/15, Normal 15/15, 27/30" in found("implied", "IITDelhi").what
    llscp = found("implied", "LLSCP").what
    assert "22/30 in all (by the totals 20)" in llscp
    assert "above the lowest row printed (20/30)" in llscp
    implied = {f.team for f in FINDINGS if f.kind == "implied"}
    assert implied == {"Bingo", "FushionSTAR", "IITDelhi", "LLSCP", "UniSheff_EEE"}


def test_nothing_else_in_the_challenge_contradicts_itself() -> None:
    later = {"Xue, Abhayaratne"}
    wrong = {f.team for f in FINDINGS if f.contradiction}
    assert wrong - later == {"LLSCP", "SSU", "TheSaviours"}


@given(
    st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.integers(2, 5),
    st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN, ROUND_DOWN]),
)
def test_a_count_fits_what_it_prints_however_rounded(
    share: tuple[int, int], decimals: int, rounding: str
) -> None:
    hits, size = share
    exact = Decimal(hits) / Decimal(size)
    printed = exact.quantize(Decimal(1).scaleb(-decimals), rounding=rounding)
    fitting = Cell("x", Fraction(printed), decimals, size).fitting()
    assert hits in fitting
    unit = Decimal(1).scaleb(-decimals)
    assert list(fitting) == [
        k
        for k in range(size + 1)
        if printed
        in {
            (Decimal(k) / size).quantize(unit, rounding=way)
            for way in (ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_DOWN)
        }
    ]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=2, max_size=4))
def test_a_row_printed_from_counts_adds_up_and_a_shifted_total_does_not(
    pairs: list[tuple[int, int]],
) -> None:
    counts = [(min(p), max(p)) for p in pairs if max(p)]
    if not counts:
        return
    cells = tuple(Cell(f"c{i}", Fraction(h), None, n) for i, (h, n) in enumerate(counts))
    total, size = sum(h for h, _ in counts), sum(n for _, n in counts)
    sizes = tuple(n for _, n in counts)

    def row(value: int) -> Claim:
        return Claim(
            "t", "overall", "challenge", sizes, cells, Cell(TOTAL, Fraction(value), None, size)
        )

    assert audit_row(row(total)) == []
    if total < size:
        (finding,) = audit_row(row(total + 1))
        for repair in finding.repairs:
            mended = [repair.patients if c.name == repair.cell else int(c.value) for c in cells]
            goal = repair.patients if repair.cell == TOTAL else total + 1
            assert sum(mended) == goal


def claim(counts: tuple[int | None, ...], total: int | None) -> Claim:
    """A row of counts out of 10 scans of each class."""
    cells = [
        None if c is None else Cell(f"c{i}", Fraction(c), None, 10) for i, c in enumerate(counts)
    ]
    whole = None if total is None else Cell(TOTAL, Fraction(total), None, 10 * len(counts))
    return Claim("t", "overall", "challenge", (10,) * len(counts), tuple(cells), whole)


def test_a_row_without_a_total_adds_up() -> None:
    """Whatever its classes: nothing is printed that they could contradict."""
    assert adds_up(claim((3, 4), None))
    assert audit_row(claim((3, 4), None)) == []
    assert list(row_repairs(claim((3, 4), None))) == []
    assert not adds_up(claim((3, 4), 8))


def test_no_patient_right_is_a_repair_as_well() -> None:
    (finding,) = audit_row(claim((2, 4), 4))
    assert [str(repair) for repair in finding.repairs] == ["c0 0/10", "c1 2/10", "total 6/20"]


def test_what_a_row_is_found_to_lack_is_neither_settled_nor_changed_later() -> None:
    """Published answers alone settle a finding, tables alone say that a repair breaks a row."""
    (finding,) = audit_row(claim((2, 4), 4))
    assert (finding.contradiction, finding.settled) == (True, False)
    assert not any(repair.breaks_row for repair in finding.repairs)
    with pytest.raises(FrozenInstanceError):
        finding.settled = True  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        finding.repairs[0].patients = 1  # type: ignore[misc]


def test_a_users_csv_is_audited(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text(
        "Rank,Team,Accuracy,COVID-19,CAP,Normal\n"
        "1,good,0.8111,0.9143,0.4500,0.9143\n"
        "2,percent,81.11 %,91.43,45.00,91.43\n"
        "3,counts,81/90,30/35,18/20,33/35\n"
        "4,no such share,0.8111,0.9100,0.4500,0.9143\n"
        "5,bad sum,0.8778,0.8000,0.9000,1.0000\n"
        "6,partly,0.9,–,,\n"
    )
    wrong = {f.team: f.kind for f in audit(read_claims(path, SPGC, (35, 20, 35)), SPGC)}
    assert wrong == {"no such share": "no-count", "bad sum": "sum"}


@pytest.mark.parametrize(
    ("text", "sizes", "message"),
    [
        ("Team,Accuracy,A\nx,0.5,0.5\n", None, r"line 2.*--cases"),
        ("Team,Accuracy,A\nx,0.5,abc\n", (3,), r"neither a rate nor hits/scans"),
        ("Accuracy,A\n0.5,0.5\n", (3,), r"lacks columns"),
        ("Team,A\nx,0.5\n", (3, 4), r"2 numbers of scans for 1 classes"),
        ('Team,A\n"x,1/2\ny,2/2\n', None, r"line 2.*a quote that is not closed"),
        ('Team,A\nx,1/2\n"y,3/2"\nz",9/2\n', None, r"line 4.*a quote that is not closed"),
        ("Team,A,B\nx,1/2\n", None, r"line 2.*2 cells in a table of 3 columns"),
        ("Team,A\nx,1/2,1/2\n", None, r"line 2.*3 cells in a table of 2 columns"),
        ("Team,A\nx,1/999999999\n", None, r"line 2.*no whole number from 0 to 100,000"),
        ("[{}]", None, r"row 1.*KeyError"),
        ("[1]", None, r"row 1"),
        ("{bad", None, r"not a leaderboard row"),
        ("", None, r"lacks columns"),
        ("Team,Accuracy,A,a\nx,0.5,1/2,2/2\n", None, r"two columns a"),
        ("Team,Accuracy,A,accuracy\nx,1/2,1/2,2/2\n", None, r"two columns accuracy"),
        ("[]", None, r"no leaderboard rows"),
        ("Team,A,B\n,,\n", None, r"no leaderboard rows"),
    ],
)
def test_a_broken_leaderboard_file_gets_one_clear_line(
    text: str, sizes: tuple[int, ...] | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "board"
    path.write_text(text)
    with pytest.raises(LeaderboardError, match=message):
        read_claims(path, SPGC, sizes)


def test_a_stray_quote_hides_no_row(tmp_path: Path) -> None:
    """The rows below it were swallowed, and what was left of the table added up."""
    path = tmp_path / "board.csv"
    rows = (
        "Team,Accuracy,COVID-19,CAP,Normal\n{}a,81/90,30/35,18/20,33/35\nb,9/90,30/35,18/20,33/35\n"
    )
    path.write_text(rows.format(""))
    assert [f.team for f in audit(read_claims(path, SPGC), SPGC)] == ["b"]
    path.write_text(rows.format('"'))
    with pytest.raises(LeaderboardError, match=r"line 2.*a quote that is not closed"):
        read_claims(path, SPGC)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quoted_and_unquoted_tables_are_one(mark: str, end: str, tmp_path: Path) -> None:
    """Whether cells, rows or nothing is in quotes, with whichever delimiter and line end."""
    table = [
        ["Team", "Accuracy", "COVID-19", "CAP", "Normal"],
        ["a", "0.8111", "0.9143", "0.4500", "0.9143"],
        ["b", "81/90", "30/35", "18/20", "32/35"],
    ]
    plain = [mark.join(row) for row in table]
    spaced = [f"{mark} ".join(f'"{cell}"' for cell in row) for row in table]
    whole = [plain[0], *(f'"{line}"' for line in plain[1:])]
    found = []
    for lines in (plain, spaced, whole, [line + mark for line in plain]):
        path = tmp_path / "board.csv"
        path.write_bytes(end.join(lines).encode())
        found.append(read_claims(path, SPGC, (35, 20, 35)))
    assert found[0] == found[1] == found[2] == found[3]
    assert [f.team for f in audit(found[0], SPGC)] == ["b"]


def test_sizes_that_make_no_sense_end_at_once(tmp_path: Path) -> None:
    """A hundred million scans, none at all, and numbers that would take for ever to work out."""
    path = tmp_path / "board"
    path.write_text("Team,Accuracy,A\nx,0.9,0.9\n")
    assert {f.kind for f in audit(read_claims(path, SPGC, (0,)), SPGC)} == {"no-count"}
    assert audit(read_claims(path, SPGC, (MAX_SCANS,)), SPGC) == []
    path.write_text("Team,Accuracy,A,B\nx,0.9,0.1,0.1\n")
    (finding,) = audit(read_claims(path, SPGC, (MAX_SCANS, MAX_SCANS)), SPGC)
    assert len("".join(str(line) for line in audit_lines([finding], 1))) < 2000
    row = {
        "team": "x",
        "set": "overall",
        "group": "challenge",
        "cases": {"COVID-19": 35, "CAP": 20, "Normal": 35},
        "reported": {
            "sensitivity": {"CAP": 0.5},
            "accuracy": 0.5,
            "decimals": {"sensitivity": 2, "accuracy": 2},
        },
    }
    assert claim_of(row, SPGC).total is not None
    for change in (
        {"cases": {"COVID-19": 10**8, "CAP": 20, "Normal": 35}},
        {"cases": {"COVID-19": -1, "CAP": 20, "Normal": 35}},
        {"cases": {"COVID-19": True, "CAP": 20, "Normal": 35}},
        {"reported": {"hits": None, "total_hits": "1e999999999"}},
        {
            "reported": {
                "sensitivity": None,
                "accuracy": "1e999999999",
                "decimals": {"sensitivity": 2, "accuracy": 2},
            }
        },
        {
            "reported": {
                "sensitivity": None,
                "accuracy": 0.5,
                "decimals": {"sensitivity": 2, "accuracy": 10**9},
            }
        },
        {"position_printed": "first"},
    ):
        path.write_text(json.dumps(row | change))
        with pytest.raises(LeaderboardError, match="row 1"):
            read_claims(path, SPGC)


def test_missing_binary_and_empty_places_are_named(tmp_path: Path) -> None:
    with pytest.raises(LeaderboardError, match="can't read"):
        read_claims(tmp_path / "nowhere", SPGC)
    with pytest.raises(LeaderboardError, match="no leaderboard rows"):
        read_claims(tmp_path, SPGC)
    (tmp_path / "x").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LeaderboardError, match="not UTF-8 text"):
        read_claims(tmp_path / "x", SPGC)


def test_cells_are_read_as_printed() -> None:
    for text in ("0.8571", ".8571", ",8571", "85.71", "85.71 %", "30/35"):
        cell = parse_cell("c", text, 35)
        assert cell is not None
        assert list(cell.fitting()) == [30]
    assert parse_cell("c", "–", 35) is None


PRINTED = st.sampled_from(
    [
        "Team",
        "Accuracy",
        "A",
        "x",
        "0.5",
        "85.7 %",
        "3/4",
        "9/0",
        "4/3",
        "–",
        "",
        "\n",
        ",",
        '"',
        "[",
        "{",
        "1e9",
        "٣",
        "0." + "1" * 13,
        "99999999999",
    ]
)


@given(st.lists(PRINTED, max_size=24).map("".join) | st.lists(PRINTED, max_size=24).map(",".join))
def test_whatever_a_leaderboard_file_holds_it_is_audited_or_refused(text: str) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "board"
        path.write_text(text, encoding="utf-8")
        for sizes in (None, (3,), (3, 4)):
            with suppress(LeaderboardError):
                list(audit_lines(audit(read_claims(path, SPGC, sizes), SPGC), 1))


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1e300", "NaN", "Infinity", "1e400"])
@pytest.mark.parametrize("cell", ["accuracy", "sensitivity"])
def test_numbers_that_no_board_prints(number: str, cell: str, tmp_path: Path) -> None:
    printed = {
        "sensitivity": dict.fromkeys(SPGC.names, 0.5),
        "accuracy": 0.5,
        "decimals": {"sensitivity": 3, "accuracy": 3},
    }
    row = {"team": "A", "set": "test2", "group": "challenge", "reported": printed}
    row["cases"] = dict.fromkeys(SPGC.names, 20)
    whole = json.dumps([row])
    old = '"accuracy": 0.5' if cell == "accuracy" else f'"{SPGC.names[1]}": 0.5'
    assert old in whole
    path = tmp_path / "board.json"
    path.write_text(whole.replace(old, old.replace("0.5", number)))
    with pytest.raises(LeaderboardError, match=r"row 1\]: .* is no number"):
        read_claims(path, SPGC)
