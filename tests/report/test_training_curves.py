"""Training curves in the report: points follow the metrics, and damage leaves them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from spgc.report.page.training_curves import HEIGHT, WIDTH, training_curves

HEAD = "backbone,epoch,train_loss,val_hits,val_slices"


def written(folder: Path, *rows: str) -> Path:
    (folder / "training.csv").write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return folder


def test_points_run_from_the_first_epoch_to_the_last(tmp_path: Path) -> None:
    rows = ("a,1,2.0,5,10", "a,2,1.0,8,10", "a,3,0.5,10,10", "b,1,,0,4")
    one, two = training_curves(written(tmp_path, *rows))
    assert (one.network, one.epochs, one.highest) == ("a", (1, 3), 2.0)
    middle = WIDTH / 2
    assert one.loss == f"0.0,0.0 {middle:.1f},{HEIGHT / 2:.1f} {WIDTH:.1f},{HEIGHT * 0.75:.1f}"
    assert one.accuracy == f"0.0,{HEIGHT / 2:.1f} {middle:.1f},{HEIGHT * 0.2:.1f} {WIDTH:.1f},0.0"
    assert (two.loss, two.accuracy) == ("", f"0.0,{HEIGHT:.1f}")


@pytest.mark.parametrize("row", ["a,x,1,1,2", "a,1,nan,1,2", "a,1,-1,1,2", "a,1,1,3,2"], ids=repr)
def test_damaged_metrics_are_left_out(tmp_path: Path, row: str) -> None:
    assert training_curves(written(tmp_path, "a,1,1,1,2", row)) == ()


def test_a_model_without_metrics_has_no_curves(tmp_path: Path) -> None:
    assert training_curves(tmp_path) == ()
    (tmp_path / "training.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert training_curves(tmp_path) == ()
