"""Where a training stands and what it writes: checkpoint, best weights, table and curves."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor

from spgc.errors import ModelError
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.training.checkpoint import load_progress, save_progress, save_weights
from spgc.nets.training.learner import Learner
from spgc.nets.training.loading import Feed
from spgc.nets.training.metrics import Line, Metrics
from spgc.nets.training.schedule import Schedule
from spgc.nets.training.start import Start, draft_file, final_file
from spgc.nets.training.state import Standing, means, no_tally

SAVE_EVERY = 60.0
"""Seconds of training that a kill can lose at most; saving 800 MB takes about one itself."""

SHOW_EVERY = 0.5
"""Seconds between looks at the loss: on a GPU each of them waits until the step is done."""

CURVE_EVERY = 10
"""Steps to one point of a training curve."""


class Record:
    """The standing of one backbone's training, and its files in `folder`.

    `start` holds the training's fingerprint: what lies in the folder from another is not used.
    Every process keeps the standing, the main one alone writes.
    """

    def __init__(
        self,
        backbone: str,
        start: Start,
        learner: Learner,
        feed: Feed,
        runtime: Runtime,
        folder: Path,
    ) -> None:
        self.backbone, self._learner, self._feed = backbone, learner, feed
        self._folder, self._every = folder, runtime.evaluate_every
        self._known = {"fingerprint": start.mark}
        if start.weights:
            self._known["start"] = start.weights
        found = load_progress(learner, self._draft, start.mark)
        self._standing = found or Standing()
        processes.agree((start.mark[:12], self.step))
        self._metrics: Metrics | None = None
        if processes.is_main():
            self._metrics = Metrics(folder, backbone, found, curves=runtime.tensorboard)
            if found is None:  # of another training
                self._best.unlink(missing_ok=True)
        self._pending: list[Tensor] = []
        self._started = self._saved = self._shown = time.monotonic()
        self.status = self._text()

    @property
    def _draft(self) -> Path:
        return draft_file(self._folder, self.backbone)

    @property
    def _best(self) -> Path:
        return self._folder / f"{self.backbone}.best.safetensors"

    @property
    def schedule(self) -> Schedule:
        return self._learner.schedule

    @property
    def step(self) -> int:
        """Steps done."""
        return self._standing.step

    def add(self, tally: Tensor) -> None:
        """Note a step that was taken; `tally` is summed over all processes."""
        self._standing.step += 1
        self._pending.append(tally)
        due = self.step % CURVE_EVERY == 0
        if due or tally.device.type == "cpu" or time.monotonic() - self._shown > SHOW_EVERY:
            self._look()
        if due:
            if self._metrics is not None:
                self._metrics.curve(self.step, means(self._standing.recent), self._learner.rate)
            self._standing.recent = no_tally()

    def _look(self) -> None:
        """Fetch tallies from the device, take the time, and say how it goes."""
        for number, tally in enumerate(self._pending, self.step - len(self._pending) + 1):
            values = tally.cpu().double()
            if not values.isfinite().all():
                raise self._diverged(number, f"loss {values[0] / values[-1]:.3g}")
            self._standing.epoch += values
            self._standing.recent += values
        self._pending.clear()
        now = time.monotonic()
        self._standing.seconds += now - self._started
        self._standing.waited += self._feed.waited
        self._started = self._shown = now
        self._feed.waited = 0.0
        self.status = self._text()

    def _text(self) -> str:
        """Epoch, loss, accuracy, speed and waiting in one line."""
        standing, so_far = self._standing, means(self._standing.epoch)
        epoch = min(self.schedule.epoch_of(self.step), self.schedule.config.epochs - 1) + 1
        text = f"epoch {epoch}/{self.schedule.config.epochs}"
        if so_far.slices:
            text += (
                f" · loss {so_far.loss:.3f} · {so_far.accuracy:.1%} right"
                f" · {so_far.slices / standing.seconds:.3g} slices/s"
                f" · {standing.waited / standing.seconds:.1%} waiting for data"
            )
        return text

    def evaluation_due(self) -> bool:
        """After each epoch, and every so many steps where that was asked for."""
        often = self._every is not None and self.step % self._every == 0
        return self._standing.evaluated < self.step and (
            often or self.schedule.ends_epoch(self.step)
        )

    def evaluated(self, hits: int, slices: int) -> None:
        """Note validation hits; the weights with most of them so far are kept, the earlier ones
        where hits are equal."""
        standing = self._standing
        standing.evaluated = self.step
        if self._metrics is not None:
            self._metrics.note(self._line(hits, slices))
        if slices and hits > standing.best_hits:
            standing.best_hits, standing.best_step = hits, self.step
            self._save_weights(self._best, {"val_hits": str(hits), "step": str(self.step)})
        if self.schedule.ends_epoch(self.step):
            standing.epoch, standing.seconds, standing.waited = no_tally(), 0.0, 0.0

    def _line(self, hits: int, slices: int) -> Line:
        standing, train = self._standing, means(self._standing.epoch)
        seconds = standing.seconds or 1.0
        loss, class_loss, region_loss = (
            f"{value:.6f}" if train.slices else ""
            for value in (train.loss, train.class_loss, train.region_loss)
        )
        return Line(
            self.backbone,
            -(-self.step // self.schedule.epoch_steps),
            self.step,
            f"{self._learner.rate:g}",
            loss,
            class_loss,
            region_loss,
            train.hits,
            train.slices,
            hits,
            slices,
            f"{train.slices / seconds:.4g}" if train.slices else "",
            f"{standing.waited / seconds:.4f}" if train.slices else "",
        )

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """What is done in here is no training time; on a GPU, first let it finish its steps.

        Raises ModelError when training has diverged: before anything is written.
        """
        self._look()
        state = self._learner.network.state_dict()
        if not all(tensor.isfinite().all() for tensor in state.values()):
            raise self._diverged(self.step, "weights that are not finite")
        yield
        self._started = time.monotonic()

    def _diverged(self, step: int, found: str) -> ModelError:
        return ModelError(
            "training has diverged",
            found=f"{found} after step {step} of {self.schedule.steps}",
            where=self.backbone,
            expected="finite numbers",
            do="train with a smaller learning_rate, or in --precision fp32; what was saved before "
            "is kept",
        )

    def save_due(self) -> bool:
        return time.monotonic() - self._saved > SAVE_EVERY

    def save(self) -> None:
        """Write what going on needs."""
        if processes.is_main():
            save_progress(self._learner, self._standing, self._known, self._draft)
        self._saved = time.monotonic()

    def finish(self) -> None:
        """Write the last weights, which are the result; the checkpoint has had its day."""
        self._save_weights(final_file(self._folder, self.backbone), {})
        if processes.is_main():
            self._draft.unlink(missing_ok=True)
        processes.meet()

    def close(self) -> None:
        if self._metrics is not None:
            self._metrics.close()

    def _save_weights(self, path: Path, facts: dict[str, str]) -> None:
        if processes.is_main():
            facts = self._known | {"backbone": self.backbone} | facts
            save_weights(self._learner.network, path, facts)
