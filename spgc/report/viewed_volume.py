"""`spgc view --volume`: what the networks of a system are given of a whole scan."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from spgc.contract.system import Options, RunSettings, System
from spgc.contract.volumes import ExplainableVolumes
from spgc.ct.lungs import NO_LUNGS
from spgc.ct.patient_sides import sides_known
from spgc.ct.segmented_scan import segmented
from spgc.ct.series import Volume
from spgc.errors import UsageError
from spgc.explain.explained_volume import explainable_volumes
from spgc.model.document import MODEL
from spgc.nets.volumes.volume_spec import PreparesVolumes
from spgc.report.network_views import NetworkView
from spgc.runs.lung_settings import lung_settings
from spgc.systems.registry import load_system, system_named


def opened_system(named: str, options: Options) -> System:
    """The trained system in a model folder, or an untrained one by its name, with options.

    Raises UsageError for one that reads no whole scans.
    """
    run = RunSettings(device="cpu")
    folder = Path(named)
    is_model = (folder / MODEL).is_file() or len(folder.parts) > 1
    system = (
        load_system(folder, run, options) if is_model else system_named(named).create(options, run)
    )
    if not isinstance(system, PreparesVolumes) and not (
        is_model and isinstance(system, ExplainableVolumes)
    ):
        raise UsageError(
            f"system {system.name} has no networks that read whole scans",
            found=f"--volume {named}",
            expected="a system with volume_spec or a model with volume_inputs (docs/own-system.md)",
            do="leave out --volume to see slices",
        )
    return system


def network_view(
    system: System, name: str, volume: Volume, say: Callable[[str], None]
) -> NetworkView:
    """What the networks of a system are given of a scan called `name`, and the scan beside it.

    Of a system whose networks are given different things: the first one.
    """
    method = system.lung_method
    scan = segmented(volume, lung_settings(method, None, say))
    hu, mask = scan.arrays()
    lungs = None if method == NO_LUNGS else mask
    sides = sides_known(volume.notes)
    if isinstance(system, PreparesVolumes):
        made, pictures = system.volume_spec.prepare(scan), system.volume_spec.pictures
        if made.remark:
            say(f"remark: {made.remark}: {name}")
        return NetworkView(hu, lungs, scan.spacing, made.volume, made.box, pictures, sides)
    given = next(iter(explainable_volumes(system).volume_inputs(name, scan).values()))
    return NetworkView(hu, lungs, scan.spacing, given.volume, given.box, given.pictures, sides)
