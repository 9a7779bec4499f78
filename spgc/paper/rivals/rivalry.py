"""The outcome of a comparison of systems: their results, the sets, and how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spgc.board.board_rows import BoardRow
from spgc.jobs.machine import hardware, versions
from spgc.nets.device import accelerator_name
from spgc.paper.rivals.rival_sets import RivalSet, main_set
from spgc.paper.rivals.rival_steps import PREDICTION, TRAINING, RivalResult
from spgc.paper.rivals.teams import TEAMS
from spgc.protocol import CLASSES
from spgc.text.purpose import PURPOSE

SCHEMA = "spgc-rivals/1"


@dataclass(frozen=True)
class Rivalry:
    """What came out; folder: where its files lie; made: preset, seed, splits and data folder."""

    results: Sequence[RivalResult]
    sets: Sequence[RivalSet]
    folder: Path
    made: Mapping[str, Any] = field(default_factory=dict)

    @property
    def main(self) -> RivalSet | None:
        """The set that the systems are compared on first."""
        return main_set(self.sets)

    @property
    def synthetic(self) -> bool:
        return any(one.synthetic for one in self.sets)

    @property
    def failed(self) -> list[RivalResult]:
        return [one for one in self.results if one.failure is not None]

    def record(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        device = next((r.used["device"] for r in self.results if r.used.get("device")), None)
        return {
            "schema": SCHEMA,
            "synthetic": self.synthetic,
            "purpose": PURPOSE,
            "made": dict(self.made),
            "classes": list(CLASSES),
            "main_set": self.main.name if self.main else None,
            "systems": [system_record(one) for one in self.results],
            "sets": [_set_record(one) for one in self.sets],
            "hardware": hardware(accelerator_name(device)),
            "versions": versions(),
        }


def system_record(result: RivalResult) -> dict[str, Any]:
    """One system: options, model, costs, failure."""
    spent = {name: one.as_dict() for name, one in result.spent.items()}
    return {
        "system": result.name,
        "team": TEAMS.get(result.name),
        "options": dict(result.entrant.options),
        "model_hash": result.document.get("model_hash"),
        "config": result.document.get("config"),
        "model_bytes": result.model_bytes or None,
        "trained_on_val": bool(result.learnt),
        "chooses_by_val": result.chooses_by_val,
        "training": spent.get(TRAINING),
        "prediction": spent.get(PREDICTION),
        "scans_timed": result.tested,
        "seconds_a_scan": seconds_a_scan(result),
        "used": dict(result.used),
        "left_out": {case: e.as_dict() for case, e in result.prepared.failures.items()},
        "failure": result.failure,
    }


def seconds_a_scan(result: RivalResult) -> float | None:
    """Of the test scans, from the slice store to their classes; None where none was timed."""
    spent = result.spent.get(PREDICTION)
    return spent.seconds / result.tested if spent is not None and result.tested else None


def _set_record(one: RivalSet) -> dict[str, Any]:
    return {
        "set": one.name,
        "patients": one.patients,
        "of": one.of,
        "synthetic": one.synthetic,
        "rows": [
            {"system": p.row.team, "rank": p.label, "foreign": p.row.foreign, **_counts(p.row)}
            for p in one.placed
        ],
        "refused": dict(one.refused),
        "published": {
            name: {"team": row.team, "source": row.source, **_counts(row)}
            for name, row in one.published.items()
        },
        "against_published": {name: bound.as_dict() for name, bound in one.against.items()},
        "honest": one.honest.as_dict() if one.honest else None,
    }


def _counts(row: BoardRow) -> dict[str, Any]:
    rates = [row.sensitivity(number) for number in range(len(CLASSES))]
    return {
        "accuracy": row.accuracy.as_dict(),
        "sensitivity": {n: r.as_dict() if r else None for n, r in zip(CLASSES, rates, strict=True)},
    }
