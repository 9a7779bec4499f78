"""A volume on a grid is what scipy's zoom makes of it, and means are true means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from threadpoolctl import threadpool_info, threadpool_limits

from spgc.contract.volumes import VolumeBox
from spgc.nets.volumes.grid import TOLERANCE, axis_weights, mask_box, on_grid, whole_box


def volume(shape: tuple[int, int, int] = (9, 23, 31)) -> np.ndarray:
    return np.random.default_rng(0).integers(-1024, 1500, shape).astype(np.int16)


@pytest.mark.parametrize(("order", "degree"), [("linear", 1), ("cubic", 3)])
@pytest.mark.parametrize("size", [(5, 40, 12), (18, 23, 62), (1, 2, 3)])
def test_the_whole_scan_is_scipys_zoom(order: str, degree: int, size: tuple[int, int, int]) -> None:
    hu = volume()
    zoom = [new / old for new, old in zip(size, hu.shape, strict=True)]
    wanted = ndimage.zoom(hu.astype(np.float64), zoom, order=degree, mode="nearest", grid_mode=True)
    np.testing.assert_allclose(
        on_grid(hu, whole_box(hu.shape), size, order), wanted, atol=TOLERANCE, rtol=0
    )


def test_a_box_between_voxels_is_scipys_spline_there() -> None:
    """Half voxels, beyond the scan on both sides: the outermost voxels go on."""
    hu, box, size = volume(), VolumeBox((-2.0, 3.5, 10.25), (7.0, 21.5, 35.0)), (6, 12, 15)
    places = np.meshgrid(
        *(
            low + (np.arange(count) + 0.5) * (high - low) / count - 0.5
            for low, high, count in zip(box.low, box.high, size, strict=True)
        ),
        indexing="ij",
    )
    wanted = ndimage.map_coordinates(hu.astype(np.float64), places, order=3, mode="nearest")
    np.testing.assert_allclose(on_grid(hu, box, size, "cubic"), wanted, atol=TOLERANCE, rtol=0)


def test_area_is_the_mean_of_the_voxels_in_a_cell() -> None:
    hu = volume((8, 12, 20))
    wanted = hu.reshape(4, 2, 4, 3, 5, 4).mean(axis=(1, 3, 5))
    found = on_grid(hu, whole_box(hu.shape), (4, 4, 5), "area")
    np.testing.assert_allclose(found, wanted, atol=TOLERANCE)


@pytest.mark.parametrize("size", [(3, 5, 7), (20, 23, 9), (9, 40, 62)])
def test_pooled_is_what_torch_calls_area(size: tuple[int, int, int]) -> None:
    """On the voxels of a box alone, coarser and finer than the scan."""
    torch = pytest.importorskip("torch")
    hu = volume()
    box = VolumeBox((1.0, 4.0, 0.0), (9.0, 21.0, 30.0))
    part = torch.tensor(hu[1:9, 4:21, :30].astype(np.float32))[None, None]
    wanted = torch.nn.functional.interpolate(part, size=size, mode="area")[0, 0].numpy()
    np.testing.assert_allclose(on_grid(hu, box, size, "pooled"), wanted, atol=TOLERANCE)


@pytest.mark.parametrize("order", ["linear", "cubic", "area", "pooled"])
@pytest.mark.parametrize(("length", "low", "high"), [(1, 0, 1), (3, -4.0, 9.0), (50, 12.5, 14.0)])
def test_the_weights_of_a_cell_add_up_to_one(
    order: str, length: int, low: float, high: float
) -> None:
    weights = axis_weights(length, low, high, 7, order)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert weights.shape == (7, length)


def test_no_weight_is_too_small_for_float32() -> None:
    """A spline's weights fall off without end; numbers below 1e-38 make products slow."""
    weights = axis_weights(512, 0, 512, 224, "cubic")
    assert np.abs(weights[weights != 0]).min() > 1e-8
    assert (weights != 0).sum(axis=1).max() < 30


def test_the_box_of_a_mask_is_wider_by_millimetres_and_ends_with_the_scan() -> None:
    mask = np.zeros((10, 40, 50), bool)
    mask[2:9, 10:30, 5] = True
    found = mask_box(mask, (5.0, 1.0, 2.0), 10.0)
    assert found == VolumeBox((0.0, 0.0, 0.0), (10.0, 40.0, 11.0))
    assert mask_box(mask, (20.0, 2.5, 2.0), 5.0) == VolumeBox((1.75, 8.0, 2.5), (9.25, 32.0, 8.5))
    assert mask_box(np.zeros((2, 3, 4), bool), (1.0, 1.0, 1.0), 10.0) is None


def test_products_run_on_one_core_and_leave_the_others_as_they_were() -> None:
    """Small products shared by threads wait for each other where networks run as well."""
    seen: list[int] = []

    class Watched(np.ndarray):
        def astype(self, *kind: object, **more: object) -> np.ndarray:  # type: ignore[override]
            seen.extend(threads())
            return np.asarray(super().astype(*kind, **more))  # type: ignore[call-overload]

    with threadpool_limits(limits=2, user_api="blas"):
        before = threads()
        on_grid(volume().view(Watched), whole_box((9, 23, 31)), (4, 5, 6))
        assert threads() == before
    assert set(seen) == {1}


def threads() -> list[int]:
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]
