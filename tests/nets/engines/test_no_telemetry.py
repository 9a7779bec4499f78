"""OpenVINO and NNCF, imported and used, hold nothing that could report anything."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("torch")
pytest.importorskip("openvino")

CODE = """
import multiprocessing, os, sys

def fork(*_):
    raise SystemExit("a process was forked")

os.fork = multiprocessing.Process.start = fork

import numpy as np
import torch

from spgc.nets.engines.contract import Networks
from spgc.nets.engines.no_telemetry import TELEMETRY, no_telemetry
from spgc.nets.engines.openvino_engine import OpenVinoEngine


class Net(torch.nn.Module):
    def forward(self, images, positions):
        return images.mean(dim=(2, 3)), positions


engine = OpenVinoEngine(Networks(lambda _: Net(), {"a": "0" * 64}, {"a": 8}), "fp32")
answer = engine.logits("a", np.ones((2, 3, 8, 8), np.float32), np.zeros((2, 2), np.float32))
assert answer.shape == (2, 3), answer
with no_telemetry(), no_telemetry():
    pass
assert TELEMETRY not in sys.modules
print("nothing was sent")
"""


def test_a_conversion_reports_nothing_and_forks_nothing() -> None:
    """In a process of its own: telemetry would begin with the import, and send from a fork."""
    words = [sys.executable, "-c", CODE]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.strip() == "nothing was sent", done.stdout + done.stderr
