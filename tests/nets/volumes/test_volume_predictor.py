"""Whole scans through both engines: the networks' own rows, kept and believed only if whole."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from spgc.errors import ModelError, UsageError
from spgc.nets.device import Runtime
from spgc.nets.volumes.volume_predictor import volume_predictor
from tests.nets.volumes.tiny_volumes import (
    DIGESTS,
    NETWORKS,
    SPEC,
    runtime,
    scans,
    tiny_predictor,
    tiny_volume,
)

LABELS = ("CAP", "COVID-19", "normal")


def direct(name: str, volumes: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return NETWORKS[name](torch.from_numpy(volumes.astype(np.float32)))[0].numpy()


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_rows_are_the_networks_own(engine: str, tmp_path: Path) -> None:
    pytest.importorskip(engine)
    predictor = tiny_predictor(runtime(tmp_path / "answers", engine))
    found = dict(predictor.predict_many(scans(*LABELS)))
    assert list(found) == ["c0", "c1", "c2"]
    for case, scan in scans(*LABELS):
        volume = tiny_volume(scan).volume[None]
        for name in NETWORKS:
            np.testing.assert_allclose(found[case][name], direct(name, volume)[0], atol=1e-4)
            rows = predictor.volume_rows(name, np.repeat(volume, 3, axis=0).astype(np.float32))
            np.testing.assert_allclose(rows, np.tile(found[case][name], (3, 1)), atol=1e-6)


def test_answers_are_kept_by_model_precision_spec_and_scan(tmp_path: Path) -> None:
    """A second run reads no network; another model, precision or spec asks again."""

    def never(_: str) -> nn.Module:
        raise AssertionError("a network was read")

    first = dict(tiny_predictor(runtime(tmp_path)).predict_many(scans(*LABELS)))
    again = volume_predictor(never, SPEC, runtime(tmp_path), DIGESTS)
    for case, rows in again.predict_many(scans(*LABELS)):
        for name in NETWORKS:
            np.testing.assert_array_equal(rows[name], first[case][name])
    changed = [
        volume_predictor(never, SPEC, runtime(tmp_path), DIGESTS | {"two": "ef" * 32}),
        volume_predictor(never, SPEC, Runtime("cpu", "bf16", answers=tmp_path), DIGESTS),
        volume_predictor(
            never, dataclasses.replace(SPEC, facts="others"), runtime(tmp_path), DIGESTS
        ),
    ]
    for other in changed:
        with pytest.raises(AssertionError, match="a network was read"):
            other.predict(*scans("CAP")[0])


def test_it_tells_which_network_is_read_until_it_answers(tmp_path: Path) -> None:
    said: list[str] = []

    def load(name: str) -> nn.Module:
        said.append(predictor.status())
        return NETWORKS[name]

    predictor = volume_predictor(load, SPEC, runtime(tmp_path), DIGESTS)
    answers = predictor.predict_many(scans("CAP"))
    assert len(dict(answers)) == 1
    assert said == ["reading one, network 1 of 2", "reading two, network 2 of 2"]
    assert answers.status() == ""


def test_a_damaged_answer_is_made_again_with_a_remark(tmp_path: Path) -> None:
    ((case, scan),) = scans("CAP")
    wanted = tiny_predictor(runtime(tmp_path)).predict(case, scan)
    (path,) = tmp_path.glob("*.scans")
    content = bytearray(path.read_bytes())
    content[-3] ^= 4
    path.write_bytes(content)
    predictor = tiny_predictor(runtime(tmp_path))
    np.testing.assert_array_equal(predictor.predict(case, scan)["two"], wanted["two"])
    assert predictor.remarks == ("cached predictions were damaged and computed again: c0",)


def test_what_was_settled_is_said_of_kept_answers_too(tmp_path: Path) -> None:
    ((case, scan),) = scans("CAP")
    empty = dataclasses.replace(scan, mask=np.zeros_like(scan.mask))
    for _ in range(2):
        predictor = tiny_predictor(runtime(tmp_path))
        predictor.predict(case, empty)
        assert predictor.remarks == ("no lung, all of the scan shown: c0",)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_network_that_answers_with_no_numbers_is_refused(number: float, tmp_path: Path) -> None:
    class Spoilt(nn.Module):
        def forward(self, volumes: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            rows = volumes.new_full((len(volumes), 2), number)
            return rows, rows

    made = {"one": NETWORKS["one"], "two": Spoilt()}
    predictor = volume_predictor(made.__getitem__, SPEC, runtime(tmp_path), DIGESTS)
    with pytest.raises(ModelError, match=r"not finite \[two\]"):
        predictor.predict(*scans("CAP")[0])
    assert list(tmp_path.glob("*.scans")) == []


def test_int8_is_refused() -> None:
    pytest.importorskip("openvino")
    run = Runtime("cpu", "int8", engine="openvino")
    with pytest.raises(UsageError, match="int8 can't serve networks that read whole scans"):
        tiny_predictor(run).check()


def test_converted_networks_are_kept_by_the_shape_of_their_volumes(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    predictor = tiny_predictor(runtime(tmp_path / "answers", "openvino"))
    predictor.predict(*scans("CAP")[0])
    kept = sorted(path.name for path in (tmp_path / "engines").glob("*.xml"))
    assert kept == [f"{name}-{DIGESTS[name][:16]}-2x6x10x12-ov1.xml" for name in ("one", "two")]
