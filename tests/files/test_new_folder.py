"""A new folder of output is one process's, whole or not there, whoever else writes beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spgc.errors import DataError, UsageError
from spgc.files.new_folder import CLAIM, new_folder, refuse_filled


def write(draft: Path, whose: str) -> None:
    (draft / "public").mkdir()
    (draft / "a.txt").write_text(whose)
    (draft / "public" / f"{whose}.txt").write_text(whose)


def content(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


OURS = ["a.txt", "public", "public/one.txt"]


@pytest.mark.parametrize("there", [False, True], ids=["new", "empty"])
def test_of_two_processes_one_fills_it(there: bool, tmp_path: Path) -> None:
    """The faster one; nothing of the other's is mixed in, and its draft goes."""
    folder = tmp_path / "out"
    if there:
        folder.mkdir()
    with pytest.raises(UsageError, match="another process has filled"), new_folder(folder) as slow:
        write(slow, "other")
        with new_folder(folder) as fast:
            write(fast, "one")
    assert content(folder) == OURS
    assert (folder / "a.txt").read_text() == "one"
    assert list(tmp_path.iterdir()) == [folder]


def test_one_that_is_being_filled_is_left_alone(tmp_path: Path) -> None:
    """A claim that was left by a killed process is a draft: the folder counts as empty."""
    (tmp_path / CLAIM).mkdir()
    refuse_filled(tmp_path, "a kit")
    with pytest.raises(UsageError, match="another process"), new_folder(tmp_path) as draft:
        write(draft, "one")
    assert content(tmp_path) == [CLAIM]


def test_an_old_claim_is_a_killed_process_s(tmp_path: Path) -> None:
    """Filling takes a moment: nobody waits for an hour until drafts are swept."""
    claim = tmp_path / CLAIM
    claim.mkdir()
    long_ago = claim.stat().st_mtime - 100
    os.utime(claim, (long_ago, long_ago))
    with new_folder(tmp_path) as draft:
        write(draft, "one")
    assert content(tmp_path) == OURS


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError("no room")], ids=repr)
def test_an_empty_folder_stays_empty_when_filling_stops(
    stop: BaseException | type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where some parts were moved: the same command works again."""
    rename = Path.rename

    def stopping(self: Path, target: Path) -> Path:
        if target == tmp_path / "public":
            raise stop
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", stopping)
    wanted = KeyboardInterrupt if stop is KeyboardInterrupt else DataError
    with pytest.raises(wanted), new_folder(tmp_path) as draft:
        write(draft, "one")
    assert content(tmp_path) == []
    monkeypatch.undo()
    with new_folder(tmp_path) as draft:
        write(draft, "one")
    assert content(tmp_path) == OURS
