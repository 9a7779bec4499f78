"""The table of all systems in docs/systems.md: what the code says, and what was measured."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spgc.contract.offers import BUILT_IN
from spgc.contract.slices import slices_shown
from spgc.files.json_documents import MAX_RECORD, read_json
from spgc.nets.device import Runtime
from spgc.nets.slices.spec import SliceSpec
from spgc.paper.rivals.teams import published_row
from spgc.protocol import OVERALL
from spgc.report.board_formats import pipe_table
from spgc.scoring.counts import Rate
from spgc.scoring.printed import ABSENT, hits
from spgc.systems.registry import system_named
from spgc.text.synthetic import SYNTHETIC

LONG_SCAN = 10_000
"""Slices of a scan that no system shows its networks whole, unless it shows all."""

COLUMNS = (
    "system",
    "input",
    "network",
    "training",
    "s per scan (plain)",
    "GiB",
    "published, of 90",
    "retrained",
)

_CHANNELS = {
    "lungs": "grey, lung mask, grey × mask",
    "grey": "grey three times",
    "masked": "grey × mask three times",
}


@dataclass(frozen=True)
class SystemWords:
    """What settings can't say in words; fields of the settings stand in braces.

    input: of a system without slice networks, or what comes on top of their inputs.
    """

    network: str
    training: str
    input: str = ""


WORDS: Mapping[str, SystemWords] = {
    "cnr-iemn": SystemWords(
        "ResNeXt-50, DenseNet-161, Inception v3, Wide ResNet-50; XGBoost on shares of 20 groups of "
        "slices",
        "{epochs} epochs, Adam {learning_rate:g} × {decay:g} after {decay_after}; focal loss and "
        "region task; {copies} copies",
        "slice count and place",
    ),
    "density": SystemWords(
        "logistic regression",
        "convex: one minimum",
        "histogram of HU inside the lungs, {bin_width} HU per bin, ranges of aeration, by thirds",
    ),
    "astra": SystemWords(
        "inflated 3-D ResNet-152, pretrained and frozen; logistic regression on {components} "
        "principal components",
        "convex: one minimum",
        "whole chest on a grid of {grid} voxels, −1000 to 200 HU",
    ),
    "thesaviours": SystemWords(
        "EfficientNet-B5; weighted vote of slices",
        "two binary DenseNet-121, {slice_epochs} epochs, and pseudo-labels; {rounds} rounds of "
        "{round_epochs} epochs with fresh draws, Adam {learning_rate:g}",
    ),
    "winter": SystemWords(
        "DenseNet-121; mean of the {top} surest slices by class",
        "{epochs} epochs, SGD {learning_rate:g} × 0.9 per epoch",
        "slices of {slice_mm:g} mm with more lung than {area_threshold} pixels",
    ),
    "unisheff": SystemWords(
        "3-D ResNet-{depth}, lung masks multiplied into it",
        "{epochs} epochs, Adam {learning_rate:g} in steps; {copies} copies",
        "lungs by their intensities, slices with {area_share:g} of the largest lung area or more, "
        "a cube of {size} voxels a side",
    ),
    "llscp-like": SystemWords(
        "3-D ResNet-{depth} of three classes, and {members} more of COVID-19 and CAP",
        "{epochs} epochs, then {pair_epochs} of each of the others on balanced draws, AdamW "
        "{learning_rate:g} along a cosine",
        "the lungs' box and {margin_mm:g} mm at {size} voxels (z, y, x), grey and lung mask, "
        "{grey_range} HU, lungs by {lung_method}",
    ),
    "iitdelhi-like": SystemWords(
        "ResNet-50, features of four depths; logistic regression, SVM, random forest, XGBoost; "
        "stacking",
        "{epochs} epochs, Adam {learning_rate:g}; {folds} folds for the stacking",
    ),
    "bingo-like": SystemWords(
        "{rounds} ResNet-50 networks by adaptive boosting, each on one of {clusters} clusters of "
        "slices; weighted mean of slices",
        "{epochs} epochs of a base network, {learner_epochs} of each learner, Adam "
        "{learning_rate:g}",
        "slices with more lung than {lung_area:g} pixels",
    ),
}


@dataclass(frozen=True)
class MeasuredSystem:
    """What was measured of one system; each None where it was not.

    seconds, plain_seconds: of a scan, by `spgc bench`; gib: memory at its highest there; options:
    what it was asked for beyond the paper's settings; retrained: right scans of `set_name` after
    `spgc reproduce rivals`, on phantoms where synthetic.
    """

    seconds: float | None = None
    plain_seconds: float | None = None
    gib: float | None = None
    options: str = ""
    retrained: tuple[int, int] | None = None
    set_name: str = OVERALL
    synthetic: bool = True


def read_measured(path: Path) -> dict[str, MeasuredSystem]:
    """What was measured, by system."""
    found = read_json(path, MAX_RECORD)
    return {
        name: MeasuredSystem(**one | {"retrained": one["retrained"] and tuple(one["retrained"])})
        for name, one in found.items()
    }


def with_bench(known: MeasuredSystem, document: Mapping[str, Any]) -> MeasuredSystem:
    """With what `spgc bench --json` says."""
    scan = document["scan"]
    return dataclasses.replace(
        known,
        seconds=round(scan["seconds"], 1),
        plain_seconds=round(scan["plain_seconds"], 1),
        gib=document["peak_memory_gib"],
        options=", ".join(f"{name}={text}" for name, text in document["options"].items()),
    )


def with_rivals(
    known: Mapping[str, MeasuredSystem], document: Mapping[str, Any]
) -> dict[str, MeasuredSystem]:
    """With the main set of `rivals.json`."""
    (main,) = (one for one in document["sets"] if one["set"] == document["main_set"])
    found = dict(known)
    for row in main["rows"]:
        counts = row["accuracy"]
        found[row["system"]] = dataclasses.replace(
            found.get(row["system"], MeasuredSystem()),
            retrained=(counts["hits"], counts["total"]),
            set_name=main["set"],
            synthetic=main["synthetic"],
        )
    return found


def systems_table(measured: Mapping[str, MeasuredSystem], names: Sequence[str] = ()) -> str:
    """The table in Markdown: of all systems that come with spgc, or of `names`."""
    rows = [list(_row(name, measured.get(name, MeasuredSystem()))) for name in names or BUILT_IN]
    align = ["left"] * 4 + ["right"] * (len(COLUMNS) - 4)
    return pipe_table(rows, COLUMNS, align)


def _row(name: str, measured: MeasuredSystem) -> Iterator[str]:
    settings = paper_settings(name)
    fields = {field: _plain(value) for field, value in dataclasses.asdict(settings).items()}
    words = WORDS[name]
    shown = [_inputs(name, settings.spec)] if hasattr(settings, "spec") else []
    yield f"`{name}`"
    yield "; ".join([*shown, *([words.input.format(**fields)] if words.input else [])])
    yield words.network.format(**fields)
    yield words.training.format(**fields)
    yield from _costs(measured)
    row = published_row(name, OVERALL)
    yield ABSENT if row is None else hits(row.accuracy)
    yield _retrained(measured)


def paper_settings(name: str) -> Any:
    """The settings of a system that its paper, or else its authors, had."""
    kind: Any = system_named(name)
    presets = getattr(kind, "presets", None)
    return presets["paper"] if presets else kind.settings_type()


def _inputs(name: str, spec: SliceSpec) -> str:
    """`224 and 299 pixels, grey three times, −1150 to 150 HU, at most 80 slices`."""
    sizes = " and ".join(map(str, sorted(set(spec.sizes.values()))))
    low, high = (f"{end:g}".replace("-", "−") for end in spec.grey_range)
    some = slices_shown(_untrained(name), LONG_SCAN)
    parts = [f"{sizes} pixels", _CHANNELS[spec.channels], f"{low} to {high} HU"]
    if spec.levels is not None:
        parts.append(f"{spec.levels} grey values")
    if some < LONG_SCAN:
        parts.append(f"at most {some} slices")
    if spec.lung_method != "none":
        parts.append(f"lungs by {spec.lung_method}")
    return ", ".join(parts)


def _untrained(name: str) -> object:
    """The system with the paper's settings, whatever this machine lacks for training it."""
    kind: Any = system_named(name)
    return kind(paper_settings(name), Runtime())


def _plain(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    return ", ".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)


def _costs(measured: MeasuredSystem) -> Iterator[str]:
    if measured.seconds is None or measured.plain_seconds is None:
        yield ABSENT
    else:
        changed = f" with {measured.options}" if measured.options else ""
        yield f"{measured.seconds:.0f} ({measured.plain_seconds:.0f}){changed}"
    yield ABSENT if measured.gib is None else f"{measured.gib:.1f}"


def _retrained(measured: MeasuredSystem) -> str:
    if measured.retrained is None:
        return ABSENT
    mark = f"{SYNTHETIC} " if measured.synthetic else ""
    return f"{mark}{hits(Rate(*measured.retrained))}"
