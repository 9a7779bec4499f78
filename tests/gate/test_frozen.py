"""Frozen slice probabilities: the same content is the same bytes, and damage is refused."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from spgc.data.manifests import Case
from spgc.errors import DataError
from spgc.gate.frozen import Frozen, read_frozen, rounded, write_frozen
from spgc.protocol import CLASSES


def made(**changes: object) -> Frozen:
    """Two scans of 3 and 5 slices, two slice classifiers, four features."""
    rng = np.random.default_rng(0)
    cases = (
        Case("a", "CAP", "train", "frozen", "own"),
        Case("b", None, "val", "frozen", "synthetic"),
    )
    rows = {
        name: rounded([rng.random((count, 3), np.float32) for _ in range(2)])
        for name, count in (("a", 3), ("b", 5))
    }
    parts: dict[str, object] = {
        "cases": cases,
        "backbones": ("one", "two"),
        "classes": CLASSES,
        "probabilities": rows,
        "features": rng.random((2, 4), np.float32),
        "names": ("w", "x", "y", "z"),
        "made_with": {"model_hash": "abc"},
    }
    return Frozen(**(parts | changes))  # type: ignore[arg-type]


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    frozen = made()
    digest = write_frozen(tmp_path / "f", frozen)
    assert digest == hashlib.sha256((tmp_path / "f").read_bytes()).hexdigest()
    again = read_frozen(tmp_path / "f", digest)
    for name in ("cases", "backbones", "classes", "names", "made_with"):
        assert getattr(again, name) == getattr(frozen, name)
    np.testing.assert_array_equal(again.features, frozen.features)
    for case, rows in frozen.probabilities.items():
        np.testing.assert_array_equal(again.probabilities[case], rows)
    assert write_frozen(tmp_path / "g", again) == digest


def test_rows_of_a_case_by_slice_classifier() -> None:
    """Kept in 16 bits: to three digits."""
    parts = [np.full((2, 3), value, np.float32) for value in (0.1, 0.7)]
    rows = rounded(parts)
    assert rows.shape == (2, 2, 3)
    assert rows[0, 0, 0] == np.float32(np.float16(0.1))
    by_name = made(probabilities={"a": rows}).of("a")
    assert list(by_name) == ["one", "two"]
    np.testing.assert_allclose(by_name["two"], parts[1], atol=1e-3)


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"backbones": ("one",)}, "a has shape (3, 2, 3)"),
        ({"names": ("w",)}, "features of shape (2, 4)"),
        ({"features": np.zeros((1, 4), np.float32)}, "features of shape (1, 4)"),
    ],
)
def test_parts_that_do_not_fit(changes: dict[str, object], found: str, tmp_path: Path) -> None:
    write_frozen(tmp_path / "f", made(**changes))
    with pytest.raises(DataError, match="can't read frozen slice probabilities") as caught:
        read_frozen(tmp_path / "f")
    assert found in str(caught.value)


def test_another_file_than_the_baseline_names(tmp_path: Path) -> None:
    digest = write_frozen(tmp_path / "f", made())
    write_frozen(tmp_path / "f", made(made_with={"model_hash": "other"}))
    with pytest.raises(DataError, match=f"the baseline names {digest[:12]}"):
        read_frozen(tmp_path / "f", digest)
    with pytest.raises(DataError, match="No such file"):
        read_frozen(tmp_path / "none")
