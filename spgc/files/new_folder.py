"""New folders of output: whole or not there, and never a folder that holds something already."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from spgc.errors import UsageError
from spgc.files.drafts import is_dead
from spgc.files.whole import draft_folder, is_draft, make_folder, write_error

CLAIM = ".draft-one_turn"
"""Folder that is there while a process fills an empty folder; a draft by its name."""

DEAD_SECONDS = 60
"""Age from which a claim is a killed process's: filling is some renames, a matter of a moment."""

_FILLED = (errno.EEXIST, errno.ENOTEMPTY)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A draft of `folder` that takes its place when the block ends well, and goes otherwise.

    folder: not there, or empty (`refuse_filled`). An empty one is filled, not replaced: it may be
    somebody's current folder, or a mounted one. What a killed process leaves is a hidden draft, so
    the same command works again; old drafts go. Of several processes one fills it, the others
    raise UsageError. Raises DataError and DiskFullError.
    """
    there = folder.exists()
    around = folder if there else folder.parent
    make_folder(around)
    try:
        with draft_folder(around) as place:
            draft = place / "draft"
            draft.mkdir()
            yield draft
            if there:
                _fill(folder, draft)
            else:
                draft.rename(folder)
    except OSError as error:
        if error.errno in _FILLED:
            raise UsageError(
                "another process has filled this folder in the meantime",
                where=folder,
                expected="a new or empty folder",
                do="name another one",
            ) from error
        raise write_error(folder, error) from error


def _fill(folder: Path, draft: Path) -> None:
    """Move all parts of a draft into an empty folder, or none. Raises OSError."""
    claim, moved = folder / CLAIM, []
    _take_away(claim, draft)
    claim.mkdir()
    try:
        if not _is_empty(folder):
            raise FileExistsError(errno.EEXIST, "filled by another process", str(folder))
        for part in sorted(draft.iterdir()):
            moved.append(part.name)
            part.rename(folder / part.name)
    except BaseException:
        for name in moved:
            with suppress(OSError):  # the last one may not have been moved
                (folder / name).rename(draft / name)
        raise
    finally:
        with suppress(OSError):
            claim.rmdir()


def _take_away(claim: Path, draft: Path) -> None:
    """Remove a killed process's claim, by the clock of the file system; not another's."""
    dead = draft.with_name("dead")
    with suppress(OSError):  # there is none, or another process has taken it away
        probe = draft.with_name("now")
        probe.mkdir()
        if is_dead(claim.stat().st_mtime, probe.stat().st_mtime, DEAD_SECONDS):
            claim.rename(dead)


def _is_empty(folder: Path) -> bool:
    """Whether a folder holds nothing but drafts of other processes, killed ones as well."""
    return all(map(is_draft, folder.iterdir()))


def refuse_filled(folder: Path, what: str, do: str = "name another one") -> None:
    """Raise UsageError for anything but a new or empty folder; what: what needs one, `a kit`.

    Drafts of killed processes don't fill one.
    """
    if not (folder.is_symlink() or folder.exists()):
        return
    if folder.is_symlink() or not folder.is_dir() or not _is_empty(folder):
        raise UsageError(
            f"{what} needs a folder of its own",
            where=folder,
            found="a folder that holds files" if folder.is_dir() else "a file",
            expected="a new or empty folder",
            do=do,
        )
