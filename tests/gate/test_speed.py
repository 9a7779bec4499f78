"""The speed guard: told measurements, not the clock, decide; one slow run is forgiven."""

from spgc.gate.speed import check_speed, measure
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


def test_every_stage_is_measured() -> None:
    """Those of whole scans, of the store and of large submissions too."""
    found = measure(repeats=1)
    assert found.keys() == {
        "read",
        "lungs",
        "network input",
        "volume on the grid",
        "stored scan",
        "submission of 5,000 cases",
    }
    assert all(value > 0 for value in found.values())
