"""Writes the wheel's bill of materials (CycloneDX 1.6, PEP 770): spgc and what its core requires.

A build hook of hatchling, so that it always says what pyproject.toml does. It holds no time and no
serial number: the same sources give the same wheel. Versions are those of the installing machine,
so each component has the range that spgc asks for instead.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

FILE = "spgc.cdx.json"


class BillOfMaterials(BuildHookInterface):
    """Adds the bill to `.dist-info/sboms/` of a wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        core = self.metadata.core
        bill = bill_of_materials(
            core.name, self.metadata.version, core.license_expression, core.dependencies
        )
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / FILE
        path.write_text(json.dumps(bill, indent=1) + "\n", encoding="utf-8")
        build_data["sbom_files"].append(str(path))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        self.folder.cleanup()


def bill_of_materials(
    name: str, version: str, license_id: str, requirements: Sequence[str]
) -> dict[str, Any]:
    """The bill of one package, `requirements` being those that every install fetches."""
    whole = f"pkg:pypi/{name}@{version}"
    parts = [_component(Requirement(line)) for line in sorted(requirements)]
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": whole,
                "name": name,
                "version": version,
                "purl": whole,
                "licenses": [{"license": {"id": license_id}}],
            }
        },
        "components": parts,
        "dependencies": [{"ref": whole, "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def _component(wanted: Requirement) -> dict[str, Any]:
    name = canonicalize_name(wanted.name)
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}",
        "name": name,
        "purl": f"pkg:pypi/{name}",
        "scope": "required",
        "properties": [{"name": "spgc:requirement", "value": str(wanted)}],
    }
