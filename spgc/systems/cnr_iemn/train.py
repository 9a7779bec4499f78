"""Training one backbone on slices: the loop, from top to bottom (paper, sections 3.3.1 and 4)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from spgc.contract.scan import LabelledScan
from spgc.jobs.interrupts import Stop
from spgc.jobs.progress import Telling, Track, silent
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.slices.sizes import input_size
from spgc.nets.training.checkpoint import load_weights
from spgc.nets.training.evaluate import count_hits
from spgc.nets.training.learner import Learner
from spgc.nets.training.loading import Feed
from spgc.nets.training.recorder import Record
from spgc.nets.training.schedule import Schedule, parts_for
from spgc.nets.training.shared_memory import step_bytes
from spgc.nets.training.start import final_file, start_with_weights
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.network import SliceNet, network_of
from spgc.systems.cnr_iemn.samples import Sample, SliceDataset


def train_backbone(
    backbone: str,
    train: tuple[Sequence[LabelledScan], Sequence[Sample]],
    val: tuple[Sequence[LabelledScan], Sequence[Sample]],
    config: Config,
    runtime: Runtime,
    folder: Path,
    track: Track,
) -> SliceNet:
    """Train `backbone` and write `<backbone>.safetensors` into `folder`.

    Finished training of the same data and settings is read back; stopped training goes on after
    its last saved step and ends with the same weights as if it had never stopped. Beside the last
    weights, which are returned, lie those with most validation hits, `<backbone>.best.safetensors`.
    Raises KeyboardInterrupt after Ctrl-C or SIGTERM, when everything is saved.
    """
    device = runtime.torch_device()
    processes.join(device)
    start = start_with_weights(backbone, train, config, runtime, folder)
    old = start.finished or start.begun  # their weights are read back
    weights = "none" if old else config.weights
    network = network_of(backbone, config, weights, runtime.weights_folder)
    if start.finished:
        load_weights(network, final_file(folder, backbone))
        return network.to(device)
    processes.joint_batch_norm(network.to(device), device)
    size = input_size(backbone, config.image_size)
    data = SliceDataset(*train, size, config, augment=True)
    checks = SliceDataset(*val, size, config, augment=False)
    parts = parts_for(config.batch_size, runtime.micro_batch, processes.count())
    with runtime.training():
        schedule = Schedule(len(data), config, parts, processes.count(), start.least)
        learner = Learner(network, schedule, runtime)
        share = len(schedule.share(0, processes.rank()))
        feed = Feed(data, runtime, step_bytes(share, size, runtime.batch_size))
        record = Record(backbone, start, learner, feed, runtime, folder)
        with closing(record):
            _learn(learner, feed, checks, record, runtime, track)
            record.finish()
    return network


def _learn(
    learner: Learner,
    feed: Feed,
    checks: SliceDataset,
    record: Record,
    runtime: Runtime,
    track: Track,
) -> None:
    """Every step from where the record stands to the last."""
    schedule = learner.schedule
    batches = feed.batches(schedule.shares(record.step, processes.rank()))
    show = track if processes.is_main() else silent
    with Stop() as stop, closing(batches):
        _rest(learner, checks, record, runtime, stop)  # an evaluation that a stop had cut short
        steps = Telling(batches, lambda: record.status)
        for batch in show(steps, f"training {record.backbone}", schedule.steps - record.step):
            tally = learner.step(record.step, batch)
            record.add(processes.add_up(tally))
            _rest(learner, checks, record, runtime, stop)


def _rest(
    learner: Learner, checks: SliceDataset, record: Record, runtime: Runtime, stop: Stop
) -> None:
    """Between two steps: evaluate, save and stop, where it is time for that."""
    stopping = processes.any_of(stop())
    evaluating = record.evaluation_due() and not stopping
    if not (evaluating or stopping or record.save_due()):
        return
    with record.at_rest():
        if evaluating:
            hits = count_hits(learner.network, checks, runtime, stop)
            stopping = hits is None
            if hits is not None:
                record.evaluated(hits, len(checks))
        if stopping or record.save_due():
            record.save()
    if stopping:
        processes.meet()  # nobody begins again before the main process has saved
        raise KeyboardInterrupt
