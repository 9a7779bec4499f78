"""What containers around a trained model share: Dockerfile, requirements, texts of this room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spgc.kits.kit_files import KitFile, text_file
from spgc.kits.one_file import one_file
from spgc.kits.predicted_classes import as_source
from spgc.kits.reached_code import Origin
from spgc.text.purpose import PURPOSE
from spgc.version import __version__

PYTHON_IMAGE = "docker.io/library/python:3.11-slim"

USER = 10001
"""A number, which hosts know as no user of theirs; platforms refuse root."""

_WITHOUT_NETWORKS = "density"
"""The system that needs no PyTorch; all others, those of other packages too, get it."""

_BRINGS_WEIGHTS = "astra"
"""The system whose encoder is a package of its own, and an extra of that name."""

_LUNG_NETWORK = "r231"
"""The lung method with a network. Its room needs an extra that kits do without."""

_DOCKERFILE = """\
FROM {image}

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1

RUN useradd --uid {user} --no-log-init --create-home user

WORKDIR /opt/app

COPY requirements.txt /opt/app/
COPY wheels /opt/app/wheels
RUN python -m pip install --no-cache-dir --find-links /opt/app/wheels --requirement requirements.txt

COPY {program} /opt/app/

USER {user}

ENTRYPOINT ["python", "/opt/app/{program}"]
"""

_WHEELS = """\
# Wheels

Packages that no index has: pip looks here first. For a version of spgc that was not released, run
in its checkout

    python -m pip wheel --no-deps --wheel-dir THIS_FOLDER .
"""


def container_files(program: str, text: str, document: Mapping[str, Any]) -> list[KitFile]:
    """The files of an image that runs one program with a model, which itself stays outside.

    document: the content of the model's model.json, for what has to be installed.
    """
    return [
        text_file("Dockerfile", dockerfile(program), "public"),
        text_file("requirements.txt", requirements(document), "public"),
        text_file(program, text, "public", program=True),
        text_file("wheels/README.md", _WHEELS, "public"),
    ]


def dockerfile(program: str) -> str:
    """An image that runs `program`, not as root; what hadolint asks for holds."""
    return _DOCKERFILE.format(image=PYTHON_IMAGE, program=program, user=USER)


def program_text(name: str, head: str, tail: str) -> str:
    """The function `name` of a program of this room, as `module.function`, in a file of its own.

    It imports nothing of spgc; `head` is its docstring, `tail` calls the function.
    """
    module, function = name.split(".")
    doc = f'#!/usr/bin/env python3\n"""{head}\n{PURPOSE}\n"""'
    sources = {"spgc.kits.predicted_classes": as_source()}
    return one_file([Origin(f"spgc.kits.{module}", function)], sources, doc, tail)


def shipped_text(name: str) -> str:
    """The text of a file of this room: a script, a page."""
    return Path(__file__).parent.joinpath(*name.split("/")).read_text("utf-8")


def readme(name: str, document: Mapping[str, Any]) -> str:
    """A page of this room about a model."""
    synthetic = " SYNTHETIC: trained on phantoms." if document["synthetic"] else ""
    facts = {name: document[name] for name in ("system", "model_hash")}
    more = {"version": __version__, "synthetic": synthetic, "purpose": PURPOSE}
    return shipped_text(name).format(**more, **facts)


def requirements(document: Mapping[str, Any]) -> str:
    """What pip installs: spgc with the extras of the model's system, and the system's package."""
    system, package = str(document["system"]), str(document.get("package", "spgc"))
    extras = ["ct" if system == _WITHOUT_NETWORKS else "train"]
    if system == _BRINGS_WEIGHTS:
        extras.append(_BRINGS_WEIGHTS)
    if document["config"].get("lung_method") == _LUNG_NETWORK:
        extras.append("lungs")
    lines = [f"spgc[{','.join(extras)}]=={__version__}"]
    return "\n".join([*lines, *([] if package == "spgc" else [package])]) + "\n"
