"""Inputs of a report from outside the run: infected marks, contact sheets, the model card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.errors import DataError, ModelError, SeriesError, StoreError
from spgc.files.regular import check_regular, read_regular
from spgc.jobs.extras import need
from spgc.model.document import read_document
from spgc.report.page.story import RunSources
from spgc.report.page.training_curves import training_curves
from spgc.systems.model_card import CARD

if TYPE_CHECKING:
    from spgc.ct.store import SliceStore
    from spgc.ct.stored_scan import StoredScan

SHEET_SLICES = 8
SHEET_DPI = 80
"""Of a contact sheet in the page: a page with twenty wrong cases stays below 3 MB."""

_MAX_CARD = 2**20


def gather(
    cases: Iterable[str], data: Path | None, store: Path | None, model: Path | None
) -> RunSources:
    """What there is for the wrong cases. Raises DataError, ModelError for a wrong folder."""
    named = list(cases)
    return RunSources(
        infected=_infected(named, data) if data else {},
        sheets=_sheets(named, _open(store), data) if store else {},
        card=_card(model) if model else None,
        has_data=data is not None,
        has_store=store is not None,
        curves=training_curves(model) if model else (),
    )


def check_model(model: Path, record: Mapping[str, Any]) -> None:
    """Raise DataError where a model is not the one whose answers a record stands beside.

    Its card and its training curves would be told of another one's answers.
    """
    expected = record.get("model_hash")
    if expected and (found := read_document(model)["model_hash"]) != expected:
        raise DataError(
            "the model is not the one that made this run",
            where=model,
            found=f"model_hash {str(found)[:12]}",
            expected=f"{str(expected)[:12]}, as the run's record says",
            do="name the run's own model, or leave out --model",
        )


def _open(folder: Path) -> SliceStore:
    """The slice store; most pages do without one, and without the packages that read it."""
    need("ct", "report")
    from spgc.ct.store import SliceStore

    return SliceStore(folder)


def _infected(cases: Sequence[str], data: Path) -> Mapping[str, Sequence[int]]:
    """Slice labels as long as the scan: padding is cut off where the profile is drawn."""
    from spgc.data.layout import open_dataset

    dataset = open_dataset(data)
    found = {}
    for case in cases:
        if case in dataset.folders and (labels := dataset.slice_labels(case)) is not None:
            found[case] = [int(mark) for mark in labels]
    return found


def _sheets(cases: Sequence[str], store: SliceStore, data: Path | None) -> Mapping[str, bytes]:
    """Contact sheets as JPEG of the cases that are in the store, made of the files of `data`."""
    from spgc.ct.scan_key import is_key_of
    from spgc.data.layout import open_dataset

    if not store.root.is_dir():
        raise DataError("no such slice store", where=store.root, do="check --store")
    folders = {} if data is None else open_dataset(data).folders
    found = {}
    for case in cases:
        with suppress(StoreError, SeriesError):  # without it the report is no worse
            scan = store.read(case)
            if case not in folders or is_key_of(scan.key, folders[case]):
                found[case] = _sheet(scan)
    return found


def _sheet(scan: StoredScan) -> bytes:
    import numpy as np

    from spgc.ct.lungs import segment_lungs
    from spgc.ct.patient_sides import sides_known
    from spgc.report.contact_sheets import lung_outline_figure, place_title

    shown = min(SHEET_SLICES, scan.n_slices)
    places = [int((part + 0.5) * scan.n_slices / shown) for part in range(shown)]
    pairs = [scan.slice(place) for place in places]
    hu, masks = (np.stack(parts) for parts in zip(*pairs, strict=True))
    if not masks.any():  # stored for a system that wants no masks
        masks = segment_lungs(hu)
    figure = lung_outline_figure(
        hu,
        masks,
        [place_title(place, scan.n_slices) for place in places],
        pixel_mm=scan.spacing[1:],
        sides=sides_known(scan.notes),
    )
    content = BytesIO()
    figure.savefig(content, format="jpeg", dpi=SHEET_DPI, pil_kwargs={"quality": 82})
    return content.getvalue()


def _card(model: Path) -> str:
    path = model / CARD
    try:
        if (size := check_regular(path)) > _MAX_CARD:
            raise ModelError("model card is too large", where=path, found=size)
        return read_regular(path).decode("utf-8", "replace")
    except OSError as error:
        raise ModelError(
            "no model card", where=path, found=error.strerror, do="check --model"
        ) from error
