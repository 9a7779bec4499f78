"""Networks in 8-bit integers: half the time of bfloat16 where the processor multiplies them.

A network is quantised after training: ranges of its activations come from some training slices
(calibration), rounding by NNCF. Its labels are then compared with float32's on other slices, and
a network that loses too many stays in bfloat16: how well a network bears it differs (see
docs/performance.md). All is kept in the model folder, beside the weights it came from.
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

from spgc.errors import ModelError, UsageError
from spgc.files import write_text
from spgc.model_hash import file_hash
from spgc.systems.cnr_iemn.engines.contract import Networks
from spgc.systems.cnr_iemn.engines.openvino_engine import OpenVinoEngine, save_openvino
from spgc.systems.cnr_iemn.scan_batches import SliceBatch

FOLDER, FACTS = "int8", "int8.json"
"""In the model folder; what was done, and how each network bore it."""

HEADS = "MatMul"
"""OpenVINO's name of the last layers, which stay as they are: they cost nothing, and left so they
took off a third to a half of the error in the logits (docs/performance.md)."""

LEAST_EQUAL = 0.995
"""Share of check slices whose label must be float32's (choice), else the network stays bfloat16."""


@dataclass(frozen=True)
class Borne:
    """How a network bore it: of `slices` labels, `equal` are float32's; whether int8 is used.

    worst_margin: the largest lead that float32 had, in logits, where the label changed.
    """

    backbone: str
    slices: int
    equal: int
    worst_margin: float
    used: bool


def quantise(
    networks: Networks,
    calibration: Sequence[SliceBatch],
    checks: Sequence[SliceBatch],
    folder: Path,
    cases: Mapping[str, Sequence[str]],
) -> Iterator[Borne]:
    """Quantise each network into `folder`, and tell how it bore it, one after another.

    cases: IDs of the scans that calibrated and checked, written down. Raises UsageError when NNCF
    is not installed.
    """
    _require_nncf()
    reference = OpenVinoEngine(networks, "fp32")
    found: list[Borne] = []
    for name in networks.names:
        model = _quantised(reference, networks, name, calibration)
        borne = _compare(reference, networks, name, model, checks)
        save_openvino(model, _file(folder, name))
        found.append(borne)
        yield borne
    write_text(folder / FACTS, json.dumps(_facts(networks, found, folder, cases), indent=1) + "\n")


def quantised_files(folder: Path, networks: Networks) -> Mapping[str, Path]:
    """The networks to run in int8: file by backbone. Others stay in bfloat16.

    Raises UsageError when the model was not quantised, ModelError when that was done for other
    weights or a file has changed.
    """
    path = folder / FACTS
    if not path.is_file():
        raise UsageError(
            "the model was not quantised", found=f"no {FOLDER}/{FACTS} in the model folder",
            do="run spgc quantise, or use --precision bf16",
        )  # fmt: skip
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts["weights"] != networks.digests:
            raise ValueError("made from other weights")
        used = {row["backbone"] for row in facts["networks"] if row["used"] is True}
        files = {name: _file(folder, name) for name in networks.names if name in used}
        for name, file in files.items():
            if facts["files"][name] != _digests(file):
                raise ValueError(f"{file.name} has changed")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            "int8 networks can't be used", where=path, found=f"{type(error).__name__}: {error}",
            expected="what spgc quantise wrote", do="run spgc quantise again",
        ) from error  # fmt: skip
    return files


def quantised_key(folder: Path) -> str:
    """What kept answers depend on besides the weights; empty where nothing was quantised."""
    path = folder / FACTS
    return file_hash(path) if path.is_file() else ""


def _require_nncf() -> None:
    from importlib.util import find_spec

    for name in ("openvino", "nncf"):
        if find_spec(name) is None:
            raise UsageError("package not installed", found=name,
                             do="pip install 'spgc[openvino,int8]'")  # fmt: skip


def _quantised(
    reference: OpenVinoEngine, networks: Networks, name: str, batches: Sequence[SliceBatch]
) -> Any:
    size = networks.sizes[name]
    with _silence():
        import nncf

        data = nncf.Dataset(batches, lambda batch: [batch.images[size], batch.positions])
        return nncf.quantize(
            reference.model(name), data, subset_size=len(batches),
            preset=nncf.QuantizationPreset.MIXED,
            ignored_scope=nncf.IgnoredScope(types=[HEADS]),
        )  # fmt: skip


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
) -> Borne:
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
    differs = wanted.argmax(axis=1) != given.argmax(axis=1)
    leads = np.sort(wanted, axis=1)
    margin = float((leads[:, -1] - leads[:, -2])[differs].max(initial=0.0))
    slices, equal = len(wanted), int((~differs).sum())
    return Borne(name, slices, equal, round(margin, 4), bool(equal >= LEAST_EQUAL * slices))


def _run(compiled: Any, images: Any, positions: Any) -> NDArray[np.float32]:
    return np.asarray(compiled([images, positions])[0], np.float32)


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.xml"


def _digests(file: Path) -> list[str]:
    return [file_hash(file), file_hash(file.with_suffix(".bin"))]


def _facts(
    networks: Networks, found: Sequence[Borne], folder: Path, cases: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    from importlib.metadata import version

    return {
        "weights": networks.digests,
        "least_equal": LEAST_EQUAL,
        "networks": [asdict(borne) for borne in found],
        "files": {name: _digests(_file(folder, name)) for name in networks.names},
        "cases": {use: list(ids) for use, ids in cases.items()},
        "versions": {name: version(name) for name in ("nncf", "openvino")},
    }
