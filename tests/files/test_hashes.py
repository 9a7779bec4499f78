"""Hashes are plain SHA-256, so that other tools can check them."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import pytest

from spgc.files.hashes import file_hash, joint_digest

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
"""SHA-256 of "abc" (FIPS 180-2, appendix B.1)."""

EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_published_values(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")
    (tmp_path / "empty").write_bytes(b"")
    assert file_hash(tmp_path / "abc") == ABC
    assert file_hash(tmp_path / "empty") == EMPTY


@pytest.mark.parametrize("size", [2**14 - 1, 2**14, 2**14 + 1, 2**18 + 2**14])
def test_where_a_small_file_ends(tmp_path: Path, size: int) -> None:
    """Small files are read at once, larger ones block by block: no byte is lost between."""
    content = bytes(number % 251 for number in range(size))
    (tmp_path / "file").write_bytes(content)
    assert file_hash(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_a_file_of_many_blocks(tmp_path: Path) -> None:
    """A million letters a (FIPS 180-2, appendix B.3)."""
    (tmp_path / "a").write_bytes(b"a" * 1_000_000)
    assert file_hash(tmp_path / "a") == (
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    )


def test_what_is_no_file_is_an_os_error(tmp_path: Path) -> None:
    """A pipe that nobody writes to would otherwise be waited for."""
    os.mkfifo(tmp_path / "pipe")
    for name in ("absent", ".", "pipe"):
        with pytest.raises(OSError, match=re.escape(str(tmp_path / name))):
            file_hash(tmp_path / name)


def test_a_joint_hash_is_that_of_the_sorted_list() -> None:
    """As `sort | sha256sum` gives it for lines of name and hash."""
    lines = f"a {ABC}\nb {EMPTY}\n".encode()
    assert joint_digest({"b": EMPTY, "a": ABC}) == hashlib.sha256(lines).hexdigest()
    assert joint_digest({"b": EMPTY, "a": ABC}) == joint_digest({"a": ABC, "b": EMPTY})


@pytest.mark.parametrize(
    "other", [{}, {"a": ABC}, {"a": EMPTY, "b": ABC}, {"a": ABC, "c": EMPTY}], ids=str
)
def test_any_change_of_name_or_content_changes_it(other: dict[str, str]) -> None:
    assert joint_digest(other) != joint_digest({"a": ABC, "b": EMPTY})
