"""CPU seconds of a process, and of threads that Python did not start."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
import time

import pytest

from spgc.jobs.cpu_time import cpu_seconds, library_seconds


def spin(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_work_counts_and_waiting_does_not() -> None:
    before = cpu_seconds()[0]
    time.sleep(0.2)
    spin(0.2)
    assert 0.15 < cpu_seconds()[0] - before < 0.39


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the time of a thread")
def test_threads_that_python_started_are_no_libraries() -> None:
    stop = threading.Event()

    def work() -> None:
        spin(0.2)
        stop.wait()

    before = library_seconds()
    thread = threading.Thread(target=work)
    thread.start()
    spin(0.2)
    found = library_seconds()
    stop.set()
    thread.join()
    assert found - before < 0.1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the time of a thread")
def test_threads_of_a_library_count() -> None:
    """Networks of OpenVINO run in threads of its own; a process may have one `Core` only."""
    pytest.importorskip("openvino")
    code = """
        import numpy as np, openvino, openvino.opset13 as ops
        from spgc.jobs.cpu_time import library_seconds
        given = ops.parameter([1024, 1024], np.float32)
        many = given
        for _ in range(8):
            many = ops.matmul(many, given, False, False)
        model = openvino.Core().compile_model(
            openvino.Model([many], [given]), "CPU", {"INFERENCE_NUM_THREADS": "2"}
        )
        before = library_seconds()
        for _ in range(5):
            model([np.ones((1024, 1024), np.float32)])
        assert library_seconds() > before
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)
