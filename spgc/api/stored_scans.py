"""`spgc.preprocess`, `check_store` and `phantom`: scans in the slice store, and synthetic ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_folders import cluster_of, names_of, path_of, paths_of_all
from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.contract.limits import MAX_SEED
from spgc.ct.lungs import DEFAULT_LUNGS
from spgc.ct.preprocess import PreprocessReport
from spgc.ct.store import SliceStore
from spgc.phantoms.cohort import write_cohort
from spgc.phantoms.recipe import plan_named
from spgc.report.store_check_lines import store_document, store_lines, store_notes
from spgc.runs.cases import DataFolder
from spgc.runs.fill_store import StoreFilling, fill_store
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.store_check import StoreReport, remove_damaged
from spgc.runs.store_check import check_store as check_files
from spgc.scoring.arguments import whole_number

if TYPE_CHECKING:
    from rich.console import RenderableType


class PreprocessResult(Shown, PreprocessReport):
    """What became of each scan: `done`, `reused`, `failures` and `notes` by case ID."""

    def _line(self) -> str:
        return (
            f"Preprocessed {len(self.done)} scans, {len(self.reused)} reused, "
            f"{len(self.failures)} failed"
        )

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.run_parts import filled_parts

        return filled_parts(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per scan."""
        states = dict.fromkeys(self.done, "stored")
        states |= dict.fromkeys(self.reused, "reused")
        states |= dict.fromkeys(self.failures, "failed")
        return [
            {
                "case": case,
                "state": state,
                "remarks": "; ".join(self.notes.get(case, ())),
                "error": str(self.failures[case]) if case in self.failures else None,
            }
            for case, state in states.items()
        ]


def preprocess(
    data: str | Path = "data",
    store: str | Path = "store",
    *,
    splits: str | Sequence[str] = (),
    lungs: str = DEFAULT_LUNGS,
    lung_weights: str | Path | None = None,
    manifests: str | Path | None = None,
    jobs: int = -1,
    dask: str | None = None,
    dask_tls: str | Path | None = None,
    dask_insecure: bool = False,
    listener: Listener = NOBODY,
) -> PreprocessResult:
    """Read every scan of a data folder and find its lungs, as `spgc preprocess` does.

    data, store: folders of the data set and of the slice store. splits: all scans that are found
    without. lungs: the method, as `spgc.lung_mask` takes it, or none; lung_weights: of a method
    that is a network. manifests, jobs, listener: as for `spgc.train`. dask, dask_tls,
    dask_insecure: as for `spgc.predict`. Scans that are stored already are reused, so an
    interrupted call resumes; a scan that can't be read doesn't stop the others and is in
    `result.failures`.

    >>> import spgc
    >>> spgc.preprocess("no-such-folder")
    Traceback (most recent call last):
    ...
    spgc.errors.DataError: ...

    Raises UsageError for an unknown split or method, DataError where there is no scan,
    DiskFullError once the disk is full.
    """
    asked = StoreFilling(
        DataFolder(Path(data), path_of(manifests)),
        Path(store),
        names_of(splits),
        lungs,
        path_of(lung_weights),
        jobs or 1,
        cluster_of(dask, dask_tls, insecure=dask_insecure),
    )
    return shown(PreprocessResult, fill_store(asked, listener))


@dataclass(frozen=True, repr=False)
class StoreCheckResult(Shown):
    """What of a slice store and of model folders is damaged, and what was `removed`."""

    report: StoreReport
    removed: tuple[Path, ...] = ()
    asked_to_remove: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing damaged is left."""
        return all(damage.where in self.removed for damage in self.report.damaged)

    def __bool__(self) -> bool:
        return self.ok

    def _line(self) -> str:
        checked, damaged = sum(self.report.checked.values()), len(self.report.damaged)
        return f"Store check: {checked} checked, {damaged} damaged, {len(self.removed)} removed"

    def _parts(self) -> Iterable[RenderableType]:
        from rich.text import Text

        yield from store_lines(self.report, self.removed, remove=self.asked_to_remove)
        yield from map(Text, store_notes(self.report, remove=self.asked_to_remove))

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per damaged item."""
        rows: list[dict[str, Any]] = self.as_dict()["damaged"]
        return rows

    def as_dict(self) -> dict[str, Any]:
        return store_document(self.report, self.removed)


def check_store(
    store: str | Path = "store",
    *,
    models: str | Path | Sequence[str | Path] = (),
    remove: bool = False,
    jobs: int = -1,
    listener: Listener = NOBODY,
) -> StoreCheckResult:
    """Verify the checksums of a slice store and of model folders, as `spgc store check` does.

    store: the folder; models: model folders to check as well. remove: remove damaged items that
    can be rebuilt, never a model. jobs: processes for a store of many scans, -1 for all cores.
    listener: hears progress. `if spgc.check_store(...):` asks whether nothing damaged is left.

    >>> import tempfile
    >>> import spgc
    >>> found = spgc.check_store(tempfile.mkdtemp())
    >>> found
    <Store check: 0 checked, 0 damaged, 0 removed>
    >>> found.ok
    True

    Raises DataError where something can't be read or removed.
    """
    place = SliceStore(Path(store))
    report = check_files(place, paths_of_all(models), listener.track, jobs)
    removed = remove_damaged(place, report) if remove else ()
    return StoreCheckResult(report, removed, remove)


@dataclass(frozen=True, repr=False)
class PhantomResult(Shown):
    """A synthetic cohort that was written: its folder, number of scans, and seed."""

    root: Path
    scans: int
    seed: int

    def _line(self) -> str:
        return f"{self.scans} synthetic scans in {self.root}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.score_tables import name_text

        return [name_text(self._line())]

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        return [{"root": str(self.root), "scans": self.scans, "seed": self.seed}]

    def as_dict(self) -> dict[str, Any]:
        facts = {"root": str(self.root), "scans": self.scans, "seed": self.seed}
        return {"schema": "spgc-phantom/1", **facts, "synthetic": True}


def phantom(
    root: str | Path,
    *,
    seed: int = 0,
    size: str = "demo",
    splits: str | Sequence[str] = (),
    recipe: str | Path | None = None,
    jobs: int = -1,
    listener: Listener = NOBODY,
) -> PhantomResult:
    """Draw a cohort of synthetic chest CT as DICOM, as `spgc phantom` does.

    It tests software: no figure measured on it says anything about patients. root: the folder to
    write, new or empty. seed: the same seed gives the same files. size: tiny, demo, easy, ranked,
    full, or a size of recipe, a file like data_manifests/phantoms.toml. splits: these alone; their
    scans stay the same. jobs, listener: as for `spgc.train`. An interrupted call resumes.

    >>> import spgc
    >>> spgc.phantom("phantoms", size="enormous")
    Traceback (most recent call last):
    ...
    spgc.errors.UsageError: unknown cohort size: found 'enormous', ...

    Raises UsageError for an unknown size or split, DataError for a folder that holds anything else.
    """
    seed = whole_number("seed", seed, 0, MAX_SEED)
    plan = plan_named(size, path_of(recipe))
    if names := names_of(splits):
        plan = plan.only(names)
    count = write_cohort(Path(root), plan, seed=seed, jobs=jobs or 1, track=listener.track)
    return PhantomResult(Path(root), count, seed)
