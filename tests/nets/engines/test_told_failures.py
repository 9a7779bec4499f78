"""A network that OpenVINO refuses is one error, which names it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spgc.errors import ModelError
from spgc.nets.engines.compiled_files import compiled
from spgc.nets.engines.int8_folder import Int8Network
from spgc.nets.engines.told_failures import rows_of, told


@pytest.mark.parametrize("error", [RuntimeError("a\nCheck failed\nb"), KeyError(), TypeError("x")])
def test_what_openvino_raises_is_one_line(error: Exception) -> None:
    with pytest.raises(ModelError, match="network tiny") as refused, told("tiny"):
        raise error
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("shape", [(2,), (3, 4), (2, 0), (2, 3, 1), ()])
def test_an_answer_has_a_row_for_each_input(shape: tuple[int, ...]) -> None:
    assert rows_of(np.ones((2, 4)), 2).shape == (2, 4)
    with pytest.raises(ValueError, match="an answer of shape"):
        rows_of(np.ones(shape), 2)


@pytest.mark.parametrize("content", ["", "<net>", "\x00"])
def test_a_quantised_network_of_anything_is_one_error(tmp_path: Path, content: str) -> None:
    """Its digest fits: whoever wrote it wrote that too."""
    core = pytest.importorskip("openvino").Core()
    file = tmp_path / "resnet.xml"
    file.write_text(content)
    file.with_suffix(".bin").write_bytes(b"")
    for folder in (None, tmp_path / "kept"):
        with pytest.raises(ModelError, match=r"network resnet"):
            compiled(core, Int8Network(file, "ab", 0.1), {}, folder)
