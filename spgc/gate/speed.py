"""Time the stages of prediction against a fixed piece of work: has one become slower?

Seconds differ between machines; the ratio of a stage to a reference operation differs much less.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from spgc.challenge.spgc_challenge import SPGC
from spgc.ct.bits import Mask
from spgc.ct.lungs import segment_lungs
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.series import Volume, read_series
from spgc.ct.slice_images import HU_RANGE, resize, stack
from spgc.ct.store import SliceStore
from spgc.ct.stored_scan import StoredScan
from spgc.data.layout import open_dataset
from spgc.gate.frozen import Frozen
from spgc.gate.refitting import features_now, refit
from spgc.gate.thresholds import Limit
from spgc.nets.volumes.grid import on_grid, whole_box
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.plan import CohortPlan
from spgc.protocol import CLASSES
from spgc.scoring.score_submission import score_submission
from spgc.submissions.reading_rules import Reading
from spgc.submissions.truth_file import truth_of
from spgc.submissions.validate import validate_bytes

REPEATS = 5
"""Runs of which the fastest counts: other work on the machine only ever slows down."""

ATTEMPTS = 3
"""Measurements before a stage is called slower."""

GRID = (64, 192, 192)
"""Of a network that reads whole scans."""

CASES = 5_000
"""Of a submission: as few as are no longer lost beside a fixed cost."""

PLAN = CohortPlan({"train": (1, 0, 0)}, slices=(8, 8), size=512)

Work = Callable[[], object]


def measure(frozen: Frozen | None = None, repeats: int = REPEATS) -> dict[str, float]:
    """Time of each stage in units of the reference operation."""
    with tempfile.TemporaryDirectory(prefix="spgc-") as place:
        stages = _stages(Path(place), frozen)
        seconds = {name: _fastest(work, repeats) for name, work in stages.items()}
    reference = seconds.pop("reference")
    return {name: round(spent / reference, 3) for name, spent in seconds.items()}


def _stages(place: Path, frozen: Frozen | None) -> dict[str, Work]:
    write_cohort(place / "phantoms", PLAN, seed=1)
    (folder,) = open_dataset(place / "phantoms").folders.values()
    volume = read_series(folder)
    mask = segment_lungs(volume.hu)
    stages: dict[str, Work] = {
        "reference": _reference,
        "read": lambda: read_series(folder),
        "lungs": lambda: segment_lungs(volume.hu),
        "network input": lambda: resize(stack(volume.hu, mask, HU_RANGE), 224),
        "volume on the grid": lambda: on_grid(volume.hu, whole_box(volume.hu.shape), GRID, "cubic"),
        "stored scan": _stored(place, folder, volume, mask).arrays,
        f"submission of {CASES:,} cases": _submission(),
    }
    if frozen is not None:
        stages["patient stage"] = lambda: refit(frozen, features_now(frozen))
    return stages


def _stored(place: Path, folder: Path, volume: Volume, mask: Mask) -> StoredScan:
    """The scan as the slice store gives it back, digests and checksums compared."""
    store, settings = SliceStore(place / "store"), PreprocessSettings()
    key = store.key_for(folder, settings)
    store.write("scan", key, volume, mask, settings)
    return store.read("scan", key)


def _submission() -> Work:
    """A file of many cases, validated and scored."""
    names = [f"S{number:05}" for number in range(CASES)]
    labels = {name: CLASSES[place % 3] for place, name in enumerate(names)}
    truth = truth_of(labels, Reading(SPGC))
    rows = [f"{name},{CLASSES[place % 2]}\n" for place, name in enumerate(names)]
    data = ("Study,Label\n" + "".join(rows)).encode()
    return lambda: score_submission(validate_bytes(data, None, truth).accepted(), truth)


def _reference() -> None:
    """Some 30 ms of sorting and sums over an image-sized array: one core, cache and memory."""
    values = np.random.default_rng(0).random((512, 512))
    for _ in range(3):
        np.cumsum(np.sort(values, axis=None))


def _fastest(work: Work, repeats: int) -> float:
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def check_speed(
    before: Mapping[str, float],
    limit: Limit,
    frozen: Frozen | None = None,
    measured: Callable[[], Mapping[str, float]] | None = None,
) -> Iterator[str]:
    """Stages that became slower by more than `limit` allows, in each of `ATTEMPTS` measurements."""
    measured = measured or (lambda: measure(frozen))
    slow: dict[str, float] = {}
    for attempt in range(ATTEMPTS):
        now = measured()
        factors = {name: now[name] / was for name, was in before.items() if name in now}
        over = {name: factor for name, factor in factors.items() if factor > limit.value}
        kept = over if attempt == 0 else {n: min(f, slow[n]) for n, f in over.items() if n in slow}
        slow = kept
        if not slow:
            return
    for name, factor in slow.items():
        yield (
            f"{name} takes {factor:.2f} times as long as in the baseline, allowed is "
            f"{limit.value:g} ({limit.reason})"
        )
