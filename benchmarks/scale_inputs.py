"""Inputs of `benchmarks/scale.py`: many cases, each as small as it can be. All SYNTHETIC.

    python benchmarks/scale_inputs.py cases|folders|store FOLDER NUMBER

Prints the commands to measure, as JSON. A process of its own: one that has written a million cases
would lend its peak memory to every process that it starts.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from spgc.contract.scan import LabelledScan
from spgc.ct.preprocess_settings import PreprocessSettings
from spgc.ct.read_scan import read_scan
from spgc.ct.store import SliceStore
from spgc.ct.store_entry import FACTS, StoreEntry
from spgc.files.foreign_names import key_for
from spgc.files.hashes import facts_digest
from spgc.files.kept import DENSITY_COUNTS, write_kept
from spgc.protocol import CLASSES
from spgc.systems.density.features import HU_HIGH, HU_LOW, PARTS, density_counts
from spgc.systems.density.system import Density

SLICES = 20
"""Slices of a scan: fewer would be a finding for each."""

MOST_LINKS = 30_000
"""Links to one file; ext4 allows 65,000."""

SETS = ("test1", "test2", "test3")

Commands = Mapping[str, Sequence[str]]
"""What `python` is given, by the name of the command."""

SPGC = ("-m", "spgc")


def names_of(cases: int) -> list[str]:
    return [f"S{number:07}" for number in range(cases)]


def write_cases(root: Path, cases: int) -> Commands:
    """Manifests, a truth file and three submissions of so many cases in three sets."""
    random, names = np.random.default_rng(cases), names_of(cases)
    labels = [CLASSES[i] for i in random.integers(0, 3, cases)]
    sets = [SETS[number * len(SETS) // cases] for number in range(cases)]
    (root / "manifests").mkdir(parents=True)
    for split in SETS:
        rows = [
            f"{name},{label},{split},made,own\n"
            for name, label, own in zip(names, labels, sets, strict=True)
            if own == split
        ]
        text = "case,label,split,source,certainty\n" + "".join(rows)
        (root / "manifests" / f"{split}.csv").write_text(text)
    rows = [f"{n},{lab},{s}\n" for n, lab, s in zip(names, labels, sets, strict=True)]
    (root / "truth.csv").write_text("Study,Label,split\n" + "".join(rows))
    files = [root / f"team-{number}.csv" for number in range(3)]
    for file in files:
        guessed = random.random(cases) < 0.3
        drawn = random.integers(0, 3, cases)
        rows = [
            f"{name},{CLASSES[other] if guess else label}\n"
            for name, label, guess, other in zip(names, labels, guessed, drawn, strict=True)
        ]
        file.write_text("Study,Label\n" + "".join(rows))
    shares = random.dirichlet((1, 1, 1), cases)
    head = "Study,Label,p_covid19,p_cap,p_normal\n"
    with (root / "shares.csv").open("w") as stream:
        stream.write(head)
        for name, row in zip(names, shares, strict=True):
            a, b = round(row[0], 4), round(row[1], 4)
            label = CLASSES[int(np.argmax((a, b, round(1 - a - b, 4))))]
            stream.write(f"{name},{label},{a:.4f},{b:.4f},{1 - a - b:.4f}\n")
    one, two, three = map(str, files)
    known = ["--manifests", str(root / "manifests")]
    truth = ["--truth", str(root / "truth.csv")]
    return {
        "spgc validate": [*SPGC, "validate", one, *known],
        "spgc score": [*SPGC, "score", one, *known],
        "spgc score, probabilities": [*SPGC, "score", str(root / "shares.csv"), *known],
        "spgc score --truth": [*SPGC, "score", one, *truth],
        "spgc compare": [*SPGC, "compare", one, two, *truth],
        "spgc leaderboard, 3 files": [*SPGC, "leaderboard", one, two, three, *truth],
        "spgc data info": [*SPGC, "data", "info", *known],
    }


def dicom_file(number: int) -> bytes:
    """A file of some 200 bytes that is DICOM by its first ones, and unlike all others."""
    uid = f"1.2.3.{number}".encode()
    uid += b"\0" * (len(uid) % 2)
    element = b"\x08\x00\x18\x00UI" + len(uid).to_bytes(2, "little") + uid
    return b"\0" * 128 + b"DICM" + element


def write_folders(root: Path, cases: int) -> Commands:
    """A folder of one folder per scan."""
    for place, name in enumerate(names_of(cases)):
        folder = root / "data" / name
        folder.mkdir(parents=True)
        for number in range(SLICES):
            (folder / f"IM{number:04}.dcm").write_bytes(dicom_file(place * SLICES + number))
    data = str(root / "data")
    return {
        "spgc data check": [*SPGC, "data", "check", data],
        "spgc data index": [
            *SPGC,
            "data",
            "index",
            data,
            "--out",
            str(root / "manifests"),
            "--force",
        ],
        "spgc data check, indexed": [
            *SPGC,
            "data",
            "check",
            data,
            "--manifests",
            str(root / "manifests"),
        ],
    }


def write_store(root: Path, cases: int) -> Commands:
    """A store of tiny scans with their sources, and the kept counts of a density model."""
    store, settings = SliceStore(root / "store"), PreprocessSettings()
    (root / "data").mkdir(parents=True)
    counts = b""
    for number, name in enumerate(names_of(cases)):
        source = root / "data" / f"{name}.npy"
        if number % MOST_LINKS == 0:
            first, made = source, ()
            _write_source(source)
        else:
            os.link(first, source)
            os.link(first.with_suffix(".json"), source.with_suffix(".json"))
        key = store.key_for(source, settings)
        entries = store.volume_entry(name, key), store.mask_entry(name, key)
        if not made:
            made, volume = entries, read_scan(source)
            store.write(name, key, volume, volume.hu < -400, settings)
            counts = json.dumps(density_counts(store.read(name, key)).tolist()).encode()
        else:
            for one, other in zip(made, entries, strict=True):
                link_entry(one, other)
        digest = hashlib.sha256(f"{HU_LOW} {HU_HIGH} {PARTS} {key}".encode()).hexdigest()[:24]
        write_kept(store.root / "answers" / f"{key_for(name)}-{digest}{DENSITY_COUNTS}", counts)
    train_density(store, names_of(cases)[:6], root / "model")
    known = ["--data", str(root / "data"), "--store", str(store.root)]
    told = ["--model", str(root / "model"), "--out", str(root / "out")]
    listed = "from spgc.ct.store import SliceStore; from pathlib import Path; "
    listed += f"print(len(SliceStore(Path({str(store.root)!r})).cases()))"
    return {
        "SliceStore.cases()": ["-c", listed],
        "spgc store check": [*SPGC, "store", "check", "--store", str(store.root)],
        "spgc preprocess, all stored": [*SPGC, "preprocess", *known],
        "spgc predict, all answered": [*SPGC, "predict", *known, *told],
    }


def _write_source(path: Path) -> None:
    hu = np.random.default_rng(0).integers(-1000, 100, (SLICES, 8, 8)).astype(np.int16)
    np.save(path, hu)
    path.with_suffix(".json").write_text('{"spacing": [5, 20, 20]}')


def link_entry(made: StoreEntry, entry: StoreEntry) -> None:
    """An entry of the store with the arrays of another one."""
    for folder, _, files in os.walk(made.folder):
        place = entry.folder / Path(folder).relative_to(made.folder)
        place.mkdir(parents=True)
        for name in files:
            if name != FACTS:
                os.link(Path(folder, name), place / name)
    facts = json.loads((made.folder / FACTS).read_text())
    facts |= {"case_id": entry.case_id, "key": entry.key}
    del facts["digest"]
    facts["digest"] = facts_digest(facts)
    (entry.folder / FACTS).write_text(json.dumps(facts, indent=1))


def train_density(store: SliceStore, names: Sequence[str], folder: Path) -> None:
    scans = [
        LabelledScan(name, store.read(name), CLASSES[number % len(CLASSES)], synthetic=True)
        for number, name in enumerate(names)
    ]
    Density().fit(scans, [], folder)


WRITERS = {"cases": write_cases, "folders": write_folders, "store": write_store}


if __name__ == "__main__":
    json.dump(WRITERS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3])), sys.stdout)
