"""A report shows nothing of another run or model: its slice table, its model card."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import pytest

from spgc.challenge.spgc_challenge import SPGC
from spgc.errors import DataError
from spgc.report.page.run_files import find_run
from spgc.report.page.told_run import RunFolders, tell_run
from spgc.submissions.reading_rules import Reading
from spgc.systems.density.system import Density
from spgc.systems.model_card import write_model_card
from tests.report.test_report import story_of, write_record, write_run
from tests.systems.small.scans import array_cohort


def test_slices_of_another_run_are_left_out(tmp_path: Path) -> None:
    """The record says which table was written with the submission; older ones say nothing."""
    run = tmp_path / "run"
    write_run(run)
    own = hashlib.sha256((run / "slices.csv").read_bytes()).hexdigest()
    for table, shown in ((own, True), ("ab" * 32, False), (None, False)):
        write_record(run, {"slice_table": table})
        assert (find_run(run).slices is not None) == shown
        assert bool(story_of(run).wrong[0].profiles) == shown
    write_record(run, {})
    assert find_run(run).slices is not None


def test_the_card_of_another_model_is_refused(tmp_path: Path) -> None:
    manifest = write_run(tmp_path / "run")
    model = tmp_path / "model"
    system = Density()
    system.fit(array_cohort(1, seed=1), [], model)
    write_model_card(model, system)
    folders = RunFolders(model=model)
    write_record(tmp_path / "run", {"model_hash": system.describe()["model_hash"]})
    told = partial(tell_run, tmp_path / "run", manifest=manifest, reading=Reading(SPGC))
    assert told(files=find_run(tmp_path / "run"), folders=folders).card
    write_record(tmp_path / "run", {"model_hash": "ab" * 32})
    with pytest.raises(DataError, match="not the one that made this run"):
        told(files=find_run(tmp_path / "run"), folders=folders)
