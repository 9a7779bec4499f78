"""Pictures and figures of docs/phantoms.md, from phantoms drawn here and from real series.

    python benchmarks/phantom_sheets.py                      # contact sheets and histograms
    python benchmarks/phantom_sheets.py --real FOLDER ...    # measures real series anew as well

Of real series only numbers are kept (docs/images/real_series.csv): histogram counts, never pixels.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from spgc.ct.lungs import segment_lungs
from spgc.ct.series import read_series
from spgc.phantoms.conditions import Grade
from spgc.phantoms.draw import Phantom, draw_phantom
from spgc.phantoms.recipe import default_conditions, plan_named
from spgc.protocol import CAP, CLASSES, SPLITS

IMAGES = Path(__file__).parents[1] / "docs" / "images"
REAL = IMAGES / "real_series.csv"
BINS = np.arange(-1030, 1000, 10)
LEVELS = (0.12, 0.26, 0.38, 0.5, 0.6, 0.7, 0.8)
"""Where a sheet cuts each scan, as a share of its slices."""

WINDOW = (-1350, 150)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--real", type=Path, nargs="*", default=[], help="folders of real series")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.real:
        write_real(options.real)
    for split in default_conditions():
        save(sheet(split, options.seed), IMAGES / f"phantoms-{split}.png", 84)
    demo = plan_named("demo").grade(0.3)
    save(sheet("train", options.seed, demo, "demo, train"), IMAGES / "phantoms-demo.png", 84)
    save(histograms(options.seed), IMAGES / "phantoms-histograms.png", 110)


def save(figure: Figure, path: Path, dpi: int) -> None:
    """With few colours: the pictures are for looking at."""
    figure.savefig(path, dpi=dpi)
    Image.open(path).convert("RGB").quantize(48, dither=Image.Dither.NONE).save(path, optimize=True)


def draw(
    label: str, split: str, seed: int, slices: int | None = 40, grade: Grade | None = None
) -> Phantom:
    """slices: None for as many as a scan of the cohort `full` has."""
    key = (list(default_conditions()).index(split), CLASSES.index(label))
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
    return draw_phantom(
        label, rng, slices=slices, conditions=default_conditions()[split], grade=grade or Grade()
    )


def sheet(split: str, seed: int, grade: Grade | None = None, name: str | None = None) -> Figure:
    """A row of slices for each class, in the lung window, with what was drawn."""
    labels = [label for label in CLASSES if not (split == "test1" and label == CAP)]
    figure = Figure(figsize=(len(LEVELS) * 1.75, len(labels) * 1.95 + 0.3), facecolor="black")
    title = f"SYNTHETIC · {name or split}: {SPLITS[split].title}"
    figure.text(0.01, 0.985, title, color="white", size=9, va="top")
    height = 0.95 / len(labels)
    for row, label in enumerate(labels):
        phantom = draw(label, split, seed, grade=grade)
        top = 0.94 - row * height
        figure.text(0.01, top, f"{label} · {words(phantom)}", color="#cccccc", size=7, va="top")
        for column, index in enumerate(shown(phantom)):
            place = (column / len(LEVELS), top - height, 1 / len(LEVELS), height * 0.9)
            axes = figure.add_axes(place)
            axes.set_axis_off()
            axes.imshow(
                phantom.hu[index],
                cmap="gray",
                vmin=WINDOW[0],
                vmax=WINDOW[1],
                interpolation="antialiased",
            )
    return figure


def shown(phantom: Phantom) -> list[int]:
    """First and last by level; between them infected slices where there are any."""
    chosen = [int(level * len(phantom.hu)) for level in LEVELS]
    infected = np.flatnonzero(phantom.infected)
    if infected.size >= 3:
        chosen[1:-1] = infected[np.linspace(0, infected.size - 1, len(LEVELS) - 2).astype(int)]
    return chosen


def words(phantom: Phantom) -> str:
    found = phantom.findings
    parts = [str(found[key]) for key in ("stage", "pattern", "lobe") if key in found]
    parts += [name for name in ("wires", "pacemaker", "valve") if found.get(name)]
    if found["effusion_mm"] != [0, 0]:
        parts.append("effusion")
    protocol = phantom.protocol
    parts.append(f"{protocol.mas:.0f} mAs, {protocol.thickness:g} mm, {protocol.kernel}")
    return ", ".join([f"{found['age']} y", *parts])


def measure(
    hu: NDArray[np.int16], spacing: tuple[float, float, float]
) -> dict[str, float | list[float]]:
    """Histogram of the lungs that the watershed finds, and a few numbers."""
    lungs = segment_lungs(hu)
    inside = hu[lungs]
    counts = np.histogram(inside, BINS)[0] / inside.size
    return {
        "slices": len(hu),
        "litres": float(lungs.sum() * np.prod(spacing) / 1e6),
        "median": float(np.median(inside)),
        "high": float((inside > -500).mean()),
        "middle": float(((inside > -700) & (inside < -200)).mean()),
        "counts": counts.tolist(),
    }


def write_real(folders: Iterable[Path]) -> None:
    """Numbers of real series: one row each."""
    with REAL.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(
            [
                "series",
                "slices",
                "litres",
                "median",
                "high",
                "middle",
                *(f"from {b}" for b in BINS[:-1]),
            ]
        )
        for folder in folders:
            volume = read_series(folder)
            found = measure(volume.hu, volume.spacing)
            counts = found.pop("counts")
            writer.writerow(
                [folder.name, *(f"{v:.4g}" for v in found.values()), *(f"{v:.3g}" for v in counts)]
            )  # type: ignore[union-attr]


def histograms(seed: int) -> Figure:
    """Lungs' HU of real series and of phantoms in one figure."""
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes, table = figure.subplots(1, 2, width_ratios=(2, 1.1))
    middle = (BINS[1:] + BINS[:-1]) / 2
    colours = {"P": "#d62728", "c": "#1f77b4", "n": "#2ca02c"}
    rows = []
    with REAL.open(newline="") as file:
        for line in list(csv.reader(file))[1:]:
            name, numbers = line[0], [float(v) for v in line[1:]]
            axes.plot(
                middle, numbers[5:], color=colours.get(name[0], "black"), label=f"real {name}"
            )
            rows.append([name, *numbers[:5]])
    for label, colour in zip(CLASSES, colours.values(), strict=True):
        for number in range(3):
            phantom = draw(label, "train", seed + 10 * number, slices=None)
            spacing = (phantom.slice_mm, phantom.pixel_mm, phantom.pixel_mm)
            found = measure(phantom.hu, spacing)
            name = f"phantom {label}" if number == 0 else None
            axes.plot(middle, found.pop("counts"), ":", color=colour, lw=1, label=name)  # type: ignore[arg-type]
            rows.append([f"{'PCN'[CLASSES.index(label)]}{number + 1} synth.", *found.values()])
    axes.set(yscale="log", ylim=(1e-5, 0.2), xlabel="HU in the lungs", ylabel="share per 10 HU")
    axes.legend(fontsize=6)
    _numbers(table, rows)
    return figure


def _numbers(axes, rows) -> None:  # type: ignore[no-untyped-def]
    axes.set_axis_off()
    cells = [
        [
            r[0],
            f"{r[1]:.0f}",
            f"{r[2]:.1f}",
            f"{r[3]:.0f}",
            f"{100 * r[4]:.0f}",
            f"{100 * r[5]:.0f}",
        ]
        for r in rows
    ]
    labels = ["scan", "slices", "litres", "median", "% >-500", "% -700…-200"]
    made = axes.table(
        cells,
        colLabels=labels,
        loc="center",
        cellLoc="right",
        colWidths=[0.26, 0.14, 0.14, 0.17, 0.17, 0.25],
    )
    made.auto_set_font_size(False)
    made.set_fontsize(6)


if __name__ == "__main__":
    main()
