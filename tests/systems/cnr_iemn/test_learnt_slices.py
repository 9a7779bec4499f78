"""Which slices are trained on, and the paper's counts with augmented copies."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from spgc.contract.scan import LabelledScan
from spgc.data.manifests import read_manifests
from spgc.nets.slices.samples import Sample, SliceDataset
from spgc.protocol import CAP, COVID19, NORMAL
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.learnt_slices import first_normals, images_per_epoch, slice_samples
from spgc.systems.cnr_iemn.train_backbones import copies_of


@dataclass(frozen=True)
class Stub:
    """A scan of `n_slices` small slices."""

    n_slices: int
    key: str = "k"
    spacing: tuple[float, float, float] = (2.0, 0.7, 0.7)

    def slice(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        hu = np.full((40, 40), -1000 + 10 * index, np.int16)
        hu[10:30, 10:30] = 100
        return hu, hu > 0

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        parts = [self.slice(i) for i in range(self.n_slices)]
        return np.stack([p[0] for p in parts]), np.stack([p[1] for p in parts])


def scan(name: str, label: str, slices: int, infected: list[int] | None = None) -> LabelledScan:
    marks = None
    if infected is not None:
        marks = np.zeros(slices, np.uint8)
        marks[infected] = 1
    return LabelledScan(name, Stub(slices), label, marks)


SCANS = [
    scan("P001", COVID19, 6, [2, 3]),
    scan("P002", COVID19, 6),
    scan("cap001", CAP, 4, [0]),
    scan("normal001", NORMAL, 3),
    scan("normal002", NORMAL, 3),
]


def test_infected_slices_carry_their_scans_class() -> None:
    samples = slice_samples(SCANS, frozenset({"normal001"}), Config())
    classes = [s.label for s in samples]
    assert classes.count(0) == 2
    assert classes.count(1) == 1
    assert classes.count(2) == 4 + 3 + 3  # uninfected of P001 and cap001, all of normal001
    assert not any(s.scan == 1 for s in samples)  # P002 has no slice labels


def test_uninfected_slices_can_be_left_out() -> None:
    samples = slice_samples(SCANS, frozenset({"normal001"}), Config(uninfected_as_normal=False))
    assert [s.label for s in samples].count(2) == 3


def test_first_normal_scans_by_name() -> None:
    assert first_normals(list(reversed(SCANS)), 1) == {"normal001"}


def test_thirty_normals_are_21_for_training_and_9_for_validation() -> None:
    """The recovered split gives the paper's nine normal validation scans (section 3.3)."""
    manifest = read_manifests()
    normal = [
        scan(c.case_id, NORMAL, 1)
        for c in manifest
        if c.label == NORMAL and c.split in ("train", "val")
    ]
    splits = [manifest[name].split for name in first_normals(normal, Config().normal_scans)]
    assert (splits.count("train"), splits.count("val")) == (21, 9)


def test_augmented_totals_of_the_paper() -> None:
    """2,482 COVID-19 and 742 CAP slices become 9,928 and 8,162; normal stays (section 3.3.1)."""
    counts = {0: 2482, 1: 742, 2: 10294}
    samples = [Sample(0, 0, label) for label, n in counts.items() for _ in range(n)]
    assert images_per_epoch(samples, Config()) == {COVID19: 9928, CAP: 8162, NORMAL: 10294}
    assert (
        len(SliceDataset(SCANS, samples, 32, Config().spec, copies_of(Config())))
        == 9928 + 8162 + 10294
    )
    assert len(SliceDataset(SCANS, samples, 32, Config().spec)) == sum(counts.values())


def test_items_and_their_copies() -> None:
    """The original is untouched, copies differ from it, from each other and between epochs."""
    data = SliceDataset(SCANS, [Sample(0, 2, 0)], 32, Config().spec, copies_of(Config()))
    images = [data[0, i][0] for i in range(4)]
    assert all(i.shape == (3, 32, 32) and i.min() >= 0 and i.max() <= 1 for i in images)
    assert len({i.numpy().tobytes() for i in images}) == 4
    assert torch.equal(data[0, 1][0], images[1])
    assert torch.equal(data[1, 0][0], images[0])
    assert not torch.equal(data[1, 1][0], images[1])


def test_item_holds_position_class_and_region() -> None:
    data = SliceDataset(SCANS, [Sample(0, 5, 0)], 32, Config().spec)
    _, positions, label, region = data[0, 0]
    assert positions.tolist() == pytest.approx([6 / 200, 5.5 / 6])
    assert int(label) == 0
    assert int(region) == 4


def test_copies_leave_torchs_own_randomness_alone() -> None:
    data = SliceDataset(SCANS, [Sample(0, 2, 0)], 32, Config().spec, copies_of(Config()))
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    data[0, 1]
    assert torch.equal(torch.rand(3), expected)
