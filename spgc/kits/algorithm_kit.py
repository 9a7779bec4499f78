"""Algorithm container of grand-challenge.org around a trained model: one CT in, classes out."""

from __future__ import annotations

from pathlib import Path

from spgc.kits.container_parts import container_files, program_text, readme, shipped_text
from spgc.kits.kit_files import KitFile, text_file
from spgc.model.document import read_document

PROGRAM = "inference.py"

_HEAD = """Answer one chest CT with a trained model of spgc, as an algorithm of grand-challenge.org.

Reads /input/inputs.json, and the one .mha in /input/images/SLUG/ that it names; runs `spgc predict`
with the model in /opt/ml/model; writes the class and the class probabilities, as JSON, to
/output/OUTPUT_FILE. One case per run, without network, scratch files in /tmp. Where no answer can
be given, the last line of standard error says why and the exit code is 1.
"""

OUTPUT_FILE = "class-probabilities.json"

_TAIL = f"""
OUTPUT_FILE = {OUTPUT_FILE!r}  # the relative path of your phase's output socket

if __name__ == "__main__":
    CODE, SAID = answer_case(Path("/input"), Path("/output"), Path("/opt/ml/model"), OUTPUT_FILE)
    sys.stderr.writelines(f"{{line}}\\n" for line in SAID)
    sys.exit(CODE)
"""

_SCRIPTS = ("do_build.sh", "do_test_run.sh", "do_save.sh")


def algorithm_files(model: Path) -> list[KitFile]:
    """The files of an algorithm container for a trained model. Raises ModelError for no model."""
    document = read_document(model)
    text = program_text("inference_program.answer_case", _HEAD, _TAIL)
    return [
        *container_files(PROGRAM, text, document),
        text_file("inputs.json", shipped_text("algorithm/inputs.json"), "public"),
        *(
            text_file(name, shipped_text(f"algorithm/{name}"), "public", program=True)
            for name in _SCRIPTS
        ),
        text_file("README.md", readme("algorithm/README.md", document), "public"),
    ]
