"""Metadata of safetensors files without their tensors, of whole and damaged files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.random import default_rng
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from spgc.files.safetensors_header import metadata_of, stored_metadata

TENSORS = {"a": np.arange(5, dtype=np.float32), "none": np.zeros((0, 3), np.int8)}
METADATA = {"spgc": '{"step": 4}', "é": "ü"}


@pytest.mark.parametrize("tensors", [TENSORS, {}])
@pytest.mark.parametrize("metadata", [METADATA, None])
def test_metadata_is_that_of_the_library(
    tmp_path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str] | None
) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(save(tensors, metadata))
    assert stored_metadata(path) == metadata_of(path.read_bytes()) == (metadata or {})


def test_what_the_library_refuses_is_refused(tmp_path: Path) -> None:
    """One byte changed, or the end cut or longer; what both take has the same metadata."""
    whole, path, chance = save(TENSORS, METADATA), tmp_path / "a.safetensors", default_rng(1)
    taken = 0
    for _ in range(400):
        content = bytearray(whole)
        content[chance.integers(len(content))] = chance.integers(256)
        if chance.random() < 0.4:
            content = content[: chance.integers(len(content))] + b"x" * chance.integers(3)
        path.write_bytes(content)
        try:
            with safe_open(path, framework="np") as file:
                expected = file.metadata() or {}
        except (SafetensorError, UnicodeDecodeError):
            expected = None
        try:
            found = stored_metadata(path)
        except ValueError:
            continue
        taken += 1
        assert expected is None or found == expected
        if len(content) != len(whole):
            assert expected is not None
    assert taken > 20


@pytest.mark.parametrize(
    "header",
    [
        b"[]",
        b"3",
        b'{"a": 3}',
        b'{"a": {"data_offsets": 3}}',
        b'{"a": {"data_offsets": [0, true]}}',
        b'{"a": {"data_offsets": [0, 5]}}',
        json.dumps({"__metadata__": {"a": 3}}).encode(),
        json.dumps({"__metadata__": [[1, 2]]}).encode(),
        b"{" * 100_000,
    ],
)
def test_strange_headers_are_one_kind_of_error(header: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        metadata_of(len(header).to_bytes(8, "little") + header)


def test_a_header_that_claims_too_much_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes((2**60).to_bytes(8, "little"))
    with pytest.raises(ValueError, match="no header"):
        stored_metadata(path)
