"""Which part of a scan is explained: slices named or searched for, or all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spgc.contract.scan import KnownCase, Scan
from spgc.contract.slices import slice_model
from spgc.contract.system import System
from spgc.errors import UsageError
from spgc.explain.classifier_map import RiseSettings
from spgc.explain.explained_slice import explain_slice, slice_name
from spgc.explain.explained_volume import explain_volume, volume_name
from spgc.explain.slice_choice import Wanted, choose_slices, slices_with_lung
from spgc.files.overwriting import check_outputs
from spgc.protocol import CLASSES
from spgc.report.explained_tables import Part, write_part
from spgc.report.pictures import KINDS
from spgc.runs.listener import NOBODY, Listener
from spgc.systems.evaluation import answers_of


@dataclass(frozen=True)
class SliceOptions:
    """Which slices: those named, or `top` of the worst or of those labelled infected."""

    named: Sequence[int] = ()
    worst: bool = False
    infected: bool = False
    top: int | None = None

    def refuse(self, system: System) -> None:
        """Raise UsageError where any of them is given to a system that knows no slices."""
        given = {
            "--slice": self.named,
            "--worst": self.worst,
            "--infected": self.infected,
            "--top": self.top,
        }
        if found := [name for name, value in given.items() if value]:
            raise UsageError(
                f"system {system.name} reads whole scans and has no slice classifiers",
                found=", ".join(found),
                expected=f"none of {', '.join(given)}",
                do="leave it out: the map is of the whole scan",
            )


@dataclass(frozen=True)
class Asked:
    """What is to be explained, and where it is written; target: a class index, None for a choice.

    networks: names, all when empty.
    """

    system: System
    scan: Scan
    case: KnownCase
    target: int | None
    networks: tuple[str, ...]
    settings: RiseSettings
    out: Path
    dpi: int | None = None
    listener: Listener = NOBODY

    def whole_scan(self) -> Part:
        """The map of the whole scan, written."""
        self._check([volume_name(self.case.case_id)])
        target = self.target
        if target is None:
            target = self._answer()
        one = explain_volume(
            self.system,
            self.scan,
            self.case,
            target=target,
            networks=self.networks,
            settings=self.settings,
            track=self.listener.track,
            say=self.listener.say,
        )
        write_part(one, self.out, self.dpi)
        return one

    def slices(self, choice: SliceOptions) -> list[Part]:
        """The maps of slices, each written when it is done."""
        target, case_id = self.target, self.case.case_id
        if target is None and not choice.named and not choice.worst:
            target = self._answer(": slices that speak most for it")
        chosen = _slices(choice, self.scan, self.case, self.system, target)
        self._check([slice_name(case_id, index) for index in chosen])
        done: list[Part] = []
        for index in chosen:
            one = explain_slice(
                self.system,
                self.scan,
                self.case,
                index,
                target=target,
                classifiers=self.networks,
                settings=self.settings,
                track=self.listener.track,
            )
            write_part(one, self.out, self.dpi)
            done.append(one)
        return done

    def _check(self, stems: Sequence[str]) -> None:
        check_outputs(self.out, [f"{stem}.{kind}" for stem in stems for kind in (*KINDS, "json")])

    def _answer(self, more: str = "") -> int:
        """The class index of the system's answer to the whole scan."""
        case_id = self.case.case_id
        label = answers_of(self.system, [(case_id, self.scan)])[case_id].label
        self.listener.say(f"the answer to {case_id} is {label}{more}")
        return CLASSES.index(label)


def _slices(
    choice: SliceOptions, scan: Scan, case: KnownCase, system: System, target: int | None
) -> list[int]:
    """Indices from 0 of the slices to explain."""
    searched = choice.worst or choice.infected
    if choice.named and (searched or (choice.top or 1) > 1):
        raise UsageError(
            "give either --slice or --worst, not both",
            found="--slice",
            expected="--slice, or --worst, --infected and --top",
        )
    for number in choice.named:
        if not 1 <= number <= scan.n_slices:
            raise UsageError(
                "no such slice", where=case.case_id, found=number, expected=f"1 to {scan.n_slices}"
            )
    if choice.named:
        return [number - 1 for number in choice.named]
    answers = slice_model(system).slice_probabilities(case.case_id, scan)
    # Marked slices were chosen by somebody who looked; others should show lung at least.
    among = None if searched else slices_with_lung(scan)
    wanted = Wanted(
        choice.top or 1, target, choice.worst, choice.infected, among, apart=not choice.worst
    )
    return choose_slices(answers, case, wanted)
