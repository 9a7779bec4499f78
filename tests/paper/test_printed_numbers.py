"""The paper's figures: counts that follow from printed percentages, and sums that must agree."""

from pathlib import Path

import numpy as np
import pytest

from spgc.data.manifests import read_manifests
from spgc.paper import printed_numbers
from spgc.paper.printed_numbers import ALL_FOUR, Published, counts_behind
from spgc.protocol import CAP, COVID19, NORMAL
from spgc.systems.cnr_iemn.config import BACKBONES


def test_table_5_is_of_98_scans() -> None:
    hits = {
        kind: [
            _counts(printed_numbers.scan_accuracy(name, kind)) for name in (*BACKBONES, ALL_FOUR)
        ]
        for kind in ("svm", "xgboost")
    }
    assert hits["svm"] == [(k, 98) for k in (80, 81, 81, 79, 79)]
    assert hits["xgboost"] == [(k, 98) for k in (78, 81, 84, 79, 86)]


def test_figure_10_adds_up_to_table_5() -> None:
    rates = printed_numbers.scan_rates()
    assert [_counts(rates[k]) for k in (COVID19, CAP, NORMAL)] == [(53, 55), (10, 19), (23, 24)]
    assert sum(_counts(r)[0] for r in rates.values()) == 86


@pytest.mark.parametrize("table", ["table1", "table2", "table3", "table4"])
def test_rates_of_the_text_have_counts_where_the_slices_are_known(table: str) -> None:
    """Each printed COVID-19 and CAP rate is a whole number of the 1,333 and 436 slices."""
    rates = printed_numbers.slice_rates(table)
    assert len(rates) == 3
    for (_, label), figure in rates.items():
        if label == NORMAL:
            assert figure.counts is None
            assert figure.share == figure.percent / 100
        else:
            assert figure.inferred
            hits, total = _counts(figure)
            assert f"{100 * hits / total:.2f}" == f"{figure.percent:.2f}"


def test_counts_behind_a_percentage() -> None:
    found = counts_behind(87.75, 98)  # cut off, not rounded: 87.755
    assert found is not None and found.hits == 86
    assert counts_behind(50.0, 3) is None
    assert counts_behind(88.91, 100_000) is None  # many would fit


def test_accuracies_of_slices_have_no_counts() -> None:
    """No total of slices that 34 scans could hold fits all rounded percentages of Tables 1 to 4."""
    figures = [
        printed_numbers.slice_accuracy(f"table{t}", b) for t in range(1, 5) for b in BACKBONES
    ]
    assert all(figure.counts is None for figure in figures)
    normals = [
        rate.percent
        for table in ("table1", "table2", "table3", "table4")
        for (_, label), rate in printed_numbers.slice_rates(table).items()
        if label == NORMAL
    ]
    known = sum(n for n in printed_numbers.VALIDATION_SLICES.values() if n)
    fitting = [
        normal
        for normal in range(1, 34 * 200 - known)
        if all(_rounds(p, normal) for p in normals)
        and all(_rounds(f.percent, normal + known) for f in figures)
    ]
    assert fitting == []


@pytest.mark.real
def test_cap_slices_follow_from_manifests_and_labels(real_data: Path) -> None:
    """The recovered split holds the paper's 742 CAP training slices and 436 of validation."""
    from spgc.data.label_arrays import read_array

    folder = real_data / "covid-ct-md-sample"
    labels = read_array(folder / "Slice-level-labels-updated-1.npy", folder / "Index.csv")
    infected = {"train": 0, "val": 0}
    for case in read_manifests():
        if case.label == CAP and case.case_id in labels:
            infected[case.split] += int(np.sum(labels[case.case_id]))
    assert infected == {
        "train": printed_numbers.TRAINING_SLICES[CAP],
        "val": printed_numbers.VALIDATION_SLICES[CAP],
    }


def _counts(figure: Published) -> tuple[int, int]:
    assert figure.counts is not None
    return figure.counts.hits, figure.counts.total


def _rounds(percent: float, total: int) -> bool:
    near = round(percent / 100 * total)
    return any(f"{100 * k / total:.2f}" == f"{percent:.2f}" for k in (near - 1, near, near + 1))
