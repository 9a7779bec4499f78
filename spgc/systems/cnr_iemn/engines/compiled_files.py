"""Compiled networks kept as files: compiling an int8 network takes four times as long."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from spgc.files import write_bytes

if TYPE_CHECKING:
    import openvino

    from spgc.systems.cnr_iemn.engines.int8_folder import Quantised

_DIGEST = hashlib.sha256().digest_size


def compiled(
    core: openvino.Core, network: Quantised, hint: Mapping[str, str], folder: Path | None
) -> Any:
    """The network, compiled for the processor with `hint`, OpenVINO's options.

    In `folder` the result is kept for this processor and version; a damaged one is made again.
    """
    if folder is None:
        return core.compile_model(core.read_model(network.file), "CPU", hint)
    path = folder / f"{network.file.stem}-{_key(core, network, hint)}.compiled"
    if (kept := _kept(path)) is not None:
        try:
            return core.import_model(kept, "CPU", hint)
        except RuntimeError:
            pass  # of another build that calls itself the same: made again
    made = core.compile_model(core.read_model(network.file), "CPU", hint)
    content = made.export_model().getvalue()
    write_bytes(path, hashlib.sha256(content).digest() + content)
    return made


def _kept(path: Path) -> openvino.Tensor | None:
    """What was written there, if it is whole: OpenVINO does not check what it imports."""
    import openvino

    try:
        content = np.memmap(path, np.uint8, "r")
    except (OSError, ValueError):  # not there, or empty
        return None
    whole = hashlib.sha256(content[_DIGEST:].data).digest() == content[:_DIGEST].tobytes()
    return openvino.Tensor(content[_DIGEST:]) if whole else None


def _key(core: openvino.Core, network: Quantised, hint: Mapping[str, str]) -> str:
    """What a compiled network depends on, in short: its file, processor, version, options."""
    import openvino

    names = ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")
    facts = [network.digest, openvino.__version__, *sorted(hint.values())]
    facts += [str(core.get_property("CPU", name)) for name in names]
    return hashlib.sha256("|".join(facts).encode()).hexdigest()[:24]
