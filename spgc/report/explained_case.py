"""A case of a data folder explained by a trained model, as `spgc explain` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from spgc.contract.scan import KnownCase, Scan
from spgc.contract.slices import ExplainableSlices
from spgc.contract.system import RunSettings
from spgc.contract.volumes import ExplainableVolumes
from spgc.data.case_names import same_name_form
from spgc.data.layout import open_dataset
from spgc.errors import DataError, UsageError
from spgc.explain.classifier_map import RiseSettings
from spgc.explain.explained_slice import explainable
from spgc.explain.explained_volume import VOLUME_CELLS, VOLUME_MASKS
from spgc.explain.masks import CELLS
from spgc.explain.rise import MASKS
from spgc.files.overwriting import check_outputs
from spgc.protocol import CLASSES, class_named
from spgc.report.explained_parts import Asked, SliceOptions
from spgc.report.explained_tables import Part
from spgc.runs.cases import DataFolder
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.scans import known_scan
from spgc.systems.registry import load_system
from spgc.text.command_lines import command_line


@dataclass(frozen=True)
class Explaining:
    """Which case, by which model, and where pictures and numbers are written.

    target: a class in any spelling, None for a choice; networks: names, all when empty; masks,
    cells: of RISE, None for what suits the system; probability: that a cell is open.
    """

    case: str
    data: DataFolder
    store: Path
    model: Path
    out: Path
    choice: SliceOptions = field(default_factory=SliceOptions)
    target: str | None = None
    networks: Sequence[str] = ()
    masks: int | None = None
    cells: int | None = None
    probability: float = 0.5
    seed: int = 0
    run: RunSettings = field(default_factory=RunSettings)
    dpi: int | None = None


def explain_case(asked: Explaining, listener: Listener = NOBODY) -> list[Part]:
    """The maps of slices, or of the whole scan where the system's networks read that.

    Each is written as soon as it is done. Raises UsageError for options that the system does not
    know, DataError for a case that is not there, ModelError for a folder that is no model.
    """
    target = _class(asked.target)
    check_outputs(asked.out)
    system = load_system(asked.model, asked.run)
    whole = not isinstance(system, ExplainableSlices) and isinstance(system, ExplainableVolumes)
    if whole:
        asked.choice.refuse(system)
    else:
        explainable(system)
    scan, known = _scan(asked.case, asked.data, asked.store, system.lung_method)
    masks, cells = (VOLUME_MASKS, VOLUME_CELLS) if whole else (MASKS, CELLS)
    settings = RiseSettings(
        asked.masks or masks, asked.cells or cells, asked.probability, asked.seed
    )
    work = Asked(
        system,
        scan,
        known,
        target,
        tuple(asked.networks),
        settings,
        asked.out,
        asked.dpi,
        listener,
    )
    return [work.whole_scan()] if whole else work.slices(asked.choice)


def _class(target: str | None) -> int | None:
    """The index of a class named in any spelling."""
    if target is None:
        return None
    name = class_named(target)
    if name is None:
        raise UsageError("unknown class", found=repr(target), expected=" | ".join(CLASSES))
    return CLASSES.index(name)


def _scan(case: str, data: DataFolder, store: Path, lungs: str) -> tuple[Scan, KnownCase]:
    """The scan, read and segmented if it has to be, and what the data set knows of it."""
    dataset = open_dataset(data.root, data.manifests, data.labels_release)
    case = same_name_form(case)
    if not dataset.holds(case):
        raise DataError(
            "no such scan",
            where=data.root,
            found=repr(case),
            expected="a case of the data set",
            do=f"{command_line('spgc', 'data', 'check', data.root)} tells what is there",
        )
    return known_scan(dataset, case, store, lungs)
