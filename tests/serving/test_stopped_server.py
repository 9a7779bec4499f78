"""Signals that meet a server before uvicorn listens to them, or that uvicorn does not know."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from spgc.jobs.interrupts import STOPS, exit_code, forget, stop_on_signals
from spgc.serving.run_server import Running, ready_server
from tests.serving.conftest import Serve, serve

__all__ = ["serve"]


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in STOPS}
    stop_on_signals()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    forget()


@pytest.mark.parametrize("number", STOPS)
@pytest.mark.parametrize("moment", ["get_loop_factory", "lifespan_class"])
def test_a_stop_while_the_loop_is_made_lets_it_end_in_order(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, number: signal.Signals, moment: str
) -> None:
    ready = ready_server(Running(serve("none").path, port=0))
    config = ready.server.config
    made = getattr(config, moment)

    def met(*args: object) -> object:
        signal.raise_signal(number)
        return made(*args)

    monkeypatch.setattr(config, moment, met)
    with pytest.raises(KeyboardInterrupt):
        ready.run()
    assert ready.server.started
    assert exit_code() == 128 + number
