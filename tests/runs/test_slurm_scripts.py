"""The job scripts of docs/slurm.md, with local processes in the place of SLURM's."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from spgc.data.layout import Dataset
from spgc.runs.cases import DataFolder
from spgc.runs.predict import Predicting, predict
from spgc.runs.scans import Prepared, labelled_scans
from spgc.systems.density.system import Density
from tests.jobs.test_cluster import certificates

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "docs" / "slurm"

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="runs bash scripts")

SRUN = """#!/bin/bash
while [[ $1 == --* ]]; do shift; done
exec "$@"
"""
SCONTROL = """#!/bin/bash
echo node-1
echo node-2
"""
TORCHRUN = """#!/bin/bash
echo torchrun "$@"
"""
PYTHON = f"""#!/bin/bash
exec {sys.executable} "$@"
"""


@pytest.fixture(scope="module")
def density(dataset: Dataset, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("density")
    Density().fit(labelled_scans(dataset, prepared, dataset.cases("train")), [], folder)
    return folder


@pytest.fixture
def environment(tmp_path: Path, cohort: Path, density: Path) -> dict[str, str]:
    """What SLURM sets, the folders, and commands in the place of its own."""
    commands = tmp_path / "commands"
    commands.mkdir()
    spgc = PYTHON.replace('"$@"', '-m spgc "$@"')
    dask = PYTHON.replace('"$@"', '-m dask "$@"')
    made = {"srun": SRUN, "scontrol": SCONTROL, "python": PYTHON, "spgc": spgc, "dask": dask}
    for name, text in {**made, "torchrun": TORCHRUN}.items():
        (commands / name).write_text(text)
        (commands / name).chmod(0o755)
    places = {
        "DATA": cohort,
        "MODEL": density,
        "STORE": tmp_path / "store",
        "OUT": tmp_path / "out",
    }
    return {
        **os.environ,
        **{name: str(place) for name, place in places.items()},
        "PATH": f"{commands}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "SLURM_JOB_ID": "7",
        "SLURM_JOB_NODELIST": "node-[1-2]",
        "SLURM_JOB_NUM_NODES": "2",
        "SLURM_GPUS_ON_NODE": "4",
        "SLURM_CPUS_PER_TASK": "1",
        "SLURM_ARRAY_TASK_COUNT": "2",
    }


def run(script: str, environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        ["bash", str(SCRIPTS / script), *words], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def alone(environment: dict[str, str], place: Path) -> bytes:
    """The submission for test2 that one process writes."""
    data = DataFolder(Path(environment["DATA"]))
    predict(Predicting(data, place / "s", Path(environment["MODEL"]), place / "whole", ["test2"]))
    return (place / "whole" / "submission-test2.csv").read_bytes()


def test_the_array(environment: dict[str, str], tmp_path: Path) -> None:
    """Both jobs' parts join to what one process writes."""
    for number in ("1", "2"):
        job = {**environment, "SLURM_ARRAY_TASK_ID": number}
        run("predict-array.sh", job, "--split", "test2")
    out = Path(environment["OUT"])
    words = [sys.executable, "-m", "spgc", "merge", str(out / "parts"), "--out", str(out)]
    subprocess.run(words, env=environment, check=True, capture_output=True)
    assert (out / "submission-test2.csv").read_bytes() == alone(environment, tmp_path)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes certificates with openssl")
def test_the_dask_cluster(environment: dict[str, str], tmp_path: Path) -> None:
    """Over TLS, on a scheduler and a worker that are gone afterwards."""
    pytest.importorskip("distributed")
    job = {**environment, "TLS": str(certificates(tmp_path / "tls"))}
    run("predict-dask.sh", job, "--split", "test2")
    out = Path(environment["OUT"])
    assert (out / "submission-test2.csv").read_bytes() == alone(environment, tmp_path)
    assert not list(out.glob("scheduler-*.json"))


def test_training_on_two_nodes(environment: dict[str, str]) -> None:
    """Scans first; then torchrun meets at the first node, a process for each GPU."""
    said = run("train.sh", environment, "--device", "cuda")
    assert "--nnodes 2 --nproc-per-node 4 --rdzv-id 7" in said
    assert "--rdzv-endpoint node-1:29500 -m spgc train" in said
    assert said.rstrip().endswith("--device cuda")
    assert (Path(environment["STORE"]) / "scans").is_dir()


@pytest.mark.parametrize("script", ["train.sh", "predict-array.sh", "predict-dask.sh"])
def test_a_missing_folder_is_named(script: str, environment: dict[str, str]) -> None:
    del environment["MODEL"]
    done = subprocess.run(
        ["bash", str(SCRIPTS / script)], env=environment, capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "MODEL: model folder" in done.stderr


def test_the_page_shows_every_script() -> None:
    page = (ROOT / "docs" / "slurm.md").read_text()
    assert all(f"slurm/{path.name}" in page for path in SCRIPTS.glob("*.sh"))
