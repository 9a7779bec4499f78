"""ImageNet weights: torchvision's files, from a folder, from torchvision's cache, or downloaded.

torchvision checks the SHA-256 in a file's name when it downloads and never again. Here a file of
other content is used as well, since people convert and trim such files, but it is remarked on, and
its SHA-256 is part of what a training is known by.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from spgc.errors import ModelError
from spgc.files.hashes import file_hash
from spgc.nets.slices.backbones import build_features, spec_named
from spgc.nets.tensor_files import AGAIN, download, promised_digest, read_tensors, unreadable

_EXPECTED = "torchvision's file of tensors"


@dataclass(frozen=True)
class ImageNetWeights:
    """ImageNet weights as the first weights of one backbone's training.

    folder: as in `load_imagenet`.
    """

    backbone: str
    folder: Path | None

    def digest(self) -> str | None:
        return weights_digest(self.backbone, self.folder)

    def fetch(self) -> None:
        fetch([self.backbone], self.folder)


def load_imagenet(network: nn.Module, name: str, folder: Path | None) -> None:
    """Put ImageNet weights into a network that `build_features` made.

    `folder` holds files named as torchvision names them; None means torchvision's own cache or
    download. Raises ModelError when the weights can't be had or do not fit: never a silent random
    start.
    """
    fetch([name], folder)
    network.load_state_dict(_fitting(network, name, folder), strict=False)


def check_imagenet(names: Sequence[str], folder: Path | None) -> None:
    """Make sure that all these backbones' weights are there, readable and fitting.

    Downloads what is missing when `folder` is None. Raises ModelError naming the file.
    """
    fetch(names, folder)
    for name in names:
        with torch.device("meta"):  # shapes alone
            network, _ = build_features(name)
        _fitting(network, name, folder)


def weights_file(name: str, folder: Path | None) -> Path:
    """Where a backbone's file lies, or would lie: in `folder`, or in torchvision's cache."""
    place = Path(torch.hub.get_dir()) / "checkpoints" if folder is None else folder
    return place / _file_name(name)


def weights_digest(name: str, folder: Path | None) -> str | None:
    """SHA-256 of a backbone's file; None when it is not on this machine."""
    path = weights_file(name, folder)
    try:
        return file_hash(path) if path.is_file() else None
    except OSError as error:
        raise unreadable(path, error, _EXPECTED) from error


def unlike_published(names: Iterable[str], folder: Path | None) -> list[str]:
    """A line for each file that is there and whose content is not the one its name promises."""
    lines = []
    for name in names:
        digest = weights_digest(name, folder)
        if digest is not None and not digest.startswith(_promised(name)):
            lines.append(
                f"{weights_file(name, folder)} is not the file that torchvision publishes "
                f"(SHA-256 {digest[:8]}…, its name says {_promised(name)}); it is used as it is"
            )
    return lines


def fetch(names: Sequence[str], folder: Path | None) -> None:
    """Download what torchvision's cache lacks; a folder of the user's must be complete.

    Raises ModelError when files are missing from `folder` or can't be downloaded.
    """
    missing = [name for name in names if not weights_file(name, folder).is_file()]
    if missing and folder is not None:
        raise ModelError(
            "weights file missing",
            where=folder,
            expected=", ".join(map(_file_name, missing)),
            do=f"download {', '.join(map(_url, missing))} into {folder}",
        )
    for number, name in enumerate(missing):
        _download(name, missing[number:])


def _download(name: str, missing: Sequence[str]) -> None:
    files = " and ".join(map(_file_name, missing))
    download(_url(name), weights_file(name, None), "ImageNet", files)


def _fitting(network: nn.Module, name: str, folder: Path | None) -> Mapping[str, torch.Tensor]:
    """The file's tensors that `network` has; ModelError when some are missing or of other shape."""
    path, wanted = weights_file(name, folder), network.state_dict()
    state = {key: value for key, value in _tensors(path).items() if key in wanted}
    # Counters of batches came after the oldest files, and training does not use them.
    missing = {key for key in wanted if "num_batches" not in key} - state.keys()
    wrong = [key for key, value in state.items() if value.shape != wanted[key].shape]
    if missing or wrong:
        raise ModelError(
            f"ImageNet weights do not fit {name}",
            where=path,
            found=f"{len(missing)} tensors missing, {len(wrong)} of another shape",
            expected=f"torchvision's {_file_name(name)}",
            do=AGAIN,
        )
    return state


def _tensors(path: Path) -> Mapping[str, torch.Tensor]:
    return {_modern(key): value for key, value in read_tensors(path, _EXPECTED).items()}


def _modern(key: str) -> str:
    """DenseNet's files of 2017 spell `norm.1`; today's layers are called `norm1`."""
    for word in ("norm", "relu", "conv"):
        for digit in "12":
            key = key.replace(f".{word}.{digit}.", f".{word}{digit}.")
    return key


def _url(name: str) -> str:
    published = spec_named(name).weights
    if published is None:
        raise ModelError(
            f"torchvision has no ImageNet weights of {name}", do="use --weights packaged or none"
        )
    return str(published.url)


def _file_name(name: str) -> str:
    return _url(name).rsplit("/", 1)[-1]


def _promised(name: str) -> str:
    return promised_digest(_file_name(name))
