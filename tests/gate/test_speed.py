"""The speed guard: told measurements, not the clock, decide; one slow run is forgiven."""

from spgc.gate.speed import check_speed
from spgc.gate.thresholds import Limit

LIMIT = Limit(1.5, "test")


def test_a_stage_that_stays_slow_is_named() -> None:
    (finding,) = check_speed(
        {"lungs": 2.0, "read": 1.0}, LIMIT, measured=lambda: {"lungs": 3.2, "read": 1.4}
    )
    assert finding.startswith("lungs takes 1.60 times")


def test_one_slow_measurement_is_forgiven() -> None:
    runs = iter([{"lungs": 9.0}, {"lungs": 2.1}])
    assert list(check_speed({"lungs": 2.0}, LIMIT, measured=lambda: next(runs))) == []
