"""Systems are found by entry points; a broken package stops nothing but its own system."""

from __future__ import annotations

import importlib
import json
import shutil
import tomllib
from pathlib import Path

import pytest

from spgc.contract.offers import BUILT_IN, GROUP, provider, registered
from spgc.contract.system import System
from spgc.errors import ModelError, UsageError
from spgc.model.identity import model_hash
from spgc.systems.density.system import Density
from spgc.systems.registry import DEFAULT, listing, load_system, system_named
from tests.systems.small.scans import array_cohort

ROOT = Path(__file__).parents[2]

GOOD = """
from spgc.systems.density.system import Density
class Good(Density):
    name, summary = "good", "like density"
class Other(Good):
    name = "other"
class Half:
    name, summary = "half", "not all of it"
value = 3
"""


def install(site: Path, package: str, entries: dict[str, str]) -> None:
    """What pip leaves of a package: metadata with entry points."""
    folder = site / f"{package.replace('-', '_')}-1.2.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
    lines = "".join(f"{name} = {value}\n" for name, value in entries.items())
    (folder / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")
    importlib.invalidate_caches()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "site"
    place.mkdir()
    (place / "good_spgc_system.py").write_text(GOOD)
    (place / "bad_spgc_system.py").write_text("import no_such_module_at_all\n")
    (place / "rude_spgc_system.py").write_text("raise SystemExit('bye\\nnow')\n")
    monkeypatch.syspath_prepend(place)
    return place


def status(name: str, package: str) -> str | None:
    (line,) = [line for line in listing() if (line.name, line.package) == (name, package)]
    return line.problem


def test_own_systems_are_those_of_pyproject() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    assert tomllib.loads(text)["project"]["entry-points"][GROUP] == BUILT_IN
    assert DEFAULT in BUILT_IN


def test_own_systems_load() -> None:
    for name in BUILT_IN:
        assert status(name, "spgc") is None
        assert system_named(name).name == name
    assert provider("density") == "spgc"


def test_a_package_brings_a_system(site: Path) -> None:
    install(site, "spgc-good", {"good": "good_spgc_system:Good"})
    assert status("good", "spgc-good") is None
    kind: type[System] = system_named("good")
    assert issubclass(kind, Density)
    assert provider("good") == "spgc-good"


def test_broken_packages_are_listed_and_stop_nothing(site: Path) -> None:
    install(
        site,
        "spgc-bad",
        {
            "bad": "bad_spgc_system:Bad",
            "rude": "rude_spgc_system:X",
            "gone": "good_spgc_system:Gone",
            "half": "good_spgc_system:Half",
            "number": "good_spgc_system:value",
            "alias": "good_spgc_system:Good",
        },
    )
    found = {line.name: line.problem or "" for line in listing() if line.package == "spgc-bad"}
    assert "no_such_module_at_all" in found["bad"]
    assert found["rude"] == "SystemExit: bye"
    assert "Gone" in found["gone"]
    assert "lacks options, create, fit" in found["half"]
    assert "lacks" in found["number"]
    assert found["alias"] == "its class calls itself 'good'"
    assert system_named("density") is Density
    with pytest.raises(ModelError, match=r"system bad can't be loaded \[package spgc-bad 1.2\]"):
        system_named("bad")


def test_names_are_not_taken_over(site: Path) -> None:
    install(site, "spgc-thief", {"density": "good_spgc_system:Good"})
    assert "taken by a system of spgc" in str(status("density", "spgc-thief"))
    assert system_named("density") is Density
    install(site, "spgc-good", {"good": "good_spgc_system:Good"})
    install(site, "spgc-same", {"good": "good_spgc_system:Other"})
    with pytest.raises(ModelError, match="several packages offer this name"):
        system_named("good")


def test_unknown_system() -> None:
    with pytest.raises(UsageError, match=r"expected cnr-iemn \| .*density.*did you mean 'density'"):
        system_named("densety")


def test_listing_imports_nothing_until_asked(site: Path) -> None:
    install(site, "spgc-bad", {"bad": "bad_spgc_system:Bad"})
    assert "bad" in {offer.name for offer in registered()}


def test_model_of_a_system_that_is_gone(site: Path, tmp_path: Path) -> None:
    """The error names the package that the model was trained with."""
    install(site, "spgc-good", {"good": "good_spgc_system:Good"})
    system = system_named("good").create()
    system.fit(array_cohort(2, seed=3), [], tmp_path / "model")
    assert load_system(tmp_path / "model").describe() == system.describe()
    shutil.rmtree(site / "spgc_good-1.2.dist-info")
    importlib.invalidate_caches()
    package = r"not installed.*found 'good'.*package spgc-good \(trained with 1\.2\)"
    with pytest.raises(ModelError, match=package):
        load_system(tmp_path / "model")
    path = tmp_path / "model" / "model.json"
    document = json.loads(path.read_text()) | {"package": "x; rm -rf /"}
    path.write_text(json.dumps(document | {"model_hash": model_hash(document)}))
    with pytest.raises(ModelError, match="Do: install the package that brings it"):
        load_system(tmp_path / "model")


def test_changed_settings_are_noticed(tmp_path: Path) -> None:
    """Settings decide answers, so they are part of the hash."""
    Density().fit(array_cohort(2, seed=3), [], tmp_path)
    path = tmp_path / "model.json"
    document = json.loads(path.read_text())
    document["config"]["bin_width"] = 100
    path.write_text(json.dumps(document))
    with pytest.raises(ModelError, match="has changed since training"):
        load_system(tmp_path)
