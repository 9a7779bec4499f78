"""`spgc.explain_scan` and `spgc.importance`: what a trained model uses of a scan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_folders import names_of, path_of, slice_numbers
from spgc.api.scores import shown
from spgc.api.shown import Plot, Shown
from spgc.contract.limits import (
    LEAST_DPI,
    MAX_CELLS,
    MAX_MASKS,
    MAX_SEED,
    MAX_SLICES_NAMED,
    MOST_DPI,
)
from spgc.contract.system import RunSettings
from spgc.explain.masks import OPEN
from spgc.files.foreign_names import folder_in
from spgc.jobs.extras import need
from spgc.report.explained_case import Explaining, explain_case
from spgc.report.explained_parts import SliceOptions
from spgc.report.explained_tables import (
    Part,
    explained_document,
    explained_notes,
    explained_parts,
    part_figure,
)
from spgc.report.importance_figure import explained_figure
from spgc.report.importance_table import (
    CAUTION,
    WrittenImportance,
    importance_parts,
    measure_importance,
    top_features,
)
from spgc.runs.cases import DataFolder
from spgc.runs.listener import NOBODY, Listener
from spgc.scoring.arguments import whole_number

if TYPE_CHECKING:
    from rich.console import RenderableType


@dataclass(frozen=True, repr=False)
class ExplanationResult(Shown):
    """Heat maps of slices, or of a whole scan; each of `maps` has its files below `folder`."""

    maps: tuple[Part, ...]
    folder: Path

    @property
    def pictures(self) -> tuple[Path, ...]:
        """The PNG of each map; .svg, .pdf and .json lie beside it."""
        return tuple(self.folder / f"{one.name}.png" for one in self.maps)

    def _line(self) -> str:
        return f"Heat maps in {self.folder}: {', '.join(one.name for one in self.maps)}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.score_tables import name_text

        yield from explained_parts(self.maps, self.folder)
        yield from map(name_text, explained_notes(self.maps))

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per map and network, with what is measured of it."""
        return [
            {"case": one.case.case_id, "file": one.name, "network": found.name}
            | {"probability": found.probability, "masks": found.rise.masks}
            | {"insertion": found.faithful.insertion.area}
            | {"deletion": found.faithful.deletion.area}
            | {"share_in_lungs": found.share_in_lungs, "lungs_share": found.lungs_share}
            for one in self.maps
            for found in one.maps
        ]

    def as_dict(self) -> dict[str, Any]:
        return explained_document(self.maps)

    def plot(self, place: int = 0) -> Plot:
        """One of the maps, the first without `place`, drawn as in its file."""
        return Plot(part_figure(self.maps[place]))


def explain_scan(
    case: str,
    data: str | Path = "data",
    store: str | Path = "store",
    model: str | Path = "model",
    *,
    out: str | Path = "explain",
    slices: Sequence[int] = (),
    worst: bool = False,
    infected: bool = False,
    top: int | None = None,
    target: str | None = None,
    networks: str | Sequence[str] = (),
    masks: int | None = None,
    cells: int | None = None,
    probability: float = OPEN,
    seed: int = 0,
    manifests: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
    dpi: int | None = None,
    listener: Listener = NOBODY,
) -> ExplanationResult:
    """Draw RISE heat maps of a scan: which regions drive the networks, as `spgc explain` does.

    case: its ID in the data set. data, store, model: folders of the data set, the slice store and
    the trained model. out: folder of the pictures and numbers. slices: numbers from 1, counted from
    the head; or worst: those with the lowest probability of their true class, infected: only slices
    labelled so, top: how many. Without them the slice that supports the predicted class most.
    target: the class to explain. networks: names, all without. masks, cells, probability, seed: of
    the random masks: how many at most, cells per side, share of visible cells. Of a system whose
    networks read whole scans the map is in 3-D. manifests, device, precision, engine, listener: as
    for `spgc.predict`; dpi: pixels per inch.

    >>> import spgc
    >>> try:
    ...     spgc.explain_scan("P002", model="no-such-folder")
    ... except (spgc.ModelError, spgc.MissingExtraError) as error:
    ...     print("not explained")
    not explained

    Raises UsageError for options that make no sense or that the system doesn't know, DataError for
    a case that isn't there, ModelError for a folder that is no model.
    """
    need("train", "report")
    place = Path(store)
    asked = Explaining(
        case,
        DataFolder(Path(data), path_of(manifests)),
        place,
        Path(model),
        Path(out),
        SliceOptions(
            slice_numbers(slices), worst, infected, _whole("top", top, 1, MAX_SLICES_NAMED)
        ),
        target,
        names_of(networks),
        _whole("masks", masks, 2, MAX_MASKS),
        _whole("cells", cells, 1, MAX_CELLS),
        probability,
        whole_number("seed", seed, 0, MAX_SEED),
        RunSettings(device, precision, answers=folder_in(place, "answers"), engine=engine),
        _dpi(dpi),
    )
    return ExplanationResult(tuple(explain_case(asked, listener)), Path(out))


def _whole(name: str, value: int | None, least: int, most: int) -> int | None:
    return None if value is None else whole_number(name, value, least, most)


def _dpi(value: int | None) -> int | None:
    return _whole("dpi", value, LEAST_DPI, MOST_DPI)


class ImportanceResult(Shown, WrittenImportance):
    """Feature importance of a patient classifier, on its training scans or on a split."""

    def _line(self) -> str:
        first = top_features(self.explained)[0]
        parts = f"{first['backbone']}, group {first['group']}, {first['class']}"
        return f"Feature importance on {self.explained.source}: {parts} first"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.score_tables import name_text

        return [*importance_parts(self), name_text(CAUTION)]

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per feature, those with the largest contributions."""
        return top_features(self.explained)

    def plot(self) -> Plot:
        """The importance by backbone, group and class, drawn as in its file."""
        return Plot(explained_figure(self.explained))


def importance(
    model: str | Path = "model",
    *,
    split: str | None = None,
    data: str | Path = "data",
    store: str | Path = "store",
    out: str | Path = ".",
    manifests: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
    jobs: int = -1,
    dpi: int | None = None,
    listener: Listener = NOBODY,
) -> ImportanceResult:
    """Measure feature importance of a model's patient classifier, as `spgc importance` does.

    model: its folder. split: a split with known classes to analyse; without it the training scans,
    which need no data. out: folder of importance.png, .svg and .csv, and with split of
    permutation.csv. data, store, manifests, device, precision, engine, jobs, listener: as for
    `spgc.predict`; dpi: pixels per inch.

    >>> import spgc
    >>> try:
    ...     spgc.importance("no-such-folder")
    ... except (spgc.ModelError, spgc.MissingExtraError) as error:
    ...     print("not measured")
    not measured

    Raises UsageError for a system without patient classifier, ModelError for a folder that is no
    model, DataError for a split without known classes.
    """
    need("train", "report")
    place = Path(store)
    answers = folder_in(place, "answers")
    run = RunSettings(device, precision, jobs=jobs or 1, answers=answers, engine=engine)
    done = measure_importance(
        Path(model),
        DataFolder(Path(data), path_of(manifests)),
        place,
        Path(out),
        split,
        run=run,
        dpi=_dpi(dpi),
        listener=listener,
    )
    return shown(ImportanceResult, done)
