"""MedPerf containers around a trained model: data preparator, model and metrics in one image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from spgc.kits.container_parts import container_files, program_text, readme
from spgc.kits.kit_files import KitFile, text_file
from spgc.model.document import read_document
from spgc.text.yaml_text import yaml_lines
from spgc.version import __version__

PROGRAM = "main.py"

IMAGE = f"spgc-medperf:{__version__}"

_ROOT = "/mlcommons/volumes"

_HEAD = f"""Prepare, answer and score chest CT in a hospital, as containers of MedPerf.

    main.py prepare | sanity_check | statistics     the data preparator
    main.py infer                                   the model
    main.py evaluate                                the metrics

Each runs commands of spgc on the volumes that MedPerf mounts below {_ROOT}, without network,
scratch files in /tmp. What is refused ends with its reason as the last line of standard error and
exit code 1. statistics.yaml and results.yaml hold counts alone: no case, no hash of cases.
"""

_TAIL = f"""
if __name__ == "__main__":
    CODE, SAID = hospital_task(sys.argv[1:], Path("{_ROOT}"))
    sys.stderr.writelines(f"{{line}}\\n" for line in SAID)
    sys.exit(CODE)
"""

_DATA = {"data_path": "data", "labels_path": "labels"}

TASKS: Mapping[str, Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]] = {
    "data_preparator": {
        "prepare": (
            {"data_path": "raw_data", "labels_path": "raw_labels"},
            {"output_path": "data", "output_labels_path": "labels"},
        ),
        "sanity_check": (_DATA, {}),
        "statistics": (_DATA, {"output_path": "statistics/statistics.yaml"}),
    },
    "model": {
        "infer": (
            {"data_path": "data", "additional_files": "additional_files"},
            {"output_path": "predictions"},
        )
    },
    "metrics": {
        "evaluate": (
            {"predictions": "predictions", "labels": "labels"},
            {"output_path": "results/results.yaml"},
        )
    },
}
"""Volumes that go in and come out of each task, by MedPerf's names and below its folder."""


def hospital_files(model: Path) -> list[KitFile]:
    """The files of MedPerf's containers for a trained model. Raises ModelError for no model."""
    document = read_document(model)
    configs = [
        text_file(f"{folder}/container_config.yaml", container_config(folder), "public")
        for folder in TASKS
    ]
    files = container_files(
        PROGRAM, program_text("hospital_program.hospital_task", _HEAD, _TAIL), document
    )
    return [
        *files,
        *configs,
        text_file("README.md", readme("hospital/README.md", document), "public"),
    ]


def container_config(folder: str) -> str:
    """container_config.yaml of one of the three containers."""
    tasks = {
        name: {
            "run_args": {"command": name},
            "input_volumes": _volumes(taken),
            **({"output_volumes": _volumes(given)} if given else {}),
        }
        for name, (taken, given) in TASKS[folder].items()
    }
    document = {"container_type": "DockerImage", "image": IMAGE, "tasks": tasks}
    return "\n".join(yaml_lines(document)) + "\n"


def _volumes(places: Mapping[str, str]) -> dict[str, object]:
    return {
        name: {
            "mount_path": f"{_ROOT}/{place}",
            "type": "file" if place.endswith(".yaml") else "directory",
        }
        for name, place in places.items()
    }
