"""Explain one slice of a scan: a heat map for each slice classifier, and all that is measured."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

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
from spgc.explain.faithfulness import Faithfulness, faithfulness, share_inside
from spgc.explain.masks import CELLS, OPEN
from spgc.explain.rise import CRITERION, MASKS, Rise, RiseMap
from spgc.files.foreign_names import name_for
from spgc.jobs.progress import Track, silent
from spgc.protocol import CLASSES
from spgc.text.purpose import PURPOSE

if TYPE_CHECKING:
    from torch import Tensor

SCHEMA = "spgc-explain/1"


@dataclass(frozen=True)
class RiseSettings:
    """`masks` at most, of `cells` × `cells`, each shown with `probability`; `seed` of all."""

    masks: int = MASKS
    cells: int = CELLS
    probability: float = OPEN
    seed: int = 0


@dataclass(frozen=True)
class ClassifierMap:
    """A slice classifier's answer (3,) to the untouched slice, its map and how good that is.

    blank: its answer (3,) with everything hidden: what it says without a picture; lungs: at the
    size of the map, None where the system asks for none.
    """

    name: str
    answer: NDArray[np.float64]
    blank: NDArray[np.float64]
    rise: RiseMap
    faithful: Faithfulness
    lungs: NDArray[np.bool_] | None
    hidden: str

    @property
    def probability(self) -> float:
        """Of the explained class."""
        return float(self.answer[self.rise.target])

    @property
    def share_in_lungs(self) -> float | None:
        """Of the map; None without lungs, or for a map without any height."""
        return None if self.lungs is None else share_inside(self.rise.values, self.lungs)

    @property
    def lungs_share(self) -> float | None:
        """Share of the picture that is lung; None without lungs."""
        return None if self.lungs is None else float(self.lungs.mean())

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; the map itself is the picture's."""
        return {
            "predicted": CLASSES[int(self.answer.argmax())],
            "probabilities": dict(zip(CLASSES, self.answer.tolist(), strict=True)),
            "target": CLASSES[self.rise.target],
            "probability": self.probability,
            "probability_all_hidden": float(self.blank[self.rise.target]),
            "masks": self.rise.masks,
            "settled": self.rise.settled,
            "reliability": self.rise.reliability,
            "insertion": self.faithful.insertion.as_dict(),
            "deletion": self.faithful.deletion.as_dict(),
            "share_in_lungs": self.share_in_lungs,
            "lungs_share_of_picture": self.lungs_share,
            "hidden": self.hidden,
        }


@dataclass(frozen=True)
class ExplainedSlice:
    """Slice `index`, 0 at the head, of `count`; hu, mask: (H, W); maps in the classifiers' order.

    mask: None where the system asks for no lungs.
    model: content of model.json; facts: engine and precision that answered; sides: whether the
    patient's right is known to be at the left edge.
    """

    case: KnownCase
    index: int
    count: int
    hu: NDArray[np.int16]
    mask: NDArray[np.bool_] | None
    pixel_mm: tuple[float, float]
    target: int
    maps: tuple[ClassifierMap, ...]
    settings: RiseSettings
    model: Mapping[str, Any]
    facts: Mapping[str, str]
    sides: bool = True

    @property
    def synthetic(self) -> bool:
        """A phantom, or explained by a model that learned from phantoms."""
        return self.case.synthetic or bool(self.model.get("synthetic"))

    @property
    def name(self) -> str:
        """Of its files, without an ending."""
        return slice_name(self.case.case_id, self.index)

    def document(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        return {
            "schema": SCHEMA,
            "case": self.case.case_id,
            "slice": self.index + 1,
            "slices": self.count,
            "synthetic": self.synthetic,
            "purpose": PURPOSE,
            "system": self.model.get("system"),
            "model_hash": self.model.get("model_hash"),
            "label": self.case.label,
            "infected": self.case.is_infected(self.index),
            "target": CLASSES[self.target],
            "method": "RISE",
            "settings": asdict(self.settings),
            "criterion": CRITERION,
            **self.facts,
            "classifiers": {one.name: one.as_dict() for one in self.maps},
        }


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
    names = _names(inputs, classifiers)
    answers = {name: _answer(inputs[name]) for name in inputs}
    chosen = int(np.mean(list(answers.values()), axis=0).argmax()) if target is None else target
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
            _own_seed(settings.seed, case.case_id, index, name),
            track,
        )
        for name in names
    )
    return ExplainedSlice(
        case,
        index,
        scan.n_slices,
        hu,
        mask,
        scan.spacing[1:],
        chosen,
        maps,
        settings,
        system.describe(),
        run_facts(system),
        sides_known(getattr(scan, "notes", ())),
    )


def explainable(system: System) -> ExplainableSlices:
    """The system as one that answers for changed pictures. Raises UsageError when it doesn't."""
    return require(
        system,
        ExplainableSlices,
        "can't be asked about single slices",
        expected="a system with slice_inputs (docs/systems.md)",
        do="explain a model of another system, such as cnr-iemn",
    )


def _names(inputs: Mapping[str, SliceInput], wanted: Sequence[str]) -> list[str]:
    for name in wanted:
        if name not in inputs:
            raise UsageError(
                "no such slice classifier", found=repr(name), expected=" | ".join(inputs)
            )
    return [name for name in inputs if not wanted or name in wanted]


def _answer(given: SliceInput) -> NDArray[np.float64]:
    return np.asarray(given.answer(given.image[None])[0], np.float64)


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

    model, image = _on_tensors(given.answer), torch.from_numpy(given.image)
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
    (blank,) = given.answer(np.full_like(given.image, given.black)[None])
    return ClassifierMap(
        name, answer, np.asarray(blank, np.float64), found, checked, lungs, given.hidden
    )


def _own_seed(seed: int, case_id: str, index: int, name: str) -> int:
    """Masks of its own for every map: noise in common would look as if the classifiers agreed."""
    facts = f"{seed}|{case_id}|{index}|{name}"
    return int.from_bytes(hashlib.sha256(facts.encode("utf-8", "surrogateescape")).digest()[:6])


def _square(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    """A lung mask at the size of a map: pixels that are more lung than not."""
    return np.asarray(resize(mask.astype(np.float32), size) >= 0.5, bool)


def _on_tensors(
    answer: Callable[[NDArray[np.float32]], NDArray[np.float32]],
) -> Callable[[Tensor], Tensor]:
    """A function of arrays as one of tensors."""
    import torch

    def model(images: Tensor) -> Tensor:
        return torch.from_numpy(np.asarray(answer(images.float().cpu().numpy()), np.float32))

    return model
