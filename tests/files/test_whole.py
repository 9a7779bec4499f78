"""Files are whole or not there, errors stay what they were, and names of cases fit every disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from spgc.errors import DataError, DiskFullError
from spgc.files.kept import DamagedError, read_kept, write_kept
from spgc.files.whole import (
    DEAD_PART_SECONDS,
    check_writable,
    draft_name,
    sweep_drafts,
    whole_file,
    write_text,
    write_together,
)
from tests.small_disk import small_disk

__all__ = ["small_disk"]


def test_old_drafts_go_and_all_else_stays(tmp_path: Path) -> None:
    """Names of ours alone, and only when nobody touched them for an hour."""
    ours = [draft_name(), draft_name("xml"), draft_name("bin"), ".a.json.0123abcd.part"]
    others = ["a.part", ".hidden.part", ".0123.bin", ".0123abcd.xml", "x.bin"]
    for name in (*ours, *others):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (0, 0))
    young = tmp_path / draft_name()
    young.write_text("x")
    almost = tmp_path / draft_name()
    almost.write_text("x")
    then = young.stat().st_mtime - DEAD_PART_SECONDS / 2
    os.utime(almost, (then, then))
    (tmp_path / "mine").mkdir()
    (tmp_path / draft_name()).symlink_to(tmp_path / "mine")
    sweep_drafts(tmp_path)
    left = {path.name for path in tmp_path.iterdir() if path.is_file()}
    assert left == {*others, young.name, almost.name}
    assert (tmp_path / "mine").is_dir()


def test_a_folder_of_drafts_goes_when_all_in_it_is_old(tmp_path: Path) -> None:
    for name, ages in {
        draft_name(): "oy",
        ".draft-a1b2c3d4": "oo",
        draft_name("bin"): "oo",
    }.items():
        (tmp_path / name).mkdir()
        for number, age in enumerate(ages):
            (tmp_path / name / f"{number}.csv").write_text("x")
            if age == "o":
                os.utime(tmp_path / name / f"{number}.csv", (0, 0))
        os.utime(tmp_path / name, (0, 0))
    sweep_drafts(tmp_path)
    (left,) = tmp_path.iterdir()
    assert sorted(path.name for path in left.iterdir()) == ["0.csv", "1.csv"]


def test_writing_sweeps_the_folder(tmp_path: Path) -> None:
    dead = tmp_path / draft_name()
    dead.write_text("x")
    os.utime(dead, (0, 0))
    write_text(tmp_path / "a.txt", "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_writing_several_files_sweeps_their_folders(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        dead = tmp_path / name / draft_name()
        dead.write_text("x")
        os.utime(dead, (0, 0))
    write_together({tmp_path / "a" / "1.txt": "1", tmp_path / "b" / "2.txt": "2"})
    left = sorted(path.name for path in tmp_path.rglob("*.*"))
    assert left == ["1.txt", "2.txt"]


def test_a_place_that_can_be_written_to_stays_as_it_is(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "er")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match=r"can't write file.*Not a directory"):
        check_writable(tmp_path / "file" / "below")


def test_a_kill_leaves_nothing_where_writing_was_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder above that of the command's files is swept by nobody."""
    try:
        os.close(os.open(tmp_path, os.O_TMPFILE | os.O_WRONLY))
    except (AttributeError, OSError):
        pytest.skip("no files without a name here")

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for remove in ("unlink", "remove"):
        monkeypatch.setattr(os, remove, killed)
    with suppress(KeyboardInterrupt):
        check_writable(tmp_path / "new" / "er")
    assert list(tmp_path.iterdir()) == []


def test_what_clean_up_raises_does_not_hide_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(DataError, match="Input/output error"), whole_file(tmp_path / "a"):
        raise OSError(errno.EIO, "Input/output error")
    with pytest.raises(KeyError), whole_file(tmp_path / "a"):
        raise KeyError


def test_a_full_disk_names_place_and_room(small_disk: Path) -> None:
    """On a real one, if a small file system can be mounted here."""
    with pytest.raises(DiskFullError, match=r"no space left.*MB free") as caught:
        write_text(small_disk / "a.txt", "x" * 2**21)
    assert caught.value.where == str(small_disk / "a.txt")
    assert list(small_disk.iterdir()) == []


def test_a_file_in_a_folders_place(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(DataError, match="can't write file"):
        write_text(tmp_path / "a" / "b.txt", "b")


def test_kept_files_are_believed_only_as_they_were_written(tmp_path: Path) -> None:
    """Every single changed, missing or further byte is noticed, and another file's content."""
    path, content = tmp_path / "a.kept", b"some answers"
    assert read_kept(path) is None
    write_kept(path, content)
    assert read_kept(path) == content
    whole = path.read_bytes()
    changed = [whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :] for i in range(len(whole))]
    cut = [whole[:i] for i in range(len(whole))]
    zeroed = [whole[:i] + bytes(len(whole) - i) for i in range(len(whole))]
    write_kept(tmp_path / "b.kept", content)
    for other in (*changed, *cut, *zeroed, whole + b"\0", (tmp_path / "b.kept").read_bytes()):
        path.write_bytes(other)
        with pytest.raises(DamagedError):
            read_kept(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(DamagedError):
        read_kept(path)


def test_a_pipe_or_device_is_not_replaced(tmp_path: Path) -> None:
    """`-o /dev/null` as root would leave a machine without it."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for name, found in (("pipe", "a named pipe, not a file"), ("link", "a device, not a file")):
        with pytest.raises(DataError, match=found):
            write_text(tmp_path / name, "x")
        assert not (tmp_path / name).is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe"]


def test_a_kept_pipe_is_damage(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DamagedError, match="a named pipe"):
        read_kept(tmp_path / "pipe")


def test_files_are_written_together_or_not_at_all(tmp_path: Path) -> None:
    """A text that can't be written, or a place, leaves all as it was."""
    one, two = tmp_path / "one", tmp_path / "two"
    write_together({one: "a", two: "b"})
    assert (one.read_text(), two.read_text()) == ("a", "b")
    with pytest.raises(DataError, match="can't write text"):
        write_together({one: "c", two: "\ud800"})
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match="can't write file"):
        write_together({one: "c", tmp_path / "folder": "d"})
    assert (one.read_text(), two.read_text()) == ("a", "b")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "one", "two"]


def test_old_and_new_files_never_lie_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it ends: a record of new files beside old ones would take their marks away."""
    names = ("record", "a", "b")
    write_together({tmp_path / name: "old" for name in names})
    replace, seen = Path.replace, []

    def watched(self: Path, target: Path) -> Path:
        seen.append({n: (tmp_path / n).read_text() for n in names if (tmp_path / n).exists()})
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", watched)
    write_together({tmp_path / name: "new" for name in names})
    assert seen == [{"record": "old"}, {"record": "new"}, {"record": "new", "a": "new"}]


def test_half_a_sign_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="can't write text"):
        write_text(tmp_path / "a", "x\udcff")
    assert not any(tmp_path.iterdir())


STOPPED_WHILE_CLEANING_UP = """
import signal, sys
from pathlib import Path
from spgc.files import whole

def stop(number, frame):
    raise KeyboardInterrupt

signal.signal(signal.SIGTERM, stop)
unlink, real = [], Path.unlink

def late(path, missing_ok=False):  # a signal strikes before the file is gone
    if path.name.endswith(".part") and not unlink:
        unlink.append(path)
        signal.raise_signal(signal.SIGTERM)
    real(path, missing_ok=missing_ok)

Path.unlink = late
try:
    with whole.whole_file(Path(sys.argv[1])) as draft:
        draft.write_text("half")
        raise KeyboardInterrupt
except KeyboardInterrupt:
    print(unlink[0].exists())
"""


def test_a_stop_in_the_clean_up_leaves_no_draft(tmp_path: Path) -> None:
    """Two signals, or one in the line that removes: the end of the process removes it."""
    done = subprocess.run(
        [sys.executable, "-c", STOPPED_WHILE_CLEANING_UP, str(tmp_path / "a.csv")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n", "it was still there when the block was left"
    assert list(tmp_path.iterdir()) == []
