"""What networks need once before their first answer: converted for the processor, or quantised.

Training leaves both behind; prediction does what is still missing, with a progress bar of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spgc.contract.abilities import GetsReady, Quantisable
from spgc.contract.scan import NamedScan
from spgc.contract.system import RunSettings, System
from spgc.errors import SpgcError
from spgc.jobs.extras import has
from spgc.jobs.machine import int8_pays
from spgc.jobs.progress import Track, silent
from spgc.runs.listener import Listener
from spgc.systems.registry import load_system


def get_ready(system: System, track: Track = silent) -> None:
    """Convert the networks that are not yet converted for this machine, if the system has any."""
    if isinstance(system, GetsReady) and (missing := system.unready()):
        for _ in track(system.get_ready(), "converting networks, once", len(missing)):
            pass


def leave_ready(
    system: System,
    folder: Path,
    calibrating: Sequence[NamedScan],
    checking: Sequence[NamedScan],
    answers: Path,
    listener: Listener,
) -> tuple[Any, ...]:
    """Leave a freshly trained model as its first prediction on this machine wants it.

    folder: of the model; calibrating, checking: scans of train and of val, for int8 networks where
    these are faster here; answers: where prediction will keep its answers. The answer has a
    `QuantisedNetwork` for each that was quantised. A trained model is worth more than all this:
    what goes wrong is said, and prediction does without or does it itself.
    """
    made: tuple[Any, ...] = ()
    try:
        if isinstance(system, Quantisable) and _worth_int8(system, folder):
            made = _quantised(system, folder, calibrating, checking, listener)
        if isinstance(system, GetsReady):
            run = RunSettings(engine="auto", precision="auto", answers=answers)
            get_ready(load_system(folder, run), listener.track)
    except SpgcError as error:
        listener.say(f"networks are not ready for prediction, which makes up for it: {error}")
    return made


def _worth_int8(system: Quantisable, folder: Path) -> bool:
    """Whether int8 networks are faster here, possible, of use to the system and not there yet."""
    able = int8_pays() and has("openvino") and has("int8")
    return able and system.no_int8() is None and not system.is_quantised(folder)


def _quantised(
    system: Quantisable,
    folder: Path,
    calibrating: Sequence[NamedScan],
    checking: Sequence[NamedScan],
    listener: Listener,
) -> tuple[Any, ...]:
    if not calibrating or not checking:
        listener.say("no int8 networks: scans of train calibrate them, and scans of val check")
        return ()
    work = system.quantise(folder, calibrating, checking)
    return tuple(listener.track(work, "int8 networks", len(system.network_names())))
