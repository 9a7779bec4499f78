"""Packaged weights: joined in order, read only byte for byte as known, never unpickled."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from pathlib import Path

import pytest
import torch

from spgc.errors import MissingExtraError, ModelError
from spgc.jobs import extras
from spgc.nets.pinned_weights import PinnedWeights, check_tensors

TENSORS = {"a": torch.arange(6.0).view(2, 3), "b": torch.ones(2)}


def written() -> bytes:
    stream = io.BytesIO()
    torch.save(TENSORS, stream)
    return stream.getvalue()


@pytest.fixture
def pinned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PinnedWeights:
    """A file of tensors in two packages, whose code would end the test if it were run."""
    content = written()
    for package, part in (("stand_in_one", content[:100]), ("stand_in_two", content[100:])):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise SystemExit('was run')")
        (tmp_path / package / "part.bin").write_bytes(part)
    monkeypatch.syspath_prepend(tmp_path)
    names = ("stand_in_one", "stand_in_two")
    monkeypatch.setattr(extras, "BROUGHT", {**extras.BROUGHT, "some": names})
    parts = tuple((name, "part.bin") for name in names)
    return PinnedWeights("some", parts, len(content), hashlib.sha256(content).hexdigest())


def test_parts_are_joined_and_no_code_of_theirs_runs(pinned: PinnedWeights) -> None:
    assert pinned.content() == written()
    found = pinned.tensors()
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[name], tensor) for name, tensor in TENSORS.items())
    assert not {"stand_in_one", "stand_in_two"} & sys.modules.keys()


def test_without_the_package_one_line_names_the_command(
    pinned: PinnedWeights, tmp_path: Path
) -> None:
    (tmp_path / "stand_in_two/__init__.py").unlink()
    (tmp_path / "stand_in_two/part.bin").unlink()
    (tmp_path / "stand_in_two").rmdir()
    with pytest.raises(MissingExtraError, match=r"stand_in_two. Do: pip install 'spgc\[some\]'"):
        pinned.tensors()


@pytest.mark.parametrize("change", ["bit", "longer", "shorter", "swapped", "endless"])
def test_any_other_content_is_refused_before_it_is_parsed(
    pinned: PinnedWeights, tmp_path: Path, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, other = tmp_path / "stand_in_two/part.bin", tmp_path / "stand_in_one/part.bin"
    content = path.read_bytes()
    if change == "bit":
        path.write_bytes(content[:40] + bytes([content[40] ^ 1]) + content[41:])
    elif change == "longer":
        path.write_bytes(content + b"\0")
    elif change == "shorter":
        path.write_bytes(content[:-1])
    elif change == "swapped":
        path.write_bytes(other.read_bytes())
        other.write_bytes(content)
    else:
        os.truncate(path, 1 << 40)  # takes no disk, and would fill any memory
    monkeypatch.setattr(torch, "load", None)
    with pytest.raises(ModelError, match=r"not those that spgc knows.*SHA-256.*spgc\[some\]"):
        pinned.tensors()


def test_a_missing_part_and_one_that_is_no_file_are_refused(
    pinned: PinnedWeights, tmp_path: Path
) -> None:
    path = tmp_path / "stand_in_one/part.bin"
    path.unlink()
    with pytest.raises(ModelError, match=r"can't be read.*part\.bin"):
        pinned.content()
    os.mkfifo(path)
    with pytest.raises(ModelError, match="a named pipe, not a file"):
        pinned.content()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"c": torch.ones(1)}, "1 tensors missing or unknown, first c"),
        ({"b": torch.ones(3)}, "1 tensors of another size, first b"),
        ({"b": torch.ones(2, dtype=torch.int64)}, "1 tensors of another size, first b"),
        ({"b": [1.0, 1.0]}, "1 tensors of another size, first b"),
        ({"a": torch.full((2, 3), torch.nan)}, "1 tensors not finite, first a"),
    ],
)
def test_every_tensor_is_checked(changes: dict[str, object], words: str) -> None:
    check_tensors(TENSORS, TENSORS, "it")
    check_tensors({**TENSORS, "b": TENSORS["b"].bfloat16()}, TENSORS, "it")  # another precision
    with pytest.raises(ModelError, match=f"do not fit it: found {words}"):
        check_tensors({**TENSORS, **changes}, TENSORS, "it")
    with pytest.raises(ModelError, match="first a"):
        check_tensors({"b": TENSORS["b"]}, TENSORS, "it")
