"""The recorder of a training: its state, checkpoint, best weights, table and curves."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from torch import Tensor

from spgc.errors import ModelError
from spgc.files.whole import remove_file
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.training.checkpoint import save_weights
from spgc.nets.training.learner import Learner
from spgc.nets.training.loading import Loading
from spgc.nets.training.metrics import Metrics, columns_of
from spgc.nets.training.saved_progress import load_progress, save_progress
from spgc.nets.training.schedule import Schedule
from spgc.nets.training.start import Start, best_file, best_is_of, draft_file, final_file
from spgc.nets.training.state import Sums, TrainingState, shares

SAVE_EVERY = 60.0
"""Seconds of training that a kill can lose at most; saving 800 MB takes about one itself."""

SHOW_EVERY = 0.5
"""Seconds between looks at the loss: on a GPU each of them waits until the step is done."""

CURVE_EVERY = 10
"""Steps to one point of a training curve."""


class Recorder:
    """The state of one network's training, and its files in `folder`.

    `start` holds the training's fingerprint: what lies in the folder from another is not used.
    Every process keeps the state, the main one alone writes.
    """

    def __init__(
        self,
        network: str,
        start: Start,
        learner: Learner,
        loading: Loading,
        runtime: Runtime,
        folder: Path,
    ) -> None:
        self.network, self._learner, self._loading = network, learner, loading
        self._task, self._sums = learner.task, Sums(learner.task)
        self._folder, self._every = folder, runtime.evaluate_every
        self._known = {"fingerprint": start.mark}
        if start.weights:
            self._known["start"] = start.weights
        found = load_progress(learner, self._draft, start.mark) if start.begun else None
        self._state = found or TrainingState(self._sums.none(), self._sums.none())
        processes.agree((start.mark[:12], self.step))
        self._metrics: Metrics | None = None
        if processes.is_main():
            columns = columns_of(self._task)
            self._metrics = Metrics(folder, network, columns, found, curves=runtime.tensorboard)
            if not self._has_best(start.mark):  # it is of another training
                remove_file(self._best)
        self._pending: list[Tensor] = []
        self._started = self._saved = self._shown = time.monotonic()
        self.status = self._text()

    def _has_best(self, mark: str) -> bool:
        """Whether the best weights are its own; where they are not, the next evaluation's are."""
        state = self._state
        if state.best and not best_is_of(self._folder, self.network, mark, state.best_step):
            state.best, state.best_step = {}, -1
        return bool(state.best)

    @property
    def _draft(self) -> Path:
        return draft_file(self._folder, self.network)

    @property
    def _best(self) -> Path:
        return best_file(self._folder, self.network)

    @property
    def schedule(self) -> Schedule:
        return self._learner.schedule

    @property
    def step(self) -> int:
        """Steps done."""
        return self._state.step

    @property
    def _epoch(self) -> int:
        """The epoch that the last step was of, from 1; 0 before training."""
        return -(-self.step // self.schedule.epoch_steps)

    def add(self, sums: Tensor) -> None:
        """Note a step that was taken; `sums` are those of all processes."""
        self._state.step += 1
        self._pending.append(sums)
        due = self.step % CURVE_EVERY == 0
        if due or sums.device.type == "cpu" or time.monotonic() - self._shown > SHOW_EVERY:
            self._look()
        if due:
            if self._metrics is not None:
                shown = self._sums.shown(self._state.recent) | {"learning rate": self._learner.rate}
                self._metrics.draw(self.step, _curves("training", shown))
            self._state.recent = self._sums.none()

    def _look(self) -> None:
        """Fetch sums from the device, take the time, and say how it goes."""
        for number, sums in enumerate(self._pending, self.step - len(self._pending) + 1):
            values = sums.cpu().double()
            if not values.isfinite().all():
                raise self._diverged(number, f"loss {values[0] / values[-1]:.3g}")
            self._state.epoch += values
            self._state.recent += values
        self._pending.clear()
        now = time.monotonic()
        self._state.seconds += now - self._started
        self._state.waited += self._loading.waited
        self._started = self._shown = now
        self._loading.waited = 0.0
        self.status = self._text()

    def _text(self) -> str:
        """Epoch, loss, accuracy, speed and waiting in one line."""
        state, epochs = self._state, self.schedule.plan.epochs
        epoch = min(self.schedule.epoch_of(self.step), epochs - 1) + 1
        text = f"epoch {epoch}/{epochs}"
        if items := self._sums.items(state.epoch):
            text += (
                f" · {self._task.progress(self._sums.shown(state.epoch))}"
                f" · {items / state.seconds:.3g} {self.schedule.plan.items}/s"
                f" · {state.waited / state.seconds:.1%} waiting for data"
            )
        return text

    def evaluation_due(self) -> bool:
        """After each epoch, and every so many steps where that was asked for."""
        often = self._every is not None and self.step % self._every == 0
        return self._state.evaluated < self.step and (often or self.schedule.ends_epoch(self.step))

    def evaluated(self, found: Mapping[str, float]) -> None:
        """Note an evaluation; the weights of the best one so far are kept."""
        state = self._state
        state.evaluated = self.step
        if self._metrics is not None:
            self._metrics.note(self._row(found))
            self._metrics.draw(self.step, self._figures(found))
        if found["items"] and (not state.best or self._task.better(found, state.best)):
            state.best, state.best_step = dict(found), self.step
            values = {f"val_{name}": str(found[name]) for name in self._task.checks}
            place = {"step": str(self.step), "epoch": str(self._epoch)}
            self._save_weights(self._best, values | place)
        if self.schedule.ends_epoch(self.step):
            state.epoch, state.seconds, state.waited = self._sums.none(), 0.0, 0.0

    def _row(self, found: Mapping[str, float]) -> list[str]:
        """A row of training.csv, in the order of `columns_of`; without items no means."""
        state, items = self._state, self._sums.items(self._state.epoch)
        means = self._sums.means(state.epoch).values()
        counts = self._sums.counts(state.epoch).values()
        return [
            self.network,
            str(self._epoch),
            str(self.step),
            f"{self._learner.rate:g}",
            *(f"{value:.6f}" if items else "" for value in means),
            *map(str, counts),
            str(items),
            *(str(found[name]) for name in self._task.checks),
            str(found["items"]),
            *self._speed(),
        ]

    def _speed(self) -> tuple[str, str]:
        """Items per second and the share of time spent waiting, of this epoch; or nothing."""
        state, items = self._state, self._sums.items(self._state.epoch)
        seconds = state.seconds or 1.0
        return (f"{items / seconds:.4g}", f"{state.waited / seconds:.4f}") if items else ("", "")

    def _figures(self, found: Mapping[str, float]) -> dict[str, float]:
        """Points of the curves at an evaluation."""
        figures = _curves("validation", shares(self._task.checks, found, int(found["items"])))
        speed, waiting = self._speed()
        if speed:
            figures["speed/slices per second"] = float(speed)
            figures["speed/share waiting for data"] = float(waiting)
        return figures

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
            where=self.network,
            expected="finite numbers",
            do="train with a smaller learning_rate, or in --precision fp32; what was saved before "
            "is kept",
        )

    def save_due(self) -> bool:
        return time.monotonic() - self._saved > SAVE_EVERY

    def save(self) -> None:
        """Write what going on needs."""
        if processes.is_main():
            save_progress(self._learner, self._state, self._known, self._draft)
        self._saved = time.monotonic()

    def finish(self) -> None:
        """Write the last weights, the result, then delete the checkpoint, no longer needed."""
        self._save_weights(final_file(self._folder, self.network), {})
        if processes.is_main():
            remove_file(self._draft)
        processes.meet()

    def close(self) -> None:
        if self._metrics is not None:
            self._metrics.close()

    def _save_weights(self, path: Path, facts: dict[str, str]) -> None:
        if processes.is_main():
            facts = self._known | {"backbone": self.network} | facts
            save_weights(self._learner.network, path, facts)


def _curves(group: str, figures: Mapping[str, float]) -> dict[str, float]:
    """Figures by the names of their curves: `training/class loss`."""
    return {f"{group}/{name.replace('_', ' ')}": value for name, value in figures.items()}
