"""Figures 13 to 15: heat maps of scans that the system gets right, one figure a class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spgc.contract.scan import KnownCase
from spgc.contract.slices import slice_model
from spgc.errors import DataError
from spgc.explain.explained_slice import explain_slice, explainable
from spgc.explain.slice_choice import Wanted, choose_slices, mean_answer, slices_with_lung
from spgc.paper.figures.figure_sources import Sources, no_case
from spgc.protocol import CAP, CLASSES, COVID19, NORMAL
from spgc.report.heat_maps import heat_map_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from spgc.ct.stored_scan import StoredScan

LABELS = {"13": COVID19, "14": CAP, "15": NORMAL}

SPLIT = ("val",)
"""Where cases are taken from: the networks have not learned from them."""


def heat_figure(sources: Sources, number: str) -> Figure:
    """The slices that all classifiers together are surest of, from scans that are answered right.

    One slice a scan: of those labelled infected, or where nobody labelled them or the scan is
    normal, of those with much lung. Raises DataError when no scan of the class is answered right.
    """
    label = LABELS[number]
    explainable(sources.system)
    chosen = _surest(sources, label, number)[: sources.examples]
    explained = [
        explain_slice(
            sources.system,
            scan,
            case,
            index,
            target=CLASSES.index(label),
            settings=sources.rise,
            track=sources.track,
        )
        for _, scan, case, index in chosen
    ]
    return heat_map_figure(explained)


def _surest(
    sources: Sources, label: str, number: str
) -> list[tuple[float, StoredScan, KnownCase, int]]:
    """Probability, scan, case and slice of each right scan, the surest first."""
    system, slicewise = sources.system, slice_model(sources.system)
    cases = sources.of_class(label, SPLIT)
    if not cases:
        raise no_case(number, f"a scan of class {label} in the validation split", sources)
    found = []
    for one in sources.track(cases, f"scans of {label}", len(cases)):
        scan, case = sources.scan(one.case_id, system.lung_method)
        answer = system.predict([(one.case_id, scan)])[one.case_id]
        if answer.label != label:
            continue
        answers = slicewise.slice_probabilities(one.case_id, scan)
        target = CLASSES.index(label)
        marked = label != NORMAL and case.infected is not None and bool(case.infected.any())
        among = None if marked else slices_with_lung(scan)
        (index,) = choose_slices(answers, case, Wanted(1, target, infected=marked, among=among))
        found.append((float(mean_answer(answers)[index, target]), scan, case, index))
    if not found:
        raise DataError(
            f"no {label} scan is predicted correctly",
            where=sources.data,
            found=f"{len(cases)} scan{'s' * (len(cases) > 1)}, all predicted as another class",
            expected="one or more",
            do="name another model with --model, or look at one scan with spgc explain",
        )
    return sorted(found, key=lambda entry: -entry[0])
