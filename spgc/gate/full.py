"""The full gate: draw phantoms, train four CNNs from scratch, predict every other split."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from spgc.contract.system import RunSettings
from spgc.ct.store import SliceStore
from spgc.data.layout import open_dataset
from spgc.data.manifests import Manifest
from spgc.files.held_folder import held_folder
from spgc.jobs.progress import Track, silent
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.recipe import plan_named
from spgc.runs.scans import labelled_scans, prepare
from spgc.systems.registry import system_named

SEED = 0

SYSTEM = "cnr-iemn"
OPTIONS = {"preset": "demo", "epochs": "3", "decay_after": "2"}
"""Longer than the demo, which has no time: after one epoch the networks differ so much between
processors that the gate could only catch gross faults."""


def train_and_answer(
    work: Path,
    jobs: int = -1,
    track: Track = silent,
    say: Callable[[str], object] = lambda _: None,
) -> tuple[Mapping[str, str], Manifest]:
    """Train on the phantom cohort below `work`; classes by case ID, and the truth.

    Stopped runs go on: cohort, store and model are kept in `work`. Of two at once the second waits
    for the first one's training, which `say` is told.
    """
    root = work / "phantoms"
    write_cohort(root, plan_named("ranked"), seed=SEED, jobs=jobs, track=track)
    dataset = open_dataset(root)
    cases = dataset.cases(None)
    store = SliceStore(work / "store")
    prepared = prepare(dataset, cases, store, jobs=jobs, track=track)
    for failure in prepared.failures.values():
        raise failure
    settings = RunSettings(engine="auto", answers=work / "store" / "answers")
    system = system_named(SYSTEM).create(OPTIONS, settings)
    train, val = (
        labelled_scans(dataset, prepared, [c for c in cases if c.split == split])
        for split in ("train", "val")
    )
    others = {c.case_id for c in cases if c.split != "train"}
    scans = [(name, scan) for name, scan in prepared.scans.items() if name in others]
    with held_folder(work / "model", say):
        system.fit(train, val, work / "model", track)
        answers = system.predict(scans, len(scans), track)
    return {name: answer.label for name, answer in answers.items()}, dataset.manifest
