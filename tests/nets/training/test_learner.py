"""One step: gradients in parts equal those of the whole batch, against a float64 derivation."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import default_collate

from spgc.nets.device import Runtime
from spgc.nets.slices.samples import SliceDataset
from spgc.nets.training.learner import Learner
from spgc.nets.training.schedule import Schedule
from spgc.nets.training.task import Batch
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.network import SliceNet, build_slice_net
from spgc.systems.cnr_iemn.slice_task import CnrIemnTask
from spgc.systems.cnr_iemn.train_backbones import plan_of
from tests.nets.training import tiny_training as tiny


@pytest.fixture(autouse=True)
def known_backbones(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.known(monkeypatch)


def learner(parts: int, config: Config = tiny.CONFIG, *, plain: bool = False) -> Learner:
    """The tiny network; `plain` is without batch normalisation and dropout."""
    network = build_slice_net("tiny", seed=1)
    if plain:
        network.features.norm = network.features.drop = nn.Identity()  # type: ignore[assignment]
    task = CnrIemnTask(config, region_head=True)
    return Learner(network, task, Schedule(28, plan_of(config), parts), Runtime("cpu"))


def batch(of: Learner, step: int) -> Batch:
    scans = tiny.scans(range(2))
    samples = (tiny.samples(scans, tiny.CONFIG) * 2)[:28]
    data = SliceDataset(scans, samples, 32, tiny.CONFIG.spec)
    return tuple(default_collate([data[item] for item in of.schedule.share(step, 0)]))


def gradients(of: Learner, step: int) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
    sums = of.gradients(step, batch(of, step))
    found = {n: p.grad.clone() for n, p in of.network.named_parameters() if p.grad is not None}
    return found, sums


def by_hand(network: SliceNet, batch: Batch) -> dict[str, torch.Tensor]:
    """The paper's loss in float64 over the whole batch, by its formula."""
    network = network.double()
    network.zero_grad()
    images, positions, classes, regions = batch
    losses = []
    for logits, truth in zip(
        network(images.double(), positions.double()), (classes, regions), strict=True
    ):
        p = F.softmax(logits, dim=1)[range(len(truth)), truth]
        losses.append((-((1 - p) ** 1.5) * p.log()).mean())
    (losses[0] + 0.3 * losses[1]).backward()
    return {n: p.grad for n, p in network.named_parameters() if p.grad is not None}


@pytest.mark.parametrize("parts", [1, 2, 3])
@pytest.mark.parametrize("step", [0, 3], ids=["8 slices", "the last 4"])
def test_parts_add_up_to_the_batch(parts: int, step: int) -> None:
    """Without batch normalisation, also where parts differ: 8 slices are 3 + 3 + 2."""
    cut = learner(parts, plain=True)
    if step >= cut.schedule.epoch_steps:
        step = cut.schedule.epoch_steps - 1  # the short batch has joined its neighbour
    found, sums = gradients(cut, step)
    expected = by_hand(learner(1, plain=True).network, batch(cut, step))
    for name, gradient in expected.items():
        assert torch.allclose(found[name].double(), gradient, rtol=1e-4, atol=1e-7), name
    assert int(sums[4]) == len(cut.schedule.batch(step))


def test_running_statistics_move_once_a_step() -> None:
    """Mean over the parts of what each part alone would have made of them."""
    cut = learner(2)
    start = cut.network.features.norm.running_mean.clone()
    images, positions, *_ = batch(cut, 0)
    ends = []
    for half in (slice(0, 4), slice(4, 8)):
        alone = learner(1).network.train()
        alone(images[half], positions[half])
        ends.append(alone.features.norm.running_mean)
    gradients(cut, 0)
    assert torch.allclose(cut.network.features.norm.running_mean, (ends[0] + ends[1]) / 2)
    assert not torch.allclose(cut.network.features.norm.running_mean, start)


def test_a_step_depends_on_its_number_alone() -> None:
    """Dropout of a step does not remember the steps before it."""
    first, second = learner(2), learner(2)
    gradients(first, 1)
    torch.rand(7)
    expected, one = gradients(second, 2)
    first.network.load_state_dict(second.network.state_dict())
    found, other = gradients(first, 2)
    assert torch.equal(one, other)
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert not torch.equal(gradients(second, 3)[1], one)
