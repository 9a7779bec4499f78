"""What a report shows from outside the run is of the scans that the run was about."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spgc.ct.preprocess import preprocess
from spgc.ct.store import SliceStore
from spgc.report.page.run_sources import gather
from tests.ct.dicom_files import write_scan
from tests.ct.test_watershed import two_lungs


def test_a_scan_of_other_files_is_not_shown(tmp_path: Path) -> None:
    """The store holds what another data set has under that name, or what the files were."""
    for folder, step in (("own", 0), ("other", 5)):
        write_scan(tmp_path / folder / "P001", np.stack([np.roll(two_lungs(), step, axis=0)] * 2))
    store = tmp_path / "store"
    preprocess({"P001": tmp_path / "other" / "P001"}, SliceStore(store))
    assert "P001" in gather(["P001"], tmp_path / "other", store, None).sheets
    assert "P001" in gather(["P001"], None, store, None).sheets
    assert "P001" not in gather(["P001"], tmp_path / "own", store, None).sheets
