"""Drawing a cohort of phantoms in the layout of the real release: the default data.

Same class folders, test folders, file-name styles, tags, label arrays and traps; as many scans as
its recipe says. Every case ID begins with `syn-` and every manifest row says `synthetic`, so no
submission on phantoms can be scored against patients.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spgc.data.manifests import write_manifest
from spgc.errors import DataError, WorkerError
from spgc.files.drafts import Drafts
from spgc.files.foreign_names import folder_in, place_in, real_path
from spgc.files.json_documents import read_json, read_limited
from spgc.files.whole import draft_name, is_draft, write_bytes, write_error, write_text
from spgc.jobs.progress import Track, silent
from spgc.phantoms.dicom import STRAY, write_series
from spgc.phantoms.draw import draw_phantom
from spgc.phantoms.label_files import WIDTH, write_labels
from spgc.phantoms.plan import CohortPlan, PhantomJob, list_jobs
from spgc.phantoms.recipe import default_conditions
from spgc.protocol import LOBES, SPLITS
from spgc.text.synthetic import SYNTHETIC_FILE, SYNTHETIC_FOLDER

_MAX_STAMP = 2**20

STAMP_FILE = "cohort.json"
"""Written last: plan and seed of a cohort that is whole."""

RECORDS = ".phantom"
"""Hidden folder: plan and seed of a cohort in the making, and what was drawn in each scan."""


def write_cohort(
    root: Path, plan: CohortPlan, *, seed: int = 0, jobs: int = 1, track: Track = silent
) -> int:
    """Write the cohort of `plan` below `root`; return the number of scans.

    The same plan and seed give the same files. Scans that are there are left as they are, so a
    stopped run goes on, and two at once share the work. Raises DataError when `root` holds
    anything else or can't be written to.
    """
    from spgc.jobs.parallel import in_parallel  # imports joblib

    root = root.absolute()  # workers may stand in another folder
    plan = dataclasses.replace(plan, conditions=default_conditions() | dict(plan.conditions))
    work = list_jobs(root, plan, seed)
    stamp = json.dumps({"seed": seed, "plan": dataclasses.asdict(plan)}, sort_keys=True)
    with _write_errors_named(root):
        whole = _claim(root, stamp)
        _drafts(root).sweep()
        if whole:
            return len(work)
        left = [job for job in work if not _is_done(root, job)]
        tasks = {job.case.case_id: (root, job, plan, seed) for job in left}
        drawn = in_parallel(_write_case, tasks, jobs)
        for _, result in track(drawn, "drawing phantoms", len(left)):
            if isinstance(result, WorkerError):
                raise result
        _write_lists(root, work)
        write_text(root / STAMP_FILE, stamp + "\n")
    return len(work)


def _write_lists(root: Path, work: Sequence[PhantomJob]) -> None:
    """Label arrays and manifests, once every scan is there."""
    lobes = {job.case.case_id: _known_lobes(root, job) for job in work if job.labelled}
    write_labels(root, list(work), lobes)
    for split in SPLITS:
        if cases := [job.case for job in work if job.case.split == split]:
            write_manifest(cases, place_in(root, "manifests", f"{split}.csv"))
    for folder in {job.folder.parent for job in work} | {root}:
        write_bytes(folder / ".DS_Store", STRAY)  # at every level, as in the release


@contextmanager
def _write_errors_named(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise write_error(root, error) from error


def _drafts(root: Path) -> Drafts:
    return Drafts(folder_in(root, RECORDS, "drafts"))


def _content(path: Path) -> str:
    """A small file's text; "" for what can't be read or is another kind of thing."""
    try:
        return read_limited(path, _MAX_STAMP).decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def _claim(root: Path, stamp: str) -> bool:
    """Mark `root` as synthetic; True when it holds the whole cohort already.

    Several processes may do this at once: the first one's plan counts.
    """
    notice, begun = root / SYNTHETIC_FILE, place_in(root, RECORDS, "plan.json")
    if not real_path(notice).exists() and _holds_others(real_path(root)):
        raise DataError(
            "won't write phantoms into a folder that holds other files",
            where=root,
            found="files that spgc phantom did not write",
            expected="an empty or new folder",
            do="name another folder",
        )
    if not begun.is_file():
        write_text(notice, SYNTHETIC_FOLDER)
        _write_first(begun, stamp + "\n")
    if _content(begun).strip() != stamp:
        raise DataError(
            "folder holds another phantom cohort",
            where=root,
            found="another plan or seed",
            do="name another folder, or delete this one",
        )
    return (root / STAMP_FILE).is_file()


def _holds_others(root: Path) -> bool:
    """Whether anything lies there; what another process writes first is a draft of the notice."""
    if not root.is_dir():
        return root.exists()
    return any(path.name != SYNTHETIC_FILE and not is_draft(path) for path in root.iterdir())


def _write_first(path: Path, text: str) -> None:
    """Write a whole file unless it is there already, from whomever."""
    draft = path.with_name(draft_name())
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        draft.write_text(text, encoding="utf-8")
        with suppress(FileExistsError):
            os.link(draft, path)
    except (PermissionError, NotImplementedError):  # a file system without links
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _record(root: Path, job: PhantomJob) -> Path:
    return root / RECORDS / f"{job.case.case_id}.json"


def _lobes(root: Path, job: PhantomJob) -> NDArray[np.bool_] | None:
    """Which lobes of which slices were drawn infected, (S, 5); None where no record says so."""
    try:
        return np.array(read_json(_record(root, job))["lobes"], bool).reshape(-1, len(LOBES))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # not drawn yet, or damaged: drawn again


def _is_done(root: Path, job: PhantomJob) -> bool:
    return job.folder.is_dir() and _lobes(root, job) is not None


def _known_lobes(root: Path, job: PhantomJob) -> NDArray[np.bool_]:
    lobes = _lobes(root, job)
    if lobes is None:
        raise DataError(
            "record of a phantom is missing or damaged",
            where=_record(root, job),
            expected="what spgc phantom wrote",
            do="run the same command again",
        )
    return lobes


def _write_case(root: Path, job: PhantomJob, plan: CohortPlan, seed: int) -> str:
    """Draw one scan, write it beside its place, and move it there when it is whole."""
    if _is_done(root, job):  # by another process in the meantime
        return job.case.case_id
    drawing, filing = job.rng(seed).spawn(2)
    conditions = plan.conditions.get(job.case.split)
    slices = int(drawing.integers(plan.slices[0], plan.slices[1] + 1)) if plan.slices else None
    phantom = draw_phantom(
        job.label,
        drawing,
        slices=slices,
        size=plan.size,
        conditions=conditions,
        limit=WIDTH,
        grade=plan.grade(job.turn),
    )
    ordered = job.case.split.startswith("test") or job.key[1] % 2 == 0
    with _write_errors_named(root), _drafts(root).new() as draft:
        write_series(
            phantom.hu,
            draft / job.case.case_id,
            pixel_mm=phantom.pixel_mm,
            slice_mm=phantom.slice_mm,
            style="ordered" if ordered else "scrambled",
            rng=filing,
            protocol=phantom.protocol,
            current=phantom.current,
            compress=bool(filing.random() < (conditions.compressed if conditions else 1)),
        )
        place = place_in(root, *job.folder.relative_to(root).parts)
        _move_in(draft / job.case.case_id, place)
    record = {
        "findings": phantom.findings,
        "protocol": dataclasses.asdict(phantom.protocol),
        "lobes": phantom.lobes.astype(int).tolist(),
    }
    write_text(_record(root, job), json.dumps(record, sort_keys=True) + "\n")
    return job.case.case_id


def _move_in(scan: Path, place: Path) -> None:
    """Rename the finished scan to its place, unless another process has put the same there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        scan.rename(place)
    except OSError:
        if not place.is_dir():
            raise
