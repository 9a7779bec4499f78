"""The stages of prediction once more, beside processes that keep cores busy."""

from __future__ import annotations

from dataclasses import replace

from spgc.bench.busy import busy
from spgc.bench.measure import measure
from spgc.bench.scan_stages import Benching
from spgc.bench.times import Benchmark, Beside


def measure_beside(asked: Benching, processes: int) -> Benchmark:
    """What `measure` finds, and in the same run our stages beside so many busy processes.

    The plain way is measured alone only: what other work does to it is not ours to say.
    """
    alone = measure(asked)
    with busy(processes):
        crowded = measure(replace(asked, ours_only=True, every_precision=False))
    return replace(alone, beside=Beside(processes, crowded.stages, crowded.start))
