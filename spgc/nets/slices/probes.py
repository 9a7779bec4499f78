"""The picture of one slice for each backbone, with the answer to changed ones: for heat maps."""

from __future__ import annotations

from functools import partial

from spgc.contract.scan import Scan
from spgc.contract.slices import SliceInput
from spgc.nets.slices.predictor import SlicePredictor
from spgc.nets.slices.slice_places import position_inputs

HIDDEN = {
    "lungs": "grey, lung mask and grey × lung mask alike, to 0 (black: air, no lung); "
    "slice count and slice location are left as they are",
    "masked": "grey × lung mask in all three channels, to 0 (black: outside the lungs); "
    "slice count and slice location are left as they are",
    "grey": "grey in all three channels, to 0 (black: air); "
    "slice count and slice location are left as they are",
}
"""By `SliceSpec.channels`. All channels show one place: with the grey value hidden but the mask
shown, the lung's outline would give away what lies there. Count and location are no part of the
picture; they are held, so a map tells what the picture adds at that place of the scan."""


def slice_inputs(predictor: SlicePredictor, scan: Scan, index: int) -> dict[str, SliceInput]:
    """By backbone: its (3, s, s) image of slice `index` and its answer to changed ones."""
    spec = predictor.spec
    hu, mask = scan.slice(index)
    place = position_inputs(index, scan.n_slices)
    hidden = HIDDEN[spec.channels]
    if not spec.position_inputs:
        hidden = hidden.partition(";")[0] + "; there is no other input"
    made = {}
    for name in spec.backbones:
        size = spec.size(name)
        image = spec.images(hu, mask, size)
        answer = partial(predictor.answer_images, name, position=place)
        made[name] = SliceInput(image, answer, 0.0, hidden)
    return made
