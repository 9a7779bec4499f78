"""What a network says of single labelled slices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import Track, silent
from spgc.nets.slices.predictor import SlicePredictor
from spgc.nets.slices.samples import Sample


def sample_rows(
    slices: SlicePredictor,
    name: str,
    scans: Sequence[LabelledScan],
    samples: Sequence[Sample],
    track: Track = silent,
    label: str = "labelled slices",
) -> NDArray[np.float32]:
    """(N, W) rows of the network `name` for each of `samples`, in their order.

    Scans without samples are not read; others are read whole, one after another.
    """
    of: dict[str, list[int]] = defaultdict(list)
    for number, sample in enumerate(samples):
        of[scans[sample.scan].case_id].append(number)
    asked = [(scan.case_id, scan.scan) for scan in scans if scan.case_id in of]
    rows: dict[int, NDArray[np.float32]] = {}
    for case_id, found in track(slices.predict_many(asked), label, len(asked)):
        for number in of[case_id]:
            rows[number] = found[name][samples[number].index]
    return np.stack([rows[number] for number in range(len(samples))])
