"""Any system with a slice model can be frozen; one without is refused, as are lacking scans."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.data.manifests import Case
from spgc.errors import DataError, UsageError
from spgc.gate.models import freeze_model

CASES = (
    Case("t", "CAP", "train", "made", "own"),
    Case("v", "Normal", "val", "made", "own"),
    Case("unlabelled", None, "val", "made", "own"),
    Case("unreadable", "CAP", "val", "made", "own"),
)
DATASET = SimpleNamespace(root=Path("data"))
PREPARED = SimpleNamespace(scans={"t": 2, "v": 3, "unlabelled": 4})


class Slices:
    """Two slice classifiers; a scan here is its number of slices."""

    name = "slices"

    def slice_probabilities(self, case_id: str, scan: int) -> dict[str, NDArray[np.float32]]:
        rows = np.full((scan, 3), 0.25, np.float32)
        return {"second": rows, "first": rows + 0.5}

    def describe(self) -> dict[str, object]:
        return {"model_hash": "abc"}


def test_labelled_and_readable_scans_are_frozen() -> None:
    frozen = freeze_model(Slices(), DATASET, CASES, PREPARED)  # type: ignore[arg-type]
    assert [case.case_id for case in frozen.cases] == ["t", "v"]
    assert frozen.backbones == ("second", "first")
    assert frozen.made_with["model_hash"] == "abc"
    assert frozen.probabilities["v"].shape == (3, 2, 3)
    assert frozen.probabilities["v"][0].tolist() == [[0.25] * 3, [0.75] * 3]


def test_a_system_of_whole_scans_is_refused() -> None:
    with pytest.raises(UsageError, match="slice probabilities to freeze"):
        freeze_model(SimpleNamespace(name="whole"), DATASET, CASES, PREPARED)  # type: ignore[arg-type]


@pytest.mark.parametrize("cases", [CASES[:1], CASES[1:2], CASES[2:]])
def test_scans_to_fit_on_and_to_judge_are_needed(cases: tuple[Case, ...]) -> None:
    with pytest.raises(DataError, match="a fast baseline needs scans to fit on"):
        freeze_model(Slices(), DATASET, cases, PREPARED)  # type: ignore[arg-type]
