"""Time and machine of a run: the `run` block of its record as rows to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Timings:
    """facts: (name, text); stages: (stage, seconds, slices, slices a second), as text."""

    facts: tuple[tuple[str, str], ...]
    stages: tuple[tuple[str, str, str, str], ...]
    note: str


def timings(record: Mapping[str, Any]) -> Timings | None:
    """What the record says of the run's time and machine; None when it says nothing."""
    run = record.get("run")
    if not isinstance(run, Mapping):
        return None
    raw = run.get("stages")
    rows = [row for row in raw if isinstance(row, Mapping)] if isinstance(raw, list) else []
    stages = tuple(
        (
            str(row.get("stage", "?")),
            _number(row.get("seconds"), 1),
            _number(row.get("slices"), 0),
            _number(row.get("slices_per_second"), 1),
        )
        for row in rows
    )
    return Timings(tuple(_facts(record, run)), stages, str(run.get("stages_note", "")))


def _facts(record: Mapping[str, Any], run: Mapping[str, Any]) -> list[tuple[str, str]]:
    machine = run.get("hardware")
    machine = machine if isinstance(machine, Mapping) else {}
    memory = run.get("peak_memory_gib")
    peak = memory.get("this_process") if isinstance(memory, Mapping) else memory
    versions = run.get("versions")
    listed = versions.items() if isinstance(versions, Mapping) else ()
    found = [
        (
            "Time",
            f"{_number(run.get('seconds'), 1)} s for {_number(run.get('scans'), 0)} scans, "
            f"{_number(run.get('slices'), 0)} slices",
        ),
        ("Engine", " ".join(str(record[k]) for k in ("engine", "precision") if k in record) or "–"),
        (
            "Machine",
            f"{machine.get('accelerator') or machine.get('processor') or '–'}, "
            f"{_number(machine.get('cores'), 0)} cores, "
            f"{_number(machine.get('memory_gib'), 1)} GiB",
        ),
        ("Peak memory", f"{_number(peak, 1)} GiB"),
        ("Versions", ", ".join(f"{name} {value}" for name, value in listed) or "–"),
    ]
    return [(name, text) for name, text in found if text.strip(" –")]


def _number(value: object, places: int) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e12:
        return "–"
    return f"{value:,.{places}f}"
