"""Make tables of Winter's paper again: each network once, then every row that asks it."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from spgc.contract.scan import LabelledScan, in_case_order
from spgc.data.slice_labels import check_release
from spgc.errors import UsageError
from spgc.files.foreign_names import folder_in
from spgc.files.held_folder import held_folder
from spgc.files.overwriting import check_outputs
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track
from spgc.model.document import file_digest
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.paper.cohort_counts import SCANS, Count, missing_scans
from spgc.paper.reproduce import Reproducing, runtime_of, splits_of
from spgc.paper.reproduced_tables import counts_table
from spgc.paper.winter.winter_scenarios import SCENARIOS, Ablation, AblationRow, network_name
from spgc.paper.winter.winter_tables import MadeRow, MadeTable, RowAnswer, table_files
from spgc.protocol import CLASSES, SPLITS
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.scans import Prepared
from spgc.scoring.counts import confusion
from spgc.systems.network_system import weights_file
from spgc.systems.slice_options import weights_folder
from spgc.systems.winter.fusion_block import patient_answer
from spgc.systems.winter.system import Winter
from spgc.systems.winter.winter_settings import PRESETS, Settings, check_settings

NETWORKS = "winter-networks"
"""Folder of the trained systems, one for each network that rows need."""

ScanRows = Mapping[str, NDArray[np.float32]]
"""(N, 3) probabilities of the slices that answer for a scan, by case ID."""


@dataclass(frozen=True)
class WinterTables:
    """Labelled scans, where results go, and the settings that all rows start from.

    say: hears when another command has the folder of a network.
    """

    names: tuple[str, ...]
    train: Sequence[LabelledScan]
    val: Sequence[LabelledScan]
    out: Path
    base: Settings
    runtime: Runtime
    track: Track
    prepared: Prepared
    helping: bool
    say: Callable[[str], object] = lambda _: None
    _answers: dict[tuple[str, str], ScanRows] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Never: what fails ends the command."""
        return False

    @property
    def synthetic(self) -> bool:
        return any(scan.synthetic for scan in (*self.train, *self.val))

    def counts(self) -> list[Count]:
        """Scans by split and class, here and in the paper."""
        return [
            Count(split, SCANS, name, sum(s.label == name for s in scans), paper)
            for split, scans in (("train", self.train), ("val", self.val))
            for name, paper in zip(CLASSES, SPLITS[split].counts, strict=True)
        ]

    def introduction(self, name: str) -> list[Table | str]:
        """Scans to learn from; said before the first table."""
        if name != self.names[0]:
            return []
        counts = self.counts()
        missing = [] if self.synthetic else missing_scans(counts)
        return [counts_table(counts, synthetic=self.synthetic), *missing]

    def run(self, name: str) -> MadeTable | None:
        """Train the networks that are missing, let them answer, write the table.

        Stopped in between it goes on where it was. Raises DataError when a class has nothing to
        learn from.
        """
        scenario = SCENARIOS[name]
        rows = [self._row(row) for row in scenario.rows]
        if self.helping:
            return None
        return self._written(scenario, [row for row in rows if row is not None])

    def _row(self, row: AblationRow) -> MadeRow | None:
        settings = row.settings(self.base)
        system = Winter(dataclasses.replace(settings, top=self.base.top), self.runtime)
        folder = folder_in(self.out, NETWORKS, network_name(settings))
        make_folder(folder)
        # Another training there would replace the network before it has answered.
        with nullcontext() if self.helping else held_folder(folder, self.say):
            system.fit(self.train, self.val, folder, self.track)
            return None if self.helping else self._answered(row, settings, system, folder)

    def _answered(
        self, row: AblationRow, settings: Settings, system: Winter, folder: Path
    ) -> MadeRow:
        split = row.printed.split
        scans = in_case_order(self.train if split == "train" else self.val)
        slices = self._slices(system, split, scans)
        answers = [_answer(scan, slices[scan.case_id], settings.top) for scan in scans]
        truth = {scan.case_id: scan.label for scan in scans}
        counts = confusion(truth, {answer.case_id: answer.label for answer in answers}, CLASSES)
        learnt = system.describe()["trained_on"]["labelled_slices"]
        weights = file_digest(folder / weights_file(settings.backbone))
        return MadeRow(row, settings, answers, counts, learnt, weights)

    def _slices(self, system: Winter, split: str, scans: Sequence[LabelledScan]) -> ScanRows:
        """What a network says of the scans of a split; asked once, whichever rows want it."""
        key = (network_name(system.settings), split)
        if key not in self._answers:
            named = [(scan.case_id, scan.scan) for scan in scans]
            self._answers[key] = dict(system.kept_slices(named, len(named), self.track))
        return self._answers[key]

    def _written(self, scenario: Ablation, rows: Sequence[MadeRow]) -> MadeTable:
        folder = self.out / scenario.name
        make_folder(folder)
        made = MadeTable(
            scenario, rows, self.counts(), self.base, folder, self.runtime, self.synthetic
        )
        made.write()
        return made


def _answer(scan: LabelledScan, slices: NDArray[np.float32], top: int) -> RowAnswer:
    return RowAnswer(scan.case_id, scan.label, *patient_answer(slices, top))


def open_winter(asked: Reproducing, listener: Listener = NOBODY) -> WinterTables:
    """Check what was asked for, then read the scans; of several processes the main one first.

    Raises UsageError for settings or a device that can't be had, ModelError for first weights that
    can't, before any scan is read.
    """
    names = tuple(name for name in SCENARIOS if name in asked.tables)
    for name in names:
        check_outputs(folder_in(asked.out, name), table_files(name))
    runtime, base = runtime_of(asked), base_settings(asked)
    check_release(asked.data.labels_release)
    processes.join(runtime.torch_device())
    helping = not processes.is_main()
    listener = NOBODY if helping else listener
    with processes.main_first():
        for remark in _before_reading(names, base, runtime, asked.out):
            listener.say(remark)
        train, val, prepared = splits_of(asked, base.lung_method, listener)
    listener.scans_read(prepared)
    return WinterTables(
        names, train, val, asked.out, base, runtime, listener.track, prepared, helping, listener.say
    )


def base_settings(asked: Reproducing) -> Settings:
    """The preset with seed, weights and backbone as asked for. Raises UsageError."""
    if asked.preset not in PRESETS:
        raise UsageError("unknown preset", found=repr(asked.preset), expected=" | ".join(PRESETS))
    if len(asked.backbones) > 1:
        raise UsageError(
            "Winter has one network", found=", ".join(asked.backbones), expected="one backbone"
        )
    settings = dataclasses.replace(PRESETS[asked.preset], seed=asked.seed)
    if asked.lungs is not None:
        settings = dataclasses.replace(settings, lung_method=asked.lungs)
    if asked.weights is not None:
        weights = "imagenet" if weights_folder(asked.weights) else asked.weights
        settings = dataclasses.replace(settings, weights=weights)
    if asked.backbones:
        settings = dataclasses.replace(settings, backbone=asked.backbones[0])
    check_settings(settings)
    return settings


def _before_reading(names: Sequence[str], base: Settings, runtime: Runtime, out: Path) -> list[str]:
    """What `Winter.before_reading` finds out for every network of these tables."""
    remarks: Counter[str] = Counter()
    for name in names:
        for row in SCENARIOS[name].rows:
            settings = row.settings(base)
            folder = folder_in(out, NETWORKS, network_name(settings))
            remarks.update(Winter(settings, runtime).before_reading(folder))
    return list(remarks)
