"""The model card says what model.json and the training know, and is no part of the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from spgc.data.layout import Dataset
from spgc.data.manifests import Manifest
from spgc.data.provenance import manifest_hash
from spgc.runs.scans import Prepared
from spgc.runs.train import train_system
from spgc.scoring.signature import hash_model
from spgc.systems.density.system import Density
from spgc.systems.model_card import CARD, FACTS, write_model_card
from spgc.systems.model_card_head import without_head
from spgc.systems.model_card_text import to_markdown
from tests.systems.small.scans import array_cohort

SPLITS = ("train", "val")


@pytest.fixture(scope="module")
def folder(dataset: Dataset, prepared: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("density")
    train_system(
        dataset, [c for c in dataset.manifest if c.split in SPLITS], prepared, Density(), place
    )
    return place


def test_says_what_it_must(folder: Path, dataset: Dataset) -> None:
    card = (folder / CARD).read_text()
    document = json.loads((folder / "model.json").read_text())
    learnt = document["trained_on"]
    for text in (
        "**SYNTHETIC.**",
        "Research software. Not for diagnosis.",
        document["model_hash"],
        learnt["scans_hash"],
        learnt["labels_hash"],
        manifest_hash(dataset.manifest),
        document["files"]["logistic.json"],
        document["versions"]["scikit-learn"],
        "2 of 2",
        "SYNTHETIC validation (val): ",
        "95 % interval",
        "| bin_width ",
        *Density.limits,
    ):
        assert text in card, text
    assert str(folder) not in card
    assert str(dataset.root) not in card


def test_scores_are_counts_with_exact_intervals(folder: Path) -> None:
    document = json.loads((folder / "model.json").read_text())
    facts = json.loads((folder / FACTS).read_text())
    facts["evaluations"][0]["confusion"] = [[53, 1, 1], [4, 10, 5], [0, 1, 23]]
    card = to_markdown(document, facts)
    assert "86/98 scans correct" in card
    (line,) = [row for row in card.splitlines() if row.startswith("| CAP sens")]
    # statsmodels: proportion_confint(10, 19, method="beta")
    assert [cell.strip() for cell in line.split("|")[2:5]] == [
        "10/19",
        "52.6",
        "28.9–75.6",
    ]
    assert "Majority-class baseline: 55/98" in card


def test_a_class_without_scans_has_no_rate(folder: Path) -> None:
    document = json.loads((folder / "model.json").read_text())
    facts = json.loads((folder / FACTS).read_text())
    facts["evaluations"][0]["confusion"] = [[2, 0, 1], [0, 0, 0], [0, 0, 3]]
    (line,) = [row for row in to_markdown(document, facts).splitlines() if "CAP sens" in row]
    assert [cell.strip() for cell in line.split("|")[2:5]] == ["–", "–", "–"]
    facts["evaluations"] = []
    assert "Not evaluated" in to_markdown(document, facts)


def test_card_is_no_part_of_the_hash(folder: Path) -> None:
    """Scores come later than the model; the signature must not change by them."""
    known = json.loads((folder / "model.json").read_text())["model_hash"]
    assert hash_model(folder) == known[:12]
    (folder / CARD).write_text((folder / CARD).read_text() + "\nnoted by hand\n")
    assert hash_model(folder) == known[:12]


def test_a_recovered_split_and_unlabelled_scans_are_told(folder: Path) -> None:
    document = json.loads((folder / "model.json").read_text())
    facts = json.loads((folder / FACTS).read_text())
    facts["data"]["splits"]["train"]["certainty"] = {"likely": 2, "approximate": 1, "official": 3}
    document["trained_on"]["unlabelled"]["cases"] = ["T1-001", "T1-002"]
    card = to_markdown(document, facts)
    assert "The split of 3 cases is recovered" in card
    assert "**Transductive.**" in card
    assert "T1-001, T1-002" in card


def test_a_model_trained_without_a_dataset_has_a_card(tmp_path: Path) -> None:
    """From Python: scans from anywhere, no splits to speak of."""
    system = Density()
    system.fit(array_cohort(2, seed=1), [], tmp_path)
    card = write_model_card(tmp_path, system).read_text()
    assert "Not evaluated" in card
    assert "Split" not in card
    assert "| manifest" not in card


def test_manifest_hash_knows_every_row_and_no_order(dataset: Dataset) -> None:
    cases = dict(dataset.manifest.cases)
    turned = Manifest(dict(reversed(cases.items())))
    assert manifest_hash(turned) == manifest_hash(dataset.manifest)
    cases.popitem()
    assert manifest_hash(Manifest(cases)) != manifest_hash(dataset.manifest)


def card_of(folder: Path, *, synthetic: bool, certainty: str) -> str:
    """A card with 86 of 98 right on validation, of phantoms or of scans of that certainty."""
    document = json.loads((folder / "model.json").read_text()) | {"synthetic": synthetic}
    facts = json.loads((folder / FACTS).read_text())
    for part in facts["data"]["splits"].values():
        part["certainty"] = {certainty: 98}
    facts["evaluations"][0] |= {
        "synthetic": certainty == "synthetic",
        "confusion": [[53, 1, 1], [4, 10, 5], [0, 1, 23]],
    }
    return to_markdown(document, facts)


def hub_card(text: str) -> Any:
    """The card as Hugging Face's own classes read it."""
    hub = pytest.importorskip("huggingface_hub")
    return hub.ModelCard(text)


def test_the_hub_reads_the_head(folder: Path) -> None:
    card = hub_card(card_of(folder, synthetic=False, certainty="confirmed"))
    data = card.data
    known = json.loads((folder / "model.json").read_text())["model_hash"][:12]
    assert (data.license, data.library_name) == ("unknown", "spgc")
    assert (data.pipeline_tag, data.datasets) == ("image-classification", ["COVID-CT-MD"])
    assert {"density", "research-only", "not-for-diagnosis"} <= set(data.tags)
    assert "synthetic" not in data.tags
    assert data.model_name == f"density-{known}"
    found = {one.metric_name.split(",")[0]: one for one in data.eval_results}
    # scipy: binomtest(86, 98).proportion_ci(method="exact"), binomtest(10, 19) the same
    for name, hits, interval in (
        ("accuracy", "86/98", "79.6–93.5"),
        ("CAP sensitivity", "10/19", "28.9–75.6"),
    ):
        one = found[name]
        right, total = map(int, hits.split("/"))
        assert one.metric_value == right / total
        assert one.metric_name == f"{name}, {hits}, exact 95 % interval {interval} %"
        assert (one.dataset_name, one.dataset_split) == ("COVID-CT-MD, validation", "val")
        assert one.metric_type == ("accuracy" if name == "accuracy" else "recall")
    assert len(found) == 4
    assert card.text.lstrip().startswith("# Model card: density")


@pytest.mark.parametrize(
    ("synthetic", "certainty"),
    [(True, "synthetic"), (True, "confirmed"), (False, "synthetic")],
)
def test_no_figure_of_phantoms_is_in_the_head(
    folder: Path, synthetic: bool, certainty: str
) -> None:
    """Indexes take figures from there without the words around them."""
    data = hub_card(card_of(folder, synthetic=synthetic, certainty=certainty)).data
    assert ("synthetic" in data.tags) == synthetic
    assert data.eval_results is None
    assert data.datasets is None
    assert "model-index" not in data.to_dict()


def test_own_scans_are_not_called_the_challenges(folder: Path) -> None:
    data = hub_card(card_of(folder, synthetic=False, certainty="own")).data
    assert data.datasets is None
    assert {one.dataset_name for one in data.eval_results} == {"own scans, val"}


def test_what_spgc_train_writes_is_tagged_synthetic(folder: Path) -> None:
    data = hub_card((folder / CARD).read_text(encoding="utf-8")).data
    assert "synthetic" in data.tags
    assert data.eval_results is None


def test_a_strange_name_stays_one_word_of_the_head(folder: Path) -> None:
    """A split is called as its user likes."""
    document = json.loads((folder / "model.json").read_text())
    name = 'a: "b" # \u2028c\n---\nlicense: mit \U0001fac1'
    facts = json.loads((folder / FACTS).read_text())
    facts["evaluations"][0] |= {"split": name, "synthetic": False}
    data = hub_card(to_markdown(document | {"synthetic": False}, facts)).data
    assert data.license == "unknown"
    written = data.eval_results[0].dataset_name
    assert written.startswith('own scans, a: "b" # ')
    assert written.endswith("license: mit \U0001fac1")
    assert "\n" not in written


def test_people_read_the_card_without_its_head(folder: Path) -> None:
    card = (folder / CARD).read_text(encoding="utf-8")
    assert card.startswith('---\nlicense: "unknown"\n')
    assert without_head(card).lstrip().startswith("# Model card: density")
    for text in ("# Card\n\na\n\n---\n\nb\n", "", "---", "| a |\n|---|\n"):
        assert without_head(text) == text
