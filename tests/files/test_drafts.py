"""Work in progress: a draft is nobody else's, a claim is one process's, and the dead are swept."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spgc.files.drafts import DEAD_SECONDS, Drafts, last_change


@pytest.fixture
def drafts(tmp_path: Path) -> Drafts:
    return Drafts(tmp_path / ".drafts")


def aged(path: Path, seconds: float) -> Path:
    """The same path, as if it was last written so long ago."""
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))
    return path


def test_nothing_is_made_before_it_is_needed(drafts: Drafts) -> None:
    drafts.sweep()
    drafts.release("P001")
    assert not drafts.root.exists()


def test_two_drafts_are_two_empty_folders(drafts: Drafts) -> None:
    with drafts.new() as one, drafts.new() as two:
        assert one != two
        assert one.parent == two.parent == drafts.root
        assert list(one.iterdir()) == list(two.iterdir()) == []
        (one / "a").write_text("a")
    assert list(drafts.root.iterdir()) == []


def test_a_draft_goes_with_an_error(drafts: Drafts) -> None:
    with pytest.raises(ZeroDivisionError), drafts.new() as draft:
        (draft / "half").write_text("h")
        raise ZeroDivisionError
    assert list(drafts.root.iterdir()) == []


def test_a_draft_that_moved_in_stays(drafts: Drafts, tmp_path: Path) -> None:
    with drafts.new() as draft:
        (draft / "whole").write_text("w")
        draft.rename(tmp_path / "scan")
    assert (tmp_path / "scan" / "whole").read_text() == "w"


def test_a_claim_is_given_once_until_it_is_released(drafts: Drafts) -> None:
    other = Drafts(drafts.root)
    assert drafts.claim("P001")
    assert not other.claim("P001")
    assert other.claim("P002")
    other.release("P001")
    assert other.claim("P001")


@pytest.mark.parametrize("kind", ["file", "folder", "link to a file", "link to a folder"])
def test_what_is_discarded_is_gone_and_what_it_points_to_is_not(
    kind: str, drafts: Drafts, tmp_path: Path
) -> None:
    kept, place = tmp_path / "kept", tmp_path / "place"
    kept.mkdir()
    (kept / "file").write_text("kept")
    if kind == "file":
        place.write_text("x")
    elif kind == "folder":
        (place / "below").mkdir(parents=True)
        (place / "below" / "file").write_text("x")
    else:
        place.symlink_to(kept if kind.endswith("folder") else kept / "file")
    drafts.discard(place)
    assert not place.exists()
    assert not place.is_symlink()
    assert list(drafts.root.iterdir()) == []
    assert (kept / "file").read_text() == "kept"
    drafts.discard(place)  # once more: it is gone already


def test_a_sweep_takes_the_old_and_leaves_the_young(drafts: Drafts) -> None:
    drafts.claim("dead")
    drafts.claim("alive")
    drafts.claim("of a wrong clock")
    aged(drafts.root / "claim-dead", DEAD_SECONDS + 60)
    aged(drafts.root / "claim-of a wrong clock", -2 * DEAD_SECONDS)
    aged(drafts.root / "claim-alive", DEAD_SECONDS - 60)
    drafts.sweep()
    assert [path.name for path in drafts.root.iterdir()] == ["claim-alive"]


def test_a_draft_is_as_young_as_its_youngest_file(drafts: Drafts) -> None:
    """A long write changes a file deep inside; the folder's own time stays."""
    draft = drafts.root / "draft"
    (draft / "arrays").mkdir(parents=True)
    (draft / "arrays" / "0").write_text("young")
    aged(draft / "arrays", 2 * DEAD_SECONDS)
    aged(draft, 2 * DEAD_SECONDS)
    drafts.sweep()
    assert (draft / "arrays" / "0").exists()
    aged(draft / "arrays" / "0", 2 * DEAD_SECONDS)
    drafts.sweep()
    assert not draft.exists()


def test_what_is_gone_never_changed(tmp_path: Path) -> None:
    assert last_change(tmp_path / "nowhere") == 0.0
    (tmp_path / "file").write_text("x")
    os.utime(tmp_path / "file", (9e9, 9e9))
    assert last_change(tmp_path) == 9e9
