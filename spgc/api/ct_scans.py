"""`spgc.read_scan`, `lung_mask` and `open_store`: chest CT from files to arrays."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spgc.ct.lungs import DEFAULT_LUNGS, USUAL_SPACING
from spgc.ct.read_scan import read_scan as read
from spgc.ct.series import Volume
from spgc.ct.store import SliceStore
from spgc.errors import UsageError
from spgc.runs.lung_settings import lung_settings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spgc.ct.bits import Mask


def read_scan(source: str | Path) -> Volume:
    """Read a chest CT as HU: DICOM (folder or zip), NIfTI, MetaImage, or `.npy` with spacing.

    source: the folder or the file. The volume's `hu` is (S, H, W) int16, head to feet, the
    patient's right at the left edge; `spacing` mm (z, y, x); `notes` what was doubtful and how it
    was handled.

    >>> import json, pathlib, tempfile
    >>> import numpy as np
    >>> import spgc
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> hu = np.full((12, 64, 64), -1000, np.int16)
    >>> hu[:, 8:56, 4:60] = 40
    >>> np.save(folder / "scan.npy", hu)
    >>> _ = (folder / "scan.json").write_text(json.dumps({"spacing": [5, 4, 4]}))
    >>> volume = spgc.read_scan(folder / "scan.npy")
    >>> volume.hu.shape, volume.spacing
    ((12, 64, 64), (5.0, 4.0, 4.0))

    Raises SeriesError when it can't become one volume in HU.
    """
    return read(Path(source))


def lung_mask(
    scan: Volume | NDArray[np.int16],
    method: str = DEFAULT_LUNGS,
    *,
    spacing: tuple[float, float, float] = USUAL_SPACING,
    weights: str | Path | None = None,
    threads: int = 1,
) -> Mask:
    """Find the lungs: HU of a slice (H, W) or a scan (S, H, W) to a mask of the same shape.

    scan: an array in HU, or what `read_scan` returns, which brings its spacing. method:
    watershed-two-regions (the paper's), watershed-one-region, watershed-closed, or r231, a network
    (pip install 'spgc[lungs]'), whose weights are found where `weights` says. spacing: mm (z, y, x)
    of an array. threads: slices worked on at a time.

    >>> import numpy as np
    >>> import spgc
    >>> body = np.full((256, 256), -1000, np.int16)  # air around,
    >>> body[40:216, 20:236] = 40  # a body
    >>> body[70:186, 40:100] = body[70:186, 156:216] = -800  # with two lungs
    >>> mask = spgc.lung_mask(body)
    >>> mask.shape, bool(mask[128, 70]), bool(mask[128, 128])
    ((256, 256), True, False)

    Raises UsageError for an unknown method or an array of another kind, MissingExtraError and
    ModelError where the network or its weights are not there.
    """
    settings = lung_settings(method, None if weights is None else Path(weights))
    if isinstance(scan, Volume):
        return settings.masks(scan, threads)
    hu = np.asarray(scan)
    if hu.ndim not in (2, 3) or hu.dtype.kind not in "iu" or 0 in hu.shape:
        raise UsageError(
            "not a scan in HU",
            found=f"{hu.dtype} of shape {hu.shape}",
            expected="whole numbers of shape (H, W) or (S, H, W)",
            do="round(...).astype(numpy.int16), or give what spgc.read_scan returns",
        )
    limits = np.iinfo(np.int16)
    whole = np.clip(hu, limits.min, limits.max).astype(np.int16, copy=False)
    slices = whole if hu.ndim == 3 else whole[None]
    places = -spacing[0] * np.arange(len(slices), dtype=np.float64)
    mask = settings.masks(Volume(slices, spacing, places, ()), threads)
    return mask if hu.ndim == 3 else np.asarray(mask[0], bool)


def open_store(folder: str | Path) -> SliceStore:
    """Open a slice store, where scans are kept read and segmented; none is made by this.

    folder: what `--store` names. `read(CASE)` gives a stored scan, whose `slice(i)` and `arrays()`
    give HU and lung mask.

    >>> import tempfile
    >>> import spgc
    >>> store = spgc.open_store(tempfile.mkdtemp())
    >>> store.read("P001")
    Traceback (most recent call last):
    ...
    spgc.errors.StoreError: ...
    """
    return SliceStore(Path(folder))
