"""The whole way from DICOM to patients, plainly written: the baseline of `prediction.py`.

    python benchmarks/plain_prediction.py DATA MODEL OUT

DATA holds a folder of `.dcm` files for each case. Writes OUT/plain.npz, class probabilities
(S, 3) under CASE/BACKBONE, and OUT/plain.json, the patients' labels by case.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from spgc.bench import plain
from spgc.classifiers.groups import scan_features
from spgc.nets.slices.slice_places import position_inputs
from spgc.protocol import CLASSES
from spgc.systems.cnr_iemn.system import CnrIemn


def main(data: Path, model: Path, out: Path) -> None:
    system = CnrIemn.load(model)
    config = system.config
    trained = system.slice_networks()
    networks = {name: plain.plain_network(trained.load(name)) for name in trained.names}
    classifier = system.patient_classifier(config.patient_classifier)
    labels, tables = {}, {}
    for folder in sorted(data.iterdir()):
        hu = plain.read(folder)
        mask = plain.segment(hu)
        places = [position_inputs(index, len(hu)) for index in range(len(hu))]
        slices = plain.answer(networks, system.spec, hu, mask, places)
        features = scan_features(slices, config.backbones, config.features)
        labels[folder.name] = CLASSES[int(classifier.predict(features[None])[0][0])]
        tables |= {f"{folder.name}/{name}": table for name, table in slices.items()}
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "plain.npz", **tables)
    (out / "plain.json").write_text(json.dumps(labels, indent=1))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
