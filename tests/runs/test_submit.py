"""Answers as submissions: files that every file system tells apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.contract.system import Prediction
from spgc.data.layout import Dataset
from spgc.data.manifests import Case, Manifest
from spgc.errors import DataError
from spgc.runs.submit import answer_texts


@pytest.mark.parametrize("names", [("night", "Night"), ("caf\u00e9", "cafe\u0301")])
def test_splits_that_a_file_system_takes_for_one(names: tuple[str, str], tmp_path: Path) -> None:
    """One would be written over the other."""
    cases = [Case(f"c{n}", "CAP", split, "own", "own") for n, split in enumerate(names)]
    answers = {case.case_id: Prediction("CAP") for case in cases}
    dataset = Dataset(tmp_path, "own", Manifest({case.case_id: case for case in cases}), {})
    with pytest.raises(DataError, match="two splits would be written to one file"):
        answer_texts(dataset, cases, answers, tmp_path)
