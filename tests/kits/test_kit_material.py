"""A kit tells participants no more than the challenge does."""

from __future__ import annotations

from pathlib import Path

from spgc.data.challenge_cases import truth_place
from spgc.kits.kit_material import read_material
from tests.kits.conftest import dated_flowers


def test_how_sure_labels_are_stays_with_the_truth(tmp_path: Path) -> None:
    """Where labels of one class are less sure than others, the word for it names the class."""
    folder = dated_flowers(tmp_path / "flowers")
    material = read_material(folder)
    place = truth_place(material.challenge)
    lines = place.read_text("utf-8").splitlines()
    unsure = [line.rpartition(",")[0] + ",likely" if ",Rose," in line else line for line in lines]
    assert unsure != lines
    place.write_text("\n".join(unsure) + "\n", "utf-8")
    again = read_material(folder)
    files = {one.name: one.content for one in again.public_files("none")}
    assert files == {one.name: one.content for one in material.public_files("none")}
    assert again.truth_csv == material.truth_csv
