"""A table of Winter's paper made again: its figures beside ours, as tables, Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from spgc.files.csv_text import csv_text
from spgc.files.whole import write_text
from spgc.jobs.machine import versions
from spgc.nets.device import Runtime
from spgc.paper.cohort_counts import Count, missing_scans, scans_here
from spgc.paper.comparison import Compared
from spgc.paper.reproduced_files import RECORD
from spgc.paper.reproduced_tables import (
    INFERRED_NOTE,
    NOTES,
    compared_markdown,
    compared_table,
)
from spgc.paper.winter.printed_rows import LEARNT_SLICES
from spgc.paper.winter.winter_scenarios import Ablation, AblationRow, network_name
from spgc.protocol import CLASSES
from spgc.report.score_tables import plain_table
from spgc.scoring.counts import Confusion
from spgc.systems.winter.winter_settings import Settings
from spgc.text.markdown import plain
from spgc.text.purpose import PURPOSE
from spgc.text.synthetic import SYNTHETIC, SYNTHETIC_DIFFERENCE

_VERSIONS = ("spgc", "torch", "torchvision", "numpy")

_SOURCE = "Paper: Pan, Yan, Li, Diagnosis of COVID-19 Based On Slice-level CT Scans Classification"


def table_files(name: str) -> tuple[str, str, str]:
    """What the files of a table are called, in the order of writing."""
    return f"{name}.md", "scans.csv", RECORD


@dataclass(frozen=True)
class RowAnswer:
    """One scan's answer in one row."""

    case_id: str
    truth: str
    label: str
    probabilities: tuple[float, float, float]


@dataclass(frozen=True)
class MadeRow:
    """A row made again. learnt: slices of each class that its network learnt from."""

    row: AblationRow
    settings: Settings
    answers: Sequence[RowAnswer]
    confusion: Confusion
    learnt: Mapping[str, int]
    weights: str

    def compared(self, measure: str) -> Compared:
        """Ours and the paper's "accuracy", or the rate of a class."""
        counts = self.confusion
        if measure == "accuracy":
            rate = counts.accuracy
        else:
            rate = counts.sensitivity(CLASSES.index(measure))
        paper = self.row.printed.published(measure)
        return Compared(self.row.name, measure, rate, rate.exact, paper)


@dataclass(frozen=True)
class MadeTable:
    """A table of the paper made again; its files lie in `folder`."""

    scenario: Ablation
    rows: Sequence[MadeRow]
    counts: Sequence[Count]
    base: Settings
    folder: Path
    runtime: Runtime
    synthetic: bool

    @property
    def accuracies(self) -> list[Compared]:
        return [row.compared("accuracy") for row in self.rows]

    @property
    def rates(self) -> list[Compared]:
        return [row.compared(name) for row in self.rows for name in CLASSES]

    def tables(self) -> list[Table]:
        scenario = self.scenario
        title = f"{scenario.table} of Winter's paper, {scenario.title}"
        return [
            self._compared(f"{title}: scans correct", self.accuracies),
            self._compared("Rates by class", self.rates),
            self._learnt(),
        ]

    def _compared(self, title: str, rows: Sequence[Compared]) -> Table:
        first = self.scenario.first
        return compared_table(title, rows, first, unit="scans", synthetic=self.synthetic)

    def _learnt(self) -> Table:
        """Slices by class that each network learnt from; the paper's are known for one."""
        table = plain_table("Learnt slices: here / paper", synthetic=self.synthetic)
        table.add_column("Network", no_wrap=True)
        for name in CLASSES:
            table.add_column(name, justify="right", no_wrap=True)
        for name, (learnt, paper) in self._networks().items():
            cells = [
                f"{learnt[c]:,} / {paper[c]:,}" if paper else f"{learnt[c]:,}" for c in CLASSES
            ]
            table.add_row(name, *cells)
        return table

    def _networks(self) -> dict[str, tuple[Mapping[str, int], Mapping[str, int]]]:
        """Slices learnt from, here and in the paper, by the network's name."""
        own = network_name(Settings())
        return {
            name: (row.learnt, LEARNT_SLICES if name == own else {})
            for row in self.rows
            for name in [network_name(row.settings)]
        }

    def notes(self) -> list[str]:
        here, paper = scans_here(self.counts)
        partial = [f"Made on {here} of the {paper} scans of the paper."] if here < paper else []
        changed = self.departures()
        return [
            NOTES["scans"],
            INFERRED_NOTE,
            *([SYNTHETIC_DIFFERENCE] if self.synthetic else partial),
            *([f"Not the settings of preset paper: {', '.join(changed)}."] if changed else []),
        ]

    def departures(self) -> list[str]:
        """Settings that all rows have and the preset "paper" has not."""
        here, paper = asdict(self.base), asdict(Settings())
        return [
            f"{name} {here[name]} instead of {paper[name]}"
            for name in here
            if here[name] != paper[name] and name != "seed"
        ]

    def record(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.name,
            "title": self.scenario.title,
            "section": self.scenario.section,
            "unit": "scans",
            "synthetic": self.synthetic,
            "purpose": PURPOSE,
            "accuracies": [row.as_dict() for row in self.accuracies],
            "rates": [row.as_dict() for row in self.rates],
            "classes": list(CLASSES),
            "matrices": {row.row.name: row.confusion.counts for row in self.rows},
            "networks": {
                network_name(row.settings): {"learnt_slices": row.learnt, "sha256": row.weights}
                for row in self.rows
            },
            "counts": [count.as_dict() for count in self.counts],
            "missing": [] if self.synthetic else missing_scans(self.counts),
            "departures": self.departures(),
            "settings": {row.row.name: asdict(row.settings) for row in self.rows},
            "device": self.runtime.torch_device().type,
            "precision": self.runtime.precision,
            "versions": versions(_VERSIONS),
        }

    def write(self) -> None:
        """Write Markdown, answers and record; the record comes last."""
        markdown, answers, record = (self.folder / n for n in table_files(self.scenario.name))
        write_text(markdown, self._markdown())
        write_text(answers, self._answers())
        write_text(record, json.dumps(self.record(), indent=2) + "\n")

    def _markdown(self) -> str:
        scenario, mark = self.scenario, f"{SYNTHETIC} · " if self.synthetic else ""
        parts = [
            f"# {mark}{scenario.table} of Winter's paper: {scenario.title}",
            compared_markdown(self.accuracies, "scans"),
            compared_markdown(self.rates, "scans"),
            *map(plain, self.notes()),
            f"{_SOURCE}, 2021, section {scenario.section}. Settings, counts, hashes and versions: "
            f"{RECORD}. {PURPOSE}",
        ]
        return "\n\n".join(parts) + "\n"

    def _answers(self) -> str:
        rows: list[tuple[object, ...]] = [("row", "case", "truth", "label", *CLASSES)]
        for made in self.rows:
            for a in made.answers:
                shares = (f"{share:.6f}" for share in a.probabilities)
                rows.append((made.row.name, a.case_id, a.truth, a.label, *shares))
        return csv_text(rows)
