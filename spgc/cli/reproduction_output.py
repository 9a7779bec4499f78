"""What `spgc reproduce` shows: counts before training, each table as it is made, its remarks."""

from __future__ import annotations

from pathlib import Path

from spgc.cli import console
from spgc.paper.cohort_counts import Count, missing_scans, untaught_classes
from spgc.paper.outcome import ReproducedTable
from spgc.paper.reproduce import Opened
from spgc.paper.reproduced_files import outcome_record
from spgc.paper.reproduced_tables import counts_table, notes, outcome_tables
from spgc.paper.reproduction import Reproduction


def show_as_json(opened: Opened) -> None:
    """The outcomes of all tables as one JSON document."""
    outcomes = [opened.work.run(name) for name in opened.tables]
    runtime = opened.work.runtime
    tables = [outcome_record(one, runtime) for one in outcomes if one is not None]
    console.show_json({"schema": "spgc-reproduce/1", "tables": tables})


def show_tables(opened: Opened, out: Path) -> None:
    """Each table as soon as it is made, after what there is to train on; remarks at the end."""
    told: tuple[Count, ...] = ()
    remarks: list[str] = []
    for name in opened.tables:
        told = _tell_counts(opened.work, name, told)
        outcome = opened.work.run(name)
        if outcome is None:
            continue
        _show(outcome, out)
        remarks += [note for note in notes(outcome, counted=False) if note not in remarks]
    for remark in remarks:
        console.show_text(remark)


def _tell_counts(work: Reproduction, name: str, told: tuple[Count, ...]) -> tuple[Count, ...]:
    """Say before training what there is to train on, unless it was `told` for the last table."""
    counts = work.counts(name)
    synthetic = any(scan.synthetic for scan in (*work.train, *work.val))
    if counts != told:
        console.show(counts_table(counts, synthetic=synthetic))
    if not told and not synthetic:
        for line in missing_scans(counts):
            console.show_text(line)
    for label in untaught_classes(counts) if not told else ():
        console.show_text(f"No {label} slice to train on: no network here can learn {label}.")
    return counts


def _show(outcome: ReproducedTable, out: Path) -> None:
    for table in outcome_tables(outcome):
        console.show(table)
    if not any(row.ours.total for row in outcome.accuracies):
        console.show_text(f"No evaluation: no labelled validation {outcome.unit} available.")
    console.show_text(f"wrote {out / outcome.scenario.name}")
