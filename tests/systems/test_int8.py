"""Quantised networks: made once, checked against float32, refused when they don't belong."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from spgc.errors import DataError, ModelError, UsageError
from spgc.pipeline import Prepared
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.engines import int8
from spgc.systems.cnr_iemn.engines.choice import Choice, build_engine
from spgc.systems.cnr_iemn.engines.contract import Networks
from spgc.systems.cnr_iemn.engines.int8 import FACTS, quantise, quantised_files
from spgc.systems.cnr_iemn.network import build_slice_net
from spgc.systems.cnr_iemn.quantise import place_batches, places_of, quantise_model, spread
from spgc.systems.cnr_iemn.runtime import Runtime
from spgc.systems.cnr_iemn.scan_batches import SliceBatch, slice_batches
from spgc.systems.cnr_iemn.system import CnrIemn

NAME, SIZE = "resnext50", 64
INT8 = Choice("openvino", "int8", "cpu", 8)

pytest.importorskip("openvino")
pytest.importorskip("nncf")


@pytest.fixture(scope="module")
def batches(prepared: Prepared) -> list[SliceBatch]:
    scans = sorted(prepared.scans.items())
    return list(place_batches(spread(places_of(scans), 16)[0], [SIZE], Config()))


@pytest.fixture(scope="module")
def quantised(batches: list[SliceBatch], tmp_path_factory: pytest.TempPathFactory) -> Networks:
    made = build_slice_net(NAME, seed=3).eval()
    folder = tmp_path_factory.mktemp("int8")
    networks = Networks(lambda _: made, {NAME: "ab" * 32}, {NAME: SIZE}, folder)
    [borne] = quantise(networks, batches, batches, folder, {"calibration": ["a"], "checks": ["b"]})
    assert borne.slices == 16
    assert borne.used == (borne.equal >= int8.LEAST_EQUAL * 16)
    return networks


def with_use(networks: Networks, folder: Path, *, used: bool) -> Networks:
    """The same files, whatever the check said."""
    assert networks.int8 is not None
    for path in networks.int8.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    facts = json.loads((folder / FACTS).read_text())
    facts["networks"][0]["used"] = used
    (folder / FACTS).write_text(json.dumps(facts))
    return dataclasses.replace(networks, int8=folder)


def test_int8_answers_are_near_those_of_float32(
    quantised: Networks, batches: list[SliceBatch], tmp_path: Path
) -> None:
    networks = with_use(quantised, tmp_path, used=True)
    engine = build_engine(INT8, networks, None)
    exact = build_engine(Choice("torch", "fp32", "cpu", 8), networks, None)
    for batch in batches:
        given, wanted = (e.logits(NAME, batch.images[SIZE], batch.positions)
                         for e in (engine, exact))  # fmt: skip
        assert not np.array_equal(given, wanted)
        np.testing.assert_allclose(given, wanted, atol=0.05)


def test_a_network_that_loses_labels_stays_in_bfloat16(
    quantised: Networks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batches: list[SliceBatch]
) -> None:
    assert quantised_files(tmp_path, with_use(quantised, tmp_path, used=False)) == {}
    monkeypatch.setattr(int8, "LEAST_EQUAL", 1.01)
    borne = int8._compare(
        int8.OpenVinoEngine(quantised, "fp32"), quantised, NAME,
        int8.OpenVinoEngine(quantised, "fp32").model(NAME), batches,
    )  # fmt: skip
    assert not borne.used


def test_what_does_not_belong_is_refused(quantised: Networks, tmp_path: Path) -> None:
    networks = with_use(quantised, tmp_path, used=True)
    other = dataclasses.replace(networks, digests={NAME: "cd" * 32})
    with pytest.raises(ModelError, match="made from other weights"):
        quantised_files(tmp_path, other)
    (tmp_path / f"{NAME}.bin").write_bytes(b"")
    with pytest.raises(ModelError, match=r"resnext50\.xml has changed"):
        quantised_files(tmp_path, networks)
    (tmp_path / FACTS).write_text("{")
    with pytest.raises(ModelError, match="int8 networks can't be used"):
        quantised_files(tmp_path, networks)


def test_a_model_without_int8_says_what_to_do(model: Path) -> None:
    with pytest.raises(UsageError, match="run spgc quantise"):
        CnrIemn.load(model, Runtime("cpu", "int8", engine="openvino"))
    with pytest.raises(DataError, match="no scan to check with"):
        next(quantise_model(model, [("a", object())], []))  # type: ignore[list-item]


def test_slices_are_spread_over_all_scans(prepared: Prepared) -> None:
    """As many as asked for, in the form and with the content that prediction uses."""
    scans = sorted(prepared.scans.items())
    places = places_of(scans)
    few, others = spread(places, 12)
    assert [case for case, _, _ in few] == [case for case, _ in scans]
    assert sorted(map(id, [*few, *others])) == sorted(map(id, places))
    assert spread(places, 0) == ([], places)
    assert spread([], 3) == ([], [])
    every = list(place_batches(places, [32], Config()))
    assert sum(len(batch.owners) for batch in every) == len(places)
    for mine, usual in zip(every, slice_batches(scans, [32], Config(), 8), strict=True):
        np.testing.assert_array_equal(mine.images[32], usual.images[32])
        np.testing.assert_array_equal(mine.positions, usual.positions)


def test_few_validation_slices_are_joined_by_training_ones(
    prepared: Prepared, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which did not calibrate: half a percent of a handful of slices would be none."""
    monkeypatch.setattr("spgc.systems.cnr_iemn.quantise.CALIBRATION", 8)
    monkeypatch.setattr("spgc.systems.cnr_iemn.quantise.CHECKS", 20)
    first, *others = sorted(prepared.scans.items())
    assert first[1].n_slices < 20
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    rows = list(quantise_model(folder, others, [first]))
    assert {row.slices for row in rows} == {20}
    checked = json.loads((folder / int8.FOLDER / FACTS).read_text())["cases"]["checks"]
    assert checked[0] == first[0]
    assert set(checked[1:]) <= {case for case, _ in others}
