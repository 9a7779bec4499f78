"""Some training scans held out of the training, by which a system chooses: whole scans by class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from spgc.contract.scan import LabelledScan
from spgc.protocol import CLASSES


def held_out_cases(train: Sequence[LabelledScan], share: float, seed: int) -> frozenset[str]:
    """Case IDs of about `share` of the scans of each class, drawn by `seed`; each is one patient.

    At least one of each class that has two or more, and never all of it; none for a share of 0.
    The order of `train` does not matter.
    """
    held: list[str] = []
    for number, label in enumerate(CLASSES):
        names = sorted(scan.case_id for scan in train if scan.label == label)
        count = min(max(1, round(share * len(names))), len(names) - 1) if share else 0
        if count > 0:
            drawn = np.random.default_rng((seed, number)).permutation(len(names))[:count]
            held += [names[index] for index in drawn]
    return frozenset(held)
