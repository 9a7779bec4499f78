"""Files of a reproduced table: Markdown, confusion matrices as picture and CSV, reproduce.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spgc.files.csv_text import csv_text
from spgc.files.whole import write_bytes, write_text
from spgc.jobs.machine import versions
from spgc.nets.device import Runtime
from spgc.paper.cohort_counts import missing_scans
from spgc.paper.outcome import ReproducedTable
from spgc.paper.reproduced_tables import outcome_latex, outcome_markdown
from spgc.protocol import CLASSES
from spgc.report.confusion import matrices_figure
from spgc.report.pictures import picture_bytes
from spgc.scoring.counts import Confusion
from spgc.systems.cnr_iemn.scenarios import Scenario
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC

RECORD = "reproduce.json"

_VERSIONS = ("spgc", "torch", "torchvision", "xgboost", "scikit-learn", "numpy")

_COLUMNS = 2
"""Matrices side by side in a figure."""


def write_outcome(outcome: ReproducedTable, folder: Path, runtime: Runtime) -> list[Path]:
    """Write `tableN.md` and `.tex`, `figureN.png` and `.csv`, and `reproduce.json`; their paths.

    The record comes last: where it is, the others are whole.
    """
    paths = [folder / name for name in outcome_names(outcome.scenario)]
    write_text(paths[0], outcome_markdown(outcome))
    write_text(paths[1], outcome_latex(outcome))
    write_bytes(paths[2], _picture(outcome))
    write_text(paths[3], _matrices_csv(outcome))
    write_text(paths[4], json.dumps(outcome_record(outcome, runtime), indent=2) + "\n")
    return paths


def outcome_names(scenario: Scenario) -> list[str]:
    """What the files of a table are called, in the order of writing."""
    name, figure = scenario.name, scenario.figure.lower().replace(" ", "")
    return [f"{name}.md", f"{name}.tex", f"{figure}.png", f"{figure}.csv", RECORD]


def answers_name(scenario: Scenario) -> str:
    """What the file of a table's single answers is called, beside the others."""
    return "scans.csv" if scenario.patients else "slices.csv"


def outcome_record(outcome: ReproducedTable, runtime: Runtime) -> dict[str, Any]:
    """Everything that the table follows from, ready for JSON."""
    scenario = outcome.scenario
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "section": scenario.section,
        "figure": scenario.figure,
        "unit": outcome.unit,
        "synthetic": outcome.synthetic,
        "purpose": PURPOSE,
        "accuracies": [row.as_dict() for row in outcome.accuracies],
        "rates": [row.as_dict() for row in outcome.rates],
        "classes": list(CLASSES),
        "matrices": {name: m.counts for name, m in outcome.matrices.items()},
        "counts": [count.as_dict() for count in outcome.counts],
        "missing": [] if outcome.synthetic else missing_scans(outcome.counts),
        "departures": outcome.departures(),
        "config": outcome.config.as_dict(),
        "data_hash": outcome.data_hash,
        "weights": dict(outcome.weights),
        "device": runtime.torch_device().type,
        "precision": runtime.precision,
        "versions": versions(_VERSIONS),
    }


def panels(outcome: ReproducedTable) -> list[tuple[str, Confusion]]:
    """The matrices of the paper's figure: each network, or all features with XGBoost.

    Table 5 has a matrix for each row and classifier; Figure 10 is the last XGBoost row.
    """
    named = list(outcome.matrices.items())
    return named if not outcome.scenario.patients else named[-2:]


def _picture(outcome: ReproducedTable) -> bytes:
    shown: Sequence[tuple[str, Confusion]] = panels(outcome)
    scenario = outcome.scenario
    heading = [f"{scenario.table}, validation {outcome.unit}", scenario.title]
    if outcome.synthetic:
        heading.insert(0, f"{SYNTHETIC} phantoms")
    figure = matrices_figure(shown, min(_COLUMNS, len(shown)), "\n".join(heading), classes=CLASSES)
    return picture_bytes(figure, "png")


def _matrices_csv(outcome: ReproducedTable) -> str:
    rows: list[tuple[object, ...]] = [("matrix", "truth", "predicted", outcome.unit)]
    for name, matrix in outcome.matrices.items():
        for truth, row in zip(CLASSES, matrix.counts, strict=True):
            for predicted, count in zip(CLASSES, row, strict=True):
                rows.append((name, truth, predicted, count))
    return csv_text(rows)
