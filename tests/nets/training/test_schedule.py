"""Which slices a step takes: each once an epoch, in the same parts for one process or several."""

import dataclasses

import pytest

from spgc.errors import UsageError
from spgc.nets.training.schedule import Plan, Schedule, epoch_order, parts_for
from spgc.systems.cnr_iemn.config import Config
from spgc.systems.cnr_iemn.slice_task import CnrIemnTask

PLAN = Plan(epochs=2, batch_size=8, seed=0)


def test_each_slice_once_and_never_alone() -> None:
    for count in (2, 8, 9, 17, 40):
        batches = epoch_order(count, 8, 0, 0)
        assert sorted(i for batch in batches for i in batch) == list(range(count))
        assert all(len(batch) > 1 for batch in batches)
    assert epoch_order(40, 8, 0, 0) != epoch_order(40, 8, 0, 1) != epoch_order(40, 8, 1, 1)


def test_shares_make_up_the_batch() -> None:
    """Two processes take what one takes in two parts, also from an uneven last batch."""
    one, two = Schedule(21, PLAN, parts=2), Schedule(21, PLAN, processes=2)
    assert one.steps == two.steps == 6
    for step in range(one.steps):
        whole = one.share(step, 0)
        assert whole == two.share(step, 0) + two.share(step, 1)
        assert [number for _, number in whole] == one.batch(step)
        assert {epoch for epoch, _ in whole} == {step // 3}
        assert abs(len(two.share(step, 0)) - len(two.share(step, 1))) <= 1
    assert [one.ends_epoch(done) for done in range(7)] == [False, False, False, True] * 1 + [
        False,
        False,
        True,
    ]


def test_dropout_has_a_seed_of_its_own_for_each_part() -> None:
    schedule = Schedule(40, PLAN)
    seeds = {schedule.seed(step, part) for step in range(10) for part in range(4)}
    assert len(seeds) == 40


def test_parts_hold_two_slices_at_least() -> None:
    """A last batch that is too small for so many parts is cut into fewer."""
    small = Schedule(13, PLAN, parts=2, processes=2)  # 8 and 5
    assert [len(small.batch(step)) for step in range(small.steps)] == [8, 5, 8, 5]
    assert [small.parts_of(step) for step in range(2)] == [2, 1]
    assert [len(small.share(1, rank)) for rank in range(2)] == [3, 2]


def test_parts_change_no_batch() -> None:
    """`--micro-batch` may change between runs: each step still takes what it would have taken."""
    for items in range(4, 30):
        whole = Schedule(items, PLAN)
        for parts in (2, 4):
            cut = Schedule(items, PLAN, parts)
            assert cut.steps == whole.steps
            assert all(cut.batch(k) == whole.batch(k) for k in range(whole.steps)), items


def test_processes_join_a_training_on_its_own_batches() -> None:
    """The last batch stays as it was begun; where they can't share it, they are too many."""
    begun = Schedule(20, PLAN)  # 8, 8 and 4
    two = Schedule(20, PLAN, processes=2, begun=begun.least)
    assert [two.batch(k) for k in range(6)] == [begun.batch(k) for k in range(6)]
    assert Schedule(20, PLAN, processes=4).epoch_steps == 2  # begun anew: 8 and 12
    with pytest.raises(UsageError, match=r"too many|too few slices.*Do: start at most 2 processes"):
        Schedule(20, PLAN, processes=4, begun=begun.least)


@pytest.mark.parametrize(("items", "processes"), [(1, 1), (3, 2), (0, 1)])
def test_too_few_slices(items: int, processes: int) -> None:
    with pytest.raises(UsageError, match="too few slices for so many processes"):
        Schedule(items, PLAN, processes=processes)


@pytest.mark.parametrize(
    ("micro", "processes", "parts"),
    [(None, 1, 1), (None, 4, 1), (16, 1, 4), (10, 2, 4), (99, 1, 1)],
)
def test_parts_for_a_small_gpu(micro: int | None, processes: int, parts: int) -> None:
    assert parts_for(Plan(1, 64, 0), micro, processes) == parts


def test_volumes_may_go_alone_and_slices_may_not() -> None:
    """A batch of two volumes in two parts; a last one alone; of slices it joins the one before."""
    plan = Plan(epochs=1, batch_size=2, seed=0, alone=True)
    assert parts_for(plan, 1, 1) == 2
    volumes = Schedule(5, plan, parts=2)
    assert [len(volumes.batch(step)) for step in range(volumes.steps)] == [2, 2, 1]
    assert [volumes.parts_of(step) for step in range(volumes.steps)] == [2, 2, 1]
    slices = Plan(epochs=1, batch_size=2, seed=0)
    assert [len(batch) for batch in (Schedule(5, slices).batch(k) for k in range(2))] == [2, 3]
    with pytest.raises(UsageError, match=r"micro_batch is too small.*1.*2 or more"):
        parts_for(slices, 1, 1)
    with pytest.raises(
        UsageError, match=r"too few scans.*1 scans.*one scan per process.*at most 1"
    ):
        Schedule(1, plan, processes=2)


def test_learning_rate_follows_the_paper() -> None:
    """0.0001, a tenth of it after 3 epochs and a tenth of that after 6 (section 4.2.4)."""
    task = CnrIemnTask(Config(), region_head=True)
    rates = [task.rate(epoch, 0) for epoch in range(10)]
    assert rates == pytest.approx([1e-4] * 3 + [1e-5] * 3 + [1e-6] * 4)
    first = dataclasses.replace(Config(), epochs=20, decay_after=(10, 15))
    task = CnrIemnTask(first, region_head=True)
    assert [task.rate(e, 0) for e in (9, 10, 15)] == pytest.approx([1e-4, 1e-5, 1e-6])
