"""Reading ahead: scans are read and segmented by other processes while earlier ones are answered.

Reading runs in processes of its own (a thread waits for them) and the scans are handed on in the
order of the cases, whoever is done first: what shares a batch does not depend on chance.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from spgc.contract.scan import NamedScan, Scan
from spgc.ct.preprocess import outcomes, report_of, threads_each
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.scan_to_store import ScanOutcome
from spgc.ct.store import SliceStore
from spgc.ct.stored_scan import StoredScan
from spgc.errors import SpgcError, StoreError
from spgc.jobs.ahead import AllAhead
from spgc.jobs.stages import Stage, joined
from spgc.nets.slices.chosen import ScanInMemory
from spgc.runs.scans import Prepared, prepared_of


class ReadAhead:
    """The scans of `folders` on their way through the slice store, to be iterated.

    Within its `with` block, where the reading goes on; `prepared()` afterwards says what became of
    each. A scan that fails is left out and doesn't stop the others. Iterating again, after
    `set_right`, gives those again that came before.
    """

    def __init__(
        self,
        folders: Mapping[str, Path | SpgcError],
        missing: tuple[str, ...],
        store: SliceStore,
        settings: PreprocessSettings,
        jobs: int,
    ) -> None:
        self._folders, self._missing, self._store = folders, missing, store
        self._settings = settings
        # Starting processes takes about as long as reading a scan: not worth it for a single one.
        # And that one is handed on in memory: reading what has just been written would take time.
        single = len(folders) == 1
        processes = 1 if single else jobs
        threads = threads_each(jobs, len(folders))
        self._found: dict[str, ScanOutcome] = {}
        self._set_right: set[str] = set()
        self._read: dict[str, StoredScan] = {}
        self._outcomes = AllAhead(
            lambda: outcomes(
                folders, store, settings, processes, threads, hand_on=single, tell=True
            ),
            "reading ahead",
        )

    def __len__(self) -> int:
        return len(self._folders)

    def __enter__(self) -> Self:
        self._outcomes.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._outcomes.__exit__(kind, error, trace)

    def __iter__(self) -> Iterator[NamedScan]:
        arrived = iter(self._outcomes)
        for case in self._folders:
            while case not in self._found:
                if (item := next(arrived, None)) is None:
                    return  # called off
                self._found[item[0]] = self._arrived(item[1])
            if self._found[case].failure is None:
                yield case, self._taken(case)

    def _arrived(self, outcome: ScanOutcome) -> ScanOutcome:
        """Reading goes by absolute paths of the store, errors by those that it was given."""
        if outcome.stored is None or self._store.root.is_absolute():
            return outcome
        return dataclasses.replace(outcome, stored=self._store.by_its_paths(outcome.stored))

    def _taken(self, case: str) -> Scan:
        """The scan from memory, where it then goes; otherwise from the store."""
        found = self._found[case]
        if found.stored is not None:
            return dataclasses.replace(found.stored)  # a copy, which alone holds opened arrays
        if found.scan is None:
            self._read[case] = self._store.read(case, found.key)
            return dataclasses.replace(self._read[case])
        self._found[case] = dataclasses.replace(found, scan=None)
        return ScanInMemory(found.scan, found.scan.hu, found.scan.mask)

    def set_right(self, error: StoreError) -> bool:
        """Make the scan again that the store could not give; whether `error` speaks of a scan.

        The second time it counts as failed, so that trying again comes to an end.
        """
        case = next((c for c in self._found if self._is_of(c, error)), None)
        if case is None:
            return False
        if case in self._set_right:
            self._found[case] = ScanOutcome(failure=error)
            return True
        self._set_right.add(case)
        [(_, outcome)] = outcomes({case: self._folders[case]}, self._store, self._settings)
        self._found[case] = outcome
        return True

    def _is_of(self, case: str, error: StoreError) -> bool:
        found = self._found[case]
        if found.failure is not None:
            return False
        entries = (
            self._store.mask_entry(case, found.key),
            self._store.volume_entry(case, found.key),
        )
        return error.where in {str(entry.folder) for entry in entries}

    def status(self) -> str:
        """How far reading is ahead, for a progress bar."""
        return f"{len(self._found)} of {len(self)} scans read"

    def prepared(self) -> Prepared:
        """What became of the scans, once all have been iterated over.

        What was handed on counts, though a command on other files of these cases, with the same
        store, may have dropped it since.
        """
        report = report_of({case: self._found[case] for case in self._folders})
        kept = {case: o.stored for case, o in self._found.items() if o.stored is not None}
        known = self._read | kept
        return prepared_of(report, self._store, self._missing, known)

    def stages(self) -> list[Stage]:
        """What reading took, summed over all processes, and the slices that were made in it."""
        return joined(
            dataclasses.replace(stage, slices=found.slices)
            for found in self._found.values()
            for stage in found.stages
        )
