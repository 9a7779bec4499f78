"""One resampling moves the image as torchvision's chain of transforms does; draws as the paper."""

import numpy as np
import pytest
import torch
from torchvision.transforms.v2 import functional as chain

from spgc.systems.cnr_iemn import augmentation
from spgc.systems.cnr_iemn.augmentation import _crop, _flip, _perspective, augmented, warped

SIZE = 64


def smooth() -> torch.Tensor:
    """Three blurred blobs off the middle: (3, SIZE, SIZE) in [0, 1], black at the edges."""
    y, x = torch.meshgrid(torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    middles = [(22.0, 30.0), (40.0, 25.0), (35.0, 42.0)]
    blobs = [torch.exp(-((x - a) ** 2 + (y - b) ** 2) / 60.0) for a, b in middles]
    return torch.stack(blobs)


def close(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    """Equal but for what resampling more than once blurs: 2 % of the grey range."""
    assert float((ours - theirs).abs().max()) < 0.02
    assert float(theirs.max()) > 0.5


def test_flip() -> None:
    certain = np.random.default_rng(0)
    matrix = next(m for _ in range(99) if (m := _flip(SIZE, certain))[0, 0] < 0)
    assert torch.allclose(warped(smooth(), matrix), smooth().flip(-1), atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_perspective(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmentation, "PERSPECTIVE_P", 1.0)
    random = np.random.default_rng(seed)
    matrix = _perspective(SIZE, random)
    again = np.random.default_rng(seed)
    again.random()
    (a, b), (c, d), (e, f), (g, h) = again.integers(0, 17, (4, 2)).tolist()
    last = SIZE - 1
    corners = [[0, 0], [last, 0], [last, last], [0, last]]
    moved = [[a, b], [last - c, d], [last - e, last - f], [g, last - h]]
    close(warped(smooth(), matrix), chain.perspective(smooth(), corners, moved))


def test_rotation(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(1)
    angle = np.random.default_rng(1).uniform(-30, 30)
    matrix = augmentation._rotation(SIZE, random)
    expected = chain.rotate(smooth(), angle, interpolation=chain.InterpolationMode.BILINEAR)
    close(warped(smooth(), matrix), expected)


def test_crop() -> None:
    random = np.random.default_rng(4)
    matrix = _crop(SIZE, random)
    left, top = np.random.default_rng(4).integers(0, 10, 2).tolist()
    larger = chain.resize(smooth(), [73, 73], antialias=True)
    close(warped(smooth(), matrix), chain.crop(larger, top, left, SIZE, SIZE))


def test_how_often() -> None:
    """Flip 0.2, perspective 0.5, jitter 0.2 (paper, 3.3.1): within 4 standard errors of 2000."""
    random = np.random.default_rng(0)
    flips = sum(_flip(8, random)[0, 0] < 0 for _ in range(2000))
    shifts = sum(not np.allclose(_perspective(64, random), np.eye(3)) for _ in range(2000))
    grey = torch.full((3, 4, 4), 0.5)
    jitters = sum(not torch.equal(augmentation._jittered(grey, random), grey) for _ in range(2000))
    assert flips == pytest.approx(400, abs=72)
    assert shifts == pytest.approx(1000, abs=90)
    assert jitters == pytest.approx(400, abs=72)


def test_same_seed_same_copy() -> None:
    assert torch.equal(augmented(smooth(), 3), augmented(smooth(), 3))
    assert not torch.equal(augmented(smooth(), 3), augmented(smooth(), 4))
