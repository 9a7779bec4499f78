"""New folders of output: whole or not there, and never a folder that holds something already."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spgc.errors import UsageError
from spgc.files.whole import draft_name, is_draft, make_folder, sweep_drafts, write_error


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """A draft of `folder` that takes its place when the block ends well, and goes otherwise.

    folder: not there, or empty (`refuse_filled`). An empty one is filled, not replaced: it may be
    somebody's current folder, or a mounted one. What a killed process leaves is a hidden draft, so
    the same command works again; old drafts go. Raises DataError and DiskFullError.
    """
    there = folder.exists()
    around = folder if there else folder.parent
    draft = around / draft_name()
    make_folder(around)
    sweep_drafts(around)
    try:
        draft.mkdir()
        yield draft
        if there:
            for part in sorted(draft.iterdir()):
                part.rename(folder / part.name)
        else:
            draft.rename(folder)
    except OSError as error:
        raise write_error(folder, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def refuse_filled(folder: Path, what: str, do: str = "name another one") -> None:
    """Raise UsageError for anything but a new or empty folder; what: what needs one, `a kit`.

    Drafts of killed processes don't fill one.
    """
    if not (folder.is_symlink() or folder.exists()):
        return
    if folder.is_symlink() or not folder.is_dir() or not all(map(is_draft, folder.iterdir())):
        raise UsageError(
            f"{what} needs a folder of its own",
            where=folder,
            found="a folder that holds files" if folder.is_dir() else "a file",
            expected="a new or empty folder",
            do=do,
        )
