"""Which options each system gets: the shared ones that it has, and its own."""

from __future__ import annotations

import pytest

from spgc.contract.offers import BUILT_IN
from spgc.contract.system import RunSettings
from spgc.errors import MissingExtraError, UsageError
from spgc.paper.rivals import entrants as module
from spgc.paper.rivals.entrants import entrants

RUN = RunSettings(device="cpu", engine="torch")


def test_systems_get_the_options_that_they_have() -> None:
    own = ["cnr-iemn.backbones=resnext50", "cnr-iemn.seed=9"]
    found = entrants(["cnr-iemn", "density", "cnr-iemn"], "demo", 5, "none", own, RUN)
    assert {one.name: dict(one.options) for one in found} == {
        "cnr-iemn": {"preset": "demo", "weights": "none", "backbones": "resnext50", "seed": "9"},
        "density": {"seed": "5"},
    }


def test_imagenets_weights_go_to_those_that_can_start_from_them() -> None:
    found = entrants(["winter", "llscp-like"], "demo", 0, "imagenet", [], RUN)
    assert [one.options.get("weights") for one in found] == ["imagenet", None]
    assert not any(one.problem for one in found)
    with pytest.raises(UsageError, match="unknown weights"):
        entrants(["llscp-like"], "demo", 0, None, ["llscp-like.weights=imagenet"], RUN)


def test_all_systems_of_spgc_without_names() -> None:
    found = entrants([], "demo", 0, None, [], RUN)
    assert [one.name for one in found] == list(BUILT_IN)
    problems = [one.problem for one in found if one.problem is not None]
    assert all(isinstance(one, MissingExtraError) for one in problems)  # weights in a package


def test_a_system_that_can_not_be_had_stays_with_its_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lacking(name: str) -> object:
        raise MissingExtraError("package not installed", found="lungmask", do="pip install it")

    monkeypatch.setattr(module, "system_named", lacking)
    (one,) = entrants(["density"], "demo", 0, None, [], RUN)
    assert isinstance(one.problem, MissingExtraError)


def test_a_preset_that_one_system_lacks_something_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lung method that is not there stops that system, not the comparison."""
    from spgc.systems.density.system import Density

    def create(options: object, run: object) -> object:
        raise UsageError("unknown lung method", found="'none-such'")

    monkeypatch.setattr(Density, "create", create)
    one, two = entrants(["density", "cnr-iemn"], "paper", 0, None, [], RUN)
    assert (str(one.problem), two.problem) == ("unknown lung method: found 'none-such'", None)
    with pytest.raises(UsageError, match="unknown lung method"):
        entrants(["density"], "paper", 0, None, ["density.lung_method=none-such"], RUN)


def test_weights_that_are_neither_a_kind_nor_a_folder() -> None:
    with pytest.raises(UsageError, match="unknown weights"):
        entrants(["density"], "demo", 0, "imagnet", [], RUN)
