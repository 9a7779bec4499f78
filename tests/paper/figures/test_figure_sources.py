"""Where figures find their scans: validation before training, labelled slices, named cases."""

from pathlib import Path

import numpy as np
import pytest

from spgc.data.layout import Dataset
from spgc.errors import DataError
from spgc.paper.figures.figure_sources import Sources, shown, widest
from spgc.protocol import CAP, COVID19
from tests.paper.figures.made_sources import known, made_scan


@pytest.fixture
def sources(cohort: Path, tmp_path: Path) -> Sources:
    return Sources(data=cohort, store=tmp_path / "store")


def ids(cases: list[object]) -> list[str]:
    return [case.case_id for case in cases]  # type: ignore[attr-defined]


def test_validation_scans_come_before_training_scans(sources: Sources, dataset: Dataset) -> None:
    """Test sets are never shown as examples."""
    wanted = [c.case_id for s in ("val", "train") for c in dataset.cases(s) if c.label == COVID19]
    assert ids(sources.of_class(COVID19)) == wanted
    assert ids(sources.of_class(COVID19, ("val",))) == wanted[:1]


def test_labelled_scans_are_those_with_infected_slices(sources: Sources, dataset: Dataset) -> None:
    wanted = [
        name
        for name in ids(sources.of_class(CAP))
        if (marks := dataset.slice_labels(name)) is not None and marks.any()
    ]
    assert ids(sources.labelled(CAP)) == wanted


def test_named_cases_are_taken_as_they_are(cohort: Path, dataset: Dataset) -> None:
    """Whatever their split and labels, in the order of their naming; an unknown one is none."""
    names = ids([c for c in dataset.cases("test2") if c.label == COVID19])
    others = ids([c for c in dataset.cases("train") if c.label == COVID19])[:1]
    sources = Sources(data=cohort, cases=(*names, "nobody", *others))
    assert ids(sources.of_class(COVID19)) == [*names, *others]
    assert ids(sources.labelled(COVID19)) == [*names, *others]
    assert sources.of_class(CAP) == []


def test_a_scan_comes_with_what_is_known_of_it(sources: Sources, dataset: Dataset) -> None:
    case = dataset.cases("val")[0]
    scan, found = sources.scan(case.case_id)
    assert (found.label, found.synthetic) == (case.label, True)
    hu, mask = scan.slice(1)
    row = shown(scan, found, 1)
    np.testing.assert_array_equal(row.hu, hu)
    np.testing.assert_array_equal(row.mask, mask)
    assert row.pixel_mm == scan.spacing[1:]
    with pytest.raises(DataError, match="no such scan"):
        sources.scan("nobody")


def test_the_widest_slice_is_an_infected_one_where_any_is() -> None:
    """Slice i has 2 + 2 i pixels of lung."""
    scan = made_scan(0)
    assert widest(scan, known("n", "Normal")) == 3  # type: ignore[arg-type]
    assert widest(scan, known("c", COVID19, [1, 1, 0, 0])) == 1  # type: ignore[arg-type]
    assert widest(scan, known("c", COVID19, [0, 0, 0, 0])) == 3  # type: ignore[arg-type]
