"""What out-of-fold training features change, on SYNTHETIC phantoms.

    python benchmarks/out_of_fold.py WORK             # resumes in WORK
    python benchmarks/out_of_fold.py WORK --scans 20 --labelled 1 --normals 20 --folds 5

Trains the same small system as in the paper (folds 0) and with folds, and prints how often the
networks are right on labelled slices they were trained on, on the same slices out of fold, and on
validation slices; then patients right on val and test2 with exact intervals, for both kinds of
features and both classifiers. Nothing in it says anything about patients.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tabulate import tabulate

from spgc.contract.scan import LabelledScan
from spgc.ct.store import SliceStore
from spgc.data.layout import open_dataset
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.slices.predictor import SliceProbabilities
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.plan import CohortPlan
from spgc.phantoms.recipe import plan_named
from spgc.runs.scans import labelled_scans, prepare
from spgc.scoring.intervals import clopper_pearson
from spgc.systems.cnr_iemn.config import DEMO, Config
from spgc.systems.cnr_iemn.learnt_slices import first_normals, slice_samples
from spgc.systems.cnr_iemn.out_of_fold import out_of_fold, scan_folds
from spgc.systems.cnr_iemn.system import CnrIemn

Scans = Mapping[str, list[LabelledScan]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("work", type=Path)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--size", type=int, default=48, help="pixels")
    parser.add_argument("--scans", type=int, default=10, help="training scans per class")
    parser.add_argument("--labelled", type=float, default=0.5, help="share with slice labels")
    parser.add_argument("--normals", type=int, default=7, help="normal scans for the slice stage")
    parser.add_argument("--backbones", nargs="+", default=["resnext50"])
    options = parser.parse_args()
    plan = dataclasses.replace(
        plan_named("demo"),
        counts={**plan_named("demo").counts, "train": (options.scans,) * 3},
        labelled=options.labelled,
    )
    scans = cohort(options.work, plan)
    runs = [
        dataclasses.replace(
            DEMO,
            backbones=tuple(options.backbones),
            image_size=options.size,
            epochs=options.epochs,
            decay_after=(options.epochs - 1,),
            folds=options.folds,
            seed=seed,
            normal_scans=options.normals,
        )
        for seed in range(options.seeds)
    ]
    print(f"SYNTHETIC phantoms, {options.folds} folds, {options.seeds} seeds, {runs[0]}\n")
    report_slices(scans, runs, options.work)
    report_patients(scans, runs, options.work)


def cohort(work: Path, plan: CohortPlan) -> Scans:
    """The cohort of `plan`, drawn and preprocessed once; by default the demo's."""
    write_cohort(work / "phantoms", plan, seed=0)
    dataset = open_dataset(work / "phantoms")
    cases = dataset.cases(None)
    prepared = prepare(dataset, cases, SliceStore(work / "store"))
    return {
        split: labelled_scans(dataset, prepared, [c for c in cases if c.split == split])
        for split in plan.counts
    }


def trained(scans: Scans, config: Config, work: Path) -> CnrIemn:
    """The system of `config`; variants of one seed share their networks and slice answers."""
    system = CnrIemn(config, Runtime("cpu", answers=work / "answers"))
    system.fit(scans["train"], scans["val"], work / f"model-{config.seed}", track=told)
    return system


T = TypeVar("T")


def told(items: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    print(f"  {label} ({total})", flush=True)
    yield from items


def report_slices(scans: Scans, runs: Sequence[Config], work: Path) -> None:
    """Labelled slices right: seen in training, the same slices out of fold, validation."""
    rows = []
    for config in runs:
        system = trained(scans, dataclasses.replace(config, folds=0), work)
        seen, val = (
            {s.case_id: system.slice_probabilities(s.case_id, s.scan) for s in scans[split]}
            for split in ("train", "val")
        )
        unseen = unseen_answers(scans, config, work)
        for name in config.backbones:
            counts = [
                slice_hits(scans, split, answers, name, config)
                for split, answers in (("train", seen), ("train", unseen), ("val", val))
            ]
            rows.append([config.seed, name, *(f"{h}/{n} ({h / n:.1%})" for h, n in counts)])
    print("\nLabelled slices right (SYNTHETIC)")
    print(tabulate(rows, ["seed", "backbone", "train, seen", "train, out of fold", "val"]))


def unseen_answers(
    scans: Scans, config: Config, work: Path, track: Track = silent
) -> dict[str, SliceProbabilities]:
    trained(scans, config, work)
    train = sorted(scans["train"], key=lambda scan: scan.case_id)
    normals = first_normals([*train, *scans["val"]], config.normal_scans)
    folds = scan_folds(train, slice_samples(train, normals, config), config)
    runtime = Runtime("cpu", answers=work / "answers")
    return out_of_fold(train, folds, normals, config, runtime, work / f"model-{config.seed}", track)


def slice_hits(
    scans: Scans, split: str, answers: Mapping[str, SliceProbabilities], name: str, config: Config
) -> tuple[int, int]:
    normals = first_normals([*scans["train"], *scans["val"]], config.normal_scans)
    samples = slice_samples(scans[split], normals, config)
    rows = [(answers[scans[split][s.scan].case_id][name][s.index].argmax(), s) for s in samples]
    return sum(int(answer) == s.label for answer, s in rows), len(rows)


def report_patients(scans: Scans, runs: Sequence[Config], work: Path) -> None:
    """Patients right by features, folds and classifier; intervals per seed are exact."""
    rows = []
    for features in ("counts", "probabilities"):
        for folds in (0, runs[0].folds):
            for kind in ("xgboost", "svm"):
                variant: dict[str, Any] = {
                    "features": features,
                    "folds": folds,
                    "patient_classifier": kind,
                }
                hits = [
                    patient_hits(scans, trained(scans, dataclasses.replace(c, **variant), work))
                    for c in runs
                ]
                cells = []
                for split in ("train", "val", "test2"):
                    cells += [with_interval([hit[split] for hit in hits], len(scans[split]))]
                rows.append([features, folds, kind, *cells])
    print("\nPatients right, one number per seed (SYNTHETIC); 95 % interval of the middle one")
    sizes = [f"{split} (of {len(scans[split])})" for split in ("train", "val", "test2")]
    print(tabulate(rows, ["features", "folds", "classifier", *sizes]))


def patient_hits(scans: Scans, system: CnrIemn) -> dict[str, int]:
    """Patients right per split; training scans are predicted by the networks trained on them."""
    counts = {}
    for split, members in scans.items():
        answers = system.predict([(s.case_id, s.scan) for s in members])
        counts[split] = sum(answers[s.case_id].label == s.label for s in members)
    return counts


def with_interval(hits: Sequence[int], total: int) -> str:
    low, high = clopper_pearson(sorted(hits)[len(hits) // 2], total)
    return f"{' '.join(map(str, hits))}  [{low:.0%}, {high:.0%}]"


if __name__ == "__main__":
    main()
