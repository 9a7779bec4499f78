"""Freeze a trained model: its slice probabilities of every labelled scan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spgc.contract.abilities import require
from spgc.contract.slices import SliceModel
from spgc.contract.system import System
from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.errors import DataError
from spgc.gate.frozen import Frozen
from spgc.gate.refitting import freeze
from spgc.jobs.machine import versions
from spgc.jobs.progress import Track, silent
from spgc.nets.slices.predictor import SliceProbabilities
from spgc.runs.scans import Prepared


def freeze_model(
    system: System,
    dataset: Dataset,
    cases: Sequence[Case],
    prepared: Prepared,
    track: Track = silent,
) -> Frozen:
    """Freeze what `system` says of the slices of all labelled and prepared `cases`.

    Raises UsageError for a system that answers for whole scans only, DataError when training or
    evaluation scans are lacking.
    """
    slices = require(
        system,
        SliceModel,
        "has no slice probabilities to freeze",
        expected="a system with a slice model",
        do="name a .json file: its predictions become the baseline",
    )
    good = [c for c in cases if c.label is not None and c.case_id in prepared.scans]
    if not {"train"} < {case.split for case in good}:
        raise DataError(
            "a fast baseline needs scans to fit on and others to judge",
            where=dataset.root,
            found=", ".join(sorted({case.split for case in good})) or "no labelled scan",
            expected="train and at least one other split",
        )
    facts = {
        "model_hash": str(system.describe()["model_hash"]),
        **versions(("spgc", "torch", "torchvision")),
    }
    return freeze(_answers(slices, good, prepared, track), facts)


def _answers(
    system: SliceModel, cases: Sequence[Case], prepared: Prepared, track: Track
) -> Iterator[tuple[Case, SliceProbabilities]]:
    for case in track(cases, "slice probabilities", len(cases)):
        yield case, system.slice_probabilities(case.case_id, prepared.scans[case.case_id])
