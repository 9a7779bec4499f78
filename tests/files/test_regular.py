"""Only regular files are opened: nothing waits for a pipe, and everything says what it is."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path

import pytest

from spgc.files.regular import (
    check_regular,
    is_folder,
    is_listed,
    open_regular,
    read_regular,
)


def test_a_file_and_a_link_to_it_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    for name in "ab":
        assert check_regular(tmp_path / name) == 3
        assert read_regular(tmp_path / name) == b"abc"


def test_what_is_no_file_says_what_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    os.mkfifo("pipe")
    Path("folder").mkdir()
    Path("gone").symlink_to("nowhere")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        for path, reason in {
            "pipe": "a named pipe, not a file",
            "folder": "a folder, not a file",
            "socket": "a socket, not a file",
            "/dev/null": "a device, not a file",
            "gone": "a link that leads nowhere",
            "nothing": "No such file or directory",
        }.items():
            with pytest.raises(OSError, match=r".+") as caught:
                open_regular(Path(path))
            assert caught.value.strerror == reason


def test_a_pipe_that_takes_the_place_of_a_file_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the opening: it neither waits nor is it read."""
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr("spgc.files.regular.check_regular", lambda path: 0)
    with pytest.raises(OSError, match="a named pipe, not a file"):
        open_regular(tmp_path / "pipe")


def test_a_look_never_raises(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that may be listed but not entered, as root never meets one."""
    (tmp_path / "gone").symlink_to("nowhere")
    assert is_folder(tmp_path)
    assert not is_folder(tmp_path / "gone")
    assert is_listed(tmp_path / "gone")
    assert not is_listed(tmp_path / "nothing")

    def closed(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("os.stat", closed)
    assert not is_folder(tmp_path)


def test_reading_where_opening_knows_no_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, which has no such flag: a file is opened to read all the same."""
    (tmp_path / "a").write_bytes(b"content")
    monkeypatch.delattr(os, "O_NONBLOCK", raising=False)
    assert read_regular(tmp_path / "a") == b"content"
