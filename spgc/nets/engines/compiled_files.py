"""Compiled networks kept as files: compiling an int8 network takes four times as long."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spgc.errors import DataError, DiskFullError
from spgc.files.kept import DamagedError
from spgc.files.regular import read_regular
from spgc.files.whole import write_bytes
from spgc.nets.engines.contract import Say, silent
from spgc.nets.engines.told_failures import told

if TYPE_CHECKING:
    import openvino

    from spgc.nets.engines.int8_folder import Int8Network

ENDING = ".compiled"

_DIGEST = hashlib.sha256().digest_size


def compiled(
    core: openvino.Core,
    network: Int8Network,
    hint: Mapping[str, str],
    folder: Path | None,
    say: Say = silent,
) -> Any:
    """The network, compiled for the processor with `hint`, OpenVINO's options.

    In `folder` the result is kept for this processor and version; a damaged one is made again,
    and `say` is told. Raises ModelError for a network that OpenVINO can't compile.
    """
    if folder is None:
        return _made(core, network, hint)
    path = folder / f"{network.file.stem}-{_key(core, network, hint)}{ENDING}"
    try:
        if (content := kept_content(path)) is not None:
            import openvino

            return core.import_model(openvino.Tensor(content), "CPU", hint)
    except DamagedError:
        say(f"compiled network {network.file.stem} was damaged and made again")
    except RuntimeError:
        pass  # of another build that calls itself the same: made again
    made = _made(core, network, hint)
    content = made.export_model().getvalue()
    try:
        write_bytes(path, hashlib.sha256(content).digest() + content)
    except DiskFullError:
        raise
    except DataError as error:
        say(f"compiled network {network.file.stem} could not be kept: {error}")
    return made


def _made(core: openvino.Core, network: Int8Network, hint: Mapping[str, str]) -> Any:
    with told(network.file.stem, network.file):
        content = network.content()
        if content is None:  # what is compiled is kept under the digest
            raise ValueError("it was quantised again in the meantime")
        return core.compile_model(content.model(core), "CPU", hint)


def kept_content(path: Path) -> NDArray[np.uint8] | None:
    """What was written there; None when nothing was. OpenVINO does not check what it imports.

    Raises DamagedError when it is not as it was written.
    """
    try:
        # Mapped, it could change after the look at its digest, and being cut would end the process.
        content = np.frombuffer(read_regular(path), np.uint8)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedError(error.strerror or str(error)) from error
    if hashlib.sha256(content[_DIGEST:].data).digest() != content[:_DIGEST].tobytes():
        raise DamagedError("its digest does not fit")
    kept: NDArray[np.uint8] = content[_DIGEST:]
    return kept


def _key(core: openvino.Core, network: Int8Network, hint: Mapping[str, str]) -> str:
    """What a compiled network depends on, in short: its file, processor, version, options."""
    import openvino

    names = ("FULL_DEVICE_NAME", "OPTIMIZATION_CAPABILITIES")
    facts = [network.digest, openvino.__version__, *sorted(hint.values())]
    facts += [str(core.get_property("CPU", name)) for name in names]
    return hashlib.sha256("|".join(facts).encode()).hexdigest()[:24]
