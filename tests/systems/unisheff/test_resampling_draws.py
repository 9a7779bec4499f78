"""What is drawn for a scan: by its key and the copy, within the published ranges, or the middle."""

from __future__ import annotations

import numpy as np
import pytest

from spgc.systems.unisheff.resampling_draws import (
    ResamplingDraw,
    ScanAsDrawn,
    answered_draw,
    learnt_draw,
)
from tests.systems.unisheff.round_body import round_body


def test_the_middle_of_what_could_be_drawn() -> None:
    draw = ResamplingDraw()
    assert (draw.plane_step, draw.depth_step, draw.cropped) == pytest.approx((2.0, 0.55, 0.875))
    assert (draw.degrees, draw.flipped) == (0, False)


def test_draws_stay_in_the_published_ranges_and_fill_them() -> None:
    draws = [answered_draw(f"key {number}", 0) for number in range(300)]
    for name, low, high in (
        ("plane_step", 1.7, 2.3),
        ("depth_step", 0.45, 0.65),
        ("cropped", 0.75, 1.0),
    ):
        values = np.array([getattr(draw, name) for draw in draws])
        assert low <= values.min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < values.max() <= high


def test_a_draw_depends_on_key_number_and_seed_alone() -> None:
    assert answered_draw("a", 1) == answered_draw("a", 1)
    assert len({answered_draw(key, n) for key in "ab" for n in range(3)}) == 6
    assert learnt_draw(0, "a", 1, 0.4) == learnt_draw(0, "a", 1, 0.4)
    assert len({learnt_draw(seed, key, 0, 0) for seed in (0, 1) for key in "ab"}) == 4


def test_copies_are_turned_by_threes_and_the_second_is_not_cropped() -> None:
    """The copies of a scan share what it is resampled by; the scan itself is not turned."""
    seen = set()
    for number in range(200):
        itself, first, second = (learnt_draw(7, str(number), copy, 0.0) for copy in range(3))
        for copy in (first, second):
            assert (copy.plane, copy.depth) == (itself.plane, itself.depth)
            assert not copy.flipped
            seen.add(copy.degrees)
        assert (itself.degrees, itself.flipped) == (0, False)
        assert first.crop == itself.crop
        assert second.cropped == 1
    assert seen == {3.0 * turns for turns in range(-4, 5)}


def test_copies_are_flipped_as_often_as_asked() -> None:
    flipped = [learnt_draw(0, str(n), 1, 0.4).flipped for n in range(500)]
    assert 0.33 < np.mean(flipped) < 0.47
    assert not any(learnt_draw(0, str(n), 0, 1.0).flipped for n in range(20))


def test_a_drawn_scan_is_the_scan_under_a_key_of_its_own() -> None:
    scan = round_body(slices=3)
    one, two = (ScanAsDrawn(scan, answered_draw(scan.key, number)) for number in range(2))
    assert len({scan.key, one.key, two.key}) == 3
    assert one.n_slices == 3
    assert one.arrays()[0] is scan.hu
    assert one.spacing == scan.spacing
    assert np.array_equal(one.slice(1)[0], scan.hu[1])
