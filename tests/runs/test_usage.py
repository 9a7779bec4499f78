"""The block `run` of a record: seconds, stages, memory, machine, versions; ready for JSON."""

from __future__ import annotations

import json

from spgc.jobs.stages import Stage
from spgc.runs.usage import OVERLAP, run_report
from spgc.version import __version__


def test_a_report_whole() -> None:
    report = run_report(12.3456, 3, 40, [Stage("reading", 8.0, 40), Stage("answering", 4.0)], "cpu")
    assert {name: report[name] for name in ("seconds", "scans", "slices", "stages_note")} == {
        "seconds": 12.35,
        "scans": 3,
        "slices": 40,
        "stages_note": OVERLAP,
    }
    assert [stage["stage"] for stage in report["stages"]] == ["reading", "answering"]
    assert report["stages"][0]["slices_per_second"] == 5.0
    assert report["hardware"]["cores"] >= 1
    assert report["hardware"]["accelerator"] is None
    assert report["versions"]["spgc"] == __version__
    assert json.loads(json.dumps(report)) == report


def test_a_run_without_slices() -> None:
    assert run_report(0.0, 0, 0, [])["stages"] == []
