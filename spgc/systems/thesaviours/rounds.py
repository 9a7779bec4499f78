"""Stage 2: one network learns the class of a slice in rounds, each with slices drawn afresh.

All rounds are one training of the loop, so that network and optimiser go on from round to round and
a stop anywhere changes nothing; the slices of an epoch follow from its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from spgc.contract.scan import LabelledScan
from spgc.errors import DataError
from spgc.jobs.progress import Track
from spgc.nets.device import Runtime
from spgc.nets.slices.classifier_network import SliceClassifier
from spgc.nets.slices.network_training import data_facts, trained_network
from spgc.nets.slices.samples import Sample, SliceDataset
from spgc.nets.training.checkpoint import stored_facts
from spgc.nets.training.loop import NetworkTraining
from spgc.nets.training.lowest_loss import LOSS
from spgc.nets.training.schedule import Plan
from spgc.nets.training.start import best_file
from spgc.systems.held_out import held_out_cases
from spgc.systems.thesaviours.learnt_slices import PseudoLabels, Rounds, class_samples
from spgc.systems.thesaviours.networks import class_network, class_task, copies_of
from spgc.systems.thesaviours.settings import Settings


@dataclass(frozen=True)
class RoundSlices:
    """The slices of stage 2: those that are learnt from, and those whose loss chooses the epoch.

    held_out: case IDs of the scans that the latter are of.
    """

    learnt: tuple[Sample, ...]
    checks: tuple[Sample, ...]
    held_out: tuple[str, ...]


def check_held_out(scans: Sequence[LabelledScan], settings: Settings) -> None:
    """Raise DataError, before stage 1 is trained, where no patient can be held out of stage 2."""
    if not (held_out := held_out_cases(scans, settings.held_out, settings.seed)):
        raise _nothing_to_choose_by(scans, held_out)


def _nothing_to_choose_by(scans: Sequence[LabelledScan], held_out: frozenset[str]) -> DataError:
    return DataError(
        "no slice to choose the epoch by",
        where="training split",
        found=f"{len(scans)} scans, {len(held_out)} of them held out",
        expected="two scans or more of a class, with labelled slices",
        do="add scans, or hold out more of them (--held-out)",
    )


def slices_of(
    scans: Sequence[LabelledScan], pseudo: PseudoLabels, settings: Settings
) -> RoundSlices:
    """The slices of all `scans`, parted by patient. Raises DataError where nothing is held out.

    A patient without any slice to learn from is on neither side.
    """
    samples = class_samples(scans, pseudo, settings)
    shown = [scans[number] for number in sorted({sample.scan for sample in samples})]
    held_out = held_out_cases(shown, settings.held_out, settings.seed)
    checks = tuple(s for s in samples if scans[s.scan].case_id in held_out)
    if not checks:
        raise _nothing_to_choose_by(scans, held_out)
    learnt = tuple(s for s in samples if scans[s.scan].case_id not in held_out)
    return RoundSlices(learnt, checks, tuple(sorted(held_out)))


def trained_class_network(
    scans: Sequence[LabelledScan],
    slices: RoundSlices,
    settings: Settings,
    runtime: Runtime,
    folder: Path,
    track: Track,
) -> SliceClassifier:
    """The network of the epoch with the lowest loss on the slices held out."""
    name = settings.backbone
    spec = settings.spec
    rounds = Rounds(slices.learnt, settings.draws, settings.round_epochs, settings.seed)
    data = partial(SliceDataset, scans, size=spec.size(name), spec=spec)
    training = NetworkTraining(
        name,
        class_task(settings),
        Plan(settings.epochs, settings.batch_size, settings.seed),
        data(rounds, copies=copies_of(settings)),
        data(slices.checks, copies=copies_of(settings)),
    )
    facts = {
        "stage": "classes",
        "settings": settings.stage2(),
        "precision": runtime.precision,
        "held out": slices.held_out,
        "checks": [(s.scan, s.index, s.label) for s in slices.checks],
    }
    build = partial(class_network, settings, folder=runtime.weights_folder)
    return trained_network(
        build,
        settings.weights,
        name,
        training,
        facts | data_facts(scans, slices.learnt),
        runtime,
        folder,
        track,
        best=True,
    )


def chosen_epoch(slices: RoundSlices, settings: Settings, folder: Path) -> dict[str, Any]:
    """Which epoch answers and by what it was chosen, ready for JSON."""
    facts = stored_facts(best_file(folder, settings.backbone))
    return {
        "epoch": int(facts["epoch"]),
        "of_epochs": settings.epochs,
        "held_out": list(slices.held_out),
        "held_out_slices": len(slices.checks),
        "loss": int(facts[f"val_{LOSS}"]) / 1e6 / len(slices.checks),
    }
