"""Only regular files are opened: nothing waits for a pipe, and everything says what it is."""

from __future__ import annotations

import ast
import errno
import os
import socket
from pathlib import Path

import pytest

import spgc
from spgc.files.regular import (
    append_regular,
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


def test_text_is_added_to_a_regular_file_alone(tmp_path: Path) -> None:
    """Not through a link, to a file of others, and not into a pipe, for which it would wait."""
    append_regular(tmp_path / "a", b"one\n")
    append_regular(tmp_path / "a", b"two\n")
    assert (tmp_path / "a").read_bytes() == b"one\ntwo\n"
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe")
    for name, reason in (("link", "a link"), ("gone", "a link"), ("pipe", "a named pipe")):
        with pytest.raises(OSError, match=f"{reason}, not a file"):
            append_regular(tmp_path / name, b"x")
    assert (tmp_path / "a").read_bytes() == b"one\ntwo\n"
    assert not (tmp_path / "nowhere").exists()


ON_PLATFORMS = {
    "grand_challenge_program",
    "hospital_program",
    "hub_scores",
    "inference_program",
    "scorer_program",
}
"""Programs that a kit brings: they run where spgc is not, on files that the platform puts there."""

TRIALS = {
    "codabench_kit",
    "evalai_kit",
    "gradescope_kit",
    "grand_challenge_kit",
    "hub_kit",
    "kaggle_trial",
}
"""What a kit's own program has just written into a folder of its trial."""


def plain_opens() -> set[tuple[str, str]]:
    """Module and call of what opens a file by its path, without `regular` looking at it first."""
    package = Path(spgc.__file__).parent
    found = set()
    for module in package.rglob("*.py"):
        if module.parent.name == "conformance":  # reads what the system just wrote
            continue
        if module.parent.name == "kits" and module.stem in ON_PLATFORMS | TRIALS:
            continue
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
                inside = ast.unparse(node.func)
                name = inside.rsplit(".", 1)[-1]
                if name in ("read_text", "read_bytes") or (name == "open" and "." in inside):
                    found.add((module.relative_to(package).as_posix(), inside))
    return found


def test_no_file_of_the_users_is_opened_otherwise() -> None:
    """What is left are the system's own files, parts of open archives, and shipped files."""
    assert plain_opens() == {
        ("cli/process_end.py", "os.open"),  # /dev/null
        ("cli/reproduce_command.py", "experiment.open"),  # opens no file
        ("cli/streams.py", "os.open"),  # /dev/null
        ("cli/terminal_picture.py", "Picture.open"),  # bytes in memory
        ("ct/archive.py", "opened.open"),  # a member of an archive that is open
        ("files/tar_content.py", "tarfile.open"),  # a file that is open
        ("kits/container_parts.py", "Path(__file__).parent.joinpath(*name.split('/')).read_text"),
        ("kits/grand_challenge_faults.py", "tarfile.open"),  # bytes in memory
        ("files/held_folder.py", "os.open"),  # a folder, for its lock
        ("files/regular.py", "os.open"),
        ("jobs/cores.py", "path.read_text"),  # /proc and /sys
        ("jobs/cpu_time.py", "(task / 'schedstat').read_text"),  # /proc
        ("jobs/machine.py", "Path('/proc/cpuinfo').read_text"),
        ("jobs/machine.py", "Path('/proc/meminfo').read_text"),
        ("nets/training/metrics.py", "self._table.open"),  # written whole just before
        ("scoring/schemas/__init__.py", "(_FOLDER / name).read_text"),  # comes with spgc
        ("serving/database.py", "os.open"),  # a new file, which must not be there
        ("serving/pages/page_assets.py", "path.read_bytes"),  # comes with spgc
        ("serving/token_files.py", "os.open"),  # a new file, which must not be there
        ("submissions/server_link.py", "self._opener.open"),  # an address
    }
