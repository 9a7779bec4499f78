"""The Winter system: train the slice network, answer for scans, read the model folder.

torch is imported where it is used: an engine that has its network ready starts without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.contract.scan import LabelledScan, NamedScan, Scan, in_case_order
from spgc.contract.slices import SliceInput
from spgc.contract.system import Options, Prediction
from spgc.errors import DataError, UsageError
from spgc.jobs.progress import Track, silent
from spgc.model.trained_on import choosing_facts
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.slices.chosen import chosen_slices
from spgc.nets.slices.predictor import SliceProbabilities
from spgc.nets.slices.spec import SliceSpec
from spgc.protocol import CLASSES
from spgc.systems.slice_options import labels_only
from spgc.systems.slice_system import SliceSystem
from spgc.systems.training_data import check_classes, trained_on_slices
from spgc.systems.winter.fusion_block import patient_answer
from spgc.systems.winter.lung_selection import (
    back_to_stored,
    check_lung,
    labelled_with_lung,
    look_at,
    seen,
    seen_labels,
)
from spgc.systems.winter.winter_card import limits_of
from spgc.systems.winter.winter_flags import FLAGS
from spgc.systems.winter.winter_settings import PRESETS, SYSTEM, Settings, check_settings
from spgc.text.case_runs import case_runs

if TYPE_CHECKING:
    from torch import nn


class Winter(SliceSystem[Settings]):
    """Winter as a challenge system; `settings` decide what it is, `run` how it runs."""

    name = SYSTEM
    summary = "DenseNet-121 on masked slices, three surest per class (Pan, Yan, Li 2021)"
    settings_type = Settings
    flags = FLAGS
    presets = PRESETS
    answer_options = ("top",)
    packages = ("torch", "torchvision")

    def __init__(self, settings: Settings | None = None, run: Runtime | None = None) -> None:
        super().__init__(settings or Settings(), run or Runtime())
        self._poor: set[str] = set()

    @classmethod
    def read_settings(cls, options: Options) -> Settings:
        settings = super().read_settings(options)
        cls.check(settings)
        return settings

    @classmethod
    def check(cls, settings: Settings) -> None:
        check_settings(settings)

    @classmethod
    def answering(cls, settings: Settings, options: Options) -> Settings:
        """Option `top` is K of the patient's answer."""
        changed = super().answering(settings, options)
        check_settings(changed)
        return changed

    @classmethod
    def network(
        cls, name: str, settings: Settings, weights: str = "none", folder: Path | None = None
    ) -> nn.Module:
        from spgc.systems.winter.winter_training import build_network

        return build_network(settings, weights, folder)

    @property
    def spec(self) -> SliceSpec:
        return self.settings.spec

    @property
    def chooses_by_val(self) -> bool:
        """Whether the validation slices choose the epoch."""
        return self.settings.checkpoint == "best"

    @property
    def best_epoch(self) -> bool:
        """With checkpoint "best", the epoch that the validation slices chose answers."""
        return self.chooses_by_val

    @property
    def limits(self) -> tuple[str, ...]:
        """What the model card says of these settings."""
        return limits_of(self.settings)

    def no_int8(self) -> UsageError:
        """Its answers are means of probabilities; int8 networks keep labels of slices only."""
        return labels_only(self.name)

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        """Train the slice network on `train` and write the model to `folder`.

        `val` tells how each epoch does on slices; with checkpoint "best" it chooses the epoch.
        Raises DataError when a class has no scan or no slice to learn from, UsageError for
        unlabelled scans, which the system has no use for.
        """
        from spgc.nets import processes
        from spgc.systems.winter.winter_training import train_slices

        self.refuse(unlabelled)
        settings, name = self.settings, self.settings.backbone
        train, val = in_case_order(train), in_case_order(val)
        learnt, checked = ([seen_labels(s, settings) for s in part] for part in (train, val))
        show = track if processes.is_main() else silent
        samples = labelled_with_lung(learnt, settings, show)
        checks = labelled_with_lung(checked, settings, show)
        labels = [sample.label for sample in samples]
        check_lung(learnt, samples, settings)
        check_classes(train, labels)
        if self.chooses_by_val and not checks:
            raise DataError(
                "nothing to choose the best epoch by",
                where="validation split",
                found="no labelled slice with enough lung",
                do="train with --checkpoint last",
            )
        choose(self.run)  # the engine that answers when all is trained
        network = train_slices(
            (learnt, samples), (checked, checks), settings, self.run, folder, track
        )
        if not processes.is_main():
            return  # other processes help with the network only
        self.answer_with({name: network}, folder)
        facts = trained_on_slices(train, labels)
        facts |= choosing_facts(val) if self.chooses_by_val else {}
        self.write(folder, [self.answering_file(name)], facts)

    def _read(self, folder: Path) -> None:
        self.answer_from(folder)

    def kept_slices(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """Each scan's ID, and (N, 3) probabilities of those of its slices that answer for it."""
        answers = self.slices.predict_many(self._kept(scans))
        for case_id, rows in track(answers, "slices of scans", total):
            yield case_id, rows[self.settings.backbone]

    def _kept(self, scans: Iterable[NamedScan]) -> Iterator[tuple[str, Scan]]:
        for case_id, scan in scans:
            looked = look_at(scan, self.settings)
            if looked.poor:
                self._poor.add(case_id)
            yield case_id, looked.answering()

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID."""
        top = self.settings.top
        return {
            case_id: Prediction(*patient_answer(rows, top))
            for case_id, rows in self.kept_slices(scans, total, track)
        }

    def run_remarks(self) -> Sequence[str]:
        """What was found damaged on disk and made again, and which scans show too little lung."""
        said = list(super().run_remarks())
        if self._poor:
            said.append(
                f"no slice with more than {self.settings.area_threshold} pixels of lung, answered "
                f"from those with most: {case_runs(sorted(self._poor))}"
            )
        return said

    def slice_probabilities(self, case_id: str, scan: Scan) -> SliceProbabilities:
        """(S, 3) by the network's name, head to feet; see `slice_inputs` of resampled scans."""
        looked, name = look_at(scan, self.settings), self.settings.backbone
        rows = np.empty((looked.scan.n_slices, len(CLASSES)), np.float32)
        for part in looked.parts():
            answers = self.slices.predict(case_id, chosen_slices(looked.scan, part))
            rows[list(part)] = answers[name]
        return {name: rows[back_to_stored(scan, seen(scan, self.settings))]}

    def slice_inputs(self, scan: Scan, index: int) -> dict[str, SliceInput]:
        """What the network gets of a slice, 0 at the head: of a resampled scan, the nearest."""
        view = seen(scan, self.settings)
        return super().slice_inputs(view, int(back_to_stored(scan, view)[index]))
