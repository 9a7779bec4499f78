"""First weights of 3-D ResNets: inflated ImageNet, MedicalNet, Kinetics, or an earlier stage.

The body takes them, strictly: a tensor that is missing, of another size or not known is refused by
its name. The head always starts at random.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torchvision.models.video import R3D_18_Weights

from spgc.errors import ModelError
from spgc.files.hashes import file_hash
from spgc.nets.slices import imagenet
from spgc.nets.tensor_files import AGAIN, download, read_tensors, unreadable
from spgc.nets.training.checkpoint import read_checked, stored_facts
from spgc.nets.training.start import FirstWeights, RandomStart
from spgc.nets.volumes.inflation import for_channels, inflated
from spgc.nets.volumes.published_names import MEDICALNET_FILES, from_kinetics, from_medicalnet
from spgc.nets.volumes.resnet3d import Body, VolumeResNet, body_tensors

VOLUME_WEIGHTS = ("imagenet", "medicalnet", "kinetics", "none")
"""Kinds of first weights; "none" is a random start."""


@dataclass(frozen=True)
class VolumeWeights:
    """One of `VOLUME_WEIGHTS` but "none", for a body.

    folder: of the files; None means torchvision's cache or download, which MedicalNet's are not in.
    """

    kind: str
    body: Body
    folder: Path | None

    @property
    def path(self) -> Path:
        """Where the file lies, or would lie."""
        if self.kind == "imagenet":
            return imagenet.weights_file(f"resnet{self.body.depth}", self.folder)
        if self.kind == "kinetics":
            cache = Path(torch.hub.get_dir()) / "checkpoints"
            return (self.folder or cache) / _KINETICS_URL.rsplit("/", 1)[-1]
        names, folder = MEDICALNET_FILES[self.body.depth], self.folder or Path()
        return next((p for name in names if (p := folder / name).is_file()), folder / names[0])

    def digest(self) -> str | None:
        if not self.path.is_file():
            return None
        try:
            return file_hash(self.path)
        except OSError as error:
            raise unreadable(self.path, error, self._expected) from error

    def fetch(self) -> None:
        """Get the file, or raise ModelError naming what to bring."""
        if self.path.is_file():
            return
        if self.kind == "imagenet":
            imagenet.fetch([f"resnet{self.body.depth}"], self.folder)
        elif self.kind == "kinetics" and self.folder is None:
            download(_KINETICS_URL, self.path, "Kinetics", self.path.name)
        else:
            raise self._missing()

    def tensors(self) -> dict[str, Tensor]:
        """The file's tensors for the body, all of them checked. Raises ModelError."""
        self.fetch()
        if self.kind == "medicalnet":
            state = from_medicalnet(read_tensors(self.path, self._expected, "state_dict"))
        else:
            convert = inflated if self.kind == "imagenet" else from_kinetics
            state = convert(read_tensors(self.path, self._expected))
        return fitting(state, self.body, self.path)

    @property
    def _expected(self) -> str:
        if self.kind == "medicalnet":
            return f"MedicalNet's {' or '.join(MEDICALNET_FILES[self.body.depth])}"
        return f"torchvision's {self.path.name}"

    def _missing(self) -> ModelError:
        known = " or ".join(MEDICALNET_FILES[self.body.depth])
        where = self.folder or "a folder of your own"
        return ModelError(
            "weights file missing",
            where=self.folder,
            expected=known if self.kind == "medicalnet" else self.path.name,
            do=f"put it into {where} and name the folder",
        )


_KINETICS_URL = str(R3D_18_Weights.KINETICS400_V1.url)


@dataclass(frozen=True)
class StageWeights:
    """The body of a network that an earlier stage of the same training wrote to `path`."""

    path: Path

    def digest(self) -> str | None:
        """Of the training that made it: the same training writes the same weights."""
        return str(stored_facts(self.path).get("fingerprint", "")) or None

    def fetch(self) -> None:
        raise ModelError("an earlier stage's network is missing", where=self.path, do="train again")


def weights_of(kind: str, body: Body, folder: Path | None) -> FirstWeights:
    """Where a training of such a network starts from."""
    return RandomStart() if kind == "none" else VolumeWeights(kind, body, folder)


def check_weights_file(kind: str, body: Body, folder: Path | None) -> list[str]:
    """Make sure that first weights are there and fit; what there is to say of their file.

    Raises ModelError when they can't be had.
    """
    if kind == "none":
        return []
    VolumeWeights(kind, body, folder).tensors()
    names = [f"resnet{body.depth}"] if kind == "imagenet" else []
    return imagenet.unlike_published(names, folder)


def load_body(network: VolumeResNet, kind: str, folder: Path | None) -> None:
    """Put published weights into the body of `network`; nothing for "none". Raises ModelError."""
    if kind != "none":
        put(network, VolumeWeights(kind, network.body, folder).tensors())


def load_stage(network: VolumeResNet, path: Path) -> None:
    """Put the body of a network trained before, whatever its head, into `network`.

    The numbers of its normalisation come with it. The file is this program's own safetensors.
    Raises ModelError when it is damaged.
    """
    tensors, _ = read_checked(path)
    state = {name: t for name, t in tensors.items() if not name.startswith("fc.")}
    network.load_state_dict(state, strict=False)


def put(network: VolumeResNet, tensors: Mapping[str, Tensor]) -> None:
    """Put tensors that `fitting` gave into the network."""
    network.load_state_dict(tensors, strict=False)


def fitting(state: Mapping[str, Tensor], body: Body, where: Path) -> dict[str, Tensor]:
    """Tensors that are exactly those of `body`, but for counters of batches.

    The first filter is made for the body's channels. Raises ModelError naming the first tensor
    that is missing, of another size, or none of the body's.
    """
    with torch.device("meta"):  # sizes alone
        wanted = body_tensors(VolumeResNet(body, 1))
    found = dict(state)
    if "conv1.weight" in found and found["conv1.weight"].dim() == 5:
        found["conv1.weight"] = for_channels(found["conv1.weight"], body.channels)
    for name, like in wanted.items():
        if name.endswith("num_batches_tracked"):
            continue
        if name not in found:
            raise _misfit("lacks a tensor", where, f"no {name}", name)
        if found[name].shape != like.shape:
            sizes = f"{name} of {_size(found[name])}"
            raise _misfit("holds a tensor of another size", where, sizes, _size(like))
    if foreign := sorted(found.keys() - wanted.keys()):
        raise _misfit(
            "holds a tensor that the network has not", where, foreign[0], f"a ResNet-{body.depth}"
        )
    return found


def _size(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "one number"


def _misfit(what: str, where: Path, found: str, expected: str) -> ModelError:
    return ModelError(f"weights file {what}", where=where, found=found, expected=expected, do=AGAIN)
