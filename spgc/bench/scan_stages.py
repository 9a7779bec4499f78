"""What is timed and on which scan, and the stages all systems have: reading, lungs, store."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spgc.bench import plain
from spgc.bench.stopwatch import best, timed
from spgc.bench.times import StageTimes
from spgc.contract.system import Options
from spgc.ct.bits import Mask
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.read_scan import read_scan
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.nets.device import Runtime
from spgc.systems.registry import DEFAULT
from spgc.text.synthetic import SYNTHETIC

PHANTOM_SLICES = 24
PLAIN_LUNGS = 3
"""Slices that the literal watershed does: it takes above a second each."""

USUAL_SCAN = 150
"""Slices of a scan of COVID-CT-MD, about: what seconds are said for where no series is given."""


@dataclass(frozen=True)
class Benching:
    """What is to be timed, and on what.

    folder: a series, or a drawn chest when it is None; scan: slices of the scan that seconds are
    said for, None for those of the series; every_precision: the networks in every precision too;
    lung_weights: as in `lung_settings`; ours_only: leave the plain way out.
    """

    runtime: Runtime
    folder: Path | None = None
    system: str = DEFAULT
    options: Options = field(default_factory=dict)
    scan: int | None = None
    every_precision: bool = False
    lung_weights: Path | None = None
    ours_only: bool = False

    @property
    def source(self) -> str:
        """Where the slices come from, in words."""
        return self.folder.name if self.folder else f"drawn chest ({SYNTHETIC})"

    def slices_of(self, read: int) -> int:
        """Slices of the scan that seconds are said for; read: those of the scan that was read."""
        return self.scan or (read if self.folder else USUAL_SCAN)


def phantom_series(folder: Path) -> Path:
    """A drawn chest as DICOM files in `folder`."""
    from spgc.phantoms.dicom import write_series
    from spgc.phantoms.draw import draw_phantom

    rng = np.random.default_rng(0)
    drawn = draw_phantom("COVID-19", rng, slices=PHANTOM_SLICES)
    write_series(drawn.hu, folder, pixel_mm=drawn.pixel_mm, slice_mm=5.0, style="ordered", rng=rng)
    return folder


def reading_stages(
    source: Path,
    volume: Volume,
    mask: Mask,
    settings: PreprocessSettings,
    scratch: Path,
    *,
    ours_only: bool = False,
) -> list[StageTimes]:
    """Reading, lungs and the store, each in ms per slice; ours_only: without the plain way."""
    count = len(volume.hu)
    store = SliceStore(scratch / "store")
    key = store.key_for(source, settings)
    written = timed(lambda: store.write("scan", key, volume, mask, settings))[0]
    read = best(lambda: store.read("scan").arrays())
    plain_read = None if ours_only else best(lambda: plain.read(source)) * 1e3 / count
    plain_lungs = None if ours_only else _plain_lungs(volume, settings.lung_method)
    lungs = best(lambda: settings.masks(volume))
    return [
        StageTimes("reading files", plain_read, best(lambda: read_scan(source)) * 1e3 / count),
        StageTimes("lungs", plain_lungs, lungs * 1e3 / count),
        StageTimes("store (kept for later runs)", None, (written + read) * 1e3 / count),
    ]


def _plain_lungs(volume: Volume, lung_method: str) -> float | None:
    """ms per slice of the literal watershed; None for other methods."""
    if not lung_method.startswith("watershed"):
        return None
    chosen = volume.hu[:: max(len(volume.hu) // PLAIN_LUNGS, 1)][:PLAIN_LUNGS]
    return timed(lambda: plain.segment(chosen))[0] * 1e3 / len(chosen)
