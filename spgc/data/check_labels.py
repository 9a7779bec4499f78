"""Checks that slice labels fit the scans, the lobe labels and their release."""

from __future__ import annotations

from collections.abc import Iterator

from spgc.data.findings import Finding, number
from spgc.data.layout import RELEASES, Dataset
from spgc.data.manifests import Case
from spgc.data.numbering import FIGSHARE_COVID19, is_covid_id
from spgc.errors import DataError
from spgc.protocol import NORMAL


def label_findings(dataset: Dataset, case: Case, slices: int) -> Iterator[Finding]:
    """Labels that do not fit a scan of so many slices, or its class."""
    labels = dataset.slice_labels(case.case_id)
    if labels is None:
        return
    infected = int(labels.sum())
    if not infected and case.label != NORMAL:
        yield Finding("doubt", case.case_id, "slice labels mark no slice as infected")
    if infected and case.label == NORMAL:
        what = f"a normal scan with {number(infected, 'slice')} labelled infected"
        yield Finding("doubt", case.case_id, what)
    last = int(labels.nonzero()[0][-1]) + 1 if infected else 0
    if last > slices:
        yield Finding(
            "error",
            case.case_id,
            f"slice {last} is labelled infected, the folder holds {number(slices, 'slice')}",
        )
    elif len(labels) < slices:
        yield Finding("error", case.case_id, f"{len(labels)} slice labels for {slices} slices")


def lobe_findings(dataset: Dataset) -> Iterator[Finding]:
    """Patients whose lobe labels and slice labels, of one version, mark different slices."""
    from spgc.data.label_arrays import read_lobes
    from spgc.data.slice_labels import ARRAY_FILES, INDEX_FILE, LOBE_FILES

    source = dataset.label_source()
    if source is None or source.source.name not in ARRAY_FILES:
        return
    folder = source.source.parent
    path = folder / LOBE_FILES[ARRAY_FILES.index(source.source.name)]
    if not path.is_file():
        return
    try:
        lobes = read_lobes(path, folder / INDEX_FILE)
    except DataError as error:
        yield Finding("error", str(path), str(error))
        return
    unlike = [
        n
        for n, marks in lobes.items()
        if marks.any(axis=1).tolist() != source.labels[n].astype(bool).tolist()
    ]
    if unlike:
        what = f"lobe labels mark other slices than slice labels of {number(len(unlike), 'scan')}"
        yield Finding("doubt", path.name, what, tuple(unlike))


def release_findings(dataset: Dataset) -> Iterator[Finding]:
    """Signs that a folder is not of the release that its class folders are named like."""
    covid = {name for name in dataset.folders if is_covid_id(name)}
    beyond = sorted(name for name in covid if int(name[1:]) > FIGSHARE_COVID19)
    if RELEASES["figshare"] in dataset.layout and beyond:
        yield Finding(
            "doubt",
            "figshare release",
            f"{', '.join(beyond)}: the figshare release ends at P{FIGSHARE_COVID19}; if these are "
            "the challenge's scans, call the class folders '… subjects'",
            tuple(beyond),
        )
    if RELEASES["challenge"] in dataset.layout and not beyond and len(covid) == FIGSHARE_COVID19:
        yield Finding(
            "doubt",
            "challenge release",
            f"{FIGSHARE_COVID19} COVID-19 scans, as many as in the figshare release: if they are "
            "that release's, call the class folders '… Cases', for their numbers differ",
        )
    yield from _other_numbers(dataset, covid)


def _other_numbers(dataset: Dataset, covid: set[str]) -> Iterator[Finding]:
    source = dataset.label_source()
    if source is None or source.numbering == "own" or all(int(n[1:]) <= 43 for n in covid):
        return
    folders = [key for key in ("challenge", "figshare") if RELEASES[key] in dataset.layout]
    if folders and source.numbering not in folders:
        yield Finding(
            "doubt",
            source.source.name,
            f"labels go by the numbers of the {RELEASES[source.numbering]}, folders by those of "
            f"the {RELEASES[folders[0]]}: translated where known",
        )
