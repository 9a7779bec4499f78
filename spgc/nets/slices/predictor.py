"""Class probabilities of every slice of a scan, from each backbone, and its features."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from spgc.contract.scan import Scan
from spgc.errors import ModelError, SpgcError
from spgc.files.foreign_names import key_for
from spgc.files.hashes import joint_digest
from spgc.files.kept import SLICE_ANSWERS, DamagedError, Troubles, read_kept
from spgc.jobs.ahead import prefetched
from spgc.jobs.progress import Telling
from spgc.jobs.stages import Stages
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import Choice, build_engine, choose, int8_networks
from spgc.nets.engines.contract import BatchOwner, Engine, Images, Networks, ScanBatch
from spgc.nets.engines.getting_ready import EngineStart
from spgc.nets.engines.int8_folder import FACTS, quantised_key
from spgc.nets.slices.answer_rows import answer_rows, row_width
from spgc.nets.slices.batches import slice_batches
from spgc.nets.slices.spec import SliceSpec
from spgc.protocol import CLASSES

if TYPE_CHECKING:
    from torch import nn

SliceProbabilities = Mapping[str, NDArray[np.float32]]
"""(S, 3) by backbone, in `CLASSES` order, slices head to feet.

From networks whose features are used (S, 3 + F), the features behind the probabilities."""

WAITING = "networks waiting for slices"
"""The stage that overlapping should make small."""


class SlicePredictor:
    """The trained networks, ready to answer for whole scans.

    With `runtime.answers` set, a scan that was answered before is read back: the file's name holds
    the hash of networks, engine, precision and scan. A file that is not as it was written is made
    again, and `remarks` says so. Networks are read when the first scan needs them.
    """

    def __init__(
        self,
        networks: Networks,
        spec: SliceSpec,
        runtime: Runtime,
        model_hash: str,
        no_int8: SpgcError | None = None,
    ) -> None:
        """no_int8: why int8 networks may not serve this system; None where they may."""
        self._networks, self.spec, self._runtime = networks, spec, runtime
        self._no_int8 = no_int8 or networks.no_int8()
        self._width = row_width(networks)
        self._model_hash = model_hash
        self._choice: Choice | None = None
        self._same_int8 = False
        self.stages = Stages()
        self._start = EngineStart(networks, build_engine, runtime.answers, self.stages)
        self._troubles = Troubles()

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was found damaged and made again, in words."""
        return (*self._troubles.remarks(), *self._start.remarks)

    @property
    def choice(self) -> Choice:
        """Engine and precision of this run. Raises UsageError when they can't be had."""
        if self._choice is None:
            self._choice = choose(self._runtime, quantised=self._quantised)
        return self._choice

    @property
    def _quantised(self) -> bool:
        """Whether int8 networks are there and may answer."""
        folder = self._networks.int8
        return self._no_int8 is None and folder is not None and (folder / FACTS).is_file()

    @property
    def conversion(self) -> str:
        """What the networks were made into before they answered, if that changed them; or empty."""
        key = self._int8_key
        return "" if key is None else f"int8-{key[:12]}"

    def predict(self, case_id: str, scan: Scan) -> SliceProbabilities:
        """Probabilities of all slices of one scan."""
        ((_, answers),) = self.predict_many([(case_id, scan)])
        return answers

    def predict_many(
        self, scans: Iterable[tuple[str, Scan]]
    ) -> Telling[tuple[str, SliceProbabilities]]:
        """Each scan's ID and answers, a scan as soon as it has all; memory does not grow.

        Known scans come at once, others when their last batch is through: order may differ from
        that of `scans`, answers don't. It tells which network is converted before the first one.
        """
        return Telling(self._each(scans), self.status)

    def status(self) -> str:
        """What the engine does before its first answer, in words; empty from then on."""
        return self._start.status(self.choice.engine)

    def unready(self) -> list[str]:
        """Networks that are converted before the first answer; none where that was done before."""
        return self._start.unready(self.choice)

    def get_ready(self) -> Iterator[str]:
        """Convert them; the name of each as soon as it is done."""
        return self._start.get_ready(self.choice)

    def then(self, work: Callable[[], object]) -> None:
        """Do this while the networks of the first scan run; see `EngineStart.then`."""
        self._start.then(work)

    def _each(self, scans: Iterable[tuple[str, Scan]]) -> Iterator[tuple[str, SliceProbabilities]]:
        if not self._any_answers():
            self._start_engine()  # it gets ready while the first scan is read
        known: list[tuple[str, SliceProbabilities]] = []
        pending = _Pending(self._networks.names)
        batches = prefetched(self._batches(self._unknown(scans, known)))
        for batch in self.stages.timed(batches, WAITING):
            yield from _drained(known)
            for owner, answers in pending.add(batch, self._answer(batch)):
                self._keep(owner, answers)
                yield owner.case_id, answers
        yield from _drained(known)

    def _unknown(
        self, scans: Iterable[tuple[str, Scan]], known: list[tuple[str, SliceProbabilities]]
    ) -> Iterator[tuple[str, Scan]]:
        """The scans without kept answers; the others' answers go to `known`."""
        for case_id, scan in scans:
            path = self._path(case_id, scan.key)
            kept = None
            if path is not None:
                try:
                    kept = _read(path, self._networks.names, (scan.n_slices, self._width))
                except DamagedError:
                    self._troubles.damaged.add(case_id)
            if kept is None:
                yield case_id, scan
            else:
                known.append((case_id, kept))

    def _batches(self, scans: Iterable[tuple[str, Scan]]) -> Iterator[ScanBatch]:
        sizes = self._networks.sizes.values()
        return slice_batches(scans, sizes, self.spec, self.choice.batch, self.stages)

    def _answer(self, batch: ScanBatch) -> dict[str, NDArray[np.float32]]:
        """Rows (B, 3 + F) of one batch by backbone."""
        engine = self._ready_engine()
        used = len(batch.owners)
        with self.stages.of("networks", used, libraries=True):
            return {
                name: answer_rows(
                    name,
                    engine.logits(name, batch.images[size], batch.positions, used),
                    self._width,
                )
                for name, size in self._networks.sizes.items()
            }

    def _start_engine(self) -> Future[Engine]:
        """The engine, which a thread gets ready."""
        _ = self._int8_key  # before its networks are read
        return self._start.engine(self.choice)

    def _ready_engine(self) -> Engine:
        """The engine, ready. Raises ModelError where its networks are others than was noted."""
        engine = self._start_engine().result()
        if not self._same_int8 and self._int8_key != self._int8_key_now():
            raise ModelError(
                "the model was quantised again in the meantime",
                where=self._networks.int8,
                expected="the int8 networks with which this command began",
                do="run the command again",
            )
        self._same_int8 = True
        return engine

    def _any_answers(self) -> bool:
        """Whether an earlier run kept answers: then it may be that no network has to run."""
        kept = self._runtime.answers
        return kept is not None and next(kept.glob(f"*{SLICE_ANSWERS}"), None) is not None

    def answer_images(
        self, backbone: str, images: Images, position: tuple[float, float]
    ) -> NDArray[np.float32]:
        """Probabilities (B, 3) of any images, as `image_rows` has them."""
        return self.image_rows(backbone, images, position)[:, : len(CLASSES)]

    def image_rows(
        self, backbone: str, images: Images, position: tuple[float, float]
    ) -> NDArray[np.float32]:
        """Rows (B, 3 + F) of any images (B, 3, s, s) as if they lay at one place of a scan.

        They run in the batches of whole scans, the last one filled up: an answer does not depend
        on how many images came with it.
        """
        engine, size = self._ready_engine(), self.choice.batch
        positions = np.tile(np.array(position, np.float32), (size, 1))
        logits = []
        for start in range(0, len(images), size):
            part = images[start : start + size]
            full = np.zeros((size, *images.shape[1:]), np.float32)
            full[: len(part)] = part
            logits.append(engine.logits(backbone, full, positions, len(part)))
        return answer_rows(backbone, np.concatenate(logits), self._width)

    def _path(self, case_id: str, key: str) -> Path | None:
        if self._runtime.answers is None:
            return None
        facts = f"{self._model_hash}|{self.choice.engine}|{self._precision_key}|{key}"
        if self._networks.features:
            facts += f"|{self._networks.features} features"
        digest = hashlib.sha256(facts.encode()).hexdigest()[:24]
        return self._runtime.answers / f"{key_for(case_id)}-{digest}{SLICE_ANSWERS}"

    @property
    def _precision_key(self) -> str:
        key = self._int8_key
        return self.choice.precision if key is None else f"int8 {key}"

    @cached_property
    def _int8_key(self) -> str | None:
        """What tells the int8 networks from others, the same throughout a run."""
        return self._int8_key_now()

    def _int8_key_now(self) -> str | None:
        """The same as the folder has it at this moment; None where no int8 networks answer."""
        if self.choice.precision != "int8" or self._networks.int8 is None:
            return None
        return quantised_key(self._networks.int8)

    @property
    def networks(self) -> Networks:
        return self._networks

    def check(self) -> None:
        """Raise UsageError or ModelError for an engine or precision that can't be had."""
        if self.choice.precision == "int8":
            if self._no_int8 is not None:
                raise self._no_int8
            int8_networks(self._networks)

    def _keep(self, owner: BatchOwner, answers: SliceProbabilities) -> None:
        path = self._path(owner.case_id, owner.key)
        if path is not None:
            self._troubles.keep(owner.case_id, path, save(dict(answers)))


def predictor(
    load: Callable[[str], nn.Module],
    spec: SliceSpec,
    runtime: Runtime,
    digests: Mapping[str, str],
    int8: Path | None = None,
    no_int8: SpgcError | None = None,
    features: int = 0,
) -> SlicePredictor:
    """A predictor for the backbones of `spec`.

    load: gives a backbone's trained network when it is needed; digests: SHA-256 of the weights
    by backbone; int8: folder of the quantised networks; no_int8: as in `SlicePredictor`; features:
    as in `Networks`.
    """
    networks = Networks(load, dict(digests), spec.sizes, int8, features)
    return SlicePredictor(networks, spec, runtime, joint_digest(digests), no_int8)


class _Pending:
    """Answers of scans that are not through yet."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._rows: list[tuple[BatchOwner, dict[str, list[NDArray[np.float32]]]]] = []

    def add(
        self, batch: ScanBatch, answers: Mapping[str, NDArray[np.float32]]
    ) -> Iterator[tuple[BatchOwner, SliceProbabilities]]:
        """Take a batch's answers; the scans that are complete with it."""
        for row, owner in enumerate(batch.owners):
            if not self._rows or self._rows[-1][0] is not owner:
                self._rows.append((owner, {name: [] for name in self._names}))
            for name in self._names:
                self._rows[-1][1][name].append(answers[name][row])
        while self._rows and len(self._rows[0][1][self._names[0]]) == self._rows[0][0].slices:
            owner, rows = self._rows.pop(0)
            yield owner, {name: np.stack(parts) for name, parts in rows.items()}


def _drained(
    known: list[tuple[str, SliceProbabilities]],
) -> Iterator[tuple[str, SliceProbabilities]]:
    while known:
        yield known.pop(0)


def _read(
    path: Path, backbones: tuple[str, ...], shape: tuple[int, int]
) -> SliceProbabilities | None:
    """Answers of an earlier run, or None when there are none. Raises DamagedError."""
    content = read_kept(path)
    if content is None:
        return None
    try:
        found = load(content)
        answers = {name: found[name] for name in backbones}
    except (SafetensorError, ValueError, KeyError) as error:
        raise DamagedError("not safetensors of these networks") from error
    if any(rows.shape != shape for rows in answers.values()):
        raise DamagedError("another number of slices")
    return answers
