"""What `spgc reproduce` shows of experiments besides the tables of the CNR-IEMN paper."""

from __future__ import annotations

import typer

from spgc.cli import console
from spgc.cli.run_output import end_with
from spgc.paper.experiments import ExperimentWork


def run_experiments(work: ExperimentWork, *, json_out: bool) -> None:
    """Do them in turn, show each, and exit with 1 where a scan was left out or a part failed."""
    if work.helping:
        for name in work.names:
            work.run(name)
        return
    if json_out:
        results = [work.run(name) for name in work.names]
        found = [dict(one.record()) for one in results if one is not None]
        console.show_json({"schema": "spgc-experiments/1", "experiments": found})
    else:
        _show(work)
    end_with(work.prepared)
    if work.failed:
        raise typer.Exit(1)


def _show(work: ExperimentWork) -> None:
    """Each result as soon as it is there, after what is said before; notes at the end."""
    remarks: dict[str, None] = {}
    for name in work.names:
        for said in work.introduction(name):
            console.show(said)
        if (result := work.run(name)) is None:
            continue
        for table in result.tables():
            console.show(table)
        console.show_text(f"wrote {result.folder}")
        remarks |= dict.fromkeys(result.notes())
    for remark in remarks:
        console.show_text(remark)
