"""Generated programs, loaded as a platform loads them; and the challenges that they are made of."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from spgc.data.challenge_cases import challenge_manifest
from spgc.data.manifests import Manifest
from tests.challenge.flowers import flowers


def flower_cases(folder: Path, **changes: Any) -> Manifest:
    """The cases of the flowers' challenge, with parts of the challenge changed."""
    challenge = flowers(folder)
    known = challenge_manifest(challenge)
    return replace(known, challenge=replace(challenge, **changes))


@contextmanager
def loaded(folder: Path, text: str, name: str = "generated_program") -> Iterator[ModuleType]:
    """The module that a program is."""
    path = folder / f"{name}.py"
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
        yield module
    finally:
        sys.modules.pop(name)
        if before is not None:
            sys.modules[name] = before
