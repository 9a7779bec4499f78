"""What torchrun and accelerate say in the environment, and refusals of what can't be."""

import pytest

from spgc.errors import UsageError
from spgc.jobs.launched import Launched, launched


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, Launched()),
        ({"RANK": "0", "WORLD_SIZE": "1"}, Launched()),
        (
            {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "4"},
            Launched(5, 8, 1, 4),
        ),
        ({"WORLD_SIZE": "8"}, Launched()),
        ({"RANK": "3"}, Launched()),
        ({"LOCAL_WORLD_SIZE": "4"}, Launched(local_count=4)),
        ({"LOCAL_RANK": "2"}, Launched(local_rank=2)),
    ],
)
def test_launchers(environment: dict[str, str], expected: Launched) -> None:
    assert launched(environment) == expected


@pytest.mark.parametrize(
    "environment",
    [
        {"RANK": "x", "WORLD_SIZE": "4"},
        {"RANK": "4", "WORLD_SIZE": "4"},
        {"RANK": "-1", "WORLD_SIZE": "4"},
        {"RANK": "0", "WORLD_SIZE": ""},
        {"RANK": "0", "WORLD_SIZE": "0"},
        {"LOCAL_WORLD_SIZE": "0"},
        {"LOCAL_RANK": "-1"},
    ],
)
def test_what_cannot_be_is_refused_by_name(environment: dict[str, str]) -> None:
    with pytest.raises(UsageError) as caught:
        launched(environment)
    assert all(f"{name}={value}" in str(caught.value) for name, value in environment.items())


def test_the_environment_of_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert launched().rank == 1
