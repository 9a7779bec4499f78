"""Slice probabilities and answers of a trained model, for a baseline or for the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spgc.data.layout import Dataset
from spgc.data.manifests import Case
from spgc.errors import DataError
from spgc.gate.frozen import Frozen
from spgc.gate.patients import freeze
from spgc.jobs.machine import versions
from spgc.jobs.progress import Track, silent
from spgc.nets.slices.predict import SliceProbabilities
from spgc.runs.scans import Prepared
from spgc.systems.cnr_iemn.system import CnrIemn


def freeze_model(
    system: CnrIemn,
    dataset: Dataset,
    cases: Sequence[Case],
    prepared: Prepared,
    track: Track = silent,
) -> Frozen:
    """Freeze what `system` says of the slices of all labelled and prepared `cases`.

    Raises DataError when training or evaluation scans are lacking.
    """
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
    return freeze(_answers(system, good, prepared, track), system.config, facts)


def _answers(
    system: CnrIemn, cases: Sequence[Case], prepared: Prepared, track: Track
) -> Iterator[tuple[Case, SliceProbabilities]]:
    for case in track(cases, "slice probabilities", len(cases)):
        yield case, system.slice_probabilities(case.case_id, prepared.scans[case.case_id])
