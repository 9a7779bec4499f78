"""Which engine a run uses, in which precision: by name, or the fastest that is there."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.errors import UsageError
from spgc.jobs.extras import has, need
from spgc.jobs.machine import has_bf16, has_nvidia, int8_pays
from spgc.jobs.stages import Stages
from spgc.nets.engines.contract import (
    Engine,
    EngineNetworks,
    Networks,
    RowEngine,
    Say,
    silent,
)
from spgc.nets.engines.converted_files import unconverted

if TYPE_CHECKING:
    from spgc.nets.device import Runtime
    from spgc.nets.engines.int8_folder import Int8Network
    from spgc.nets.engines.openvino_engine import OpenVinoEngine
    from spgc.nets.engines.torch_engine import TorchEngine

AUTO = "auto"
ENGINES = ("torch", "openvino")

PRECISIONS = ("fp32", "tf32", "bf16", "fp16")
OPENVINO_PRECISIONS = ("fp32", "bf16", "int8")
"""By engine; what a device can't do of it is refused where the device is known."""

CPU_BATCH, GPU_BATCH = 8, 64
"""Slices per batch. On a processor 8 are as fast as 64, fill up sooner and need less
memory (docs/performance.md); a GPU needs more to be busy."""


@dataclass(frozen=True)
class Choice:
    """What a run uses: all that its answers depend on besides model and scan."""

    engine: str
    precision: str
    device: str
    batch: int


def choose(runtime: Runtime, *, quantised: bool = False) -> Choice:
    """Fill in what the options leave to the machine; quantised: whether the model was.

    Raises UsageError for unknown engines and for devices or precisions that the engine lacks.
    """
    name = _fastest(runtime.device) if runtime.engine == AUTO else runtime.engine
    if name == "openvino":
        device = _openvino_device(runtime.device)
    elif name == "torch":
        device = runtime.torch_device().type
    else:
        raise UsageError("unknown engine", found=repr(name), expected=" | ".join((AUTO, *ENGINES)))
    precision = runtime.precision
    known = OPENVINO_PRECISIONS if name == "openvino" else PRECISIONS
    if precision not in (AUTO, *known):
        raise UsageError(
            f"unknown precision for engine {name}",
            found=repr(precision),
            expected=" | ".join((AUTO, *known)),
        )
    if precision == AUTO:
        precision = _fastest_precision(name, device, quantised=quantised)
    batch = runtime.batch_size or (CPU_BATCH if device == "cpu" else GPU_BATCH)
    return Choice(name, precision, device, batch)


def _openvino_device(device: str) -> str:
    need("openvino")
    if device not in (AUTO, "cpu"):
        raise UsageError(
            "engine openvino runs on the processor",
            found=f"--device {device}",
            expected="--device cpu",
            do="use --engine torch for other devices",
        )
    return "cpu"


def _fastest(device: str) -> str:
    """OpenVINO where it is installed and the processor does the work, PyTorch otherwise."""
    elsewhere = device not in (AUTO, "cpu") or (
        device == AUTO and (has_nvidia() or sys.platform == "darwin")
    )
    return "torch" if elsewhere or not has("openvino") else "openvino"


def _fastest_precision(engine: str, device: str, *, quantised: bool) -> str:
    """int8 for a model checked in it, where it pays; bfloat16 where the hardware multiplies it."""
    if engine == "openvino" and quantised and int8_pays():
        return "int8"
    if device == "cuda":
        from spgc.nets.precision import fastest_on_cuda

        return fastest_on_cuda()
    return "bf16" if device == "cpu" and has_bf16() else "fp32"


def build_engine(
    choice: Choice,
    networks: Networks,
    cache: Path | None,
    say: Say = silent,
    stages: Stages | None = None,
) -> Engine:
    """The chosen engine with these slice networks.

    cache: a folder for what is costly to make; say: takes remarks on what was damaged there;
    stages: take the time of second looks.
    """
    if choice.engine == "openvino" and choice.precision == "int8":
        return _int8_engine(networks, cache, say, stages)
    return _exact_engine(choice, networks, cache, say)


def build_row_engine(
    choice: Choice,
    networks: EngineNetworks,
    cache: Path | None,
    say: Say = silent,
    stages: Stages | None = None,
) -> RowEngine:
    """The same for networks of any inputs, which don't run in int8 and take no second look."""
    return _exact_engine(choice, networks, cache, say)


def _exact_engine(
    choice: Choice, networks: EngineNetworks, cache: Path | None, say: Say
) -> OpenVinoEngine | TorchEngine:
    if choice.engine == "openvino":
        from spgc.nets.engines.openvino_engine import OpenVinoEngine

        return OpenVinoEngine(networks, choice.precision, cache, say=say)
    from spgc.nets.engines.torch_engine import TorchEngine

    return TorchEngine(networks, choice.precision, choice.device)


def _int8_engine(networks: Networks, cache: Path | None, say: Say, stages: Stages | None) -> Engine:
    from spgc.nets.engines.openvino_engine import OpenVinoEngine, kept_model
    from spgc.nets.engines.second_look import SecondLook

    if cache is not None:  # now, and not in the middle of the run, at the first close call
        for name in unconverted(networks, cache):
            kept_model(networks, name, cache, say)

    def exact(backbone: str) -> Engine:
        return OpenVinoEngine(networks.only(backbone), "fp32", cache, say=say)

    quantised = int8_networks(networks)
    fast = OpenVinoEngine(networks, "int8", cache, quantised, say)
    return SecondLook(fast, exact, {name: net.lead for name, net in quantised.items()}, stages)


def int8_networks(networks: Networks) -> Mapping[str, Int8Network]:
    """The quantised networks. Raises UsageError, ModelError when they can't be used."""
    from spgc.nets.engines.int8_folder import FOLDER, quantised_networks

    return quantised_networks(networks.int8 or Path(FOLDER), networks)
