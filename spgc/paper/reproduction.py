"""Reproduce a table of the paper: train what is missing, evaluate, compare with the paper."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.contract.scan import LabelledScan
from spgc.errors import DataError
from spgc.files.held_folder import held_folder
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.model.document import file_digest
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.slices.predictor import predictor
from spgc.paper import printed_numbers
from spgc.paper.cohort_counts import Cohort, Count, cohort_of, count_cohort
from spgc.paper.comparison import Compared
from spgc.paper.density_rows import CLASSIFIER as DENSITY_CLASSIFIER
from spgc.paper.density_rows import NAME as DENSITY
from spgc.paper.density_rows import density_scans, density_slices
from spgc.paper.outcome import ReproducedTable
from spgc.paper.printed_numbers import ALL_FOUR
from spgc.paper.reproduced_files import answers_name, write_outcome
from spgc.paper.scan_answers import (
    ScanAnswers,
    answer_scans,
    feature_sets,
    write_scans,
)
from spgc.paper.slice_answers import (
    SliceAnswers,
    answer_slices,
    write_slices,
)
from spgc.protocol import CLASSES
from spgc.scoring.counts import Confusion, confusion_of
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.scenarios import Scale, Scenario, scenario_config, scenario_named
from spgc.systems.cnr_iemn.system import CnrIemn
from spgc.systems.cnr_iemn.train_backbones import check_before_training, train_backbone
from spgc.systems.evaluation import Evaluation
from spgc.systems.model_card import write_model_card

if TYPE_CHECKING:
    from spgc.systems.cnr_iemn.network import SliceNet


@dataclass(frozen=True)
class Reproduction:
    """Scans with labels, where results go, and how large and how to run.

    `out` gets a folder per scenario; `changes` are fields of `Config` that all scenarios take,
    such as `backbones` and `seed`. say: hears when another command has the folder.
    """

    train: Sequence[LabelledScan]
    val: Sequence[LabelledScan]
    out: Path
    scale: Scale = field(default_factory=Scale)
    changes: Mapping[str, Any] = field(default_factory=dict)
    runtime: Runtime = field(default_factory=Runtime)
    track: Track = silent
    say: Callable[[str], object] = lambda _: None

    def config(self, name: str) -> Config:
        """What the scenario trains here."""
        return dataclasses.replace(scenario_config(name, self.scale), **self.changes)

    def counts(self, name: str) -> tuple[Count, ...]:
        """Scans and slices by class here and in the paper; needs no training."""
        config = self.config(name)
        return count_cohort(cohort_of(self.train, self.val, config), config)

    def before_reading(self, names: Sequence[str]) -> list[str]:
        """What `CnrIemn.before_reading` finds out for these tables; needs no scan."""
        remarks: dict[str, None] = {}
        for name in names:
            system = CnrIemn(self.config(name), self.runtime)
            found = system.before_reading(self.out / scenario_named(name).networks)
            remarks |= dict.fromkeys(found)
        return list(remarks)

    def run(self, name: str) -> ReproducedTable | None:
        """Train the networks that are missing, check them, write the results; say what came out.

        Stopped in between it goes on where it was. Of several processes the main one alone checks
        and writes; the others train along, and their answer is None. Raises DataError when there
        is nothing to train on, ModelError when weights can't be had.
        """
        processes.join(self.runtime.torch_device())
        scenario, config = scenario_named(name), self.config(name)
        cohort = cohort_of(self.train, self.val, config)
        _check_slices(cohort)
        folder = self.out / name
        make_folder(folder)
        with self._alone(self.out / scenario.networks):
            if scenario.patients:
                outcome = self._scans(scenario, config, cohort)
            else:
                outcome = self._slices(scenario, config, cohort)
            if outcome is not None:
                write_outcome(outcome, folder, self.runtime)
        return outcome

    def _alone(self, folder: Path) -> AbstractContextManager[None]:
        """Another training there would replace the networks before they have answered."""
        return held_folder(folder, self.say) if processes.is_main() else nullcontext()

    def _slices(self, scenario: Scenario, config: Config, cohort: Cohort) -> ReproducedTable | None:
        """Tables 1 to 4: one network after the other, so that one at a time is in memory."""
        folder = self.out / scenario.name
        with processes.main_first():  # one downloads
            check_before_training(
                config.backbones, (cohort.train, cohort.samples), config, self.runtime, folder
            )
        answers = {}
        for name in config.backbones:
            network = self._network(name, config, cohort, folder)
            if processes.is_main():
                answers[name] = self._answers(name, network, config, cohort, folder)
        if not processes.is_main():
            return None
        density = density_slices(cohort, self.track)
        found = {DENSITY: density} if density else {}
        write_slices(answers | found, folder / answers_name(scenario))
        accuracies = _slice_accuracies(scenario.name, answers)
        return self._outcome(
            scenario,
            config,
            cohort,
            (*accuracies, *_slice_rows(found)),
            _slice_rates(scenario.name, answers),
            {name: found.confusion() for name, found in answers.items()},
        )

    def _network(self, backbone: str, config: Config, cohort: Cohort, folder: Path) -> SliceNet:
        return train_backbone(
            backbone,
            (cohort.train, cohort.samples),
            (cohort.val, cohort.checks),
            config,
            self.runtime,
            folder,
            self.track,
        )

    def _answers(
        self, backbone: str, network: SliceNet, config: Config, cohort: Cohort, folder: Path
    ) -> SliceAnswers:
        alone = dataclasses.replace(config, backbones=(backbone,))
        digest = file_digest(folder / f"{backbone}.safetensors")
        slices = predictor(lambda _: network, alone.spec, self.runtime, {backbone: digest})
        return answer_slices(backbone, slices, cohort.val, cohort.checks, self.track)

    def _scans(self, scenario: Scenario, config: Config, cohort: Cohort) -> ReproducedTable | None:
        """Table 5: the whole system in the folder of its networks, then each part alone."""
        system = CnrIemn(config, self.runtime)
        system.fit(cohort.train, cohort.val, self.out / scenario.networks, self.track)
        if not processes.is_main():
            return None
        answers = answer_scans(system, cohort.train, cohort.val, self.track)
        self._card(system, self.out / scenario.networks, answers, cohort)
        density = density_scans(cohort, answers, self.track)
        rows = _scan_accuracies(answers)
        shown = answers
        if density is not None:
            shown = answers.plus((DENSITY, DENSITY_CLASSIFIER), density)
            rate = confusion_of(answers.truth, density, len(CLASSES)).accuracy
            own = Compared(DENSITY, "accuracy", rate, rate.exact, None, DENSITY_CLASSIFIER)
            rows = (*rows, own)
        write_scans(shown, self.out / scenario.name / answers_name(scenario))
        matrices = {
            f"{name}, {kind}": confusion_of(answers.truth, labels, len(CLASSES))
            for (name, kind), labels in answers.predicted.items()
        }
        return self._outcome(
            scenario,
            config,
            cohort,
            rows,
            _scan_rates(answers),
            matrices,
        )

    def _card(self, system: CnrIemn, folder: Path, answers: ScanAnswers, cohort: Cohort) -> None:
        """The model card of the whole system, beside its networks."""
        names = feature_sets(system.config.backbones)
        labels = answers.predicted[list(names)[-1], system.config.patient_classifier]
        val = Evaluation("val", confusion_of(answers.truth, labels, len(CLASSES)), cohort.synthetic)
        write_model_card(folder, system, None, [val])

    def _outcome(
        self,
        scenario: Scenario,
        config: Config,
        cohort: Cohort,
        accuracies: tuple[Compared, ...],
        rates: tuple[Compared, ...],
        matrices: Mapping[str, Confusion],
    ) -> ReproducedTable:
        folder = self.out / scenario.networks
        weights = {
            f"{name}.safetensors": file_digest(folder / f"{name}.safetensors")
            for name in config.backbones
        }
        return ReproducedTable(
            scenario,
            config,
            count_cohort(cohort, config),
            accuracies,
            rates,
            matrices,
            weights,
            cohort.digest(),
            cohort.synthetic,
        )


def _slice_rows(answers: Mapping[str, SliceAnswers]) -> list[Compared]:
    """Accuracies that the paper has none of."""
    return [Compared(name, "accuracy", *found.rate()) for name, found in answers.items()]


def _slice_accuracies(table: str, answers: Mapping[str, SliceAnswers]) -> tuple[Compared, ...]:
    return tuple(
        Compared(name, "accuracy", *found.rate(), printed_numbers.slice_accuracy(table, name))
        for name, found in answers.items()
    )


def _slice_rates(table: str, answers: Mapping[str, SliceAnswers]) -> tuple[Compared, ...]:
    """Rates of every class and backbone, with the paper's where its text names one."""
    known = printed_numbers.slice_rates(table)
    return tuple(
        Compared(name, label, *found.rate(label), known.get((name, label)))
        for name, found in answers.items()
        for label in CLASSES
    )


def _scan_accuracies(answers: ScanAnswers) -> tuple[Compared, ...]:
    rows = []
    for (name, kind), labels in answers.predicted.items():
        rate = confusion_of(answers.truth, labels, len(CLASSES)).accuracy
        known = name in (*Config().backbones, ALL_FOUR)
        paper = printed_numbers.scan_accuracy(name, kind) if known else None
        rows.append(Compared(name, "accuracy", rate, rate.exact, paper, kind))
    return tuple(rows)


def _scan_rates(answers: ScanAnswers) -> tuple[Compared, ...]:
    """Rates by class of the paper's answer, all backbones with XGBoost (Figure 10)."""
    if (ALL_FOUR, "xgboost") not in answers.predicted:
        return ()
    found = confusion_of(answers.truth, answers.predicted[ALL_FOUR, "xgboost"], len(CLASSES))
    known = printed_numbers.scan_rates()
    rates = [(label, found.sensitivity(number)) for number, label in enumerate(CLASSES)]
    return tuple(
        Compared(ALL_FOUR, label, rate, rate.exact, known[label], "xgboost")
        for label, rate in rates
    )


def _check_slices(cohort: Cohort) -> None:
    if not cohort.samples:
        raise DataError(
            "no labelled slice to train on",
            where="training split",
            found=f"{len(cohort.train)} scans, none of them normal or with slice labels",
            expected="normal scans, or infected ones with labels of their slices",
            do="check the folder and its slice labels with spgc data check",
        )
