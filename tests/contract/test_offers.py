"""Which packages offer which systems is read from their metadata: nothing of theirs runs."""

from __future__ import annotations

import importlib
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from spgc.contract.offers import BUILT_IN, GROUP, provider, registered
from spgc.version import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(site: Path, package: str, **entries: str) -> None:
    """What pip leaves of a package: its metadata with entry points."""
    folder = site / f"{package}-2.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 2.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in entries.items())
    (folder / "entry_points.txt").write_text(f"[{GROUP}]\n{lines}")
    importlib.invalidate_caches()


def foreign() -> dict[tuple[str, str], str | None]:
    """Problem by name and package, of what others offer."""
    return {(o.name, o.package): o.problem for o in registered() if o.package != "spgc"}


def test_what_is_built_in_is_what_the_package_declares() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert dict(BUILT_IN) == project["entry-points"][GROUP]
    first = registered()[: len(BUILT_IN)]
    assert [(o.name, o.package, o.version, o.problem) for o in first] == [
        (name, "spgc", __version__, None) for name in BUILT_IN
    ]
    assert [o.entry for o in first] == [EntryPoint(n, v, GROUP) for n, v in BUILT_IN.items()]


def test_others_follow_by_name_and_nothing_of_theirs_is_imported(site: Path) -> None:
    (site / "spgc_offer_that_must_not_run.py").write_text("raise SystemExit(3)\n")
    install(site, "zeta", beta="spgc_offer_that_must_not_run:Beta")
    install(site, "eta", alpha="spgc_offer_that_must_not_run:Alpha")
    offers = [o for o in registered() if o.package in ("zeta", "eta")]
    assert [(o.name, o.package, o.version, o.problem) for o in offers] == [
        ("alpha", "eta", "2.0", None),
        ("beta", "zeta", "2.0", None),
    ]
    assert provider("alpha") == "eta"
    assert "spgc_offer_that_must_not_run" not in sys.modules


def test_a_name_of_ours_can_not_be_taken(site: Path) -> None:
    install(site, "rival", density="rival:Density")
    assert foreign()["density", "rival"] == "its name is taken by a system of spgc"
    assert provider("density") == "spgc"


def test_a_name_that_two_packages_offer_is_neithers(site: Path) -> None:
    install(site, "one", same="one:Same", alone="one:Alone")
    install(site, "two", same="two:Same")
    found = foreign()
    assert found["alone", "one"] is None
    for package in ("one", "two"):
        assert "several packages offer this name" in (found["same", package] or "")
    assert provider("same") is None


def test_nobody_provides_what_nobody_offers() -> None:
    assert provider("no-such-system") is None
