"""The wheel works outside a checkout: manifests and leaderboard are inside it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but the unpacked wheel."""
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", place, ROOT], check=True
    )
    (wheel,) = place.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", place / "site", wheel], check=True)
    return place / "site"


def run(site: Path, *words: str) -> str:
    """Run the installed package from a folder that is no checkout."""
    code = "import sys, spgc; from spgc.cli.main import main; print(spgc.__file__); main()"
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=site.parent,
        env=os.environ | {"PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    where, _, rest = done.stdout.partition("\n")
    assert where.startswith(str(site)), where
    return rest


def test_leaderboard_and_manifests_are_inside(installed: Path) -> None:
    assert "TheSaviours" in run(installed, "leaderboard")
    example = run(installed, "example", "--split", "test2")
    assert example.splitlines()[:2] == ["Study,Label", "T2-001,normal"]


def test_scoring_works_from_the_wheel(installed: Path) -> None:
    path = installed.parent / "example.csv"
    path.write_text(run(installed, "example", "--split", "test2"))
    assert "10/30" in run(installed, "score", str(path))


def test_types_come_along(installed: Path) -> None:
    assert (installed / "spgc" / "py.typed").is_file()


def test_the_wheel_lists_its_materials(installed: Path) -> None:
    """A CycloneDX bill of spgc and the packages that every install fetches, and of no other."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (path,) = installed.glob("spgc-*.dist-info/sboms/*.cdx.json")
    bill = json.loads(path.read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    whole = bill["metadata"]["component"]
    assert whole["purl"] == whole["bom-ref"] == f"pkg:pypi/spgc@{project['version']}"
    assert whole["licenses"] == [{"license": {"id": project["license"]}}]
    asked = {part["name"]: part["properties"][0]["value"] for part in bill["components"]}
    names = {re.split("[<>=]", line)[0]: line for line in project["dependencies"]}
    assert asked == names
    (edges,) = bill["dependencies"]
    assert edges["ref"] == whole["bom-ref"]
    assert edges["dependsOn"] == [part["bom-ref"] for part in bill["components"]]


def test_the_core_asks_for_no_extra(installed: Path) -> None:
    """What the wheel tells pip: the core's requirements unconditionally, the others by extra."""
    (path,) = installed.glob("spgc-*.dist-info/METADATA")
    wanted = re.findall(r"^Requires-Dist: (.*)$", path.read_text(encoding="utf-8"), re.M)
    always = {re.split("[<>=]", line)[0] for line in wanted if "extra ==" not in line}
    assert always == {"jinja2", "markdown-it-py", "numpy", "rich", "tabulate", "typer"}


def test_the_workflow_of_the_documents_installs_what_every_command_loads() -> None:
    """Their page of commands is made from the commands themselves."""
    steps = (ROOT / ".github" / "workflows" / "docs.yml").read_text(encoding="utf-8")
    (extras,) = re.findall(r"pip install .*'\.\[([a-z0-9,]+)\]'", steps)
    assert set(extras.split(",")) >= {"all", "docs"}


@pytest.mark.parametrize(
    "file", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda file: file.stem
)
def test_actions_are_pinned_by_commit_with_their_version(file: Path) -> None:
    """A tag can be moved to other code, which would run with what the workflow may do."""
    used = re.findall(r"uses: *(.*)", file.read_text(encoding="utf-8"))
    assert used
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+")
    assert not [action for action in used if not pinned.fullmatch(action)]
