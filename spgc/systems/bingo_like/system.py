"""Bingo-like: adaptive boosting of slice networks over clusters of the slices."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spgc.classifiers.boosted_trees import BoostedTrees, boost_trees
from spgc.contract.scan import LabelledScan, NamedScan, Scan, in_case_order
from spgc.contract.slices import SliceInput
from spgc.contract.system import Prediction
from spgc.errors import UsageError
from spgc.files.whole import make_folder
from spgc.jobs.progress import Track, silent
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.slices.predictor import SliceProbabilities
from spgc.nets.slices.spec import SliceSpec
from spgc.protocol import CLASSES
from spgc.systems.bingo_like.bingo_settings import (
    BASE,
    FLAGS,
    PRESETS,
    TREES,
    BingoSettings,
)
from spgc.systems.bingo_like.votes import VOTES_FILE, read_votes, voted, write_votes
from spgc.systems.network_system import weights_file
from spgc.systems.slice_options import labels_only
from spgc.systems.slice_system import SliceSystem
from spgc.systems.training_data import check_classes, trained_on_slices

if TYPE_CHECKING:
    from torch import nn

    from spgc.systems.bingo_like.boosting import BoostingWork

TREES_FILE = f"{TREES}.json"


class BingoLike(SliceSystem[BingoSettings]):
    """A design after the abstract of Bingo (ICASSP 2021), seventh of the challenge.

    A first network's features part the normal and the COVID-19 slices into clusters. Each round of
    boosting fine-tunes a network on one cluster of both and all CAP slices; what it misses weighs
    more in the next. A scan's probabilities are the mean of the learners' over slices with lung.
    """

    name = "bingo-like"
    summary = "adaptive boosting of slice networks over clusters of slices (after Bingo, 7th)"
    settings_type = BingoSettings
    flags = FLAGS
    presets = PRESETS
    packages = ("torch", "torchvision", "scikit-learn")
    origin = (
        "The structure is team Bingo's, after their abstract (ICASSP 2021, pp. 8563-8567); the "
        "numbers are ours, and so is what exactly is boosted and clustered."
    )
    limits = (
        "From the abstract: ensemble learning with adaptive boosting and clustering of the data "
        "set. All else is ours: nothing here promises to be what the team did.",
        "The original named none of the ten CAP scans of Test-2, and all its COVID-19 and normal "
        "ones. Expect this of a model built the same way, and look at CAP first.",
        "Slices with little lung have no say; in a scan without any slice of more lung all have.",
    )

    def __init__(self, settings: BingoSettings | None = None, run: Runtime | None = None) -> None:
        super().__init__(settings or BingoSettings(), run or Runtime())
        self._votes: NDArray[np.float64] | None = None
        self._trees: BoostedTrees | None = None

    @property
    def spec(self) -> SliceSpec:
        return self.settings.spec

    @property
    def boosts_trees(self) -> bool:
        return self.settings.learner == "tree"

    @property
    def row_features(self) -> int:
        """Trees look at the base network's features, networks answer themselves."""
        if not self.boosts_trees:
            return 0
        from spgc.nets.slices.backbones import feature_width

        return feature_width(self.settings.backbone)

    @property
    def training_networks(self) -> Mapping[str, str]:
        """The base network alone has first weights; learners start from it."""
        return {BASE: self.settings.backbone}

    @classmethod
    def network(
        cls, name: str, settings: BingoSettings, weights: str = "none", folder: Path | None = None
    ) -> nn.Module:
        from spgc.systems.bingo_like.base_network import build

        return build(settings, weights, folder)

    def no_int8(self) -> UsageError:
        """A scan's answer is a mean of probabilities, of which int8 networks keep the label."""
        return labels_only(self.name)

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        """Train the base network and all rounds on `train` and write the model to `folder`.

        `val` only tells how each epoch does on slices. Raises DataError when a class has no scan or
        no labelled slice, UsageError for unlabelled scans and for several processes.
        """
        from spgc.nets import processes
        from spgc.nets.slices.drawn_training import sure_samples
        from spgc.systems.bingo_like.base_network import learnt_samples, train_base
        from spgc.systems.bingo_like.boosting import BoostingWork

        self.refuse(unlabelled)
        if processes.count() > 1:
            raise UsageError(
                "boosting runs in one process", found=processes.count(), do="start it by itself"
            )
        train, val = in_case_order(train), in_case_order(val)
        samples = learnt_samples(train, self.settings.lung_area, track)
        labels = [sample.label for sample in samples]
        check_classes(train, labels)
        choose(self.run)  # the engine that answers when all is trained
        make_folder(folder)
        learn, check = (train, samples), (val, sure_samples(val))
        base = train_base(learn, check, self.settings, self.run, folder, track)
        work = BoostingWork(learn, check, base, self.settings, self.run, folder, track)
        files = self._boost_trees(work) if self.boosts_trees else self._boost_networks(work)
        self.write(folder, files, trained_on_slices(train, labels))

    def _boost_networks(self, work: BoostingWork) -> list[str]:
        """Train all rounds; the names of the model's files."""
        from spgc.systems.bingo_like.boosting import boosted_rounds

        names = self.settings.learners
        rounds = boosted_rounds(work)
        self._votes = np.array([one.vote for one in rounds])
        facts = [{"vote": one.vote, "error": one.error, "slices": one.slices} for one in rounds]
        write_votes(work.folder / VOTES_FILE, facts)
        networks = {name: one.network for name, one in zip(names, rounds, strict=True)}
        self.answer_with(networks, work.folder)
        return [*map(weights_file, names), VOTES_FILE]

    def _boost_trees(self, work: BoostingWork) -> list[str]:
        """Boost trees on the base network's features; the names of the model's files."""
        from spgc.nets.slices.weighted_draws import balanced_weights

        settings, features = self.settings, work.features()
        weights = balanced_weights(work.learn[1])
        found = boost_trees(
            features, work.classes, weights, settings.trees, settings.tree_depth, settings.seed
        )
        trees, votes = zip(*work.track(found, "boosting trees", settings.trees), strict=True)
        self._trees = BoostedTrees(trees, votes)
        self._trees.save(work.folder / TREES_FILE)
        self.answer_with({BASE: work.base}, work.folder)
        return [weights_file(BASE), TREES_FILE]

    def _read(self, folder: Path) -> None:
        self.answer_from(folder)
        if self.boosts_trees:
            self._trees = BoostedTrees.load(folder / TREES_FILE, self.row_features)
        else:
            self._votes = read_votes(folder / VOTES_FILE, self.settings.rounds)

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID."""
        from spgc.systems.bingo_like.lung_slices import with_lung_only

        shown = with_lung_only(scans, self.settings.lung_area)
        answered = track(self.slices.predict_many(shown), "slices of scans", total)
        return {case_id: self._prediction(rows) for case_id, rows in answered}

    def _prediction(self, rows: SliceProbabilities) -> Prediction:
        """The class of the largest mean probability."""
        answers = list(self._answers(rows).values())
        votes = np.ones(1) if self._votes is None else self._votes
        found = voted(answers, votes)
        covid19, cap, normal = found.tolist()
        return Prediction(CLASSES[int(np.argmax(found))], (covid19, cap, normal))

    def _answers(self, rows: SliceProbabilities) -> dict[str, NDArray[np.float32]]:
        """(S, 3) probabilities by the name of each learner; the trees answer together."""
        if self._trees is None:
            return dict(rows)
        return {TREES: self._trees.probabilities(rows[BASE][:, len(CLASSES) :])}

    def slice_probabilities(self, case_id: str, scan: Scan) -> SliceProbabilities:
        """What each learner says of each slice, with little lung or much: (S, 3) by its name."""
        return self._answers(self.slices.predict(case_id, scan))

    def slice_inputs(self, scan: Scan, index: int) -> dict[str, SliceInput]:
        """What each learner gets of a slice, 0 at the head, ready to be asked about changes."""
        inputs = super().slice_inputs(scan, index)
        if self._trees is None:
            return inputs
        ask = partial(self.slices.image_rows, BASE, position=(0.0, 0.0))  # it looks at no place

        def answer(images: NDArray[np.float32]) -> NDArray[np.float32]:
            return self._answers({BASE: ask(images)})[TREES]

        return {TREES: dataclasses.replace(inputs[BASE], answer=answer)}
