"""What the networks get of a scan: the box of its lungs, grey values and lung mask."""

from __future__ import annotations

import numpy as np

from spgc.contract.scan import Scan
from spgc.nets.volumes.grid import mask_box, on_grid, whole_box
from spgc.nets.volumes.volume_spec import PreparedVolume
from spgc.systems.llscp_like.llscp_settings import LlscpSettings

NO_LUNG = "no lung was found, answered from the whole scan with an empty mask"
"""The rule for a scan whose mask is empty: networks look at all of it."""


def lung_volume(settings: LlscpSettings, scan: Scan) -> PreparedVolume:
    """A scan's volume (2, D, H, W): grey values in [0, 1], and 1 where most of a voxel is lung.

    It shows the lungs' box and a margin; where there is no lung, the whole scan.
    """
    hu, mask = scan.arrays()
    found = mask_box(mask, scan.spacing, settings.margin_mm)
    box = found or whole_box(hu.shape)
    low, high = settings.grey_range
    grey = np.clip((on_grid(hu, box, settings.size, "area") - low) / (high - low), 0, 1)
    lung = on_grid(mask, box, settings.size, "area") >= 0.5
    volume = np.stack([grey, lung]).astype(np.float16)
    return PreparedVolume(volume, box, "" if found else NO_LUNG)
