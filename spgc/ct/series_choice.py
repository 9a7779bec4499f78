"""Choice of the series: the axial series with slices at most places is the scan.

Chosen by geometry first. ImageType is written as each vendor likes: a reconstructed chest may be
DERIVED, while the few slices that watch for the contrast agent are ORIGINAL.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

from spgc.ct.hounsfield import is_hu
from spgc.ct.orientation import is_axial, same_orientation
from spgc.ct.slice_file import SliceFile
from spgc.ct.slice_positions import reach, shared_places
from spgc.errors import SeriesError

MOST_SINGLE = 0.5
"""Share of images alone with their UID from which such UIDs tell no series apart."""

TWICE_TAKEN = 0.5
"""Share of derived images, or of the others, at places of the other kind from which the two kinds
are two series."""

MUCH_LONGER = 2.0
"""How many times as long another series must be for the one with most slices to be doubtful."""

LEAST_SLICES = 10
"""Slices of that other series at least: fewer are no chest."""

_USELESS = "SeriesInstanceUID is missing or differs in every file: not used"

Series = list[SliceFile]


def choose_series(images: Series, folder: Path) -> tuple[Series, list[str]]:
    """The axial series with slices at most places along the body, and what was left out.

    Between series of equal size the one in HU, then the one that is no localizer, then the
    original one is taken. Raises SeriesError where none is axial or no single one is the largest.
    """
    groups, notes = _groups(images)
    axial = [group for group in groups if is_axial(group)]
    if not axial:
        raise SeriesError(
            "no axial series in folder",
            where=folder,
            found=f"{len(images)} slices that are not axial",
            expected="slices across the body",
            do="name the folder of the axial series",
        )
    chosen, why = _largest(axial, folder)
    _check_length(chosen, axial, folder)
    _check_geometry(chosen, axial, folder)
    notes += _left_out(groups, chosen, why)
    original = [group for group in axial if not any(map(_is_derived, group))]
    if original and any(map(_is_derived, chosen)):
        notes.append("the series taken is DERIVED: an ORIGINAL one with fewer slices was left out")
    if any(map(_is_localizer, chosen)):
        notes.append("the series taken is marked LOCALIZER: its geometry is that of a scan")
    return chosen, notes


def _largest(axial: list[Series], folder: Path) -> tuple[Series, str]:
    """The series with slices at most places, and what sets it off from the others."""
    most = max(reach(group)[0] for group in axial)
    top = [group for group in axial if reach(group)[0] == most]
    why = "with most slices"
    preferred: tuple[tuple[str, Callable[[SliceFile], bool]], ...] = (
        ("in HU", is_hu),
        ("that is no localizer", lambda image: not _is_localizer(image)),
        ("that is not derived", lambda image: not _is_derived(image)),
    )
    for name, good in preferred:
        kept = [group for group in top if all(map(good, group))]
        if kept and len(kept) < len(top):
            top, why = kept, name
    if len(top) > 1:
        raise _several(
            folder,
            found=f"{len(axial)} axial series, of {_join(len(g) for g in axial)} slices",
            expected="one series, or one with more slices than the others",
        )
    return top[0], why


def _check_length(chosen: Series, axial: list[Series], folder: Path) -> None:
    """Refuse to take many slices of a short piece for the scan where another series is long."""
    _, length = reach(chosen)
    for group in axial:
        places, mm = reach(group)
        if places >= LEAST_SLICES and mm > MUCH_LONGER * length:
            raise _several(
                folder,
                found=f"{len(chosen)} slices over {length:.0f} mm and {len(group)} over {mm:.0f}",
                expected="one series with most slices over most of the body",
            )


def _check_geometry(chosen: Series, axial: list[Series], folder: Path) -> None:
    """Refuse to take images without a place for the scan where others have theirs."""

    def placed(group: Series) -> bool:
        return any(image.position is not None for image in group)

    if not placed(chosen) and any(map(placed, axial)):
        raise _several(
            folder,
            found=f"{len(chosen)} slices without a position, and a series that has them",
            expected="positions in the larger series",
        )


def _several(folder: Path, found: str, expected: str) -> SeriesError:
    return SeriesError(
        "several series in one folder",
        where=folder,
        found=found,
        expected=expected,
        do="put each series into a folder of its own",
    )


def _left_out(groups: list[Series], chosen: Series, why: str) -> list[str]:
    others = [group for group in groups if group is not chosen]
    scouts = [group for group in others if all(map(_is_localizer, group))]
    series = [group for group in others if group not in scouts]
    notes = []
    if scouts:
        notes.append(f"{sum(map(len, scouts))} left out: localizer images")
    if series:
        notes.append(
            f"{len(series) + 1} series in the folder: took the axial one {why} "
            f"({len(chosen)}), left out {_join(map(len, series))} slices"
        )
    return notes


def _groups(images: Series) -> tuple[list[Series], list[str]]:
    """Series that can be told apart: by UID where it groups anything, by orientation and kind."""
    named: dict[str, Series] = defaultdict(list)
    for image in images:
        named[image.series].append(image)
    single = {name for name, group in named.items() if _is_one_slice(group)}
    alone = [image for image in images if image.series in single]
    pooled: list[Series] = list(named.values())
    notes = []
    if len(named) == 2 and "" in named:
        pooled, notes = [images], [_USELESS]
    elif len(alone) > 1 and len(alone) > MOST_SINGLE * len(images):
        pooled = [group for name, group in named.items() if name not in single] + [alone]
        notes = [_USELESS]
    return [
        part
        for group in pooled
        for kind in _by_localizer(group)
        for turned in _by_orientation(kind)
        for part in _by_derivation(turned)
    ], notes


def _is_one_slice(images: Series) -> bool:
    """Whether images are one slice, or copies of one: a copied file has its UID copied too."""
    first, *copies = images
    return all(
        (copy.position, copy.number) == (first.position, first.number)
        and copy.dataset.PixelData == first.dataset.PixelData
        for copy in copies
    )


def _by_localizer(images: Series) -> list[Series]:
    kinds = [i for i in images if not _is_localizer(i)], [i for i in images if _is_localizer(i)]
    return [kind for kind in kinds if kind]


def _by_orientation(images: Series) -> list[Series]:
    """Parallel images together; those without an orientation go with most of the others."""
    parts: list[Series] = []
    for image in images:
        if image.orientation is None:
            continue
        part = next((part for part in parts if same_orientation(part[0], image)), None)
        if part is None:
            parts.append([image])
        else:
            part.append(image)
    if not parts:
        return [images]
    largest = {id(image) for image in max(parts, key=len)}
    whole = [i for i in images if i.orientation is None or id(i) in largest]
    return [whole if id(part[0]) in largest else part for part in parts]


def _by_derivation(images: Series) -> list[Series]:
    """Derived and other images apart only where both lie at the same places: two series then."""
    derived = [image for image in images if _is_derived(image)]
    others = [image for image in images if not _is_derived(image)]
    least = min(len(derived), len(others))
    if least and shared_places(derived, others) >= max(TWICE_TAKEN * least, 1):
        return [others, derived]
    return [images]


def _is_localizer(image: SliceFile) -> bool:
    return "LOCALIZER" in image.image_type


def _is_derived(image: SliceFile) -> bool:
    return "DERIVED" in image.image_type


def _join(numbers: Iterable[int]) -> str:
    return " and ".join(str(number) for number in numbers)
