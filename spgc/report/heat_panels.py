"""Panels of heat maps: a slice in grey, heat over it, a line round the hottest part, the words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.protocol import CLASSES
from spgc.report.contact_sheets import LUNG_WINDOW
from spgc.text.purpose import PURPOSE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

    from spgc.explain.classifier_map import ClassifierMap

COLOURS = "cividis"
"""Rises evenly in lightness and is the same to every kind of colour vision, and in grey print."""

HOTTEST = 0.1
"""Share of the picture inside the solid line."""

_SHADE = 0.55
"""How dark the blackest pixel of the slice makes a map: structures stay visible, heat readable."""

TITLES = {
    "resnext50": "ResNeXt-50",
    "densenet161": "DenseNet-161",
    "inception_v3": "Inception-v3",
    "wide_resnet50": "Wide-ResNet-50",
}
"""As the paper writes them; other classifiers go by their own names."""


def grey(place: Axes, image: NDArray[np.int16], aspect: float) -> None:
    """A slice (H, W) HU in the lung window; aspect: height of a pixel by its width."""
    centre, width = LUNG_WINDOW
    place.imshow(
        image,
        cmap="gray",
        vmin=centre - width / 2,
        vmax=centre + width / 2,
        aspect=aspect,
        interpolation="antialiased",
    )


def in_its_scale(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """A map from 0, its lowest value, to 1, its highest; 0 where it is flat."""
    low, span = values.min(), np.ptp(values)
    return np.asarray((values - low) / (span if span > 0 else 1.0), np.float64)


def shaded(place: Axes, image: NDArray[np.int16], heat: NDArray[np.float64], aspect: float) -> None:
    """Heat from 0 to 1 over a slice (H, W) HU, grey where it is NaN."""
    import matplotlib

    colours = matplotlib.colormaps[COLOURS](np.nan_to_num(heat))[..., :3]
    centre, width = LUNG_WINDOW
    light = np.clip((image - (centre - width / 2)) / width, 0, 1)[..., None]
    picture = np.where(
        np.isnan(heat)[..., None], _SHADE * light, colours * (1 - _SHADE * (1 - light))
    )
    place.imshow(picture, aspect=aspect)


def hottest_line(place: Axes, heat: NDArray[np.float64], level: float) -> None:
    """A line round what is hotter than `level`, seen on dark and on light."""
    for colour, thickness in (("white", 2.2), ("black", 1.1)):
        place.contour(heat, levels=[level], colors=colour, linewidths=thickness)


def heat_scale(part: Figure | SubFigure, places: Sequence[Axes], target: int) -> None:
    """The bar that says what the colours mean."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    scale: Any = ScalarMappable(Normalize(0, 1), COLOURS)
    bar = part.colorbar(scale, ax=list(places), fraction=0.02, pad=0.01, aspect=30)
    bar.set_ticks([0, 1], labels=["lowest", "highest"])
    bar.ax.tick_params(labelsize=6.5, length=2)
    bar.set_label(f"evidence for {CLASSES[target]}", fontsize=7)


def measures(found: ClassifierMap) -> str:
    """A map's classifier and what is measured of it, in three lines."""

    def beside(name: str, value: float | None, other: float) -> str:
        return f"{name} {'–' if value is None else f'{value:.2f}'} ({other:.2f})"

    insertion, deletion = found.faithful.insertion, found.faithful.deletion
    share = found.lungs_share
    lungs = "" if share is None else f", {beside('lungs', found.share_in_lungs, share)}"
    title = TITLES.get(found.name, found.name)
    return (
        f"{title}{'' if found.rise.settled else ', not settled'}\n"
        f"{beside('p', found.probability, float(found.blank[found.rise.target]))}{lungs}\n"
        f"{beside('ins', insertion.area, insertion.random_mean)}, "
        f"{beside('del', deletion.area, deletion.random_mean)}"
    )


def measures_key(lungs: bool, whole: str) -> str:
    """What the measures mean; lungs: whether there are any; whole: of what they are a share."""
    share = (
        f" lungs: share of the map within the lungs, in brackets their share of the {whole}."
        if lungs
        else ""
    )
    return (
        f"p: probability, in brackets with everything hidden.{share}\n"
        "ins, del: insertion and deletion AUC, in brackets random maps: ins should be higher, del "
        f"lower. {PURPOSE}"
    )


def mask_counts(maps: Iterable[Iterable[ClassifierMap]]) -> str:
    """How many masks the maps took: `640` or `640 to 4000`."""
    used = [one.rise.masks for each in maps for one in each]
    return f"{min(used)}" if min(used) == max(used) else f"{min(used)} to {max(used)}"
