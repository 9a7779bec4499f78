"""Networks that were just trained, ready to answer for whole scans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from torch import nn

from spgc.model.document import file_digest
from spgc.nets.device import Runtime
from spgc.nets.slices.feature_rows import FeatureRows
from spgc.nets.slices.predictor import SlicePredictor, predictor
from spgc.nets.slices.spec import SliceSpec
from spgc.nets.training.start import final_file


def fresh_predictor(
    networks: Mapping[str, nn.Module],
    spec: SliceSpec,
    runtime: Runtime,
    folder: Path,
    features: int = 0,
    file_of: Callable[[Path, str], Path] = final_file,
) -> SlicePredictor:
    """A predictor of `networks`, whose weights `folder` holds already.

    features: how many each gives as its second answer, where later stages want them; file_of: the
    file of a network's weights, by folder and name.
    """
    digests = {name: file_digest(file_of(folder, name)) for name in spec.backbones}

    def load(name: str) -> nn.Module:
        return FeatureRows(networks[name]) if features else networks[name]

    return predictor(load, spec, runtime, digests, features=features)
