"""Quantised networks: made once, checked against float32, refused when they don't belong."""

import dataclasses
import hashlib
import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from spgc.errors import DataError, ModelError, UsageError
from spgc.files.hashes import facts_digest
from spgc.nets.device import Runtime
from spgc.nets.engines import choice as engine_choice
from spgc.nets.engines import int8
from spgc.nets.engines.choice import Choice, build_engine
from spgc.nets.engines.compiled_files import compiled
from spgc.nets.engines.contract import Images, Networks, ScanBatch
from spgc.nets.engines.int8 import quantise
from spgc.nets.engines.int8_folder import (
    FACTS,
    FOLDER,
    quantised_networks,
)
from spgc.nets.engines.second_look import SecondLook, leads
from spgc.nets.slices.batches import slice_batches
from spgc.nets.slices.calibration import place_batches, places_of, spread
from spgc.nets.slices.predictor import SlicePredictor
from spgc.nets.slices.spec import SliceSpec
from spgc.runs.scans import Prepared
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.config_options import no_int8
from spgc.systems.cnr_iemn.network import build_slice_net
from spgc.systems.cnr_iemn.system import CnrIemn
from tests.nets.slices import tiny_stages

NAME, SIZE = "resnext50", 64
INT8 = Choice("openvino", "int8", "cpu", 8)

openvino = pytest.importorskip("openvino")
pytest.importorskip("nncf")


@pytest.fixture(scope="module")
def batches(prepared: Prepared) -> list[ScanBatch]:
    scans = sorted(prepared.scans.items())
    return list(place_batches(spread(places_of(scans), 16)[0], SliceSpec((NAME,), SIZE)))


@pytest.fixture(scope="module")
def real_quantised(batches: list[ScanBatch], tmp_path_factory: pytest.TempPathFactory) -> Networks:
    return _quantised(batches, tmp_path_factory.mktemp("int8"))


@pytest.fixture(scope="module")
def quantised(batches: list[ScanBatch], tmp_path_factory: pytest.TempPathFactory) -> Networks:
    """In miniature: quantising and compiling a real one takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        tiny_stages.in_the_place_of(NAME, patch)
        return _quantised(batches, tmp_path_factory.mktemp("int8"))


def _quantised(batches: list[ScanBatch], folder: Path) -> Networks:
    made = build_slice_net(NAME, seed=3).eval()
    networks = Networks(lambda _: made, {NAME: "ab" * 32}, {NAME: SIZE}, folder)
    [result] = quantise(networks, batches, batches, folder, {"calibration": ["a"], "checks": ["b"]})
    assert result.slices == 16
    assert result.used == (result.equal >= int8.LEAST_EQUAL * 16)
    return networks


def with_use(networks: Networks, folder: Path, *, used: bool, lead: float = 0.0) -> Networks:
    """The same files, whatever the check said."""
    assert networks.int8 is not None
    for path in networks.int8.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    facts = json.loads((folder / FACTS).read_text())
    facts["networks"][0] |= {"used": used, "lead": lead}
    (folder / FACTS).write_text(json.dumps(facts | {"digest": facts_digest(facts)}))
    return dataclasses.replace(networks, int8=folder)


def test_int8_answers_are_near_those_of_float32(
    real_quantised: Networks, batches: list[ScanBatch], tmp_path: Path
) -> None:
    networks = with_use(real_quantised, tmp_path, used=True)
    engine = build_engine(INT8, networks, None)
    exact = build_engine(Choice("torch", "fp32", "cpu", 8), networks, None)
    for batch in batches:
        given, wanted = (
            e.logits(NAME, batch.images[SIZE], batch.positions) for e in (engine, exact)
        )
        assert not np.array_equal(given, wanted)
        np.testing.assert_allclose(given, wanted, atol=0.05)


def test_close_calls_are_answered_again_in_float32(
    real_quantised: Networks, batches: list[ScanBatch], tmp_path: Path
) -> None:
    """Those and no others, each as if it had come alone."""
    (tmp_path / "plain").mkdir()
    rounded = build_engine(INT8, with_use(real_quantised, tmp_path / "plain", used=True), None)
    exact = build_engine(Choice("openvino", "fp32", "cpu", 8), real_quantised, None)
    batch = batches[0]
    fast, wanted = (e.logits(NAME, batch.images[SIZE], batch.positions) for e in (rounded, exact))
    middle = float(np.median(leads(fast)))
    engine = build_engine(INT8, with_use(real_quantised, tmp_path, used=True, lead=middle), None)
    given = engine.logits(NAME, batch.images[SIZE], batch.positions)
    close = leads(fast) < middle
    assert close.sum() == 4
    np.testing.assert_array_equal(given[~close], fast[~close])
    np.testing.assert_allclose(given[close], wanted[close], atol=1e-4)
    assert np.abs(given[close] - fast[close]).max() > 1e-4


def test_rows_that_fill_a_batch_up_are_not_looked_at_again() -> None:
    """Though every answer is a close call; whole batches of the fast engine are asked."""
    asked: dict[str, list[int]] = {"fast": [], "exact": []}

    class Undecided:
        def __init__(self, name: str) -> None:
            self.name = name

        def logits(
            self, _: str, images: Images, positions: NDArray[np.float32], used: int | None = None
        ) -> NDArray[np.float32]:
            asked[self.name].append(len(images))
            return np.zeros((len(images), 3), np.float32)[:used]

    engine = SecondLook(Undecided("fast"), lambda _: Undecided("exact"), {NAME: 0.1})
    images, positions = np.zeros((8, 3, SIZE, SIZE), np.float32), np.zeros((8, 2), np.float32)
    assert engine.logits(NAME, images, positions, 5).shape == (5, 3)
    assert asked == {"fast": [8], "exact": [1] * 5}


def test_a_compiled_network_is_kept_and_made_again_when_damaged(
    quantised: Networks, batches: list[ScanBatch], tmp_path: Path
) -> None:
    networks = with_use(quantised, tmp_path, used=True)
    cache, batch = tmp_path / "engines", batches[0]

    def answer() -> NDArray[np.float32]:
        engine = build_engine(INT8, networks, cache)
        return engine.logits(NAME, batch.images[SIZE], batch.positions)

    first = answer()
    [kept] = cache.glob("*.compiled")
    whole = kept.read_bytes()
    for content in (whole, b"", whole[:-1], whole[:5000] + b"x" + whole[5001:]):
        kept.write_bytes(content)
        np.testing.assert_array_equal(answer(), first)
        assert list(cache.glob("*.compiled")) == [kept]
        assert kept.read_bytes()[:32] == hashlib.sha256(kept.read_bytes()[32:]).digest()
    inode = kept.stat().st_ino
    answer()
    assert kept.stat().st_ino == inode  # read, not written again


def test_labels_are_counted_with_and_without_the_second_look(
    quantised: Networks, batches: list[ScanBatch], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounded, the second class loses 0.5, which turns the label of the closest slice alone."""
    exact = iter(np.array([[0.0, value + 0.25, -99.0] for value in range(16)], np.float32))
    rounded = iter(np.array([[0.0, value - 0.25, -99.0] for value in range(16)], np.float32))
    monkeypatch.setattr(
        int8, "_run", lambda network, images, positions: np.array([next(network) for _ in images])
    )

    class Reference:
        def compile(self, model, precision):
            return model

        def compiled(self, name):
            return exact

    result = int8._compare(Reference(), quantised, NAME, rounded, batches)  # type: ignore[arg-type]
    assert (result.slices, result.alone, result.again, result.equal) == (16, 15, 1, 16)
    assert 0.25 < result.lead < 0.75
    assert result.worst_margin == 0.0
    assert result.used


def test_slices_are_asked_again_as_far_as_labels_turn_but_within_limits() -> None:
    """200 slices with leads 0, 0.1, 0.2 …: at least 2 %, at most 5 % of them."""
    given = np.arange(200, dtype=np.float32) / 10
    turned = np.zeros(200, bool)
    least, most = np.quantile(given, int8.AGAIN)
    assert int8._lead(given, turned) == pytest.approx(least)
    turned[4] = True
    assert least < int8._lead(given, turned) < most
    assert int8._lead(given, turned) == pytest.approx(int8.BEYOND * 0.4)
    turned[150] = True
    assert int8._lead(given, turned) == pytest.approx(most)


def test_a_network_that_loses_labels_stays_in_bfloat16(
    real_quantised: Networks,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    batches: list[ScanBatch],
) -> None:
    assert quantised_networks(tmp_path, with_use(real_quantised, tmp_path, used=False)) == {}
    reference = int8.OpenVinoEngine(real_quantised, "fp32")
    other = build_slice_net(NAME, seed=4).eval()
    stranger = int8.OpenVinoEngine(
        dataclasses.replace(real_quantised, load=lambda _: other), "fp32"
    )
    monkeypatch.setattr(int8, "AGAIN", (0.0, 0.0))
    result = int8._compare(reference, real_quantised, NAME, stranger.model(NAME), batches)
    assert result.alone == result.equal < 16
    assert result.worst_margin > 0
    assert not result.used


def test_what_does_not_belong_is_refused(quantised: Networks, tmp_path: Path) -> None:
    networks = with_use(quantised, tmp_path, used=True)
    other = dataclasses.replace(networks, digests={NAME: "cd" * 32})
    with pytest.raises(ModelError, match="made from other weights"):
        quantised_networks(tmp_path, other)
    (tmp_path / f"{NAME}.bin").write_bytes(b"")
    with pytest.raises(ModelError, match=r"resnext50\.xml has changed"):
        quantised_networks(tmp_path, networks)
    networks = with_use(quantised, tmp_path, used=True, lead=math.nan)
    with pytest.raises(ModelError, match="a lead that is not finite"):
        quantised_networks(tmp_path, networks)
    (tmp_path / FACTS).write_text("{")
    with pytest.raises(ModelError, match="int8 networks can't be used"):
        quantised_networks(tmp_path, networks)


@pytest.mark.parametrize("change", [{"lead": 0.0}, {"used": True}, {"digest": None}, "deep"])
def test_changed_facts_are_refused(
    quantised: Networks, tmp_path: Path, change: dict[str, object] | str
) -> None:
    """A smaller lead means fewer second looks: other answers from the same weights."""
    networks = with_use(quantised, tmp_path, used=False, lead=0.5)
    path = tmp_path / FACTS
    facts = json.loads(path.read_text())
    if change == "deep":
        path.write_text("[" * 100_000 + "]" * 100_000)
    elif change == {"digest": None}:
        del facts["digest"]
        path.write_text(json.dumps(facts))
    else:
        facts["networks"][0] |= change
        path.write_text(json.dumps(facts))
    found = "made by an older spgc" if change == {"digest": None} else "levels|as it was written"
    with pytest.raises(ModelError, match=found):
        quantised_networks(tmp_path, networks)


def test_networks_that_are_quantised_again_meanwhile_are_not_taken_for_the_old_ones(
    quantised: Networks, tmp_path: Path
) -> None:
    """Neither what is compiled and kept, nor the cached answers, lie under the old ones' name."""
    (tmp_path / "int8").mkdir()
    networks = with_use(quantised, tmp_path / "int8", used=True)
    folder = networks.int8
    assert folder is not None
    [network] = quantised_networks(folder, networks).values()
    file = (folder / NAME).with_suffix(".bin")
    file.write_bytes(file.read_bytes()[:-4] + b"1234")
    with pytest.raises(ModelError, match="quantised again"):
        compiled(openvino.Core(), network, {}, tmp_path / "engines")
    assert not list(tmp_path.glob("engines/*.compiled"))


def test_a_record_names_the_int8_networks_of_the_beginning(
    quantised: Networks, tmp_path: Path
) -> None:
    (tmp_path / "int8").mkdir()
    networks = with_use(quantised, tmp_path / "int8", used=True)
    folder = networks.int8
    assert folder is not None
    runtime = Runtime("cpu", "int8", engine="openvino")
    predictor = SlicePredictor(networks, SliceSpec((NAME,), SIZE), runtime, "ab")
    named = predictor.conversion
    facts = json.loads((folder / FACTS).read_text())
    facts["cases"] = {"calibration": ["others"]}
    (folder / FACTS).write_text(json.dumps(facts | {"digest": facts_digest(facts)}))
    assert predictor.conversion == named
    images = np.zeros((1, 3, SIZE, SIZE), np.float32)
    with pytest.raises(ModelError, match="quantised again in the meantime"):
        predictor.answer_images(NAME, images, (0.5, 0.5))


def test_a_damaged_compiled_network_is_a_remark(quantised: Networks, tmp_path: Path) -> None:
    networks = with_use(quantised, tmp_path, used=True)
    remarks: list[str] = []
    for expected in ([], ["compiled network resnext50 was damaged and made again"]):
        build_engine(INT8, networks, tmp_path / "engines", remarks.append)
        assert remarks == expected
        [kept] = (tmp_path / "engines").glob("*.compiled")
        whole = bytearray(kept.read_bytes())
        whole[-100] ^= 1
        kept.write_bytes(whole)


def test_int8_is_not_for_features_that_are_probabilities(
    quantised: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check compared labels: --precision auto takes another, int8 by name is refused."""
    monkeypatch.setattr(engine_choice, "int8_pays", lambda: True)
    config = Config(features="probabilities")
    spec, refusal = config.spec, no_int8(config)
    assert refusal is not None
    auto = Runtime("cpu", "auto", engine="openvino")
    auto = SlicePredictor(quantised, spec, auto, "", refusal)
    assert auto.choice.precision != "int8"
    int8 = Runtime("cpu", "int8", engine="openvino")
    asked = SlicePredictor(quantised, spec, int8, "", refusal)
    with pytest.raises(UsageError, match="features probabilities"):
        asked.check()


def test_int8_answers_name_the_networks_that_gave_them(quantised: Networks) -> None:
    """As long as it is these very ones; float networks are the model's own."""
    given = SlicePredictor(quantised, Config().spec, Runtime("cpu", "int8", engine="openvino"), "")
    assert quantised.int8 is not None
    known = hashlib.sha256((quantised.int8 / FACTS).read_bytes()).hexdigest()
    assert given.conversion == f"int8-{known[:12]}"
    exact = SlicePredictor(quantised, Config().spec, Runtime("cpu", "fp32", engine="openvino"), "")
    assert exact.conversion == ""


def test_auto_takes_what_was_quantised(
    quantised: Networks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_choice, "int8_pays", lambda: True)
    auto = Runtime("cpu", "auto", engine="openvino")
    for folder, found in ((quantised.int8, True), (tmp_path, False), (None, False)):
        networks = dataclasses.replace(quantised, int8=folder)
        predictor = SlicePredictor(networks, Config().spec, auto, "")
        assert (predictor.choice.precision == "int8") is found


def test_a_model_without_int8_says_what_to_do(model: Path) -> None:
    with pytest.raises(UsageError, match="run spgc quantise"):
        CnrIemn.load(model, Runtime("cpu", "int8", engine="openvino"))
    with pytest.raises(DataError, match="no scan to check with"):
        next(CnrIemn.load(model).quantise(model, [("a", object())], []))  # type: ignore[list-item]


def test_slices_are_spread_over_all_scans(prepared: Prepared) -> None:
    """As many as asked for, in the form and with the content that prediction uses."""
    scans = sorted(prepared.scans.items())
    places = places_of(scans)
    few, others = spread(places, 12)
    assert [case for case, _, _ in few] == [case for case, _ in scans]
    assert sorted(map(id, [*few, *others])) == sorted(map(id, places))
    assert spread(places, 0) == ([], places)
    assert spread([], 3) == ([], [])
    every = list(place_batches(places, SliceSpec((NAME,), 32)))
    assert sum(len(batch.owners) for batch in every) == len(places)
    for mine, usual in zip(every, slice_batches(scans, [32], Config().spec, 8), strict=True):
        np.testing.assert_array_equal(mine.images[32], usual.images[32])
        np.testing.assert_array_equal(mine.positions, usual.positions)


def test_few_validation_slices_are_joined_by_training_ones(
    prepared: Prepared, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which did not calibrate: half a percent of a handful of slices would be none."""
    monkeypatch.setattr("spgc.nets.slices.calibration.CALIBRATION", 8)
    monkeypatch.setattr("spgc.nets.slices.calibration.CHECKS", 20)
    first, *others = sorted(prepared.scans.items())
    assert first[1].n_slices < 20
    folder = tmp_path / "model"
    shutil.copytree(model, folder)
    rows = list(CnrIemn.load(folder).quantise(folder, others, [first]))
    assert {row.slices for row in rows} == {20}
    checked = json.loads((folder / FOLDER / FACTS).read_text())["cases"]["checks"]
    assert checked[0] == first[0]
    assert set(checked[1:]) <= {case for case, _ in others}
