"""What authors of challenge systems write against: scans in, predictions out, and what is between.

`System` is the contract, kept by structure: a class need not inherit from anything. The other names
are what its methods take and give. What a system may offer besides stands in
`spgc.contract.abilities`, `spgc.contract.slices` and `spgc.contract.volumes`.
"""

from __future__ import annotations

from spgc.contract.scan import KnownCase, LabelledScan, NamedScan, Scan, in_case_order
from spgc.contract.slices import ExplainableSlices, SliceInput, SliceModel
from spgc.contract.system import NO_OPTIONS, Options, Prediction, RunSettings, System
from spgc.contract.volumes import ExplainableVolumes, VolumeBox, VolumeInput
from spgc.jobs.progress import Telling, Track, silent
from spgc.jobs.stages import Stage

__all__ = [
    "NO_OPTIONS",
    "ExplainableSlices",
    "ExplainableVolumes",
    "KnownCase",
    "LabelledScan",
    "NamedScan",
    "Options",
    "Prediction",
    "RunSettings",
    "Scan",
    "SliceInput",
    "SliceModel",
    "Stage",
    "System",
    "Telling",
    "Track",
    "VolumeBox",
    "VolumeInput",
    "in_case_order",
    "silent",
]
