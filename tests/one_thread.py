"""Trainings that are compared bit for bit run on one thread, here and in processes they start.

How sums are split over threads changes their last bits: a resumed training equals an uninterrupted
one where both have the same number of threads.
"""

from collections.abc import Iterator

import pytest
import torch


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield
    torch.set_num_threads(before)
