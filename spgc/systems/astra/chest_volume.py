"""A scan as Astra's encoder learnt to see it: cropped to the patient, on one grid, grey values.

The chain that its authors use for the chest: crop to the voxels above -1000 HU, average over the
cells of 160 × 224 × 224, show -1000 to 200 HU as 0 to 1.
"""

from __future__ import annotations

import numpy as np

from spgc.contract.scan import Scan
from spgc.nets.volumes.grid import mask_box, on_grid, whole_box
from spgc.nets.volumes.volume_spec import PreparedVolume

FOREGROUND = -1000
"""HU above which a voxel belongs to what is shown (their CropForeground)."""

GREY = (-1000.0, 200.0)
"""HU shown as 0 and 1 (their ScaleIntensityRange)."""

FACTS = "chest 1: above -1000 HU, pooled, -1000 to 200 HU"
"""What is done to a scan, by which kept volumes are known: raise the number when it changes."""

NOTHING = "no voxel above -1000 HU, the whole scan shown as air"


def chest_volume(scan: Scan, size: tuple[int, int, int]) -> PreparedVolume:
    """(1, D, H, W) in [0, 1] of that size, axes as the scan's."""
    hu, _ = scan.arrays()
    found = mask_box(hu > FOREGROUND, scan.spacing, 0.0)
    box = found or whole_box(hu.shape)
    low, high = GREY
    shown = (on_grid(hu, box, size, "pooled") - low) / (high - low)
    grey = np.clip(shown, 0, 1).astype(np.float16)[None]
    return PreparedVolume(grey, box, "" if found else NOTHING)
