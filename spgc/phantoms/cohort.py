"""The embedded default data: a cohort of phantoms in the layout of the real release.

Same class folders, test folders, file-name styles, tags, label arrays and traps; as many scans as
its recipe says. Every case ID begins with `syn-` and every manifest row says `synthetic`, so no
submission on phantoms can be scored against patients.
"""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.data.manifests import write_manifest
from spgc.errors import DataError, WorkerError
from spgc.files import write_bytes, write_text
from spgc.phantoms.dicom import STRAY, write_series
from spgc.phantoms.draw import draw_phantom
from spgc.phantoms.labels import WIDTH, write_labels
from spgc.phantoms.plan import CohortPlan, Job, list_jobs
from spgc.phantoms.recipe import default_conditions
from spgc.progress import Track, silent
from spgc.protocol import SPLITS

STAMP_FILE = "cohort.json"
"""Written last: plan and seed of a cohort that is whole."""

RECORDS = ".phantom"
"""Hidden folder: plan and seed of a cohort in the making, and what was drawn in each scan."""

NOTICE = """SYNTHETIC DATA. Every scan below this folder was drawn by `spgc phantom`.
It tests software. No figure measured on it says anything about patients.
"""


def write_cohort(
    root: Path, plan: CohortPlan, *, seed: int = 0, jobs: int = 1, track: Track = silent
) -> int:
    """Write the cohort of `plan` below `root`; return the number of scans.

    The same plan and seed give the same files. Scans that are there are left as they are, so a
    stopped run goes on. Raises DataError when `root` holds anything else.
    """
    from spgc.parallel import in_parallel  # imports joblib

    root = root.absolute()  # workers may stand in another folder
    plan = dataclasses.replace(plan, conditions=default_conditions() | dict(plan.conditions))
    work = list_jobs(root, plan, seed)
    stamp = json.dumps({"seed": seed, "plan": dataclasses.asdict(plan)}, sort_keys=True)
    if _claim(root, stamp):
        return len(work)
    shutil.rmtree(root / RECORDS / "drafts", ignore_errors=True)
    left = [job for job in work if not (job.folder.is_dir() and _record(root, job).is_file())]
    tasks = {job.case.case_id: (root, job, plan, seed) for job in left}
    drawn = in_parallel(_write_case, tasks, jobs)
    for _, result in track(drawn, "drawing phantoms", len(left)):
        if isinstance(result, WorkerError):
            raise result
    write_labels(root, work, {job.case.case_id: _lobes(root, job) for job in work if job.labelled})
    for split in SPLITS:
        if cases := [job.case for job in work if job.case.split == split]:
            write_manifest(cases, root / "manifests" / f"{split}.csv")
    for folder in {job.folder.parent for job in work} | {root}:
        write_bytes(folder / ".DS_Store", STRAY)  # at every level, as in the release
    write_text(root / STAMP_FILE, stamp + "\n")
    return len(work)


def _claim(root: Path, stamp: str) -> bool:
    """Mark `root` as synthetic; True when it holds the whole cohort already."""
    notice, begun = root / "SYNTHETIC.txt", root / RECORDS / "plan.json"
    if root.exists() and not notice.exists() and (not root.is_dir() or any(root.iterdir())):
        raise DataError(
            "won't write phantoms into a folder that holds other files", where=root,
            found="files that spgc phantom did not write", expected="an empty or new folder",
            do="name another folder",
        )  # fmt: skip
    if begun.is_file() and begun.read_text(encoding="utf-8").strip() != stamp:
        raise DataError(
            "folder holds another phantom cohort", where=root, found="another plan or seed",
            do="name another folder, or delete this one",
        )  # fmt: skip
    if begun.is_file() and (root / STAMP_FILE).is_file():
        return True
    write_text(notice, NOTICE)
    write_text(begun, stamp + "\n")
    return False


def _record(root: Path, job: Job) -> Path:
    return root / RECORDS / f"{job.case.case_id}.json"


def _lobes(root: Path, job: Job) -> NDArray[np.bool_]:
    document = json.loads(_record(root, job).read_text(encoding="utf-8"))
    return np.array(document["lobes"], bool).reshape(-1, 5)


def _write_case(root: Path, job: Job, plan: CohortPlan, seed: int) -> str:
    """Draw one scan, write it beside its place, and move it there when it is whole."""
    drawing, filing = job.rng(seed).spawn(2)
    conditions = plan.conditions.get(job.case.split)
    slices = int(drawing.integers(plan.slices[0], plan.slices[1] + 1)) if plan.slices else None
    phantom = draw_phantom(
        job.label, drawing, slices=slices, size=plan.size, conditions=conditions, limit=WIDTH,
        grade=plan.grade(job.turn),
    )  # fmt: skip
    ordered = job.case.split.startswith("test") or job.key[1] % 2 == 0
    draft = root / RECORDS / "drafts" / job.case.case_id
    shutil.rmtree(draft, ignore_errors=True)
    write_series(
        phantom.hu, draft, pixel_mm=phantom.pixel_mm, slice_mm=phantom.slice_mm,
        style="ordered" if ordered else "scrambled", rng=filing, protocol=phantom.protocol,
        current=phantom.current,
        compress=bool(filing.random() < (conditions.compressed if conditions else 1)),
    )  # fmt: skip
    shutil.rmtree(job.folder, ignore_errors=True)
    job.folder.parent.mkdir(parents=True, exist_ok=True)
    draft.rename(job.folder)
    record = {"findings": phantom.findings, "protocol": dataclasses.asdict(phantom.protocol),
              "lobes": phantom.lobes.astype(int).tolist()}  # fmt: skip
    write_text(_record(root, job), json.dumps(record, sort_keys=True) + "\n")
    return job.case.case_id
