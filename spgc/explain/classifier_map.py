"""One classifier's heat map, of a slice or of a volume, with all that is measured of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import KnownCase
from spgc.errors import UsageError
from spgc.explain.faithfulness import Faithfulness, share_inside
from spgc.explain.masks import CELLS, OPEN
from spgc.explain.rise import MASKS, RiseMap
from spgc.protocol import CLASSES
from spgc.text.purpose import PURPOSE

if TYPE_CHECKING:
    from torch import Tensor

SCHEMA = "spgc-explain/1"

PictureAnswer = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Of changed pictures: (B, C, ...) to probabilities (B, 3)."""


@dataclass(frozen=True)
class RiseSettings:
    """`masks` at most, of `cells` a side, each shown with `probability`; `seed` of all."""

    masks: int = MASKS
    cells: int = CELLS
    probability: float = OPEN
    seed: int = 0


@dataclass(frozen=True)
class ClassifierMap:
    """A classifier's answer (3,) to the untouched picture, its map and how good that is.

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


@dataclass(frozen=True, kw_only=True)
class ExplainedPart:
    """Part of a scan, or all of it, with maps in the classifiers' order.

    target: class index; model: content of model.json; facts: engine and precision that answered;
    sides: whether the patient's right is known to be at the left edge.
    """

    case: KnownCase
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

    def facts_of(self, place: Mapping[str, Any], criterion: str) -> dict[str, Any]:
        """All numbers, ready for JSON; place: what was explained; criterion: when maps settle."""
        return {
            "schema": SCHEMA,
            "case": self.case.case_id,
            **place,
            "synthetic": self.synthetic,
            "purpose": PURPOSE,
            "system": self.model.get("system"),
            "model_hash": self.model.get("model_hash"),
            "label": self.case.label,
            "target": CLASSES[self.target],
            "method": "RISE",
            "settings": asdict(self.settings),
            "criterion": criterion,
            **self.facts,
            "classifiers": {one.name: one.as_dict() for one in self.maps},
        }


def names_among(known: Iterable[str], wanted: Sequence[str], what: str) -> list[str]:
    """The wanted of the known names, all where none is wanted. Raises UsageError."""
    names = list(known)
    for name in wanted:
        if name not in names:
            raise UsageError(f"no such {what}", found=repr(name), expected=" | ".join(names))
    return [name for name in names if not wanted or name in wanted]


def mean_target(answers: Iterable[NDArray[np.float64]], target: int | None) -> int:
    """The class index to explain: `target`, or the one that the mean of answers (3,) names."""
    return int(np.mean(list(answers), axis=0).argmax()) if target is None else target


def answer_to(answer: PictureAnswer, picture: NDArray[np.float32]) -> NDArray[np.float64]:
    """What a classifier says (3,) of one picture (C, ...)."""
    return np.asarray(answer(picture[None])[0], np.float64)


def own_seed(seed: int, case_id: str, index: int, name: str) -> int:
    """Masks of its own for every map: noise in common would look as if the classifiers agreed."""
    facts = f"{seed}|{case_id}|{index}|{name}"
    return int.from_bytes(hashlib.sha256(facts.encode("utf-8", "surrogateescape")).digest()[:6])


def on_tensors(answer: PictureAnswer) -> Callable[[Tensor], Tensor]:
    """A function of arrays as one of tensors."""
    import torch

    def model(images: Tensor) -> Tensor:
        return torch.from_numpy(np.asarray(answer(images.float().cpu().numpy()), np.float32))

    return model
