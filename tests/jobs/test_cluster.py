"""The same store from a Dask cluster as from one process; what is wrong with it is told at once."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

import spgc.jobs.cluster
import spgc.jobs.worker_watch
from spgc.ct.preprocess import preprocess
from spgc.ct.store import SliceStore
from spgc.errors import MissingExtraError, SeriesError, UsageError, WorkerError
from spgc.jobs.cluster import dask_cluster
from spgc.jobs.cluster_trust import security_for
from spgc.jobs.parallel import in_parallel
from tests.ct.dicom_files import images, write_scan
from tests.ct.store_processes import content
from tests.jobs.crashing_work import die, die_once, locked, poisoned, square

distributed = pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Scheduler of two worker processes; a task that kills two of them is given up."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
    ):
        yield cluster.scheduler_address


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no fault."""
    monkeypatch.setattr(spgc.jobs.cluster, "CONNECT_SECONDS", 60)


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Path]:
    names = [f"P{number:03d}" for number in range(6)]
    scans = {n: write_scan(tmp_path / "data" / n, images(3, seed=i)) for i, n in enumerate(names)}
    (scans["P002"] / "IM0002.dcm").write_bytes(b"not DICOM")
    return scans


def test_same_store_as_alone(folders: dict[str, Path], address: str, tmp_path: Path) -> None:
    cluster, alone = SliceStore(tmp_path / "cluster"), SliceStore(tmp_path / "alone")
    with dask_cluster(address, tmp_path / "data", cluster.root):
        report = preprocess(folders, cluster)
        again = preprocess(folders, cluster)
    expected = preprocess(folders, alone)
    assert report.done == expected.done == again.reused
    assert isinstance(report.failures["P002"], SeriesError)
    assert str(report.failures["P002"]) == str(expected.failures["P002"])
    assert content(cluster.root) == content(alone.root)


def test_dead_workers(address: str, tmp_path: Path) -> None:
    """Work of a dead worker goes to another; work that kills each one is given up."""
    tasks = {
        "fine": (square, 3),
        "once": (die_once, tmp_path / "marker"),
        "always": (die, 0),
        "more": (square, 4),
    }
    with dask_cluster(address, tmp_path, tmp_path / "store"):
        results = dict(in_parallel(_call, tasks, 2))
    assert isinstance(results.pop("always"), WorkerError)
    assert results == {"fine": 9, "once": "done", "more": 16}


def test_results_that_can_not_be_sent_or_read(address: str, tmp_path: Path) -> None:
    """Each is an error of its task, for which nobody waits for ever."""
    tasks = {"fine": (square, 3), "locked": (locked, 0), "poisoned": (poisoned, 0)}
    with dask_cluster(address, tmp_path, tmp_path / "store"):
        results = dict(in_parallel(_call, tasks, 2))
    assert isinstance(results["locked"], WorkerError)
    assert "ZeroDivisionError" in str(results["poisoned"])
    assert results["fine"] == 9


def _call(work: object, argument: object) -> object:
    assert callable(work)
    return work(argument)


def test_worker_that_does_not_see_the_data(address: str, tmp_path: Path) -> None:
    missing = tmp_path / "elsewhere"
    with (
        pytest.raises(WorkerError, match=r"doesn't see a folder.*elsewhere"),
        dask_cluster(address, missing, tmp_path / "store"),
    ):
        raise AssertionError
    assert list((tmp_path / "store").iterdir()) == []


def test_worker_of_another_version(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spgc.jobs.cluster, "__version__", "99")
    with (
        pytest.raises(WorkerError, match=r"lacks this version of spgc.*expected 99"),
        dask_cluster(address, tmp_path, tmp_path / "store"),
    ):
        raise AssertionError


def test_no_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spgc.jobs.cluster, "WORKER_SECONDS", 0.2)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0") as cluster,
        pytest.raises(WorkerError, match="no worker"),
        dask_cluster(cluster.scheduler_address, tmp_path, tmp_path / "store"),
    ):
        raise AssertionError


def test_the_loss_of_all_workers_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once each time; the work goes on with the next worker."""
    monkeypatch.setattr(spgc.jobs.worker_watch, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(spgc.jobs.worker_watch, "ALONE_SECONDS", 0.1)
    said: list[str] = []
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        dask_cluster(cluster.scheduler_address, tmp_path, tmp_path / "s", say=said.append),
    ):
        for _ in range(2):
            cluster.scale(0)
            _wait_until(lambda told=len(said): len(said) > told)
            cluster.scale(1)
            cluster.wait_for_workers(1)
            assert dict(in_parallel(_call, {"fine": (square, 3)}, 2)) == {"fine": 9}
    assert len(said) == 2
    assert said[0].startswith(f"no Dask worker is left at {cluster.scheduler_address}")


def _wait_until(happened: Callable[[], bool]) -> None:
    while not happened():
        time.sleep(0.02)


@pytest.mark.parametrize("kind", ["refused", "silent", "nonsense"])
def test_unreachable_scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(spgc.jobs.cluster, "CONNECT_SECONDS", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        if kind == "refused":
            server.close()
        start = time.monotonic()
        with (
            pytest.raises(WorkerError, match="can't reach the Dask scheduler"),
            dask_cluster(
                "nonsense" if kind == "nonsense" else f"tcp://127.0.0.1:{port}", tmp_path, tmp_path
            ),
        ):
            raise AssertionError
    assert time.monotonic() - start < 5


def test_without_dask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with (
        pytest.raises(MissingExtraError, match=r"not installed.*spgc\[cluster\]"),
        dask_cluster("tcp://127.0.0.1:1", tmp_path, tmp_path),
    ):
        raise AssertionError


def test_the_command(folders: dict[str, Path], address: str, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from spgc.cli.app import app

    data = tmp_path / "set" / "Test-1"
    data.mkdir(parents=True)
    for name, folder in folders.items():
        folder.rename(data / name.replace("P", "T1-"))
    words = ["--data", str(data.parent), "--store", str(tmp_path / "store"), "--dask", address]
    result = CliRunner().invoke(app, ["preprocess", *words])
    assert result.exit_code == 1
    assert "Scans: 5 stored, 0 in the store already, 1 failed." in result.stdout
    assert "T1-002" in result.stderr
    assert "left" in result.stderr  # the time left
    np.testing.assert_array_equal(
        SliceStore(tmp_path / "store").read("T1-001").arrays()[0], images(3, seed=1)
    )


def certificates(folder: Path, authority: Path | None = None) -> Path:
    """A new authority, or the one of another such folder, and a certificate signed by it."""
    folder.mkdir()
    if authority is None:
        openssl(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=cluster",
            "-days",
            2,
            "-keyout",
            folder / "ca.key",
            "-out",
            folder / "ca.pem",
        )
        authority = folder
    (folder / "ca.pem").write_bytes((authority / "ca.pem").read_bytes())
    openssl(
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=someone",
        "-keyout",
        folder / "key.pem",
        "-out",
        folder / "request.pem",
    )
    signer = ("-CA", authority / "ca.pem", "-CAkey", authority / "ca.key", "-set_serial", 2)
    openssl(
        "x509",
        "-req",
        "-in",
        folder / "request.pem",
        *signer,
        "-days",
        2,
        "-out",
        folder / "cert.pem",
    )
    return folder


def openssl(*words: object) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes certificates with openssl")
def test_encrypted(tmp_path: Path) -> None:
    """With a certificate of the cluster's authority, given or configured; with no other."""
    import dask

    ours, others = certificates(tmp_path / "ours"), certificates(tmp_path / "others")
    files = {"tls_ca_file": str(ours / "ca.pem")}
    for role in ("scheduler", "worker", "client"):
        files |= {f"tls_{role}_{w}": str(ours / f"{w}.pem") for w in ("cert", "key")}
    security = distributed.Security(require_encryption=True, **files)
    written = {"ca-file": "ca.pem", "client.cert": "cert.pem", "client.key": "key.pem"}
    settings = {f"distributed.comm.tls.{name}": str(ours / file) for name, file in written.items()}
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=1,
        processes=False,
        dashboard_address=":0",
        security=security,
        protocol="tls",
    ) as cluster:
        place = cluster.scheduler_address
        assert place.startswith("tls://")
        with dask_cluster(place, tmp_path, tmp_path / "store", tls=ours):
            assert dict(in_parallel(square, {"a": (3,)}, 2)) == {"a": 9}
        with dask.config.set(settings), dask_cluster(place, tmp_path, tmp_path / "store"):
            assert dict(in_parallel(square, {"a": (3,)}, 2)) == {"a": 9}
        with (
            pytest.raises(WorkerError, match=r"can't reach.*authority"),
            dask_cluster(place, tmp_path, tmp_path / "store", tls=others),
        ):
            raise AssertionError


@pytest.mark.parametrize(
    ("address", "options", "message"),
    [
        ("tcp://192.0.2.1:8786", {}, "not protected"),
        ("192.0.2.1:8786", {}, "not protected"),
        ("tcp://[2001:db8::1]:8786", {}, "not protected"),
        ("tcp://0.0.0.0:8786", {}, "not protected"),
        ("ws://192.0.2.1:8786", {}, "not protected"),
        ("tcp://no-such-host.invalid:8786", {}, "not protected"),
        (f"tcp://{'a' * 80}:8786", {}, "not protected"),
        ("tcp://a..b:8786", {}, "not protected"),
        ("tls://192.0.2.1:8786", {}, "no certificates"),
        ("tls://192.0.2.1:8786", {"tls": Path("nowhere")}, "lacks files.*no ca.pem, cert.pem"),
        ("tcp://192.0.2.1:8786", {"tls": Path("nowhere")}, "for encrypted connections"),
    ],
)
def test_unprotected_connections_are_refused(
    tmp_path: Path, address: str, options: dict[str, Path], message: str
) -> None:
    with (
        pytest.raises(UsageError, match=message),
        dask_cluster(address, tmp_path, tmp_path / "store", **options),
    ):
        raise AssertionError


def test_asked_for_an_unprotected_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spgc.jobs.cluster, "CONNECT_SECONDS", 0.2)
    with (
        pytest.raises(WorkerError, match="can't reach the Dask scheduler"),
        dask_cluster("tcp://192.0.2.1:8786", tmp_path, tmp_path / "store", insecure=True),
    ):
        raise AssertionError


@pytest.mark.parametrize("place", ["tcp://127.0.0.1:1", "localhost:1", "tcp://[::1]:1"])
def test_this_machine_needs_no_certificate(place: str) -> None:
    assert security_for(place, None, insecure=False).get_connection_args("client")
