"""Networks in 8-bit integers: half the time of bfloat16 where the processor multiplies them.

A network is quantised after training: ranges of its activations come from some training slices
(calibration), rounding by NNCF. Rounding turns the label of a slice where two classes are almost
equal, so those slices are answered again in float32 (`second_look.py`). Labels are then compared
with float32's on other slices, and a network that loses too many runs as before. All is kept in
the model folder, beside the weights it came from.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spgc.files.hashes import facts_digest
from spgc.files.whole import write_text
from spgc.jobs.extras import need
from spgc.jobs.machine import installed_version
from spgc.nets.engines.contract import Networks, ScanBatch
from spgc.nets.engines.converted_files import network_digests, save_openvino
from spgc.nets.engines.int8_folder import FACTS, network_file
from spgc.nets.engines.no_telemetry import no_telemetry
from spgc.nets.engines.openvino_engine import OpenVinoEngine
from spgc.nets.engines.second_look import leads

HEADS = "MatMul"
"""OpenVINO's name of the last layers, which stay as they are: they cost nothing, and left so they
took off a third to a half of the error in the logits (docs/performance.md)."""

LEAST_EQUAL = 0.995
"""Share of check slices whose label must be float32's (choice), else it runs as before."""

AGAIN = (0.02, 0.05)
"""Shares of check slices, those with the smallest lead, of which at least and at most so many are
answered again in float32 (choice). A slice costs four times as much there."""

BEYOND = 1.5
"""Between them it is decided by the largest lead at which a check label turned, times this
(choice). With leads set on other scans, 99.97 % of float32's labels were kept and 3.7 % of the
slices asked again; always 5 % kept all (docs/performance.md)."""


@dataclass(frozen=True)
class QuantisedNetwork:
    """How a network bore it: of `slices` labels, `equal` are float32's; whether int8 is used.

    alone: equal ones if none were answered again, as `again` are, those with a lead below `lead`;
    worst_margin: the largest lead that float32 had where a label still changed. Leads are of the
    first class over the second, in logits.
    """

    backbone: str
    slices: int
    alone: int
    again: int
    equal: int
    lead: float
    worst_margin: float
    used: bool


def quantise(
    networks: Networks,
    calibration: Sequence[ScanBatch],
    checks: Sequence[ScanBatch],
    folder: Path,
    cases: Mapping[str, Sequence[str]],
) -> Iterator[QuantisedNetwork]:
    """Quantise each network into `folder`, and tell how it bore it, one after another.

    cases: IDs of the scans that calibrated and checked, written down. Raises MissingExtraError
    when NNCF or OpenVINO is not installed, UsageError for networks whose features are used.
    """
    if (refusal := networks.no_int8()) is not None:
        raise refusal
    need("openvino", "int8")
    reference = OpenVinoEngine(networks, "fp32")
    found: list[QuantisedNetwork] = []
    for name in networks.names:
        model = _quantised(reference, networks, name, calibration)
        result = _compare(reference, networks, name, model, checks)
        save_openvino(model, network_file(folder, name))
        found.append(result)
        yield result
    write_text(folder / FACTS, json.dumps(_facts(networks, found, folder, cases), indent=1) + "\n")


def _quantised(
    reference: OpenVinoEngine, networks: Networks, name: str, batches: Sequence[ScanBatch]
) -> Any:
    size = networks.sizes[name]
    with no_telemetry(), _silence():
        import nncf

        data = nncf.Dataset(batches, lambda batch: [batch.images[size], batch.positions])
        return nncf.quantize(
            reference.model(name),
            data,
            subset_size=len(batches),
            preset=nncf.QuantizationPreset.MIXED,
            ignored_scope=nncf.IgnoredScope(types=[HEADS]),
        )


@contextmanager
def _silence() -> Iterator[None]:
    """NNCF shows bars of its own on stdout, and torch warns of a compiler that nobody needs."""
    talkers = [logging.getLogger(name) for name in ("nncf", "torch.utils.cpp_extension")]
    levels = [talker.level for talker in talkers]
    try:
        for talker in talkers:
            talker.setLevel(logging.ERROR)
        with redirect_stdout(io.StringIO()):
            yield
    finally:
        for talker, level in zip(talkers, levels, strict=True):
            talker.setLevel(level)


def _compare(
    reference: OpenVinoEngine, networks: Networks, name: str, model: Any, batches: Sequence[Any]
) -> QuantisedNetwork:
    size = networks.sizes[name]
    trial = reference.compile(model, "int8")
    wanted, given = (
        np.concatenate(
            [
                _run(network, batch.images[size], batch.positions)[: len(batch.owners)]
                for batch in batches
            ]
        )
        for network in (reference.compiled(name), trial)
    )
    given_leads, wanted_leads = leads(given), leads(wanted)
    turned = wanted.argmax(axis=1) != given.argmax(axis=1)
    lead = _lead(given_leads, turned)
    differs = turned & (given_leads >= lead)
    slices = len(wanted)
    equal = slices - int(differs.sum())
    return QuantisedNetwork(
        name,
        slices,
        slices - int(turned.sum()),
        int((given_leads < lead).sum()),
        equal,
        lead,
        round(float(wanted_leads[differs].max(initial=0.0)), 4),
        bool(equal >= LEAST_EQUAL * slices),
    )


def _lead(given: NDArray[np.float32], turned: NDArray[np.bool_]) -> float:
    """The lead, in logits, below which int8 is not believed: see `AGAIN` and `BEYOND`.

    given: (N,) leads in int8; turned: (N,) whether the label is not float32's.
    """
    least, most = np.quantile(given, AGAIN)
    return float(np.clip(BEYOND * given[turned].max(initial=0.0), least, most))


def _run(compiled: Any, images: Any, positions: Any) -> NDArray[np.float32]:
    return np.asarray(compiled([images, positions])[0], np.float32)


def _facts(
    networks: Networks,
    found: Sequence[QuantisedNetwork],
    folder: Path,
    cases: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "weights": networks.digests,
        "least_equal": LEAST_EQUAL,
        "networks": [asdict(result) for result in found],
        "files": {name: network_digests(network_file(folder, name)) for name in networks.names},
        "cases": {use: list(ids) for use, ids in cases.items()},
        "versions": {name: installed_version(name) for name in ("nncf", "openvino")},
    }
    return facts | {"digest": facts_digest(facts)}
