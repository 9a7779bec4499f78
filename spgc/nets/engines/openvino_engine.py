"""OpenVINO: the fastest on processors of x86, in bfloat16 where they have it.

A network is converted once and kept beside the slice store; later runs read it without importing
torch, which saves some seconds at every start.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.errors import DataError, DiskFullError, ModelError, UsageError
from spgc.files.kept import DamagedError
from spgc.jobs.cores import bound_cores, usable_cores
from spgc.jobs.interrupts import stop_if_heard
from spgc.jobs.machine import has_bf16
from spgc.jobs.quiet_warnings import no_warnings
from spgc.nets.engines.compiled_files import compiled
from spgc.nets.engines.contract import EngineNetworks, Images, Say, silent
from spgc.nets.engines.converted_files import converted_file, keep_converted, read_converted
from spgc.nets.engines.int8_folder import Int8Network
from spgc.nets.engines.no_telemetry import no_telemetry
from spgc.nets.engines.told_failures import rows_of, told

if TYPE_CHECKING:
    import openvino

HINTS = {"fp32": "f32", "bf16": "bf16", "int8": "bf16" if has_bf16() else "f32"}
"""OpenVINO's names of the precisions; that of int8 is for what is not quantised."""


class OpenVinoEngine:
    """Networks compiled for the processor."""

    def __init__(
        self,
        networks: EngineNetworks,
        precision: str,
        cache: Path | None = None,
        quantised: Mapping[str, Int8Network] = MappingProxyType({}),
        say: Say = silent,
    ) -> None:
        """Compile the networks, or, by backbone, the `quantised` ones in their place.

        say: takes remarks on files in `cache` that were damaged and made again.
        """
        if precision not in HINTS:
            raise UsageError(
                "engine openvino lacks this precision", found=precision, expected=" | ".join(HINTS)
            )
        self._core = _core()
        self._models = {
            name: kept_model(networks, name, cache, say)
            for name in networks.names
            if name not in quantised
        }
        self._compiled = {
            name: compiled(self._core, quantised[name], _hint(precision), cache, say)
            if name in quantised
            else self.compile(self._models[name], precision)
            for name in networks.names
        }

    def model(self, backbone: str) -> openvino.Model:
        """A copy of the network, if it is not a quantised one."""
        return self._models[backbone].clone()

    def compiled(self, backbone: str) -> Any:
        """The network as it runs here."""
        return self._compiled[backbone]

    def compile(self, model: openvino.Model, precision: str) -> Any:
        """A network ready to run. Raises ModelError for one that OpenVINO can't compile."""
        with told(model.get_friendly_name()):
            return self._core.compile_model(model, "CPU", _hint(precision))

    def logits(
        self,
        backbone: str,
        images: Images,
        positions: NDArray[np.float32],
        used: int | None = None,
    ) -> NDArray[np.float32]:
        return self.outputs(backbone, images, positions)[:used]

    def outputs(self, name: str, *inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        with told(name):
            answer: Any = self._compiled[name](list(inputs))
            return rows_of(answer[0], len(inputs[0]))


def kept_model(
    networks: EngineNetworks, name: str, cache: Path | None, say: Say = silent
) -> openvino.Model:
    """The converted network, from `cache` where it is there as it was written, else kept there."""
    if cache is None:
        return _converted(networks, name)
    path = converted_file(networks, name, cache)
    try:
        if (content := read_converted(path)) is not None:
            return content.model(_core())
    except (
        DamagedError,
        RuntimeError,
        ValueError,
    ) as error:  # or of an OpenVINO that wrote it otherwise
        say(f"converted network {name} was made again: {str(error)[:100]}")
    model = _converted(networks, name)
    try:
        keep_converted(model, path)
        if (content := read_converted(path)) is not None:
            return content.model(_core())
    except DamagedError:
        pass  # another process writes it at this moment
    except DiskFullError:
        raise
    except DataError as error:
        say(f"converted network {name} could not be kept: {error}")
    return model


@functools.cache
def _core() -> openvino.Core:
    """One for the whole process, as OpenVINO asks.

    Its processor plugin gives the thread that loads it a stack for signal handlers and, when the
    last user goes, puts back the one before. With two that go in the order they came, that one is
    no longer there, and the next signal (a Ctrl-C, the end of a child process) is a crash.
    """
    with no_telemetry():
        import openvino

    return openvino.Core()


def _hint(precision: str) -> dict[str, str]:
    hint = {"INFERENCE_PRECISION_HINT": HINTS[precision]}
    cores = usable_cores()
    if cores < bound_cores():  # OpenVINO sees what a process is bound to, but no quota
        hint["INFERENCE_NUM_THREADS"] = str(cores)
    return hint


def _converted(networks: EngineNetworks, name: str) -> openvino.Model:
    import openvino
    import torch

    network = networks.load(name).to("cpu").eval()
    shapes = networks.inputs(name)
    example = tuple(torch.zeros([2 if n < 0 else n for n in shape]) for shape in shapes)
    try:
        with no_telemetry(), torch.inference_mode(), no_warnings():  # of tracing
            # Left to OpenVINO, torch would run the network twice more to compare its traces.
            traced = torch.jit.trace(  # type: ignore[no-untyped-call]
                network, example, check_trace=False, strict=False
            )
            return openvino.convert_model(
                traced,
                example_input=example,
                input=[(list(shape), np.float32) for shape in shapes],
            )
    except Exception as error:
        stop_if_heard(error)
        raise ModelError(
            f"OpenVINO can't convert {name}", found=str(error)[:200], do="use --engine torch"
        ) from error
