"""Stage 1: two networks learn which slices are infected, and mark those that nobody labelled.

What they mark is kept beside them, so that a training that goes on has the same slices.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from spgc.contract.scan import LabelledScan
from spgc.errors import DataError
from spgc.files.hashes import facts_digest
from spgc.files.json_documents import parse_json
from spgc.files.kept import DamagedError, read_kept, write_kept
from spgc.jobs.progress import Track
from spgc.model.document import file_digest
from spgc.nets import processes
from spgc.nets.device import Runtime
from spgc.nets.slices.asked_in_training import slice_logits
from spgc.nets.slices.classifier_network import SliceClassifier
from spgc.nets.slices.network_training import data_facts, trained_network
from spgc.nets.slices.samples import Sample, SliceDataset
from spgc.nets.training.loop import NetworkTraining
from spgc.nets.training.schedule import Plan
from spgc.nets.training.start import final_file
from spgc.protocol import CAP, CLASSES, COVID19
from spgc.systems.thesaviours.learnt_slices import binary_samples, unmarked
from spgc.systems.thesaviours.networks import binary_network, binary_task, copies_of
from spgc.systems.thesaviours.settings import Settings
from spgc.systems.thesaviours.windows import training_window

NETWORKS = {COVID19: "covid19-or-normal", CAP: "cap-or-normal"}
"""Names of the networks of stage 1, by the class that they tell from normal."""


def labels_file(label: str) -> str:
    """Name of the file of the slices that stage 1 marked in scans of a class."""
    return f"pseudo-labels-{NETWORKS[label].partition('-')[0]}.kept"


def pseudo_labels(
    scans: Sequence[LabelledScan], settings: Settings, runtime: Runtime, folder: Path, track: Track
) -> dict[str, list[int]]:
    """The slices called infected in each scan without slice labels, by case ID.

    A network is trained where its class has such scans. Raises DataError where it has, and no
    labelled scan to learn from.
    """
    marked: dict[str, list[int]] = {}
    for label in NETWORKS:
        unknown = unmarked(scans, label, settings)
        if unknown:
            network = _trained(label, scans, settings, runtime, folder, track)
            with processes.main_first():  # one asks and keeps, the others read
                marked |= _kept_or_asked(label, network, unknown, settings, runtime, folder, track)
    return marked


def kept_files(scans: Sequence[LabelledScan], settings: Settings) -> list[str]:
    """Names of the files that `pseudo_labels` leaves of these scans."""
    return [labels_file(label) for label in NETWORKS if unmarked(scans, label, settings)]


def _trained(
    label: str,
    scans: Sequence[LabelledScan],
    settings: Settings,
    runtime: Runtime,
    folder: Path,
    track: Track,
) -> SliceClassifier:
    samples, checks = binary_samples(scans, label, settings)
    if not samples:
        raise DataError(
            f"nothing to learn from which {label} slices are infected",
            where="training split",
            found=f"{len(unmarked(scans, label, settings))} {label} scans without slice labels, "
            "no labelled slice inside a window or no normal scan",
            expected="labelled slices of some scans",
            do="check the folder and its slice labels with spgc data check",
        )
    name, backbone = NETWORKS[label], settings.slice_backbone
    spec = settings.spec_of(name, backbone)
    data = partial(SliceDataset, scans, size=spec.size(name), spec=spec)
    training = NetworkTraining(
        name,
        binary_task(settings),
        Plan(settings.slice_epochs, settings.batch_size, settings.seed),
        data(samples, copies=copies_of(settings)),
        data(checks, copies=copies_of(settings)),
    )
    facts = {"stage": name, "settings": settings.stage1(), "precision": runtime.precision}
    build = partial(binary_network, settings, folder=runtime.weights_folder)
    return trained_network(
        build,
        settings.weights,
        backbone,
        training,
        facts | data_facts(scans, samples),
        runtime,
        folder,
        track,
    )


def _kept_or_asked(
    label: str,
    network: SliceClassifier,
    unknown: Sequence[LabelledScan],
    settings: Settings,
    runtime: Runtime,
    folder: Path,
    track: Track,
) -> dict[str, list[int]]:
    """What an earlier run kept of the same network and scans, or what the network says now."""
    facts = {
        "network": file_digest(final_file(folder, NETWORKS[label])),
        "scans": [(scan.case_id, scan.scan.key) for scan in unknown],
        "settings": settings.stage1(),
        "precision": runtime.precision,
    }
    mark = facts_digest(facts)
    path = folder / labels_file(label)
    if (kept := _kept(path, mark)) is not None:
        return kept
    found = _asked(label, network, unknown, settings, runtime, track)
    document = {"fingerprint": mark, "infected": found}
    write_kept(path, json.dumps(document, sort_keys=True).encode())
    return found


def _kept(path: Path, mark: str) -> dict[str, list[int]] | None:
    """What was kept under this mark; None where nothing was, or a damaged file."""
    document = _document(path)
    return dict(document["infected"]) if document.get("fingerprint") == mark else None


def _document(path: Path) -> dict[str, Any]:
    try:
        content = read_kept(path)
        return {} if content is None else dict(parse_json(content))
    except (DamagedError, ValueError):
        return {}  # the same network is asked again


def _asked(
    label: str,
    network: SliceClassifier,
    unknown: Sequence[LabelledScan],
    settings: Settings,
    runtime: Runtime,
    track: Track,
) -> dict[str, list[int]]:
    """The slices inside the window whose probability is above one half, that is logit above 0."""
    name, kind = NETWORKS[label], CLASSES.index(label)
    samples = [
        Sample(number, index, kind)
        for number, scan in enumerate(unknown)
        for index in training_window(scan.scan.n_slices)
    ]
    spec = settings.spec_of(name, settings.slice_backbone)
    data = SliceDataset(unknown, samples, spec.size(name), spec, copies_of(settings))
    infected = slice_logits(network, data, runtime, track, f"asking {name}")[:, 0] > 0
    found: dict[str, list[int]] = {scan.case_id: [] for scan in unknown}
    for number in np.flatnonzero(infected):
        sample = samples[number]
        found[unknown[sample.scan].case_id].append(sample.index)
    return found
