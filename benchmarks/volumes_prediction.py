"""Networks of whole scans: seconds, GMAC/s and memory, beside plain torch in the same run.

    python benchmarks/volumes_prediction.py                              # some minutes on two cores
    python benchmarks/volumes_prediction.py --networks unisheff-18 llscp-like --ways plain bf16
    python benchmarks/volumes_prediction.py --networks                   # the grid alone

First, seconds that a scan of 150 × 512 × 512 takes to get onto a grid, beside scipy's cubic zoom
and torch's interpolation, with the largest difference from scipy in HU. Then each system's
networks, in a process of their own: all ways take turns, the fastest of some rounds counts, and the
share is that of this machine's matrix rate in the same precision, measured in the same process.
GiB are those of another process that does what prediction does: it reads the converted networks,
puts a scan on the grid and answers. Weights are random: speed does not depend on them. int8 is
quantised on drawn chests, and its column tells how many of twelve others keep their label; with
random weights that says little, and prediction does not offer it.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tabulate import tabulate

from spgc.bench.flops import item_gflop, matrix_rate
from spgc.bench.measure_volumes import LongScan, answer_volume
from spgc.bench.plain import plain_network
from spgc.errors import SpgcError
from spgc.jobs.extras import has
from spgc.jobs.machine import hardware, has_bf16, peak_memory
from spgc.nets.engines.choice import Choice, build_row_engine
from spgc.nets.engines.openvino_engine import OpenVinoEngine
from spgc.nets.volumes.grid import on_grid, whole_box
from spgc.nets.volumes.volume_networks import VolumeNetworks
from spgc.nets.volumes.volume_spec import VolumeSpec
from spgc.phantoms.draw import draw_phantom
from spgc.protocol import CLASSES
from spgc.systems.registry import system_named

CASES: Mapping[str, tuple[str, dict[str, str]]] = {
    "unisheff-18": ("unisheff", {"depth": "18", "weights": "none"}),
    "unisheff-50": ("unisheff", {"depth": "50", "weights": "none"}),
    "unisheff-101": ("unisheff", {"depth": "101", "weights": "none"}),
    "llscp-like": ("llscp-like", {"weights": "none"}),
    "llscp-like-50": ("llscp-like", {"depth": "50", "weights": "none"}),
    "astra": ("astra", {}),
}

WAYS = ("plain", "torch-fp32", "torch-bf16", "fp32", "bf16", "int8")
"""Plain torch; torch as `--engine torch` runs it; OpenVINO."""

SHAPE, SPACING = (150, 512, 512), (2.0, 0.7, 0.7)

CALIBRATING, CHECKING = 6, 12
"""Drawn chests that quantise, and others whose labels are compared."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--networks", nargs="*", choices=CASES, default=list(CASES))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--memory", choices=CASES, help=argparse.SUPPRESS)
    parser.add_argument("--engines", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measured(options.one, options.ways, options.rounds, options.engines)))
    elif options.memory:
        print(json.dumps(memory_of(options.memory, options.ways[0], options.engines)))
    else:
        show(options)


def show(options: argparse.Namespace) -> None:
    machine = hardware("cpu")
    print(machine["processor"], "·", machine["cores"], "cores", flush=True)
    heads = ["to", "way", "seconds", "times scipy's cubic", "largest difference, HU"]
    print(tabulate(grid_rows(), heads, floatfmt=".3f"), flush=True)
    for name in options.networks:
        with tempfile.TemporaryDirectory() as scratch:
            again = ["--engines", scratch, "--rounds", str(options.rounds), "--ways"]
            found = _own_process(["--one", name, *again, *options.ways])
            if "problem" in found:
                print(f"{name}: {found['problem']}", flush=True)
                continue
            usual = "bf16" if has_bf16() else "fp32"
            memory = _own_process(["--memory", name, *again, usual])
        print(f"\n{name}: {found['networks']} networks, {found['gmac']:.0f} GMAC a scan")
        print(tabulate(way_rows(found), ["way", "s", "GMAC/s", "times plain", "of matrix rate"]))
        print(
            f"matrix products, GFLOP/s: {found['rates']}; volume from the scan: "
            f"{memory['prepared']:.2f} s; answering alone in {usual}: {memory['gib']:.1f} GiB"
        )
        if "labels" in found:
            print(f"int8: {found['labels']} of {CHECKING} labels kept by every network")
        sys.stdout.flush()


def grid_rows() -> Iterator[list[object]]:
    """Scipy, torch and ours for the grids of the systems."""
    import torch
    from scipy.ndimage import zoom

    hu = scan_of(0, SHAPE[0]).hu
    box = whole_box(hu.shape)
    for size in ((224, 224, 224), (64, 192, 192)):
        factors = [new / old for new, old in zip(size, hu.shape, strict=True)]
        usual = partial(zoom, output=np.float32, order=3, mode="nearest", grid_mode=True)
        theirs, wanted = _best(lambda usual=usual, f=factors: usual(hu, f), 1)
        yield [_size(size), "scipy zoom, cubic", theirs, 1.0, None]
        for order in ("cubic", "linear", "area"):
            seconds, found = _best(lambda o=order, s=size: on_grid(hu, box, s, o), 3)
            off = float(np.abs(found - wanted).max()) if order == "cubic" else None
            yield [_size(size), f"on_grid, {order}", seconds, theirs / seconds, off]
        linear = partial(torch.nn.functional.interpolate, size=size, mode="trilinear")
        seconds, _ = _best(lambda f=linear: f(torch.from_numpy(hu).float()[None, None]), 3)
        yield [_size(size), "torch interpolate, trilinear", seconds, theirs / seconds, None]


def way_rows(found: Mapping[str, Any]) -> Iterator[list[object]]:
    plain = found["seconds"].get("plain")
    for way, seconds in found["seconds"].items():
        rate = found["gmac"] / seconds
        share = 2 * rate / found["rates"]["bf16" if way.endswith(("bf16", "int8")) else "fp32"]
        times = f"{plain / seconds:.1f}" if plain else ""
        yield [way, f"{seconds:.2f}", f"{rate:.0f}", times, f"{share:.0%}"]


def measured(name: str, ways: Sequence[str], rounds: int, engines: Path) -> dict[str, Any]:
    """What one system's networks take, by way; engines: a folder for converted networks."""
    try:
        spec, networks = networks_of(name)
        made = {one: networks.load(one).eval() for one in networks.names}
    except SpgcError as error:
        return {"problem": str(error)}
    held = VolumeNetworks(made.__getitem__, networks.digests, networks.shape)
    volume = spec.prepare(scan_of(0, SHAPE[0])).volume[None].astype(np.float32)
    rates = {p: matrix_rate(p) for p in ("fp32", "bf16")}
    found: dict[str, Any] = {"networks": len(made), "gmac": item_gflop(networks) / 2}
    runs: dict[str, Callable[[], object]] = {}
    for way in ways:
        if way == "int8":
            if has("int8") and has("openvino"):
                runs[way], found["labels"] = int8_run(held, spec, volume)
        elif way != "plain":
            engine, _, precision = way.rpartition("-")
            choice = Choice(engine or "openvino", precision, "cpu", 1)
            runs[way] = partial(
                answer_volume, build_row_engine(choice, held, engines), held, volume
            )
    if "plain" in ways:  # last: it lays the weights out in another order
        runs["plain"] = plain_run(made, volume)
    seconds = {way: float("inf") for way in ways if way in runs}
    for number in range(rounds + 1):
        for way, run in runs.items():
            taken = _best(run, 1)[0]
            if number:  # the first warms up
                seconds[way] = min(seconds[way], taken)
    rates = {p: round(max(rate, matrix_rate(p))) for p, rate in rates.items()}
    return found | {"seconds": seconds, "rates": rates}


def plain_run(made: Mapping[str, Any], volume: np.ndarray) -> Callable[[], object]:
    """Float32, eager, as torch gives the networks."""
    import copy

    import torch

    plain_ones = [plain_network(copy.deepcopy(network)) for network in made.values()]
    whole = torch.from_numpy(volume)

    def run() -> None:
        with torch.no_grad():
            for network in plain_ones:
                network(whole)

    return run


def int8_run(
    networks: VolumeNetworks, spec: VolumeSpec, volume: np.ndarray
) -> tuple[Callable[[], object], int]:
    """The networks quantised by NNCF, and how many checked labels all of them keep."""
    import nncf

    exact = OpenVinoEngine(networks, "fp32")
    shown = [
        spec.prepare(scan_of(1 + number, 24)).volume[None].astype(np.float32)
        for number in range(CALIBRATING + CHECKING)
    ]
    kept = np.ones(CHECKING, bool)
    compiled = {}
    for name in networks.names:
        data = nncf.Dataset(shown[:CALIBRATING], lambda one: [one])
        model = nncf.quantize(exact.model(name), data, subset_size=CALIBRATING)
        compiled[name] = exact.compile(model, "int8")
        for number, one in enumerate(shown[CALIBRATING:]):
            quantised = np.asarray(compiled[name]([one])[0])
            kept[number] &= quantised.argmax() == exact.outputs(name, one).argmax()
    return (lambda: [one([volume]) for one in compiled.values()]), int(kept.sum())


def memory_of(name: str, precision: str, engines: Path) -> dict[str, float]:
    """GiB at the peak of a process that reads converted networks and answers one scan."""
    spec, networks = networks_of(name)
    scan = scan_of(0, SHAPE[0])
    prepared, made = _best(lambda: spec.prepare(scan), 2)
    engine = build_row_engine(Choice("openvino", precision, "cpu", 1), networks, engines)
    answer_volume(engine, networks, made.volume[None].astype(np.float32))
    peak = peak_memory()
    return {"prepared": prepared, "gib": peak["this_process"] if peak else float("nan")}


def networks_of(name: str) -> tuple[VolumeSpec, VolumeNetworks]:
    kind, options = CASES[name]
    system: Any = system_named(kind).create(options)
    return system.volume_spec, system.untrained_volume_networks()


def scan_of(seed: int, slices: int) -> LongScan:
    """A drawn chest of so many slices, its lungs by a threshold."""
    drawn = draw_phantom(CLASSES[seed % len(CLASSES)], np.random.default_rng(seed), slices=24)
    chosen = np.arange(slices) * len(drawn.hu) // slices
    hu = drawn.hu[chosen]
    mask = np.zeros(hu.shape, bool)
    mask[:, 100:400, 60:450] = hu[:, 100:400, 60:450] < -400
    return LongScan(hu, mask, SPACING)


def _own_process(words: Sequence[str]) -> dict[str, Any]:
    ran = subprocess.run(
        [sys.executable, __file__, *words], check=True, stdout=subprocess.PIPE, text=True
    )
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def _best(work: Callable[[], Any], rounds: int) -> tuple[float, Any]:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def _size(size: Sequence[int]) -> str:
    return " × ".join(map(str, size))


if __name__ == "__main__":
    main()
