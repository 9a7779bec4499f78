"""A file that spgc did not write, or reads, is not replaced."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from spgc.errors import DataError, UsageError
from spgc.files.overwriting import check_outputs, check_target


def test_new_files_and_own_ones_may_be_written(tmp_path: Path) -> None:
    check_target(tmp_path / "new" / "a.png")
    own = tmp_path / "own.html"
    own.write_text('<meta name="generator" content="spgc 1">')
    check_target(own)


def test_foreign_files_need_force(tmp_path: Path) -> None:
    other = tmp_path / "answers.csv"
    other.write_text("Study,Label\n")
    with pytest.raises(UsageError, match="none that spgc wrote"):
        check_target(other)
    check_target(other, force=True)


def test_inputs_are_never_written(tmp_path: Path) -> None:
    read = tmp_path / "answers.csv"
    read.write_text("Study,Label\n")
    link = tmp_path / "link.csv"
    link.symlink_to(read)
    for path in (read, link):
        with pytest.raises(UsageError, match="one that is read"):
            check_target(path, force=True, inputs=[read])


WAYS = ("new/../answers.csv", "new/er/../../answers.csv", "link/../answers.csv", "hard.csv")
"""Other names of a file: through folders that are not there yet, a link to a folder, its twin."""


def _other_names(folder: Path) -> list[Path]:
    """`answers.csv` in `folder` by `WAYS`."""
    read = folder / "answers.csv"
    read.write_text("Study,Label\n")
    (folder / "inside").mkdir()
    (folder / "link").symlink_to(folder / "inside")
    (folder / "hard.csv").hardlink_to(read)
    return [folder / way for way in WAYS]


def test_a_way_through_a_missing_folder_leads_to_the_same_file(tmp_path: Path) -> None:
    for path in _other_names(tmp_path):
        with pytest.raises(UsageError, match="none that spgc wrote"):
            check_target(path)
        with pytest.raises(UsageError, match="one that is read"):
            check_target(path, force=True, inputs=[tmp_path / "answers.csv"])
    assert not (tmp_path / "new").exists()


def test_a_link_to_a_folder_elsewhere_leads_out_of_it(tmp_path: Path) -> None:
    """`link/..` is where the folder lies, not where the link does."""
    (tmp_path / "far" / "inside").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "inside")
    (tmp_path / "answers.csv").write_text("Study,Label\n")
    check_target(tmp_path / "link" / ".." / "answers.csv")
    (tmp_path / "far" / "answers.csv").write_text("Study,Label\n")
    with pytest.raises(UsageError, match="none that spgc wrote"):
        check_target(tmp_path / "link" / ".." / "answers.csv")


def test_a_way_back_out_of_a_missing_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        check_target(tmp_path / "new" / "..", force=True)


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a folder"):
        check_target(tmp_path, force=True)


def test_a_pipe_is_no_file_either(tmp_path: Path) -> None:
    """It has no size, as an empty file of spgc's own."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(UsageError, match="a device or a pipe"):
            check_target(path, force=True)


NAMES = ("a.png", "a.csv")


def test_a_folder_of_outputs_may_be_new_or_hold_ours(tmp_path: Path) -> None:
    check_outputs(tmp_path / "new" / "er", NAMES)
    (tmp_path / "a.png").write_bytes(b"\x89PNG Software spgc")
    (tmp_path / "a.csv").write_text("any table: it holds no mark")
    (tmp_path / "link").symlink_to(tmp_path)
    check_outputs(tmp_path, NAMES)
    check_outputs(tmp_path / "link", NAMES)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.png", "link"]


def test_outputs_that_can_not_be_written_are_refused(tmp_path: Path) -> None:
    """A folder, a pipe, a way out, a picture of others; a file in place of the folder."""
    made = {name: tmp_path / name for name in ("folder", "pipe", "link", "loop", "other", "file")}
    for name, place in made.items():
        if name != "file":
            place.mkdir()
    (made["folder"] / "a.csv").mkdir()
    os.mkfifo(made["pipe"] / "a.csv")
    (tmp_path / "elsewhere.csv").write_text("mine")
    (made["link"] / "a.csv").symlink_to(tmp_path / "elsewhere.csv")
    (made["loop"] / "a.csv").symlink_to(tmp_path / "nowhere" / "a.csv")
    (made["other"] / "a.png").write_bytes(b"\x89PNG of another program")
    made["file"].write_text("x")
    for name, match in {
        "folder": "is a folder",
        "pipe": "a device or a pipe",
        "link": "a link leads out of",
        "loop": "a link leads out of",
        "other": r"none that spgc wrote.*another folder with --out",
        "file": "the folder to write to is a file",
    }.items():
        with pytest.raises((DataError, UsageError), match=match):
            check_outputs(made[name], NAMES)
    with pytest.raises(DataError, match="can't write file"):
        check_outputs(made["file"] / "below", NAMES)


def test_a_place_that_may_not_be_written_to_is_found_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights don't bite where tests run as root: making a file is made to fail."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    for check in (check_outputs, check_target):
        with pytest.raises(DataError, match=r"can't write file.*Read-only file system"):
            check(tmp_path / "new")
