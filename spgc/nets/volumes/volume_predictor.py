"""What networks of whole scans say of each: rows by network, kept between runs."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from spgc.contract.scan import Scan
from spgc.errors import ModelError
from spgc.files.foreign_names import key_for
from spgc.files.hashes import joint_digest
from spgc.files.kept import VOLUME_ANSWERS, DamagedError, Troubles, read_kept
from spgc.jobs.ahead import prefetched
from spgc.jobs.progress import Telling
from spgc.jobs.stages import Stages
from spgc.nets.device import Runtime
from spgc.nets.engines.choice import Choice, build_row_engine, choose
from spgc.nets.engines.contract import RowEngine
from spgc.nets.engines.getting_ready import EngineStart
from spgc.nets.volumes.kept_volumes import KeptVolumes, array_text, text_array
from spgc.nets.volumes.volume_networks import VolumeNetworks, no_volume_int8
from spgc.nets.volumes.volume_spec import PreparedVolume, VolumeSpec
from spgc.text.case_runs import case_runs

if TYPE_CHECKING:
    from torch import nn

VolumeRows = Mapping[str, NDArray[np.float32]]
"""(K,) by network: what it answers to one scan, K as `VolumeSpec.outputs` says."""

AHEAD = 1
"""Scans read and put on the grid while networks run: a volume in float16 and the scan it came from
are some 0.2 GiB."""

WAITING = "networks waiting for volumes"
"""The stage that reading ahead should make small."""


_REMARK = "remark of the volume"
"""Beside the rows of a kept answer; no network is called so."""


@dataclass(frozen=True)
class _Turn:
    """A scan that is to be answered: its kept rows, or its volume."""

    case_id: str
    key: str
    slices: int
    found: VolumeRows | PreparedVolume


class VolumePredictor:
    """The trained networks, ready to answer for whole scans.

    With `runtime.answers` set, a scan that was answered before is read back, and so are volumes on
    the grid: the file's name holds the hash of networks, engine, precision, spec and scan. A file
    that is not as it was written is made again, and `remarks` says so. Networks are read when the
    first scan needs them.
    """

    conversion = ""
    """Networks answer as they are; see `SlicePredictor.conversion`."""

    def __init__(self, networks: VolumeNetworks, spec: VolumeSpec, runtime: Runtime) -> None:
        self._networks, self.spec, self._runtime = networks, spec, runtime
        self._model_hash = joint_digest(networks.digests)
        self._choice: Choice | None = None
        self.stages = Stages()
        self._start = EngineStart(networks, build_row_engine, runtime.answers, self.stages)
        self.kept = KeptVolumes(spec, runtime.answers)
        self._troubles = Troubles()
        self._settled: dict[str, set[str]] = {}

    @property
    def remarks(self) -> tuple[str, ...]:
        """What was found damaged and made again, and what was settled by a rule, in words."""
        settled = (f"{rule}: {case_runs(sorted(ids))}" for rule, ids in self._settled.items())
        troubles = (*self._troubles.remarks(), *self.kept.remarks, *self._start.remarks)
        return (*troubles, *settled)

    @property
    def choice(self) -> Choice:
        """Engine and precision of this run. Raises UsageError when they can't be had."""
        if self._choice is None:
            self._choice = choose(self._runtime)
        return self._choice

    def check(self) -> None:
        """Raise UsageError for an engine or precision that can't be had."""
        if self.choice.precision == "int8":
            raise no_volume_int8()

    def predict(self, case_id: str, scan: Scan) -> VolumeRows:
        """The rows of one scan."""
        ((_, rows),) = self.predict_many([(case_id, scan)])
        return rows

    def predict_many(self, scans: Iterable[tuple[str, Scan]]) -> Telling[tuple[str, VolumeRows]]:
        """Each scan's ID and rows, in the order of `scans`; memory does not grow.

        It tells which network is converted before the first answer. Raises ModelError for a network
        that answers with values that are not finite.
        """
        return Telling(self._each(scans), self.status)

    def status(self) -> str:
        """What the engine does before its first answer, in words; empty from then on."""
        return self._start.status(self.choice.engine)

    def unready(self) -> list[str]:
        """Networks that are converted before the first answer; none where that was done before."""
        return self._start.unready(self.choice)

    def get_ready(self) -> Iterator[str]:
        """Convert them; the name of each as soon as it is done."""
        return self._start.get_ready(self.choice)

    def _each(self, scans: Iterable[tuple[str, Scan]]) -> Iterator[tuple[str, VolumeRows]]:
        turns = prefetched(self._turns(scans), AHEAD)
        for turn in self.stages.timed(turns, WAITING):
            found = turn.found
            yield (
                turn.case_id,
                self._answered(turn, found) if isinstance(found, PreparedVolume) else found,
            )

    def _turns(self, scans: Iterable[tuple[str, Scan]]) -> Iterator[_Turn]:
        for case_id, scan in scans:
            found: VolumeRows | PreparedVolume | None = self._kept_rows(case_id, scan.key)
            if found is None:
                self._start_engine()  # it gets ready while the first scan is read
                with self.stages.of("volumes on the grid", scan.n_slices):
                    found = self.kept.prepared(case_id, scan)
                self._settle(case_id, found.remark)
            yield _Turn(case_id, scan.key, scan.n_slices, found)

    def _answered(self, turn: _Turn, volume: PreparedVolume) -> VolumeRows:
        whole = volume.volume[None].astype(np.float32)
        engine = self._start_engine().result()
        with self.stages.of("networks", turn.slices, libraries=True):
            rows = {name: _finite(name, engine.outputs(name, whole))[0] for name in self.spec.names}
        path = self._path(turn.case_id, turn.key)
        if path is not None:
            said = {_REMARK: text_array(volume.remark)}
            self._troubles.keep(turn.case_id, path, save({**rows, **said}))
        return rows

    def _settle(self, case_id: str, remark: str) -> None:
        if remark:
            self._settled.setdefault(remark, set()).add(case_id)

    def _kept_rows(self, case_id: str, key: str) -> VolumeRows | None:
        path = self._path(case_id, key)
        if path is None:
            return None
        try:
            kept = _read(path, self.spec.outputs)
        except DamagedError:
            self._troubles.damaged.add(case_id)
            return None
        if kept is None:
            return None
        rows, remark = kept
        self._settle(case_id, remark)
        return rows

    def volume_rows(self, name: str, volumes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows (B, K) of any volumes (B, C, D, H, W), each answered by itself."""
        engine = self._start_engine().result()
        return np.concatenate(
            [
                _finite(name, engine.outputs(name, np.ascontiguousarray(volume[None], np.float32)))
                for volume in volumes
            ]
        )

    def _start_engine(self) -> Future[RowEngine]:
        """The engine, which a thread gets ready."""
        return self._start.engine(self.choice)

    def _path(self, case_id: str, key: str) -> Path | None:
        if self._runtime.answers is None:
            return None
        used = f"{self.choice.engine}|{self.choice.precision}"
        facts = f"{self._model_hash}|{used}|{self.spec.shape}|{self.spec.facts}|{key}"
        digest = hashlib.sha256(facts.encode()).hexdigest()[:24]
        return self._runtime.answers / f"{key_for(case_id)}-{digest}{VOLUME_ANSWERS}"

    @property
    def networks(self) -> VolumeNetworks:
        return self._networks


def volume_predictor(
    load: Callable[[str], nn.Module],
    spec: VolumeSpec,
    runtime: Runtime,
    digests: Mapping[str, str],
) -> VolumePredictor:
    """A predictor for the networks of `spec`.

    load: gives a trained network when it is needed; digests: SHA-256 of the weights by its name.
    """
    ordered = {name: digests[name] for name in spec.names}
    return VolumePredictor(VolumeNetworks(load, ordered, spec.shape), spec, runtime)


def _finite(name: str, rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """The rows, if they are numbers. Raises ModelError."""
    if not np.isfinite(rows).all():
        raise ModelError(
            "a network outputs values that are not finite",
            where=name,
            found=f"{np.isnan(rows).sum()} NaN among {rows.size} numbers",
            expected="finite numbers",
            do="use --precision fp32; if they stay, train again, with a smaller learning_rate",
        )
    return rows


def _read(path: Path, outputs: Mapping[str, int]) -> tuple[VolumeRows, str] | None:
    """Rows and remark of an earlier run, or None when there are none. Raises DamagedError."""
    content = read_kept(path)
    if content is None:
        return None
    try:
        found = load(content)
        rows, remark = {name: found[name] for name in outputs}, array_text(found[_REMARK])
    except (SafetensorError, ValueError, KeyError) as error:
        raise DamagedError("not safetensors of these networks") from error
    if any(rows[name].shape != (width,) for name, width in outputs.items()):
        raise DamagedError("another number of outputs")
    return rows, remark
