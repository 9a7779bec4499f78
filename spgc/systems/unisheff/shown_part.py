"""The volume that the network reads: lungs resampled, their middle slices kept, cropped, turned."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import Scan
from spgc.contract.volumes import VolumeBox
from spgc.nets.volumes.grid import on_grid
from spgc.nets.volumes.volume_spec import PreparedVolume
from spgc.systems.unisheff.lung_extraction import extracted
from spgc.systems.unisheff.resampling_draws import ResamplingDraw, ScanAsDrawn

NO_LUNGS = "no lungs were found by their intensities, so all slices were shown"

Bounds = tuple[float, float]


def prepared(scan: Scan, size: int, share: float, masks: bool) -> PreparedVolume:
    """A scan, with what is drawn for it if it is a `ScanAsDrawn`, as the network gets it.

    size: voxels of a side; share: slices from the first to the last with at least so much of the
    largest lung area are kept; masks: whether the lungs are a second channel.
    """
    draw = scan.draw if isinstance(scan, ScanAsDrawn) else ResamplingDraw()
    grey, lungs = extracted(scan.arrays()[0])
    slices = kept_slices(lungs, draw, share)
    middle = resampled(grey, draw)
    first, last = slices or (0, len(middle) - 1)
    box = cropped_box(middle.shape, first, last, draw)
    cube = (size, size, size)
    picture = np.maximum(on_grid(middle, box, cube, "cubic"), 0)
    at = scan_box(box, draw)
    channels = [picture]
    if masks:
        channels.append((on_grid(lungs, at, cube) >= 0.5).astype(np.float32))
    volume = changed(np.stack(channels), draw)
    return PreparedVolume(volume.astype(np.float16), at, "" if slices else NO_LUNGS)


def resampled(grey: NDArray[np.float32], draw: ResamplingDraw) -> NDArray[np.float32]:
    """A volume at every `depth_step`th slice and `plane_step`th pixel, the first ones included."""
    steps = (draw.depth_step, draw.plane_step, draw.plane_step)
    counts = [int((n - 1) / step) + 1 for n, step in zip(grey.shape, steps, strict=True)]
    low = [0.5 - step / 2 for step in steps]
    high = [start + n * step for start, n, step in zip(low, counts, steps, strict=True)]
    whole = VolumeBox((low[0], low[1], low[2]), (high[0], high[1], high[2]))
    return on_grid(grey, whole, (counts[0], counts[1], counts[2]), "cubic")


def kept_slices(
    lungs: NDArray[np.bool_], draw: ResamplingDraw, share: float
) -> tuple[int, int] | None:
    """First and last resampled slice with at least `share` of the largest lung area.

    The area of a resampled slice lies between those of its two neighbours in the scan. None where
    no slice shows any lung.
    """
    areas = lungs.sum(axis=(1, 2))
    if not areas.any():
        return None
    places = np.arange(int((len(areas) - 1) / draw.depth_step) + 1) * draw.depth_step
    along = np.interp(places, np.arange(len(areas)), areas)
    enough = np.flatnonzero(along >= share * along.max())
    return int(enough[0]), int(enough[-1])


def cropped_box(shape: tuple[int, ...], first: int, last: int, draw: ResamplingDraw) -> VolumeBox:
    """The kept slices and the middle of the plane, in voxels of the resampled volume."""
    _, height, width = shape
    (top, bottom), (left, right) = (_middle(n, draw.cropped) for n in (height, width))
    return VolumeBox((float(first), top, left), (float(last + 1), bottom, right))


def scan_box(box: VolumeBox, draw: ResamplingDraw) -> VolumeBox:
    """The same box in voxels of the scan."""
    steps = (draw.depth_step, draw.plane_step, draw.plane_step)
    low, high = (
        [0.5 + (edge - 0.5) * step for edge, step in zip(edges, steps, strict=True)]
        for edges in (box.low, box.high)
    )
    return VolumeBox((low[0], low[1], low[2]), (high[0], high[1], high[2]))


def changed(volume: NDArray[np.float32], draw: ResamplingDraw) -> NDArray[np.float32]:
    """(C, D, H, W) turned about z, then flipped front to back."""
    if draw.degrees:  # of copies to learn from; answers need no torch here
        import torch

        from spgc.nets.volumes.volume_augmentation import turned

        volume = turned(torch.from_numpy(volume), draw.degrees).numpy()
    return np.ascontiguousarray(volume[:, :, ::-1]) if draw.flipped else volume


def _middle(length: int, share: float) -> Bounds:
    """Whole voxels in the middle, about `share` of them."""
    kept = max(1, round(length * share))
    start = (length - kept) // 2
    return float(start), float(start + kept)
