"""TheSaviours as a challenge system: train both stages, vote, read and write the model folder.

torch is imported where it is used: an engine that has its network ready starts without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spgc.contract.scan import LabelledScan, NamedScan, in_case_order
from spgc.contract.system import Options, Prediction
from spgc.jobs.progress import Track, silent
from spgc.model.document import MODEL
from spgc.model.trained_on import val_facts
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import choose
from spgc.nets.slices.chosen import chosen_slices
from spgc.nets.slices.spec import SliceSpec
from spgc.protocol import CLASSES
from spgc.systems.slice_system import SliceSystem
from spgc.systems.thesaviours.card_lines import card_lines, check_epoch, epoch_line
from spgc.systems.thesaviours.config_options import (
    FLAGS,
    RELEASED,
    check_settings,
    check_words,
    with_released_bugs,
)
from spgc.systems.thesaviours.settings import AS_RELEASED, PRESETS, Settings
from spgc.systems.thesaviours.votes import Votes, vote_sums, voted
from spgc.systems.thesaviours.windows import answering_window, released_window
from spgc.systems.training_data import check_classes, trained_on_slices

if TYPE_CHECKING:
    from spgc.nets.slices.classifier_network import SliceClassifier
    from spgc.systems.thesaviours.learnt_slices import PseudoLabels


class TheSaviours(SliceSystem[Settings]):
    """The winners of the challenge; `settings` decide what it is, `run` how it runs."""

    name = "thesaviours"
    summary = (
        "TheSaviours, 1st of the challenge: infected slices by two DenseNet-121, classes of slices "
        "by an EfficientNet-B5, weighted vote"
    )
    settings_type = Settings
    flags = FLAGS
    presets = PRESETS
    answer_options = ("test_window",)
    packages = ("torch", "torchvision", "imagecodecs")

    def __init__(self, settings: Settings | None = None, run: Runtime | None = None) -> None:
        super().__init__(settings or Settings(), run or Runtime())

    @classmethod
    def options(cls) -> Mapping[str, str]:
        """Every field of the settings, `preset`, `as_released` and what training alone has."""
        return {RELEASED: "true or false; default false"} | dict(super().options())

    @classmethod
    def read_settings(cls, options: Options) -> Settings:
        settings = super().read_settings(with_released_bugs(options))
        cls.check(settings)
        return settings

    @classmethod
    def check(cls, settings: Settings) -> None:
        check_settings(settings)

    @classmethod
    def answering(cls, settings: Settings, options: Options) -> Settings:
        """Option `test_window` says which slices vote."""
        changed = super().answering(settings, options)
        check_words(changed)
        return changed

    @classmethod
    def network(
        cls, name: str, settings: Settings, weights: str = "none", folder: Path | None = None
    ) -> SliceClassifier:
        from spgc.systems.thesaviours.networks import class_network

        return class_network(settings, weights, folder)

    @property
    def spec(self) -> SliceSpec:
        return self.settings.spec

    @property
    def training_networks(self) -> Mapping[str, str]:
        """The backbones of both stages by the names of their networks."""
        from spgc.systems.thesaviours.pseudo_labels import NETWORKS

        stage1 = dict.fromkeys(NETWORKS.values(), self.settings.slice_backbone)
        return {**stage1, self.settings.backbone: self.settings.backbone}

    @property
    def best_epoch(self) -> bool:
        """The epoch of the lowest loss answers; the last one's weights lie beside it."""
        return True

    @property
    def limits(self) -> Sequence[str]:
        """What is theirs and what is not, what these settings change, and which epoch answers."""
        learnt = self._document.get("trained_on", {})
        chosen = [epoch_line(learnt["chosen"])] if "chosen" in learnt else []
        return (*card_lines(self.settings), *chosen)

    @property
    def chooses_by_val(self) -> bool:
        """Whether it learns from the validation split."""
        return self.settings.use_val

    def fit(
        self,
        train: Sequence[LabelledScan],
        val: Sequence[LabelledScan],
        folder: Path,
        track: Track = silent,
        *,
        unlabelled: Sequence[NamedScan] = (),
    ) -> None:
        """Train both stages on `train`, and on `val` with option use_val, into `folder`.

        Raises DataError when a class has no scan or no slice to learn from, UsageError for
        unlabelled scans.
        """
        from spgc.files.whole import make_folder
        from spgc.nets import processes
        from spgc.nets.slices.network_training import check_weights_before_reading
        from spgc.systems.thesaviours.pseudo_labels import kept_files, pseudo_labels
        from spgc.systems.thesaviours.rounds import (
            check_held_out,
            chosen_epoch,
            slices_of,
            trained_class_network,
        )

        self.refuse(unlabelled)
        settings = self.settings
        scans = in_case_order([*train, *val] if settings.use_val else train)
        check_classes(scans, range(len(CLASSES)))  # of scans; slices are checked below
        check_held_out(scans, settings)
        choose(self.run)  # the engine that answers when all is trained
        with processes.main_first():  # one downloads
            check_weights_before_reading(settings.weights, self.training_networks, self.run, folder)
        make_folder(folder)
        pseudo = pseudo_labels(scans, settings, self.run, folder, track)
        slices = slices_of(scans, pseudo, settings)
        check_classes(scans, [sample.label for sample in slices.learnt])
        network = trained_class_network(scans, slices, settings, self.run, folder, track)
        if not processes.is_main():
            return
        self.answer_with({settings.backbone: network}, folder)
        facts = trained_on_slices(train, [sample.label for sample in slices.learnt])
        facts |= {"chosen": chosen_epoch(slices, settings, folder), "pseudo_labels": _told(pseudo)}
        if settings.use_val:
            facts |= val_facts(val)
        answering = self.answering_file(settings.backbone)
        self.write(folder, [answering, *kept_files(scans, settings)], facts)

    def _read(self, folder: Path) -> None:
        check_epoch(self._document["trained_on"], folder / MODEL)
        self.answer_from(folder)

    def votes(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Votes]:
        """The weighted votes of each scan's slices, by case ID.

        A scan of which the released window holds no slice has no vote.
        """
        predictor, found = self.slices, dict[str, Votes]()

        def windows() -> Iterator[NamedScan]:
            for case_id, scan in scans:
                if window := self.window(scan.n_slices):
                    yield case_id, chosen_slices(scan, window)
                else:
                    found[case_id] = vote_sums(())

        for case_id, answers in track(predictor.predict_many(windows()), "slices of scans", total):
            found[case_id] = vote_sums(answers[self.settings.backbone].argmax(axis=1))
        return found

    def slices_shown(self, count: int) -> int:
        """How many slices of a scan of `count` the network is shown."""
        return len(self.window(count))

    def window(self, slices: int) -> tuple[int, ...]:
        """Which slices of a scan of so many vote, 0 at the head."""
        released = self.settings.test_window == AS_RELEASED
        return released_window(slices) if released else answering_window(slices)

    def predict(
        self, scans: Iterable[NamedScan], total: int | None = None, track: Track = silent
    ) -> dict[str, Prediction]:
        """One answer per scan, by case ID."""
        return {name: voted(votes) for name, votes in self.votes(scans, total, track).items()}


def _told(pseudo: PseudoLabels) -> dict[str, int]:
    """What model.json says of stage 1's marks."""
    return {"scans": len(pseudo), "infected_slices": sum(map(len, pseudo.values()))}
