"""Lines of an audit in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.padding import Padding
from rich.text import Text

from spgc.board.audit_rows import AuditFinding, Repair, span
from spgc.text.printable import printable


def audit_lines(
    findings: Sequence[AuditFinding], rows: int, *, remarks: bool = True
) -> Iterator[Text | Padding]:
    """A headline, contradictions with their repairs, then what merely follows."""
    wrong = [finding for finding in findings if finding.contradiction]
    count = f"{len(wrong)} contradiction{'' if len(wrong) == 1 else 's'}"
    style = "bold red" if wrong else "bold green"
    yield Text.assemble(
        f"{rows} row{'' if rows == 1 else 's'} audited: ", (count if wrong else "all add up", style)
    )
    for finding in wrong:
        yield from _lines(finding, "bold red")
    if remarks:
        for finding in findings:
            if not finding.contradiction:
                yield from _lines(finding, "cyan")


def _lines(finding: AuditFinding, style: str) -> Iterator[Padding]:
    where = printable(f"{finding.team}, {finding.set_name}: ")
    yield Padding(
        Text.assemble((where, style), printable(finding.what)), (0, 0, 0, 2), expand=False
    )
    if finding.repairs:
        several = len(finding.repairs) > 1
        lead = "any one of these would do: " if several else "this would do: "
        yield Padding(
            Text(printable(lead + "; ".join(_repairs(finding)))), (0, 0, 0, 4), expand=False
        )


def _repairs(finding: AuditFinding) -> Iterator[str]:
    """Repairs with runs of numbers for one cell joined: `COVID-19 41 to 42/51`."""
    cells: dict[tuple[str, str], list[Repair]] = {}
    for repair in finding.repairs:
        cells.setdefault((repair.set_name, repair.cell), []).append(repair)
    for (set_name, cell), run in cells.items():
        numbers = span(run[0].patients, run[-1].patients)
        where = "" if set_name == finding.set_name else f" in {set_name}"
        breaks = " (but its row adds up now)" if run[0].breaks_row else ""
        yield f"{cell} {numbers}/{run[0].size}{where}{breaks}"
