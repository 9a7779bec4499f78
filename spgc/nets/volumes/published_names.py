"""What published files of 3-D ResNets call their tensors, and how the files are called."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from torch import Tensor

MEDICALNET_FILES: Mapping[int, tuple[str, ...]] = MappingProxyType(
    {
        18: ("resnet_18_23dataset.pth", "resnet_18.pth"),
        50: ("resnet_50_23dataset.pth", "resnet_50.pth"),
        101: ("resnet_101.pth",),
    }
)
"""As Tencent publishes them, by depth; of several in a folder the first is taken."""

MEDICALNET_HEADS = ("conv_seg.", "fc.")
"""Parts of MedicalNet's networks that come behind the body."""

_WRAPPED = "module."


def from_medicalnet(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """MedicalNet's tensors under the names of `VolumeResNet`; heads are left out."""
    bare = {name.removeprefix(_WRAPPED): tensor for name, tensor in state.items()}
    return {n: tensor for n, tensor in bare.items() if not n.startswith(MEDICALNET_HEADS)}


def from_kinetics(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of torchvision's `r3d_18` under the names of `VolumeResNet`, without its head."""
    body = {name: tensor for name, tensor in state.items() if not name.startswith("fc.")}
    return {_of_kinetics(name): tensor for name, tensor in body.items()}


def _of_kinetics(name: str) -> str:
    """torchvision keeps a convolution, its batch normalisation and the ReLU in one sequence."""
    name = name.replace("stem.0.", "conv1.").replace("stem.1.", "bn1.")
    for digit in "12":
        name = name.replace(f".conv{digit}.0.", f".conv{digit}.")
        name = name.replace(f".conv{digit}.1.", f".bn{digit}.")
    return name
