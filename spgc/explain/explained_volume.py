"""Explain the answer to a whole scan: a heat map in 3-D for each network that reads volumes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.contract.abilities import require, run_facts
from spgc.contract.scan import KnownCase, Scan
from spgc.contract.system import System
from spgc.contract.volumes import ExplainableVolumes, VolumeBox, VolumeInput
from spgc.ct.lungs import NO_LUNGS
from spgc.ct.patient_sides import sides_known
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
from spgc.explain.faithfulness import faithfulness, passes
from spgc.explain.mask_sums import Pace
from spgc.explain.rise import Rise
from spgc.explain.volume_places import Voxel, hottest_voxel, lungs_on_grid
from spgc.files.foreign_names import name_for
from spgc.jobs.progress import Track, silent

if TYPE_CHECKING:
    from torch import Tensor

VOLUME_MASKS, VOLUME_CELLS = 256, 5
"""At most, and a side: a pass takes seconds. `benchmarks/volume_maps.py` shows what fewer give."""

VOLUME_PACE = Pace(block=4, every=32, least=96)
"""Four volumes of 224³ are 180 MB a channel."""

STEPS, CONTROLS = 8, 2
"""Of the curves of insertion and deletion, and random maps beside each map: 46 passes in all."""

WHOLE = -1
"""In place of a slice's number in the seed of a map."""


@dataclass(frozen=True)
class VolumeMap(ClassifierMap):
    """Of a whole scan: values (D, H, W) on the network's grid, which shows `box` of the scan.

    hottest: the voxel of the scan with the highest value.
    """

    box: VolumeBox
    hottest: Voxel

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON; slices, rows and columns count from 1."""
        names = ("slice", "row", "column")
        place = {name: index + 1 for name, index in zip(names, self.hottest, strict=True)}
        grid = {
            "grid": list(self.rise.values.shape),
            "box": {"low": list(self.box.low), "high": list(self.box.high)},
        }
        return {**super().as_dict(), **grid, "hottest": place}


@dataclass(frozen=True, kw_only=True)
class ExplainedVolume(ExplainedPart):
    """A scan: hu, mask (S, H, W), spacing in mm.

    mask: None where the system asks for no lungs; a map's `lungs` are then the mask that its
    network is given, if it is given one.
    """

    maps: tuple[VolumeMap, ...]
    hu: NDArray[np.int16]
    mask: NDArray[np.bool_] | None
    spacing: tuple[float, float, float]

    @property
    def name(self) -> str:
        """Of its files, without an ending."""
        return volume_name(self.case.case_id)

    def document(self) -> dict[str, Any]:
        """All numbers, ready for JSON."""
        place = {"slices": len(self.hu), "spacing_mm": list(self.spacing)}
        return self.facts_of(place, VOLUME_PACE.criterion)


def volume_name(case_id: str) -> str:
    """The name of the files of a whole scan, without an ending."""
    return name_for(case_id, "-volume")


def explain_volume(
    system: System,
    scan: Scan,
    case: KnownCase,
    *,
    target: int | None = None,
    networks: Sequence[str] = (),
    settings: RiseSettings | None = None,
    track: Track = silent,
    say: Callable[[str], None] = lambda line: None,
) -> ExplainedVolume:
    """Explain the answer to a whole scan.

    target: class index; None for the class that the mean of the networks names. networks: names,
    all when empty. say: told how long it takes, before it starts. Raises UsageError for a system
    that can't be asked about volumes or an unknown network.
    """
    settings = settings or RiseSettings(VOLUME_MASKS, VOLUME_CELLS)
    inputs = explainable_volumes(system).volume_inputs(case.case_id, scan)
    asked = [_Asked(name, inputs[name]) for name in names_among(inputs, networks, "network")]
    chosen = mean_target((one.answer for one in asked), target)
    say(_how_long(asked, settings))
    hu, found = scan.arrays()
    mask = None if system.lung_method == NO_LUNGS else found
    maps = tuple(one.explained(chosen, mask, hu.shape, settings, case, track) for one in asked)
    return ExplainedVolume(
        case=case,
        target=chosen,
        maps=maps,
        hu=hu,
        mask=mask,
        spacing=scan.spacing,
        settings=settings,
        model=system.describe(),
        facts=run_facts(system),
        sides=sides_known(getattr(scan, "notes", ())),
    )


def explainable_volumes(system: System) -> ExplainableVolumes:
    """The system as one that answers for changed volumes. Raises UsageError when it doesn't."""
    return require(
        system,
        ExplainableVolumes,
        "can't be asked about changed scans",
        expected="a system with slice_inputs or volume_inputs (docs/own-system.md)",
        do="explain a model of another system, such as cnr-iemn",
    )


class _Asked:
    """A network with its answers to the untouched volume and to a hidden one, and its seconds."""

    def __init__(self, name: str, given: VolumeInput) -> None:
        self.name, self._given = name, given
        self.answer = answer_to(given.answer, given.volume)
        begin = time.perf_counter()  # of the second answer: the first one starts engines
        self.blank = answer_to(given.answer, _hidden(given))
        self.seconds = time.perf_counter() - begin

    def explained(
        self,
        target: int,
        mask: NDArray[np.bool_] | None,
        shape: tuple[int, ...],
        settings: RiseSettings,
        case: KnownCase,
        track: Track,
    ) -> VolumeMap:
        """The map for class `target`; mask, shape: of the scan."""
        import torch

        given, seed = self._given, own_seed(settings.seed, case.case_id, WHOLE, self.name)
        pictures = torch.from_numpy(given.volume[: given.pictures])
        (found,) = Rise(_of_pictures(given)).explain(
            pictures[None],
            target,
            given.black,
            n_masks=settings.masks,
            cells=settings.cells,
            probability=settings.probability,
            seed=seed,
            perturbations_per_eval=VOLUME_PACE.block,
            own_mean=True,
            pace=VOLUME_PACE,
            track=track,
            label=f"RISE {self.name}",
        )
        checked = faithfulness(
            _of_pictures(given),
            pictures,
            found,
            baselines=given.black,
            steps=STEPS,
            controls=CONTROLS,
            cells=settings.cells,
            seed=seed,
            perturbations_per_eval=VOLUME_PACE.block,
            track=track,
            label=f"insertion and deletion {self.name}",
        )
        size = found.values.shape
        return VolumeMap(
            self.name,
            self.answer,
            self.blank,
            found,
            checked,
            _given_mask(given) if mask is None else lungs_on_grid(mask, given.box, size),
            given.hidden,
            given.box,
            hottest_voxel(found.values, given.box, shape),
        )


def _given_mask(given: VolumeInput) -> NDArray[np.bool_] | None:
    """The mask (D, H, W) that a network is given, of a system that finds lungs by itself."""
    for mask in given.volume[given.pictures :]:
        low, high = float(mask.min()), float(mask.max())
        return np.asarray(mask >= (low + high) / 2, bool) if high > low else None
    return None


def _hidden(given: VolumeInput) -> NDArray[np.float32]:
    """The volume with nothing shown."""
    volume = given.volume.copy()
    volume[: given.pictures] = given.black
    return volume


def _of_pictures(given: VolumeInput) -> Callable[[Tensor], Tensor]:
    """A network as a function of its picture channels (B, P, D, H, W); the others stay."""
    model = on_tensors(given.answer)

    def answer(pictures: Tensor) -> Tensor:
        import torch

        rest = torch.from_numpy(given.volume[given.pictures :])
        return model(torch.cat((pictures, rest.expand(len(pictures), *rest.shape)), dim=1))

    return answer


def _how_long(asked: Sequence[_Asked], settings: RiseSettings) -> str:
    each = settings.masks + passes(STEPS, CONTROLS)
    seconds = each * sum(one.seconds for one in asked)
    span = f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"
    networks = f"{len(asked)} networks" if len(asked) > 1 else "1 network"
    single = sum(one.seconds for one in asked) / len(asked)
    return (
        f"{networks}, at most {each} passes{' each' if len(asked) > 1 else ''} of {single:.2g} s: "
        f"about {span} for these alone, less where maps settle early"
    )
