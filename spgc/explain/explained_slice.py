"""Explain one slice of a scan: a heat map for each slice classifier, and all that is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.contract.abilities import require, run_facts
from spgc.contract.scan import KnownCase, Scan
from spgc.contract.slices import ExplainableSlices, SliceInput
from spgc.contract.system import System
from spgc.ct.lungs import NO_LUNGS
from spgc.ct.patient_sides import sides_known
from spgc.ct.slice_images import resize
from spgc.errors import UsageError
from spgc.explain.classifier_map import (
    ClassifierMap,
    ExplainedPart,
    RiseSettings,
    answer_to,
    mean_target,
    names_among,
    on_tensors,
    own_seed,
)
from spgc.explain.faithfulness import faithfulness
from spgc.explain.mask_sums import SLICE_PACE
from spgc.explain.rise import Rise
from spgc.files.foreign_names import name_for
from spgc.jobs.progress import Track, silent


@dataclass(frozen=True, kw_only=True)
class ExplainedSlice(ExplainedPart):
    """Slice `index`, 0 at the head, of `count`; hu, mask: (H, W).

    mask: None where the system asks for no lungs.
    """

    index: int
    count: int
    hu: NDArray[np.int16]
    mask: NDArray[np.bool_] | None
    pixel_mm: tuple[float, float]

    @property
    def name(self) -> str:
        """Of its files, without an ending."""
        return slice_name(self.case.case_id, self.index)

    def document(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        place = {
            "slice": self.index + 1,
            "slices": self.count,
            "infected": self.case.is_infected(self.index),
        }
        return self.facts_of(place, SLICE_PACE.criterion)


def slice_name(case_id: str, index: int) -> str:
    """The name of a slice's files, without an ending; slices count from 1 for people."""
    return name_for(case_id, f"-slice-{index + 1}")


def explain_slice(
    system: System,
    scan: Scan,
    case: KnownCase,
    index: int,
    *,
    target: int | None = None,
    classifiers: Sequence[str] = (),
    settings: RiseSettings | None = None,
    track: Track = silent,
) -> ExplainedSlice:
    """Explain slice `index`, 0 at the head.

    target: class index; None for the class that the mean of all classifiers names, one for all so
    that their maps can be compared. classifiers: names, all when empty. Raises UsageError for a
    system that can't be asked about pictures, an unknown classifier or a slice that is not there.
    """
    if not 0 <= index < scan.n_slices:
        raise UsageError(
            "no such slice", where=case.case_id, found=index + 1, expected=f"1 to {scan.n_slices}"
        )
    settings = settings or RiseSettings()
    inputs = explainable(system).slice_inputs(scan, index)
    names = names_among(inputs, classifiers, "slice classifier")
    answers = {name: answer_to(given.answer, given.image) for name, given in inputs.items()}
    chosen = mean_target(answers.values(), target)
    hu, found = scan.slice(index)
    mask = None if system.lung_method == NO_LUNGS else found
    maps = tuple(
        _map(
            name,
            inputs[name],
            answers[name],
            mask,
            chosen,
            settings,
            own_seed(settings.seed, case.case_id, index, name),
            track,
        )
        for name in names
    )
    return ExplainedSlice(
        case=case,
        index=index,
        count=scan.n_slices,
        hu=hu,
        mask=mask,
        pixel_mm=scan.spacing[1:],
        target=chosen,
        maps=maps,
        settings=settings,
        model=system.describe(),
        facts=run_facts(system),
        sides=sides_known(getattr(scan, "notes", ())),
    )


def explainable(system: System) -> ExplainableSlices:
    """The system as one that answers for changed pictures. Raises UsageError when it doesn't."""
    return require(
        system,
        ExplainableSlices,
        "can't be asked about single slices",
        expected="a system with slice_inputs (docs/own-system.md)",
        do="explain a model of another system, such as cnr-iemn",
    )


def _map(
    name: str,
    given: SliceInput,
    answer: NDArray[np.float64],
    mask: NDArray[np.bool_] | None,
    target: int,
    settings: RiseSettings,
    seed: int,
    track: Track,
) -> ClassifierMap:
    import torch

    model, image = on_tensors(given.answer), torch.from_numpy(given.image)
    (found,) = Rise(model).explain(
        image[None],
        target,
        given.black,
        n_masks=settings.masks,
        cells=settings.cells,
        probability=settings.probability,
        seed=seed,
        track=track,
        label=f"RISE {name}",
    )
    checked = faithfulness(
        model, image, found, baselines=given.black, cells=settings.cells, seed=seed
    )
    lungs = None if mask is None else _square(mask, found.values.shape[0])
    blank = answer_to(given.answer, np.full_like(given.image, given.black))
    return ClassifierMap(name, answer, blank, found, checked, lungs, given.hidden)


def _square(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """A lung mask at the size of a map: pixels that are more lung than not."""
    return np.asarray(resize(mask.astype(np.float32), size) >= 0.5, bool)
