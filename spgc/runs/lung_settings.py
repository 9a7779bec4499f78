"""Settings of lung methods: what one lacks is found out before any scan is read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spgc.ct.lungs import R231, check_method
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.jobs.extras import need


def lung_settings(
    method: str, weights: Path | None = None, say: Callable[[str], None] = lambda _: None
) -> PreprocessSettings:
    """The settings of a lung method, with the network of one that has a network.

    weights: the network's file or a folder with it; None for where `open_lung_unet` looks. say:
    gets a line where the file is not the published one. Raises UsageError for an unknown method,
    MissingExtraError without what the network needs, ModelError without its weights.
    """
    check_method(method)
    if method != R231:
        return PreprocessSettings(method)
    need("lungs")
    from spgc.nets.lung_unet import open_lung_unet  # imports torch

    network = open_lung_unet(weights)
    if network.remark:
        say(f"remark: {network.remark}")
    return PreprocessSettings(method, network.sha256, network)
