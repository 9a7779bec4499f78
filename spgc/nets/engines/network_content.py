"""Both files of a converted network in memory: what was compared with digests is what is compiled.

OpenVINO maps a file that it is given by path: changed after the look at its digest it gives other
answers, and cut, or on a disk that fails, it ends the process.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from spgc.files.regular import read_regular

if TYPE_CHECKING:
    import openvino


@dataclass(frozen=True)
class NetworkContent:
    """The bytes of the `.xml` and of the `.bin`."""

    description: bytes
    weights: bytes

    @property
    def digests(self) -> list[str]:
        """SHA-256 of both, the `.xml` first."""
        return [hashlib.sha256(part).hexdigest() for part in (self.description, self.weights)]

    def model(self, core: openvino.Core) -> openvino.Model:
        """The network. Raises RuntimeError or ValueError for what OpenVINO can't read."""
        import openvino

        weights = openvino.Tensor(np.frombuffer(self.weights, np.uint8))
        return core.read_model(self.description.decode(), weights)


def read_network(path: Path) -> NetworkContent:
    """The files of the network whose `.xml` is `path`. Raises OSError."""
    return NetworkContent(read_regular(path), read_regular(path.with_suffix(".bin")))
