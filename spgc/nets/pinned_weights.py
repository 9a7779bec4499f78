"""Weights that packages of other people bring, read only where every byte is the one known here.

Such a package is data: its code is never run, and neither is a pickle. Imports without torch.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.errors import ModelError
from spgc.files.regular import open_regular
from spgc.jobs.extras import need

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class PinnedWeights:
    """A file of tensors, in one or several parts that are joined in their order.

    extra: the extra of spgc that brings it; parts: a package and a path inside it for each; size:
    bytes of the whole; sha256: of the whole.
    """

    extra: str
    parts: tuple[tuple[str, str], ...]
    size: int
    sha256: str

    def check_installed(self) -> None:
        """Raise MissingExtraError, which names the command to install it."""
        need(self.extra)

    def content(self) -> bytes:
        """The whole file. Raises MissingExtraError, and ModelError for any other content."""
        self.check_installed()
        whole = b"".join(self._read())
        found = hashlib.sha256(whole).hexdigest()
        if found != self.sha256:
            raise ModelError(
                "packaged weights are not those that spgc knows",
                where=self._path(*self.parts[0]).parent,
                found=f"{self._amount(len(whole))}, SHA-256 {found[:8]}…",
                expected=f"{self.size} bytes, SHA-256 {self.sha256[:8]}…",
                do=self._again,
            )
        return whole

    def tensors(self) -> Mapping[str, Any]:
        """What the file holds. Raises ModelError when it is no mapping."""
        import torch

        # Known bytes, so that nothing here can fail for their sake; and no pickle all the same.
        found = torch.load(io.BytesIO(self.content()), map_location="cpu", weights_only=True)
        if not isinstance(found, Mapping):
            raise ModelError("packaged weights hold no tensors by name", do=self._again)
        return found

    def _read(self) -> Iterator[bytes]:
        """The parts, never more than one byte beyond the known size."""
        left = self.size + 1
        for part in self.parts:
            path = self._path(*part)
            try:
                with open_regular(path) as file:
                    content = file.read(left)
            except OSError as error:
                raise ModelError(
                    "packaged weights can't be read",
                    where=path,
                    found=error.strerror or type(error).__name__,
                    do=self._again,
                ) from error
            left -= len(content)
            yield content

    def _path(self, package: str, inside: str) -> Path:
        spec = find_spec(package)
        places = spec.submodule_search_locations if spec else None
        if not places:
            raise ModelError("packaged weights are in no folder", found=package, do=self._again)
        return Path(next(iter(places))) / inside

    def _amount(self, count: int) -> str:
        return f"{count} bytes" if count <= self.size else f"more than {self.size} bytes"

    @property
    def _again(self) -> str:
        return f"pip install --force-reinstall 'spgc[{self.extra}]'"


def check_tensors(found: Mapping[str, Any], wanted: Mapping[str, Tensor], what: str) -> None:
    """Raise ModelError unless `found` has the tensors of `wanted`, no other, of the same sizes.

    All have to be finite. what: the network, in words.
    """
    import torch

    strange = sorted(found.keys() ^ wanted.keys())
    wrong = [name for name in wanted if name in found and not _alike(found[name], wanted[name])]
    broken = [] if strange or wrong else [n for n in wanted if not torch.isfinite(found[n]).all()]
    for names, trouble in (
        (strange, "missing or unknown"),
        (wrong, "of another size"),
        (broken, "not finite"),
    ):
        if names:
            raise ModelError(
                f"weights do not fit {what}",
                found=f"{len(names)} tensors {trouble}, first {names[0]}",
                expected=f"{len(wanted)} tensors",
            )


def _alike(found: object, wanted: Tensor) -> bool:
    """Whether it is a tensor of the same size and of the same kind of number."""
    import torch

    return (
        isinstance(found, torch.Tensor)
        and found.shape == wanted.shape
        and found.is_floating_point() == wanted.is_floating_point()
    )
