"""Whole scans explained through the contract, with networks that look at known regions."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from spgc.contract.scan import KnownCase, Scan
from spgc.contract.volumes import VolumeInput
from spgc.errors import UsageError
from spgc.explain.classifier_map import RiseSettings
from spgc.explain.explained_volume import CONTROLS, STEPS, ExplainedVolume, explain_volume
from spgc.explain.faithfulness import passes
from spgc.report.volume_maps import volume_map_figure
from spgc.text.purpose import PURPOSE
from tests.explain.looking_regions import BOX, REGIONS, SIZE, Regions, in_scan, region_scan
from tests.explain.test_explained_slice import words

CASE = KnownCase("P001", "CAP")
SETTINGS = RiseSettings(masks=96, cells=4)


@pytest.fixture(scope="module")
def explained() -> ExplainedVolume:
    return explain_volume(Regions(), region_scan(), CASE, settings=SETTINGS)  # type: ignore[arg-type]


def test_each_map_is_hottest_where_its_network_looks(explained: ExplainedVolume) -> None:
    """On the grid, and at the right voxel of the scan."""
    for found in explained.maps:
        inside = np.zeros(SIZE, bool)
        inside[REGIONS[found.name]] = True
        values = found.rise.values
        assert values[inside].mean() > np.quantile(values, 0.9)
        assert all(
            part.start <= place < part.stop
            for place, part in zip(found.hottest, in_scan(found.name), strict=True)
        )


def test_faithfulness_and_lungs(explained: ExplainedVolume) -> None:
    high, low = explained.maps
    for found in (high, low):
        assert found.faithful.deletion.area < min(found.faithful.deletion.random)
        assert len(found.faithful.deletion.random) == CONTROLS
    assert high.lungs_share == low.lungs_share == pytest.approx(4 * 8 * 10 / (10 * 24 * 28))
    assert high.share_in_lungs > 2 * high.lungs_share
    assert low.share_in_lungs < low.lungs_share


def test_numbers_for_programs(explained: ExplainedVolume) -> None:
    document = json.loads(json.dumps(explained.document(), allow_nan=False))
    assert document["schema"] == "spgc-explain/1"
    assert (document["case"], document["slices"], document["target"]) == ("P001", 14, "CAP")
    assert (document["synthetic"], document["model_hash"]) == (True, "abc")
    assert "slice" not in document
    one = document["classifiers"]["high"]
    assert one["probability"] == pytest.approx(1 / (1 + np.exp(-4)))
    assert one["probability_all_hidden"] == pytest.approx(1 / (1 + np.exp(4)))
    assert one["grid"] == list(SIZE)
    assert one["box"] == {"low": list(BOX.low), "high": list(BOX.high)}
    z, y, x = explained.maps[0].hottest
    assert one["hottest"] == {"slice": z + 1, "row": y + 1, "column": x + 1}
    assert one["masks"] <= 96
    assert explained.name == "P001-volume"


def test_masks_hide_pictures_only_and_passes_are_as_said() -> None:
    system, lines = Regions(), []
    explain_volume(
        system,  # type: ignore[arg-type]
        region_scan(),
        CASE,
        networks=["low"],
        settings=RiseSettings(masks=32, cells=4),
        say=lines.append,
    )
    asked = np.concatenate(system.asked)
    assert (asked[:, 1] == 7).all()
    assert asked[:, 0].min() == -1  # black
    curves = passes(STEPS, CONTROLS)
    assert len(asked) == 2 + 32 + curves
    (line,) = lines
    assert line.startswith(f"1 network, at most {32 + curves} passes of ")


def test_the_networks_mean_is_explained_unless_a_class_is_named() -> None:
    few = RiseSettings(masks=4, cells=2)
    own = explain_volume(Regions(), region_scan(), CASE, settings=few)  # type: ignore[arg-type]
    named = explain_volume(Regions(), region_scan(), CASE, target=2, settings=few)  # type: ignore[arg-type]
    assert (own.target, named.target) == (1, 2)
    assert not np.array_equal(own.maps[0].rise.values, own.maps[1].rise.values)


def test_without_lungs_nothing_is_said_of_them() -> None:
    few = RiseSettings(masks=4, cells=2)
    one = explain_volume(Regions("none"), region_scan(), CASE, settings=few)  # type: ignore[arg-type]
    assert one.mask is None
    assert one.maps[0].share_in_lungs is None


def test_a_system_that_finds_lungs_by_itself_has_those_that_its_network_is_given() -> None:
    class OwnLungs(Regions):
        def volume_inputs(self, case_id: str, scan: Scan) -> Mapping[str, VolumeInput]:
            inputs = super().volume_inputs(case_id, scan)
            volume = next(iter(inputs.values())).volume.copy()
            volume[1] = 0
            volume[1][REGIONS["high"]] = 1
            return {n: dataclasses.replace(one, volume=volume) for n, one in inputs.items()}

    one = explain_volume(OwnLungs("none"), region_scan(), CASE, settings=SETTINGS)  # type: ignore[arg-type]
    assert one.mask is None
    high, low = one.maps
    assert high.lungs_share == pytest.approx(5 * 6 * 7 / np.prod(SIZE))
    assert high.share_in_lungs > 2 * high.lungs_share
    assert low.share_in_lungs < low.lungs_share
    said = words(volume_map_figure(one))
    assert "edge of the mask that the network is given" in said
    assert "edge of the lungs" not in said


def test_what_cannot_be_explained_is_refused() -> None:
    scan = region_scan()
    with pytest.raises(UsageError, match="can't be asked about changed scans"):
        explain_volume(SimpleNamespace(name="density"), scan, CASE)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"no such network.*'middle'.*high \| low"):
        explain_volume(Regions(), scan, CASE, networks=["middle"])  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="1 to the image's 20"):
        explain_volume(Regions(), scan, CASE, settings=RiseSettings(4, 21))  # type: ignore[arg-type]


def test_the_figure_shows_planes_sides_and_marks(explained: ExplainedVolume) -> None:
    """A block of six panels and a scale for each network; names with $ are no formulas."""
    named = dataclasses.replace(explained, case=KnownCase("a$b$", "CAP"))
    figure = volume_map_figure(named)
    figure.draw_without_rendering()
    assert "SYNTHETIC" in figure.get_suptitle()
    assert sum(bool(place.images) for place in figure.findobj(Axes)) == 12
    said = words(figure)
    z, y, x = explained.maps[1].hottest
    for text in (
        f"axial, slice {z + 1} of 14",
        f"coronal, row {y + 1} of 32",
        f"sagittal, column {x + 1} of 26",
        "edge of the lungs",
        PURPOSE,
    ):
        assert text in said
    letters = [t.get_text() for t in figure.findobj(Text) if t.get_text() in "RLAP"]
    assert {letter: letters.count(letter) for letter in "RLAP"} == {"R": 8, "L": 8, "A": 4, "P": 4}


def test_without_lungs_and_sides_the_figure_says_nothing_of_them(
    explained: ExplainedVolume,
) -> None:
    maps = tuple(dataclasses.replace(one, lungs=None) for one in explained.maps)
    bare = dataclasses.replace(explained, mask=None, sides=False, maps=maps)
    said = words(volume_map_figure(bare))
    assert "lungs" not in said
    assert "R L" not in said
