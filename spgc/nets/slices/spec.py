"""What slice networks are given of a scan: backbones, image size, channels, extra inputs, lungs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spgc.ct.lungs import DEFAULT_LUNGS, NO_LUNGS
from spgc.ct.slice_images import CHANNELS, HU_RANGE, Image, network_input
from spgc.errors import ModelError, UsageError
from spgc.files.foreign_names import refuse_name
from spgc.nets.slices.sizes import input_size


@dataclass(frozen=True)
class SliceSpec:
    """The inputs of a system's slice networks; what is learnt from them is the system's own affair.

    backbones: names of the networks, of files too; architecture: the backbone of all of them, where
    their names are not those of backbones; image_size: pixels of the square image, None for
    each backbone's own; grey_range: HU shown as 0 to 1; channels: a name of
    `spgc.ct.slice_images.CHANNELS`; position_inputs: whether slice count and location are given as
    well; lung_method: a name of `spgc.ct.lungs.LUNG_METHODS`; levels: grey values that a pixel can
    have, None for all.

    Raises DataError for a backbone that can't be part of a file name, ModelError for unknown
    channels, UsageError for channels that show lungs where no masks are asked for.
    """

    backbones: tuple[str, ...]
    image_size: int | None = None
    grey_range: tuple[float, float] = HU_RANGE
    channels: str = "lungs"
    position_inputs: bool = True
    lung_method: str = DEFAULT_LUNGS
    levels: int | None = None
    architecture: str | None = None

    def __post_init__(self) -> None:
        for name in self.backbones:  # of files in a model's folder, and beside the slice store
            refuse_name(str(name), "backbone")
        if self.channels not in CHANNELS:
            raise ModelError(
                "unknown channels", found=repr(self.channels), expected=" | ".join(CHANNELS)
            )
        if self.channels != "grey" and self.lung_method == NO_LUNGS:
            raise UsageError(
                f"channels {self.channels} need lung masks",
                found=f"lung method {NO_LUNGS}",
                expected="another lung method, or channels grey",
            )

    def size(self, backbone: str) -> int:
        """Pixels of the square image that a backbone gets. Raises ModelError for an unknown one."""
        return input_size(self.architecture or backbone, self.image_size)

    @property
    def sizes(self) -> dict[str, int]:
        """The same for every backbone, by name."""
        return {name: self.size(name) for name in self.backbones}

    def images(self, hu: NDArray[np.int16], mask: NDArray[np.bool_], size: int) -> Image:
        """What a network is shown: (H, W) HU and mask to (3, size, size) float32 in [0, 1].

        Also (N, H, W) to (N, 3, size, size).
        """
        return network_input(hu, mask, size, self.grey_range, self.channels, self.levels)
