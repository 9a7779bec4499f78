"""From a label file of five classes to a score of a kit, which is that of spgc."""

from __future__ import annotations

import random
from pathlib import Path

from spgc import score
from spgc.kits.gradescope_kit import GRADESCOPE
from spgc.kits.written_kit import read_kit
from tests.cli.conftest import Spgc

KINDS = ("setosa", "versicolor", "virginica", "ensata", "pseudacorus")


def label_file(path: Path) -> Path:
    """60 irises of five kinds."""
    drawn = random.Random(11)  # noqa: S311 - no secret
    rows = [f"flower-{number:03d},{drawn.choice(KINDS)}" for number in range(60)]
    path.write_text("Study,Label\n" + "\n".join(rows) + "\n")
    return path


def test_the_kit_scores_as_spgc_does(tmp_path: Path, spgc: Spgc) -> None:
    labels = label_file(tmp_path / "labels.csv")
    folder, out = tmp_path / "irises", tmp_path / "kit"
    assert spgc("challenge", "init", folder, "--labels", labels).code == 0
    assert spgc("kit", "gradescope", folder, "-o", out).code == 0
    answers = labels.read_text().replace("virginica", "ensata")
    (tmp_path / "mine.csv").write_text(answers)
    wanted = score(tmp_path / "mine.csv", challenge=folder).splits["test"].confusion.accuracy.value
    (tmp_path / "trial").mkdir()
    done = GRADESCOPE.trial(read_kit(out), answers.encode(), tmp_path / "trial")
    assert done.score is not None
    assert wanted is not None
    assert abs(done.score - 100 * wanted) < 1e-5
