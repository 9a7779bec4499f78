"""JSON nested too deep for Python's parser is damage like any other: one error, or no record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spgc.classifiers.logistic import LogisticRegression
from spgc.errors import SpgcError
from spgc.model.document import read_document
from spgc.paper.figures.matrices import _read
from spgc.scoring.signature import hash_model
from spgc.submissions.record import record_of
from spgc.submissions.shard_records import read_records

DEEP = "[" * 100_000

READERS: list[tuple[str, Callable[[Path], Any]]] = [
    ("model.json", lambda path: read_document(path.parent)),
    ("model.json", lambda path: hash_model(path.parent)),
    ("classifier.json", lambda path: LogisticRegression.load(path, 2)),
    ("matrices.json", lambda path: _read(path, "table2")),
    ("submission.1of2.run.json", lambda path: read_records([path.parent])),
]


@pytest.mark.parametrize(("name", "read"), READERS)
def test_one_error(tmp_path: Path, name: str, read: Callable[[Path], Any]) -> None:
    (tmp_path / name).write_text(DEEP)
    with pytest.raises(SpgcError):
        read(tmp_path / name)


def test_a_damaged_record_is_none(tmp_path: Path) -> None:
    (tmp_path / "submission.csv").write_text("Study,Label\n")
    (tmp_path / "submission.run.json").write_text(DEEP)
    assert record_of(tmp_path / "submission.csv") is None
