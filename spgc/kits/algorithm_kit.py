"""Algorithm container of grand-challenge.org around a trained model: one CT in, classes out."""

from __future__ import annotations

from pathlib import Path

from spgc.kits.container_parts import container_files, readme, shipped_text
from spgc.kits.kit_files import KitFile, text_file
from spgc.model.document import read_document

PROGRAM = "inference.py"

_SCRIPTS = ("do_build.sh", "do_test_run.sh", "do_save.sh")


def algorithm_files(model: Path) -> list[KitFile]:
    """The files of an algorithm container for a trained model. Raises ModelError for no model."""
    document = read_document(model)
    return [
        *container_files(PROGRAM, shipped_text("inference_program.py"), document),
        text_file("inputs.json", shipped_text("algorithm/inputs.json"), "public"),
        *(
            text_file(name, shipped_text(f"algorithm/{name}"), "public", program=True)
            for name in _SCRIPTS
        ),
        text_file("README.md", readme("algorithm/README.md", document), "public"),
    ]
