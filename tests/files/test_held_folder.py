"""A held folder has one command at a time; the others wait, and a dead one holds nobody back."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from spgc.errors import DataError
from spgc.files.held_folder import held_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows locks no folders")

HOLDS = """
import sys, time
from pathlib import Path
from spgc.files.held_folder import held_folder
with held_folder(Path(sys.argv[1]), print):
    print("held", flush=True)
    time.sleep(60)
"""


def waiting(pool: ThreadPoolExecutor, folder: Path) -> Future[bool]:
    """Someone who waits for `folder`, from now on; when it is had, whether it is there."""
    told = Event()

    def held() -> bool:
        with held_folder(folder, lambda line: told.set() if str(folder) in line else None):
            return folder.is_dir()

    found = pool.submit(held)
    assert told.wait(30)
    return found


def nothing(line: str) -> None:
    raise AssertionError(line)


def test_another_waits_and_is_told(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with held_folder(tmp_path, nothing):
            found = waiting(pool, tmp_path)
            assert not found.done()
        assert found.result(30)


def test_one_that_is_removed_while_it_is_waited_for_is_made_again(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        with held_folder(tmp_path / "new", nothing):
            found = waiting(pool, tmp_path / "new")
        assert found.result(30)


def test_a_killed_process_holds_nobody_back(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        other.kill()
        other.wait()
        with held_folder(tmp_path, nothing):
            pass


def test_a_new_folder_goes_again_where_nothing_came_of_it(tmp_path: Path) -> None:
    new = tmp_path / "a" / "b"
    with pytest.raises(KeyError), held_folder(new, nothing):
        raise KeyError
    assert not new.exists()
    with held_folder(new, nothing):
        (new / "file").touch()
    with held_folder(new, nothing):
        pass
    assert (new / "file").exists()


def test_a_place_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataError), held_folder(tmp_path / "file", nothing):
        pass
