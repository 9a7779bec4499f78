"""Pickles are found in every form that libraries write, and reading one fails where it should."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import joblib
import numpy as np
import pytest
from safetensors.numpy import save_file

from spgc.systems.conformance.pickles import pickle_in, without_pickle


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(protocol: int, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(pickle.dumps({"a": [1, "b"]}, protocol))
    assert pickle_in(path) == "is a pickle"


def test_what_joblib_writes(tmp_path: Path) -> None:
    for compress in (0, 3, ("gzip", 3)):
        joblib.dump({"weights": np.arange(3.0)}, tmp_path / "x", compress=compress)
        assert pickle_in(tmp_path / "x") == "is a pickle"


def test_files_without_a_pickle(tmp_path: Path) -> None:
    save_file({"a": np.arange(3.0)}, tmp_path / "a.safetensors")
    np.save(tmp_path / "b.npy", np.arange(3.0))
    np.savez_compressed(tmp_path / "c.npz", a=np.arange(3.0))
    (tmp_path / "d.json").write_text(json.dumps({"a": [0.5, "N."]}))
    (tmp_path / "e.csv").write_text("case,label\nP001,CAP\n")
    for name, content in {"f": b"", "g": b".", "h": b"PK\x03\x04", "i": b"\x93NUMPY\x01"}.items():
        (tmp_path / name).write_bytes(content)
    for path in tmp_path.iterdir():
        assert pickle_in(path) == "", path.name


def test_what_torch_writes_and_reads(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    path = tmp_path / "x.pt"
    torch.save({"a": torch.zeros(2)}, path)
    assert pickle_in(path) == "holds x/data.pkl"
    with without_pickle() as used:
        assert torch.load(path, weights_only=True)["a"].tolist() == [0, 0]
        assert used == []
        with pytest.raises(pickle.UnpicklingError):
            torch.load(path, weights_only=False)
        assert used == ["torch.load with weights_only=False"]
    assert torch.load(path, weights_only=False)["a"].tolist() == [0, 0]


def test_reading_fails_and_works_again(tmp_path: Path) -> None:
    content = pickle.dumps([1])
    joblib.dump([1], tmp_path / "x")
    with without_pickle() as used:
        for read in (lambda: pickle.loads(content), lambda: joblib.load(tmp_path / "x")):  # noqa: S301
            with pytest.raises(pickle.UnpicklingError):
                read()
        assert len(used) == 2
    assert pickle.loads(content) == joblib.load(tmp_path / "x") == [1]  # noqa: S301
