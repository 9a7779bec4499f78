"""Training one backbone on slices: the loop, from top to bottom (paper, sections 3.3.1 and 4)."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import DataLoader

from spgc.progress import Track
from spgc.systems.cnr_iemn.checkpoint import (
    Progress,
    load_progress,
    load_weights,
    save_progress,
    save_weights,
)
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.focal_loss import focal_loss
from spgc.systems.cnr_iemn.inputs import input_size
from spgc.systems.cnr_iemn.network import SliceNet, network_of
from spgc.systems.cnr_iemn.runtime import Runtime
from spgc.systems.cnr_iemn.samples import Batch, Sample, SliceDataset
from spgc.systems.contract import LabelledScan

SAVE_EVERY = 60.0
"""Seconds between saves, at the end of an epoch: saving 800 MB costs seconds itself."""

EVALUATION_BATCH = 64
"""Slices at a time when validation slices are counted."""

METRICS = ("backbone", "epoch", "learning_rate", "train_loss", "val_hits", "val_slices")


def fingerprint(
    backbone: str, scans: Sequence[LabelledScan], samples: Sequence[Sample], config: Config
) -> str:
    """Hash of everything that decides the result: same hash, same training."""
    facts = {
        "backbone": backbone,
        "config": config.slice_stage(),
        "scans": [(scan.case_id, scan.scan.key) for scan in scans],
        "samples": [(s.scan, s.index, s.label) for s in samples],
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


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
    its last whole epoch and ends with the same weights as if it had never stopped.
    """
    final, draft = folder / f"{backbone}.safetensors", folder / f"{backbone}.progress.safetensors"
    mark = fingerprint(backbone, *train, config)
    network = network_of(backbone, config, config.weights, runtime.weights_folder)
    if final.is_file() and load_weights(network, final).get("fingerprint") == mark:
        return network.to(runtime.torch_device())
    device = runtime.torch_device()
    network.to(device)
    optimiser = torch.optim.Adam(network.parameters(), lr=config.learning_rate, fused=True)
    done = load_progress(network, optimiser, draft, mark)
    size = input_size(backbone, config.image_size)
    data = SliceDataset(*train, size, config, augment=True)
    checks = SliceDataset(*val, size, config, augment=False)
    total = (config.epochs - done) * len(_order(len(data), config, 0))
    losses: list[float] = []
    saved = time.monotonic()
    steps = _steps(data, config, runtime, done)
    for epoch, last, batch in track(steps, f"training {backbone}", total):
        if not losses:
            _begin_epoch(network, optimiser, config, epoch)
        losses.append(_step(network, optimiser, batch, config, runtime))
        if last:
            loss = sum(losses) / len(losses)
            losses = []
            hits = count_hits(network, checks, runtime)
            _note(folder, backbone, epoch, optimiser, loss, hits, len(checks))
            if time.monotonic() - saved > SAVE_EVERY:
                save_progress(network, optimiser, Progress(epoch + 1, mark), draft)
                saved = time.monotonic()
    save_weights(network, final, {"fingerprint": mark, "backbone": backbone})
    draft.unlink(missing_ok=True)
    return network


def _begin_epoch(
    network: nn.Module, optimiser: torch.optim.Adam, config: Config, epoch: int
) -> None:
    """Set learning rate, mode and seed: all that an epoch depends on besides the weights."""
    network.train()
    drops = sum(epoch >= limit for limit in config.decay_after)
    for group in optimiser.param_groups:
        group["lr"] = config.learning_rate * config.decay**drops
    torch.manual_seed(config.seed * 1_000_003 + epoch)  # dropout


def _step(
    network: nn.Module, optimiser: torch.optim.Adam, batch: Batch, config: Config, runtime: Runtime
) -> float:
    device = runtime.torch_device()
    images, positions, classes, regions = (part.to(device) for part in batch)
    images = images.contiguous(memory_format=torch.channels_last)
    optimiser.zero_grad()
    with runtime.autocast():
        class_logits, region_logits = network(images, positions)
    loss = config.class_weight * focal_loss(class_logits, classes, config.focal_gamma)
    if config.region_weight:
        region_loss = focal_loss(region_logits, regions, config.focal_gamma)
        loss = loss + config.region_weight * region_loss
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    optimiser.step()
    return float(loss.detach())


def _order(count: int, config: Config, epoch: int) -> list[list[int]]:
    """Shuffled batches of one epoch; a last batch of one joins its neighbour.

    Batch normalisation has no spread to work with in a batch of one.
    """
    generator = torch.Generator().manual_seed(config.seed * 7919 + epoch)
    numbers = torch.randperm(count, generator=generator).tolist()
    batches = [numbers[i : i + config.batch_size] for i in range(0, count, config.batch_size)]
    if len(batches) > 1 and len(batches[-1]) == 1:
        batches[-2:] = [batches[-2] + batches[-1]]
    return batches


def _steps(
    data: SliceDataset, config: Config, runtime: Runtime, start: int
) -> Iterator[tuple[int, bool, Batch]]:
    """Epoch, whether it is the epoch's last batch, and the batch."""
    for epoch in range(start, config.epochs):
        data.epoch = epoch
        batches = _order(len(data), config, epoch)
        loader = DataLoader(
            data,
            batch_sampler=batches,
            num_workers=runtime.workers,
            # The slice store has threads of its own, which a forked worker would lose.
            multiprocessing_context="spawn" if runtime.workers else None,
        )
        for number, batch in enumerate(loader, start=1):
            yield epoch, number == len(batches), batch


@torch.inference_mode()
def count_hits(network: nn.Module, data: SliceDataset, runtime: Runtime) -> int:
    """How many slices of `data` get their true class."""
    network.eval()
    device = runtime.torch_device()
    hits = 0
    for images, positions, classes, _ in DataLoader(
        data, batch_size=runtime.batch_size or EVALUATION_BATCH
    ):
        with runtime.autocast():
            logits, _ = network(images.to(device), positions.to(device))
        hits += int((logits.argmax(dim=1).cpu() == classes).sum())
    return hits


def _note(
    folder: Path,
    backbone: str,
    epoch: int,
    optimiser: torch.optim.Adam,
    loss: float,
    hits: int,
    slices: int,
) -> None:
    """Add one line to training.csv."""
    path = folder / "training.csv"
    new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(METRICS)
        rate = optimiser.param_groups[0]["lr"]
        writer.writerow((backbone, epoch + 1, f"{rate:g}", f"{loss:.5f}", hits, slices))
