"""The full gate: phantoms drawn, four CNNs trained from scratch, every split predicted."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

from spgc.ct.store import SliceStore
from spgc.data.layout import open_dataset
from spgc.data.manifests import Manifest
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.recipe import plan_named
from spgc.runs.scans import labelled_scans, prepare
from spgc.systems.cnr_iemn.config import DEMO
from spgc.systems.cnr_iemn.system import CnrIemn

SEED = 0

TRAINED = dataclasses.replace(DEMO, epochs=3, decay_after=(2,))
"""Longer than the demo, which has no time: after one epoch the networks differ so much between
processors that the gate could only catch gross faults."""


def train_and_answer(
    work: Path, jobs: int = -1, track: Track = silent
) -> tuple[Mapping[str, str], Manifest]:
    """Train `TRAINED` on the phantom cohort below `work`; classes by case ID, and the truth.

    Stopped runs go on: cohort, store and model are kept in `work`.
    """
    root = work / "phantoms"
    write_cohort(root, plan_named("ranked"), seed=SEED, jobs=jobs, track=track)
    dataset = open_dataset(root)
    cases = dataset.cases(None)
    store = SliceStore(work / "store")
    prepared = prepare(dataset, cases, store, jobs=jobs, track=track)
    for failure in prepared.failures.values():
        raise failure
    system = CnrIemn(TRAINED, Runtime(engine="auto", answers=work / "store" / "answers"))
    train, val = (
        labelled_scans(dataset, prepared, [c for c in cases if c.split == split])
        for split in ("train", "val")
    )
    system.fit(train, val, work / "model", track)
    others = {c.case_id for c in cases if c.split != "train"}
    scans = [(name, scan) for name, scan in prepared.scans.items() if name in others]
    answers = system.predict(scans, len(scans), track)
    return {name: answer.label for name, answer in answers.items()}, dataset.manifest
