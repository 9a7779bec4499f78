"""`spgc.train` and `spgc.predict`: a system over a data folder, as the commands run it."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spgc.api.given_folders import cluster_of, names_of, path_of
from spgc.api.scores import shown
from spgc.api.shown import Shown
from spgc.api.trained_models import TrainedModel, load_model, option_texts
from spgc.contract.system import RunSettings
from spgc.protocol import CLASSES
from spgc.runs.cases import DataFolder
from spgc.runs.listener import NOBODY, Listener
from spgc.runs.predict import Predicted, Predicting
from spgc.runs.predict import predict as run_prediction
from spgc.runs.shards import shard_named
from spgc.runs.train import Trained, Training
from spgc.runs.train import train as run_training
from spgc.systems.registry import DEFAULT

if TYPE_CHECKING:
    from rich.console import RenderableType


class PredictionResult(Shown, Predicted):
    """Answers of a model for splits of a data folder, and the files that hold them."""

    def _line(self) -> str:
        parts = ", ".join(f"{name} {count}" for name, count in self.labels.most_common())
        return f"Predictions of {self.labels.total()} scans: {parts}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.run_parts import prediction_marks, prediction_parts

        return [*prediction_parts(self), *prediction_marks(self)]

    def _html(self) -> str:
        from spgc.report.page.run_blocks import prediction_block

        return prediction_block(self)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        return [_answer_row(case, self) for case in self.predictions]

    def as_dict(self) -> dict[str, Any]:
        """Files, classes, marks, and what became of the scans, as plain values."""
        from spgc.report.run_documents import prediction_document

        return prediction_document(self)


def _answer_row(case: str, done: Predicted) -> dict[str, Any]:
    answer = done.predictions[case]
    shares = answer.probabilities or (None,) * len(CLASSES)
    named = {f"p_{name}": share for name, share in zip(CLASSES, shares, strict=True)}
    return {"case": case, "label": answer.label, "filled_in": case in done.choice.filled, **named}


@dataclass(frozen=True, repr=False)
class TrainingResult(Shown, Trained):
    """A trained model, its scores on the validation split, and its model card."""

    folder: Path = Path()

    def _line(self) -> str:
        hits, scans = sum(self.val.hits), sum(self.val.scans)
        return f"Trained {self.document['system']} in {self.folder}: val {hits}/{scans}"

    def _parts(self) -> Iterable[RenderableType]:
        from spgc.report.run_parts import training_parts

        return training_parts(self, self.folder)

    def _html(self) -> str:
        from spgc.report.page.run_blocks import training_block

        return training_block(self, self.folder)

    def _rows(self) -> Sequence[Mapping[str, Any]]:
        val = self.val
        parts = zip(CLASSES, val.hits, val.scans, strict=True)
        return [{"set": val.split, "class": c, "right": h, "scans": n} for c, h, n in parts]

    def as_dict(self) -> dict[str, Any]:
        """The model, its scores on validation, and what became of the scans, as plain values."""
        from spgc.report.run_documents import training_document

        return training_document(self, self.folder)

    def load(self, **options: Any) -> TrainedModel:
        """The model, ready to answer; options as `spgc.load_model` takes them."""
        return load_model(self.folder, **options)


def train(
    data: str | Path = "data",
    store: str | Path = "store",
    model: str | Path = "model",
    *,
    system: str = DEFAULT,
    options: Mapping[str, object] | None = None,
    unlabelled: Sequence[str] = (),
    manifests: str | Path | None = None,
    labels_release: str | None = None,
    device: str = "auto",
    precision: str = "fp32",
    engine: str = "auto",
    workers: int = 0,
    jobs: int = -1,
    lung_weights: str | Path | None = None,
    convert: bool = True,
    listener: Listener = NOBODY,
) -> TrainingResult | None:
    """Train a system on the training split of a data folder, as `spgc train` does.

    data, store, model: folders of the data set, the slice store and the model to write. system:
    `spgc systems` lists them, `options` are its own. unlabelled: splits whose scans it may see
    without labels. manifests: a folder of manifests that wins over others. labels_release: of the
    slice labels. device: auto, cpu, cuda or mps; precision: fp32, bf16, or on CUDA tf32 or fp16;
    engine: of prediction on validation. workers: data-loading processes; jobs: scans read at a
    time, -1 for all cores. lung_weights: of a system whose lung masks are a network's. convert:
    whether to leave the networks converted for prediction, in int8 where that is faster here.
    listener: hears progress (`spgc.runs.listener`).

    Called again after an interruption it goes on. Of several processes that a launcher started, the
    main one answers and the others get None. Raises UsageError for options that make no sense,
    before any scan is read, and DataError where there is nothing to learn from.

    >>> import spgc
    >>> spgc.train("no-such-folder", system="density", options={"bins": 3})
    Traceback (most recent call last):
    ...
    spgc.errors.UsageError: ...
    """
    asked = Training(
        DataFolder(Path(data), path_of(manifests), labels_release),
        Path(store),
        Path(model),
        system,
        option_texts(options),
        unlabelled,
        RunSettings(device, precision, workers=workers, jobs=jobs, engine=engine),
        path_of(lung_weights),
        convert,
    )
    done = run_training(asked, listener)
    return None if done is None else shown(TrainingResult, done, folder=Path(model))


def predict(
    data: str | Path = "data",
    store: str | Path = "store",
    model: str | Path = "model",
    *,
    splits: str | Sequence[str] = (),
    out: str | Path = ".",
    probabilities: bool = False,
    slices: str | Path | None = None,
    allow_missing: bool = False,
    fill: str | None = None,
    shard: str | None = None,
    options: Mapping[str, object] | None = None,
    manifests: str | Path | None = None,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "auto",
    batch_size: int | None = None,
    jobs: int = -1,
    dask: str | None = None,
    dask_tls: str | Path | None = None,
    dask_insecure: bool = False,
    lung_weights: str | Path | None = None,
    listener: Listener = NOBODY,
) -> PredictionResult:
    """Answer splits of a data folder and write the submission, as `spgc predict` does.

    data, store, model: folders of the data set, the slice store and the trained model. splits: all
    scans that are found without. out: folder of the submission. probabilities: write them as well.
    slices: where to write what each slice classifier says. allow_missing: write even if scans of a
    split lack an answer; fill: the class to write for them. shard: this part alone, "I/N", which
    `spgc.merge` joins. options, device, precision, engine, batch_size, lung_weights: as for
    `spgc.load_model`; manifests, jobs, listener: as for `spgc.train`. dask: the scheduler of a Dask
    cluster whose workers read and answer; dask_tls, dask_insecure: how to connect
    (docs/parallel.md).

    >>> import spgc
    >>> spgc.predict("no-such-folder", model="no-such-model")
    Traceback (most recent call last):
    ...
    spgc.errors.ModelError: ...

    A scan that can't be read doesn't stop the others; `result.prepared.failures` says which and
    why. Raises ModelError for a folder that is no model, DataError where nothing can be written.
    """
    asked = Predicting(
        DataFolder(Path(data), path_of(manifests)),
        Path(store),
        Path(model),
        Path(out),
        names_of(splits),
        option_texts(options),
        RunSettings(device, precision, batch_size, jobs=jobs, engine=engine),
        probabilities=probabilities,
        slices=path_of(slices),
        allow_missing=allow_missing,
        fill=fill,
        shard=None if shard is None else shard_named(shard),
        lung_weights=path_of(lung_weights),
        cluster=cluster_of(dask, dask_tls, insecure=dask_insecure),
    )
    done = shown(PredictionResult, run_prediction(asked, listener))
    gc.collect()  # networks refer to themselves; a loop over models would hold several at once
    return done
