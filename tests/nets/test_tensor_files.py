"""Files of tensors are read without running them, and not where they unpack to far more."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from spgc.nets.tensor_files import tensors_in


def test_an_archive_that_unpacks_to_more_than_it_takes_is_refused(tmp_path: Path) -> None:
    """A megabyte of zeroes that were packed would be a gigabyte of memory."""
    plain, packed = tmp_path / "plain.pth", tmp_path / "packed.pth"
    torch.save({"x": torch.zeros(1 << 20)}, plain)
    assert tensors_in(plain)["x"].shape == (1 << 20,)
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            new.writestr(member.filename, old.read(member))
    with pytest.raises(ValueError, match="it unpacks to 41"):
        tensors_in(packed)
