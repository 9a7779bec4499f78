"""What an engine does before its first answer stands below the bar, and only until then."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest
from torch import nn

from spgc.nets.engines.getting_ready import GettingReady


@pytest.mark.parametrize(
    ("engine", "said"),
    [
        ("openvino", "converting b, network 2 of 3, once for this model and machine"),
        ("torch", "reading b, network 2 of 3"),
    ],
)
def test_it_names_the_network_that_is_asked_for(engine: str, said: str) -> None:
    ready, built = GettingReady(3), Future[Any]()
    load = ready.noted(lambda name: nn.Identity())
    load("a")
    load("b")
    assert ready.status(engine, built) == said


def test_nothing_is_said_before_of_kept_networks_and_afterwards() -> None:
    """An engine that finds converted networks never asks for one."""
    ready, built = GettingReady(2), Future[Any]()
    assert ready.status("openvino", None) == ""
    assert ready.status("openvino", built) == ""
    ready.noted(lambda name: nn.Identity())("a")
    assert ready.status("openvino", built) != ""
    built.set_result(None)
    assert ready.status("openvino", built) == ""
