"""OpenMP settings: how many threads there are, and how long idle ones spin.

The threads of OpenMP, with which torch, XGBoost and scikit-learn compute, spin while they wait for
one another. Where each has a core to itself that is quick; where anything else runs, a thread that
spins keeps the one that it waits for from its core, and a training slows down many times over
(docs/performance.md, `benchmarks/busy_machine.py`).
"""

from __future__ import annotations

import os

from spgc.jobs.cores import bound_cores, usable_cores

SPINS = "10000"
"""Rounds, some tenths of a millisecond; libgomp's own is 300,000, which outlasts a time slice."""

BLOCKTIME = "1"
"""Milliseconds for the OpenMP of LLVM and Intel (torch on macOS, from conda); their own is 200."""

_CHOICES = {
    "GOMP_SPINCOUNT": SPINS,
    "KMP_BLOCKTIME": BLOCKTIME,
}


def share_machine() -> None:
    """Let threads wait briefly and be no more than the cores that this process may use.

    Sets GOMP_SPINCOUNT and KMP_BLOCKTIME, unless they or OMP_WAIT_POLICY are set, and under a CPU
    quota OMP_NUM_THREADS, unless it is set; processes started later inherit them. OpenMP reads
    them once, when it is loaded: call this before torch, XGBoost or scikit-learn is imported. The
    command line does; `import spgc` changes nothing.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        for name, value in _CHOICES.items():
            os.environ.setdefault(name, value)
    cores = usable_cores()
    if cores < bound_cores():  # OpenMP itself sees what a process is bound to, but no quota
        os.environ.setdefault("OMP_NUM_THREADS", str(cores))
