"""The embedded default data: a cohort of phantoms in the layout of the real release.

Same class folders, test folders, file-name styles, tags and slice-order traps; far fewer scans and
slices. Every case ID begins with `syn-` and every manifest row says `synthetic`, so no submission
on phantoms can be scored against patients.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import numpy as np

from spgc.ct.phantom import Conditions, Phantom, draw_phantom
from spgc.ct.phantom_dicom import write_series
from spgc.data.manifests import Case, write_manifest
from spgc.errors import DataError
from spgc.files import write_text
from spgc.progress import Track, silent
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL

PREFIX = "syn-"
"""Begins the ID of each synthetic case."""

CLASS_FOLDERS: Mapping[str, str] = MappingProxyType(
    {COVID19: "COVID-19 subjects", CAP: "Cap subjects", NORMAL: "Normal subjects"}
)
"""Folder names of the challenge release."""

_ID_STEMS = {COVID19: "P", CAP: "cap", NORMAL: "normal"}

_CONDITIONS: Mapping[str, Conditions] = MappingProxyType(
    {
        "test1": Conditions(noise=60.0),
        "test2": Conditions(noise=24.0, heart=1.22, devices=True),
    }
)
"""What makes the first two test sets hard: low dose, and traces of heart disease or operation."""

SLICE_LABELS_FILE = "slice_labels.csv"

STAMP_FILE = "cohort.json"
"""Written last: plan and seed of a cohort that is whole."""

NOTICE = """SYNTHETIC DATA. Every scan below this folder was drawn by `spgc phantom`.
It tests software. No figure measured on it says anything about patients.
"""


@dataclass(frozen=True)
class CohortPlan:
    """How many scans per class (in `CLASSES` order) each split gets, and how large they are.

    `labelled` is the share of infected training and validation scans with slice labels: as in the
    real release, only some have them.
    """

    counts: Mapping[str, tuple[int, int, int]]
    slices: tuple[int, int] = (20, 24)
    size: int = 512
    slice_mm: float = 10.0
    labelled: float = 0.5


DEMO_PLAN = CohortPlan({"train": (10, 10, 10), "val": (6, 5, 5), "test2": (10, 10, 10)})
"""What the demo draws: test2 has the challenge's size, the others are cut down."""

FULL_PLAN = CohortPlan(
    {
        "train": (10, 10, 10),
        "val": (6, 5, 5),
        "test1": (15, 0, 15),
        "test2": (10, 10, 10),
        "test3": (10, 10, 10),
    }
)
"""All ranked test sets at the challenge's size."""


@dataclass(frozen=True)
class _Job:
    case: Case
    label: str
    folder: Path
    seed: tuple[int, ...]
    labelled: bool


def write_cohort(
    root: Path, plan: CohortPlan, *, seed: int = 0, jobs: int = 1, track: Track = silent
) -> int:
    """Write the cohort of `plan` below `root`; return the number of scans.

    The same plan and seed give the same files; a whole cohort of this plan and seed is left as it
    is. Raises DataError when `root` already holds anything else.
    """
    from joblib import Parallel, delayed

    root = root.absolute()  # workers may stand in another folder
    work = _jobs(root, plan, seed)
    stamp = json.dumps({"seed": seed, "plan": dataclasses.asdict(plan)}, sort_keys=True)
    if _claim(root, stamp):
        return len(work)
    parallel = Parallel(n_jobs=jobs, return_as="generator")
    written = parallel(delayed(_write_case)(job, plan) for job in work)
    lines = ["case,slice,infected"]
    for job, infected in zip(work, track(written, "drawing phantoms", len(work)), strict=True):
        if job.labelled:
            lines += [f"{job.case.case_id},{i},{int(value)}" for i, value in enumerate(infected)]
    write_text(root / SLICE_LABELS_FILE, "\n".join(lines) + "\n")
    for split in plan.counts:
        cases = [job.case for job in work if job.case.split == split]
        write_manifest(cases, root / "manifests" / f"{split}.csv")
    write_text(root / STAMP_FILE, stamp + "\n")
    return len(work)


def _claim(root: Path, stamp: str) -> bool:
    """Mark `root` as synthetic; True when it holds the whole cohort already."""
    notice, done = root / "SYNTHETIC.txt", root / STAMP_FILE
    if root.exists() and not notice.exists() and any(root.iterdir()):
        raise DataError(
            "won't write phantoms into a folder that holds other files", where=root,
            found="files that spgc phantom did not write", expected="an empty or new folder",
            do="name another folder",
        )  # fmt: skip
    if done.is_file():
        if done.read_text(encoding="utf-8").strip() == stamp:
            return True
        raise DataError(
            "folder holds another phantom cohort", where=root, found="another plan or seed",
            do="name another folder, or delete this one",
        )  # fmt: skip
    write_text(notice, NOTICE)
    return False


def _jobs(root: Path, plan: CohortPlan, seed: int) -> list[_Job]:
    first = dict.fromkeys(CLASSES, 1)  # numbers run on from train to val, as in the release
    jobs: list[_Job] = []
    for split_rank, (split, counts) in enumerate(sorted(plan.counts.items())):
        labels = [label for label, n in zip(CLASSES, counts, strict=True) for _ in range(n)]
        if split.startswith("test"):
            order = np.random.default_rng((seed, split_rank)).permutation(len(labels))
            labels = [labels[i] for i in order]  # test IDs must not give the class away
        for position, label in enumerate(labels, start=1):
            before = labels[: position - 1].count(label)
            case_id, folder = _place(root, split, label, position, first[label] + before)
            case = Case(case_id, label, split, f"spgc phantom, seed {seed}", "synthetic")
            labelled = _has_slice_labels(split, label, before, labels.count(label), plan)
            jobs.append(_Job(case, label, folder, (seed, split_rank, position), labelled))
        if not split.startswith("test"):
            first = {label: n + labels.count(label) for label, n in first.items()}
    return jobs


def _has_slice_labels(split: str, label: str, before: int, of: int, plan: CohortPlan) -> bool:
    return not split.startswith("test") and label != NORMAL and before < plan.labelled * of


def _place(root: Path, split: str, label: str, position: int, number: int) -> tuple[str, Path]:
    if split.startswith("test"):
        digit = split.removeprefix("test")
        case_id = f"{PREFIX}T{digit}-{position:03d}"
        return case_id, root / "Test_Data" / f"Test-{digit}" / case_id
    case_id = f"{PREFIX}{_ID_STEMS[label]}{number:03d}"
    return case_id, root / CLASS_FOLDERS[label] / case_id


def _write_case(job: _Job, plan: CohortPlan) -> list[bool]:
    """Draw and write one scan; return for each slice, head to feet, whether it is infected."""
    rng = np.random.default_rng(job.seed)
    phantom = _draw(job.label, job.case.split, plan, rng)
    ordered = job.case.split.startswith("test") or job.seed[-1] % 2 == 0
    write_series(
        phantom.hu,
        job.folder,
        pixel_mm=phantom.pixel_mm,
        slice_mm=plan.slice_mm,
        style="ordered" if ordered else "scrambled",
        rng=rng,
    )
    return [bool(value) for value in phantom.infected]


def _draw(label: str, split: str, plan: CohortPlan, rng: np.random.Generator) -> Phantom:
    low, high = plan.slices
    return draw_phantom(
        label,
        rng,
        slices=int(rng.integers(low, high + 1)),
        size=plan.size,
        conditions=_CONDITIONS.get(split),
    )
