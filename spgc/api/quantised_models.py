"""`spgc.quantise`: a trained model's networks in 8-bit integers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_folders import path_of
from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.jobs.extras import need
from spgc.runs.cases import DataFolder
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.quantise import Quantised
from spgc.runs.quantise import quantise as run_quantising

if TYPE_CHECKING:
    from rich.console import RenderableType


class QuantisingResult(Shown, Quantised):
    """Networks in 8-bit integers: how many labels stay, and which networks are used."""

    def _line(self) -> str:
        used = sum(network.used for network in self.networks)
        return f"Quantised {len(self.networks)} networks: {used} keep float32's labels"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.quantised_table import quantised_parts

        return quantised_parts(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        """One row per network."""
        return [asdict(network) for network in self.networks]


def quantise(
    data: str | Path = "data",
    store: str | Path = "store",
    model: str | Path = "model",
    *,
    manifests: str | Path | None = None,
    jobs: int = -1,
    listener: Listener = NOBODY,
) -> QuantisingResult:
    """Quantise a trained model's networks to int8, as `spgc quantise` does.

    data, store, model: folders of the data set, whose training scans calibrate, of the slice store
    and of the model, into which the networks are written. manifests, jobs, listener: as for
    `spgc.train`. Takes two to five minutes; `spgc.jobs.machine.int8_pays()` says whether it is
    faster on this processor. Afterwards `spgc.predict` uses them where precision is auto.

    >>> import spgc
    >>> try:
    ...     spgc.quantise(model="no-such-folder")
    ... except (spgc.ModelError, spgc.MissingExtraError) as error:
    ...     print("not quantised")
    not quantised

    Raises MissingExtraError without openvino and nncf, ModelError for a folder that is no model,
    UsageError for a system without networks, DataError without scans.
    """
    need("train", "openvino", "int8")
    folder = DataFolder(Path(data), path_of(manifests))
    done = run_quantising(Path(model), folder, Path(store), jobs=jobs or 1, listener=listener)
    return shown(QuantisingResult, done)
