"""Arrays that are made and freed in turn use the same memory again, and what is done is freed."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import weakref

import pytest

from spgc.jobs.freed_memory import give_freed_memory_back

CODE = """
import resource, sys
import numpy as np
from spgc.jobs.freed_memory import keep_freed_memory

if sys.argv[1] == "kept":
    keep_freed_memory()

before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for size in range(1, 25):
    made = np.empty(size << 20, np.uint8)
    made[::4096] = 1
    del made
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def pages(kind: str) -> int:
    """Pages of 4 KiB that the system had to give for arrays of 1 to 24 MiB, one after the other."""
    # Dask leaves MALLOC_TRIM_THRESHOLD_ in the environment of whoever starts its workers, and any
    # such setting keeps glibc from learning (mallopt(3)).
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    done = subprocess.run(
        [sys.executable, "-c", CODE, kind],
        env=ours | {"NUMPY_MADVISE_HUGEPAGE": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about glibc's threshold")
def test_each_array_uses_what_the_last_one_freed() -> None:
    """Otherwise each one that is larger than all before is fetched anew: 300 MiB, not 24."""
    fetched, needed = pages("not kept"), (24 << 20) // 4096
    if fetched < 4 * needed:
        pytest.skip(f"this system gives larger pages: {fetched} instead of {50 * needed // 4}")
    assert pages("kept") < fetched / 2  # what lies between two arrays may cost a second fetch


def test_what_only_refers_to_itself_is_given_back() -> None:
    """Networks and their hooks refer to one another: counting references never frees them."""

    class Ring:
        me: object

    ring = Ring()
    ring.me = ring
    known = weakref.ref(ring)
    del ring
    give_freed_memory_back()
    assert known() is None
