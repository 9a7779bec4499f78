"""Slice predictions for training scans by networks that never saw them: a variant, not the paper.

The paper predicts the slices that its CNNs were trained on (section 3.3.2), so the patient
classifier learns from shares that are better than any that it will meet. With K folds each
backbone is trained K times more, each time without one fold of the training scans, and each scan's
features come from the networks of its own fold. Scans to be predicted still get the networks that
were trained on everything; those have seen K/(K - 1) times as many scans, and that difference
between training and prediction features remains.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from spgc.contract.scan import LabelledScan
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.slices.fresh_networks import fresh_predictor
from spgc.nets.slices.predictor import SlicePredictor, SliceProbabilities
from spgc.nets.slices.samples import Sample
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.learnt_slices import slice_samples
from spgc.systems.cnr_iemn.network import SliceNet
from spgc.systems.cnr_iemn.train_backbones import train_backbone
from spgc.systems.folds import Fold, each_fold, folds_of


def fold_cost(config: Config) -> str:
    """What out-of-fold features cost, in words, before the work begins."""
    count, names = config.folds, len(config.backbones)
    return (
        f"{count} folds: {count * names} further networks ({count} × {names} backbones), each on "
        f"about {count - 1}/{count} of the training scans. Training the slice stage takes about "
        f"{count} times as long as without folds."
    )


def scan_folds(
    train: Sequence[LabelledScan], samples: Sequence[Sample], config: Config
) -> dict[str, int]:
    """Fold of each training scan by case ID, 0 to K - 1; see `folds_of`."""
    learnt_from = [(train[sample.scan].case_id, sample.label) for sample in samples]
    return folds_of(train, learnt_from, config.folds, config.seed)


def out_of_fold(
    train: Sequence[LabelledScan],
    folds: Mapping[str, int],
    normals: frozenset[str],
    config: Config,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> dict[str, SliceProbabilities]:
    """Slice probabilities of every training scan by networks that never saw it, by case ID.

    Fold k of K has its networks in `folder`/folds/k-of-K; finished ones are read back. `normals`
    are the normal scans whose slices are trained on, as for the networks trained on everything.
    """
    answers: dict[str, SliceProbabilities] = {}
    for fold in each_fold(train, folds, config.folds, folder, track):
        slices = _train(fold, normals, config, runtime)
        for scan in fold.track(fold.held, "predicting unseen scans", len(fold.held)):
            answers[scan.case_id] = slices.predict(scan.case_id, scan.scan)
    return answers


def _train(fold: Fold, normals: frozenset[str], config: Config, runtime: Runtime) -> SlicePredictor:
    """Networks of a fold; the scans held out take the place of the validation scans."""
    samples, checks = (slice_samples(part, normals, config) for part in (fold.seen, fold.held))
    networks: dict[str, SliceNet] = {}
    for name in config.backbones:
        networks[name] = train_backbone(
            name,
            (fold.seen, samples),
            (fold.held, checks),
            config,
            runtime,
            fold.place,
            fold.track,
        )
    # Not converted for a faster engine, which would keep copies of networks that answer only once.
    once = dataclasses.replace(runtime, engine="torch")
    return fresh_predictor(networks, config.spec, once, fold.place)
