"""The training loop of one network, from top to bottom."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from spgc.jobs.interrupts import Stop
from spgc.jobs.progress import Telling, Track, silent
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.training.evaluate import evaluate
from spgc.nets.training.learner import Learner
from spgc.nets.training.loading import Loading
from spgc.nets.training.recorder import Recorder
from spgc.nets.training.schedule import Plan, Schedule, parts_for
from spgc.nets.training.shared_memory import step_bytes
from spgc.nets.training.start import Start
from spgc.nets.training.task import Task, TrainingData


@dataclass(frozen=True)
class NetworkTraining:
    """One network's training. name: of the network and its files; checks: validation data."""

    name: str
    task: Task
    plan: Plan
    data: TrainingData
    checks: TrainingData


def train(
    network: nn.Module,
    training: NetworkTraining,
    start: Start,
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
) -> None:
    """Train `network`, which lies on its device, and write `<name>.safetensors` into `folder`.

    start: what `start_of` found; stopped training goes on after its last saved step and ends with
    the same weights as if it had never stopped. Beside the last weights lie those of the best
    evaluation, `<name>.best.safetensors`. Raises KeyboardInterrupt after Ctrl-C or SIGTERM, when
    everything is saved, and ModelError when numbers are no longer finite.
    """
    plan, data = training.plan, training.data
    parts = parts_for(plan, runtime.micro_batch, processes.count())
    with runtime.training():
        schedule = Schedule(len(data), plan, parts, processes.count(), start.least)
        learner = Learner(network, training.task, schedule, runtime)
        share = len(schedule.share(0, processes.rank()))
        loading = Loading(data, runtime, step_bytes(share, data.item_bytes, runtime.batch_size))
        recorder = Recorder(training.name, start, learner, loading, runtime, folder)
        with closing(recorder):
            _learn(learner, loading, training.checks, recorder, runtime, track)
            recorder.finish()


def _learn(
    learner: Learner,
    loading: Loading,
    checks: TrainingData,
    recorder: Recorder,
    runtime: Runtime,
    track: Track,
) -> None:
    """Every step from where the recorder stands to the last."""
    schedule = learner.schedule
    batches = loading.batches(schedule.shares(recorder.step, processes.rank()))
    show = track if processes.is_main() else silent
    with Stop() as stop, closing(batches):
        _between(learner, checks, recorder, runtime, stop)  # an evaluation that a stop cut short
        steps = Telling(batches, lambda: recorder.status)
        for batch in show(steps, f"training {recorder.network}", schedule.steps - recorder.step):
            sums = learner.step(recorder.step, batch)
            recorder.add(processes.add_up(sums))
            _between(learner, checks, recorder, runtime, stop)


def _between(
    learner: Learner, checks: TrainingData, recorder: Recorder, runtime: Runtime, stop: Stop
) -> None:
    """Between two steps: evaluate, save and stop, where it is time for that."""
    stopping = processes.any_of(stop())
    evaluating = recorder.evaluation_due() and not stopping
    if not (evaluating or stopping or recorder.save_due()):
        return
    with recorder.at_rest():
        if evaluating:
            found = evaluate(learner.network, learner.task, checks, runtime, stop)
            stopping = found is None
            if found is not None:
                recorder.evaluated(found)
        if stopping or recorder.save_due():
            recorder.save()
    if stopping:
        processes.meet()  # nobody begins again before the main process has saved
        raise KeyboardInterrupt
