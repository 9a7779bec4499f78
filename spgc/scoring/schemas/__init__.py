"""The published forms of spgc's JSON, as JSON Schema documents (draft 2020-12)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parent


def score_schema() -> dict[str, Any]:
    """Schema of what `spgc score --json` prints."""
    return _read("score-2.json")


def row_schema() -> dict[str, Any]:
    """Schema of one row file of the leaderboard."""
    return _read("leaderboard-row-1.json")


def _read(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((_FOLDER / name).read_text(encoding="utf-8"))
    return document
