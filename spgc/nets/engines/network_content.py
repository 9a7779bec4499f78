"""Both files of a converted network in memory: what was compared with digests is what is compiled.

OpenVINO maps a file that it is given by path: changed after the look at its digest it gives other
answers, and cut, or on a disk that fails, it ends the process.
"""

from __future__ import annotations

import errno
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.files.regular import check_regular, open_checked, read_regular

if TYPE_CHECKING:
    import openvino


@dataclass(frozen=True)
class NetworkContent:
    """The bytes of the `.xml`, and those of the `.bin` in memory of OpenVINO's own."""

    description: bytes
    weights: openvino.Tensor

    @property
    def digests(self) -> list[str]:
        """SHA-256 of both, the `.xml` first."""
        parts = (self.description, self.weights.data)
        return [hashlib.sha256(part).hexdigest() for part in parts]

    def model(self, core: openvino.Core) -> openvino.Model:
        """The network. Raises RuntimeError or ValueError for what OpenVINO can't read."""
        return core.read_model(self.description.decode(), self.weights)


def read_network(path: Path) -> NetworkContent:
    """The files of the network whose `.xml` is `path`. Raises OSError."""
    return NetworkContent(read_regular(path), _weights(path.with_suffix(".bin")))


def _weights(path: Path) -> openvino.Tensor:
    """A file's bytes where OpenVINO wants them: copying half a gigabyte takes half a second."""
    import openvino

    size = check_regular(path)
    weights = openvino.Tensor(openvino.Type.u8, openvino.Shape([size]))
    with open_checked(path) as file:
        if file.readinto(weights.data) != size or file.read(1):
            raise OSError(errno.EIO, "changed while it was read", str(path))
    return weights
