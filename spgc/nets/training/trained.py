"""The network of one training: trained, or read back where an earlier run finished it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from torch import nn

from spgc.jobs.progress import Track, silent
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.training.checkpoint import load_weights
from spgc.nets.training.loop import NetworkTraining
from spgc.nets.training.loop import train as train_network
from spgc.nets.training.start import FirstWeights, best_file, final_file, start_with_weights

Network = TypeVar("Network", bound=nn.Module)


def trained_or_read(
    build: Callable[[bool], Network],
    first: FirstWeights,
    training: NetworkTraining,
    facts: Mapping[str, Any],
    runtime: Runtime,
    folder: Path,
    track: Track = silent,
    *,
    best: bool = False,
) -> Network:
    """The network of `training` with the weights that it ends with, on the run's device.

    best: with those of its best evaluation instead, which `<name>.best.safetensors` holds; then
    each epoch is evaluated once and `runtime.evaluate_every` decides nothing.

    build: the network, with its first weights unless it is told that weights are read back; first:
    those weights; facts: everything else that decides the result, ready for JSON. `folder` gets
    `<name>.safetensors` as `train_network` writes it. Training that an earlier run finished is read
    back, a stopped one goes on. Raises ModelError for weights that can't be had.
    """
    device = runtime.torch_device()
    processes.join(device)
    start = start_with_weights(training.name, facts, first, folder, best=best)
    trained = best_file if best else final_file
    network = build(start.old)
    if start.finished:
        load_weights(network, trained(folder, training.name))
        return network.to(device)
    processes.joint_batch_norm(network.to(device), device)
    run = dataclasses.replace(runtime, evaluate_every=None) if best else runtime
    train_network(network, training, start, run, folder, track)
    if best:
        load_weights(network, trained(folder, training.name))
    return network
