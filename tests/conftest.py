"""What tests share: manifests, submission files, and what to leave out in a light install."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from spgc.data.manifests import Case, Manifest, read_manifests
from spgc.jobs.cores import usable_cores
from spgc.jobs.extras import has
from spgc.jobs.idle_threads import share_machine
from spgc.protocol import CAP, COVID19, NORMAL

# Before anything loads OpenMP: threads of several test processes would wait for one another, and
# a small training takes ten times its processor time.
share_machine()
if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, usable_cores() // int(workers))))
# Clusters of the tests' own come up slowly on a busy machine.
for wait in ("CONNECT", "TCP"):
    os.environ.setdefault(f"DASK_DISTRIBUTED__COMM__TIMEOUTS__{wait}", "120s")

pytest_plugins = ["tests.cohort"] if has("ct") else []

LEFT_OUT = {
    "board/test_agreement.py": "sklearn",
    "board/test_honest.py": "errorbars",
    "disclosure/test_certainty.py": "scipy",
    "files/test_deep_json.py": "pydicom",
    "files/test_file_kinds.py": "nibabel",
    "files/test_gzip_stream.py": "pydicom",
    "files/test_safetensors_header.py": "safetensors",
    "files/test_toml_documents.py": "pydicom",
    "scoring/test_arguments.py": "pandas",
    "scoring/test_bootstrap.py": "sklearn",
    "scoring/test_compare.py": "statsmodels",
    "scoring/test_counts.py": "sklearn",
    "scoring/test_every_eval_ever.py": "statsmodels",
    "scoring/test_intervals.py": "statsmodels",
    "scoring/test_score.py": "sklearn",
    "text/test_yaml_reading.py": "yaml",
    "text/test_yaml_text.py": "yaml",
}
"""Tests of rooms in the core that need a module which a light install lacks, mostly to compare."""

collect_ignore = [file for file, module in LEFT_OUT.items() if find_spec(module) is None]

# Tests don't time things: drawn inputs come slowly on a busy machine, whatever they are.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

REAL_DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_configure() -> None:
    """Let what tests start heed signals, though a shell's background jobs ignore Ctrl-C, and nohup
    a hang-up: a program inherits what is ignored, not what is handled. These tests go on."""
    for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_collection_finish() -> None:
    """Spare what all test files loaded from every later search for garbage: commands search after
    each stage, which takes a good part of a second in a process that holds the whole suite."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()  # libraries complain of what is left at the end of the process


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their number: packed ones hold the time, and processes must agree on names."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


WriteFile = Callable[[str | bytes], Path]


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    """The manifests that come with spgc."""
    return read_manifests()


@pytest.fixture
def tiny() -> Manifest:
    """Two splits: `test2` with one case per class, `test1` without CAP."""
    rows = [
        ("T2-001", COVID19, "test2"),
        ("T2-002", CAP, "test2"),
        ("T2-003", NORMAL, "test2"),
        ("T1-001", COVID19, "test1"),
        ("T1-002", NORMAL, "test1"),
    ]
    return Manifest({c: Case(c, label, split, "made up", "own") for c, label, split in rows})


@pytest.fixture
def write(tmp_path: Path) -> WriteFile:
    """Writes a submission file and returns its path."""

    def write_file(content: str | bytes) -> Path:
        path = tmp_path / "submission.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write_file


@pytest.fixture(scope="module", autouse=True)
def _environment() -> Iterator[None]:
    """As it was: Dask leaves MALLOC_TRIM_THRESHOLD_ and more of what it sets for its workers."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(scope="session", autouse=True)
def _engine() -> Iterator[None]:
    """torch, where a test does not say otherwise: converting networks takes seconds each time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPGC_ENGINE", "torch")
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder of real CT beside the checkout; tests that need it are skipped where it is absent."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"no real CT at {REAL_DATA}")
    return REAL_DATA
