"""Engines give the networks' own answers, whatever else is in the batch, and say what they lack."""

import dataclasses
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

from spgc.errors import DiskFullError, MissingExtraError, UsageError
from spgc.jobs import extras
from spgc.jobs import machine as processor
from spgc.nets.device import Runtime
from spgc.nets.engines import choice as engine_choice
from spgc.nets.engines.choice import Choice, build_engine, choose
from spgc.nets.engines.contract import Networks
from spgc.nets.slices.predictor import predictor
from spgc.runs.scans import Prepared
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.network import build_slice_net
from spgc.systems.cnr_iemn.system import CnrIemn
from tests.nets.slices import tiny_stages
from tests.small_disk import small_disk

__all__ = ["small_disk"]

NAMES = ("resnext50", "inception_v3")


def _networks() -> Networks:
    made = {name: build_slice_net(name, seed=3).eval() for name in NAMES}
    return Networks(made.__getitem__, dict.fromkeys(NAMES, "ab" * 32), dict.fromkeys(NAMES, 75))


@pytest.fixture(scope="module")
def real_networks() -> Networks:
    return _networks()


@pytest.fixture(scope="module")
def networks() -> Networks:
    """In miniature: converting real ones takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        for name in NAMES:
            tiny_stages.in_the_place_of(name, patch)
        return _networks()


@pytest.fixture(scope="module")
def converted(networks: Networks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that keeps both, which tests copy."""
    pytest.importorskip("openvino")
    folder = tmp_path_factory.mktemp("converted")
    build_engine(Choice("openvino", "fp32", "cpu", 8), networks, folder)
    return folder


def inputs(count: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.random((count, 3, 75, 75), np.float32), rng.random((count, 2), np.float32)


def direct(networks: Networks, name: str) -> np.ndarray:
    images, positions = map(torch.from_numpy, inputs())
    with torch.inference_mode():
        return networks.load(name)(images, positions)[0].numpy()


def elsewhere(kept: Path, code: str) -> None:
    """Run `code` in a process of its own, where `build()` is an engine of converted networks."""
    begin = f"""
        import pathlib, signal, sys
        from spgc.nets.engines.choice import Choice, build_engine
        from spgc.nets.engines.contract import Networks
        def build():
            names = {NAMES}
            nets = Networks(None, dict.fromkeys(names, {"ab" * 32!r}), dict.fromkeys(names, 75))
            place = pathlib.Path({str(kept)!r})
            return build_engine(Choice("openvino", "fp32", "cpu", 8), nets, place)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(begin) + code], check=True)


@pytest.mark.parametrize("engine", ["torch", "openvino"])
def test_logits_are_the_networks_own(engine: str, real_networks: Networks, tmp_path: Path) -> None:
    if engine == "openvino":
        pytest.importorskip("openvino")
    built = build_engine(Choice(engine, "fp32", "cpu", 8), real_networks, tmp_path)
    for name in NAMES:
        np.testing.assert_allclose(
            built.logits(name, *inputs()), direct(real_networks, name), atol=2e-4, rtol=1e-3
        )


def test_converted_networks_are_kept_and_read_without_torch(
    networks: Networks, converted: Path, tmp_path: Path
) -> None:
    """The second start converts nothing; a damaged file is made again."""
    shutil.copytree(converted, tmp_path, dirs_exist_ok=True)
    kept = sorted(tmp_path.glob("*"))
    assert {path.suffix for path in kept} == {".xml", ".bin", ".digest"}
    assert len(kept) == 3 * len(NAMES)
    elsewhere(tmp_path, "build()\nassert 'torch' not in sys.modules")
    made = Choice("openvino", "fp32", "cpu", 8)
    unread = dataclasses.replace(networks, load=None)  # type: ignore[arg-type]
    first = build_engine(made, unread, tmp_path).logits("resnext50", *inputs())
    for path in kept:
        if path.suffix == ".xml":
            path.write_text("damaged")
    again = build_engine(made, networks, tmp_path).logits("resnext50", *inputs())
    np.testing.assert_array_equal(again, first)


@pytest.mark.parametrize("damage", ["weights", "graph", "no digest", "no weights", "a folder"])
def test_damaged_converted_networks_are_made_again_with_a_remark(
    damage: str, networks: Networks, converted: Path, tmp_path: Path
) -> None:
    """Flipped bits in weights give other answers, and OpenVINO reads them without a word."""
    (tmp_path / "kept").mkdir()
    for path in converted.glob("*resnext50*"):
        shutil.copy(path, tmp_path / "kept")
    made, one = Choice("openvino", "fp32", "cpu", 8), networks.only("resnext50")
    remarks: list[str] = []

    def answer() -> np.ndarray:
        engine = build_engine(made, one, tmp_path / "kept", remarks.append)
        return engine.logits("resnext50", *inputs())

    first = answer()
    assert remarks == []
    kept = {path.suffix: path for path in (tmp_path / "kept").iterdir()}
    if damage == "weights":
        content = np.fromfile(kept[".bin"], np.uint8)
        content[np.random.default_rng(0).integers(0, len(content), 100)] ^= 16
        kept[".bin"].write_bytes(content.tobytes())
    elif damage == "graph":
        text = kept[".xml"].read_text()
        kept[".xml"].write_text(text.replace('pads_begin="1, 1"', 'pads_begin="0, 1"', 1))
        assert kept[".xml"].read_text() != text
    elif damage == "a folder":
        kept[".digest"].unlink()
        kept[".digest"].mkdir()
    else:
        kept[{"no digest": ".digest", "no weights": ".bin"}[damage]].unlink()
    again = answer()
    assert remarks[0].startswith("converted network resnext50 was made again: ")
    if damage == "a folder":  # it can't be kept, and answers as it was converted
        assert "could not be kept" in remarks[1]
        np.testing.assert_allclose(again, first, atol=1e-6)
    else:
        np.testing.assert_array_equal(again, first)
        np.testing.assert_array_equal(answer(), first)
        assert len(remarks) == 1


def test_a_full_disk_while_converting_is_one_error(
    real_networks: Networks, small_disk: Path
) -> None:
    """OpenVINO itself speaks of an iostream error; nothing stays there."""
    pytest.importorskip("openvino")
    one = real_networks.only(NAMES[0])
    with pytest.raises(DiskFullError, match="no space left"):
        build_engine(Choice("openvino", "fp32", "cpu", 8), one, small_disk / "engines")
    assert list((small_disk / "engines").iterdir()) == []


def test_signals_arrive_after_engines_have_gone(converted: Path, tmp_path: Path) -> None:
    """In a process of its own, which otherwise dies of the signal."""
    shutil.copytree(converted, tmp_path, dirs_exist_ok=True)
    code = """
        heard = []
        signal.signal(signal.SIGINT, lambda *_: heard.append(1))
        first, second = build(), build()
        del first
        del second
        signal.raise_signal(signal.SIGINT)
        assert heard
    """
    elsewhere(tmp_path, textwrap.dedent(code))


def test_answers_do_not_depend_on_what_shares_the_batch(model: Path, prepared: Prepared) -> None:
    """One scan alone, all together, in another order; scans are 5 or 6 slices long."""
    names = sorted(prepared.scans)[:4]
    system = CnrIemn.load(model, Runtime("cpu", "fp32"))
    alone = {name: system.slice_probabilities(name, prepared.scans[name]) for name in names}
    for order in (names, names[::-1]):
        together = dict(system.slices.predict_many((n, prepared.scans[n]) for n in order))
        assert list(together) == order
        for name in names:
            for backbone, rows in alone[name].items():
                np.testing.assert_allclose(together[name][backbone], rows, rtol=0, atol=1e-6)
                assert (together[name][backbone].argmax(1) == rows.argmax(1)).all()


def test_features_are_the_same_whatever_the_batch_size(model: Path, prepared: Prepared) -> None:
    """Exactly: features are shares of predicted classes, and no class may flip."""
    scans = [(name, prepared.scans[name]) for name in sorted(prepared.scans)[:3]]
    first, *others = (
        CnrIemn.load(model, Runtime("cpu", "fp32", batch_size=size)).features(scans)
        for size in (64, 1, 7)
    )
    for other in others:
        for name, features in first.items():
            np.testing.assert_array_equal(other[name], features)


def test_known_scans_need_no_network(
    model: Path, prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = sorted(prepared.scans)[0]
    runtime = Runtime("cpu", "fp32", answers=tmp_path / "answers")
    first = CnrIemn.load(model, runtime).predict([(name, prepared.scans[name])])
    monkeypatch.setattr("spgc.nets.slices.predictor.build_engine", None)
    assert CnrIemn.load(model, runtime).predict([(name, prepared.scans[name])]) == first


def test_auto_takes_the_fastest_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_choice, "has_nvidia", lambda: False)
    monkeypatch.setattr(extras, "find_spec", lambda name: object())
    monkeypatch.setattr(engine_choice, "has_bf16", lambda: True)
    monkeypatch.setattr(sys, "platform", "linux")
    assert choose(Runtime(precision="auto", engine="auto")) == Choice("openvino", "bf16", "cpu", 8)
    monkeypatch.setattr(engine_choice, "has_bf16", lambda: False)
    assert choose(Runtime(precision="auto", engine="auto")).precision == "fp32"
    for pays, precision in ((True, "int8"), (False, "fp32")):
        monkeypatch.setattr(engine_choice, "int8_pays", lambda pays=pays: pays)
        auto = Runtime(precision="auto", engine="auto")
        assert choose(auto, quantised=True).precision == precision
        assert choose(Runtime(precision="bf16", engine="auto"), quantised=True).precision == "bf16"
        torch_only = Runtime("cpu", "auto", engine="torch")
        assert choose(torch_only, quantised=True).precision == "fp32"
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert choose(Runtime("cpu", engine="auto")).engine == "torch"


@pytest.mark.parametrize(
    ("flags", "bf16", "int8"),
    [
        ("fpu avx2 avx512f", False, False),
        ("fpu avx2 avx_vnni", False, True),
        ("fpu avx512f avx512_vnni avx512_bf16", True, True),
        ("fpu avx512_vnni avx512_bf16 amx_bf16 amx_tile amx_int8", True, False),
        ("", False, False),  # no /proc/cpuinfo
    ],
)
def test_what_a_processor_is_fastest_in(
    flags: str, bf16: bool, int8: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processor, "_cpuinfo", lambda field: flags if field == "flags" else "")
    assert processor.has_bf16.__wrapped__() is bf16
    assert processor.int8_pays.__wrapped__() is int8


@pytest.mark.parametrize(
    ("runtime", "text"),
    [
        (Runtime(engine="abacus"), "unknown engine"),
        (Runtime("cuda", engine="openvino"), "engine openvino runs on the processor"),
    ],
)
def test_wrong_options_are_one_line(
    runtime: Runtime, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: object())
    with pytest.raises(UsageError, match=text):
        choose(runtime)


def test_a_missing_engine_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'spgc\[openvino\]'"):
        choose(Runtime(engine="openvino"))


@pytest.mark.parametrize(("wanted", "sizes"), [(None, (224, 299)), (64, (64, 75)), (96, (96, 96))])
def test_sizes_follow_the_configuration(wanted: int | None, sizes: tuple[int, int]) -> None:
    """What an engine is built for is what training and prediction scale slices to."""
    config = Config(backbones=NAMES, image_size=wanted)
    made = predictor(build_slice_net, config.spec, Runtime("cpu", engine="torch"), {})
    assert made.networks.sizes == dict(zip(NAMES, sizes, strict=True))
