"""A challenge is checked and copied into the file; its parts are drawn once, within each class."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from spgc.data.manifests import Case
from spgc.errors import DataError, UsageError
from spgc.serving.case_parts import drawn_public
from spgc.serving.new_server import NewServer, init_server
from spgc.serving.run_server import Running, ready_server
from spgc.serving.served_desk import ServedDesk
from tests.serving.conftest import Serve
from tests.serving.flower_server import labels, made_challenge


def cases() -> list[Case]:
    return [Case(case, label, "test", "made up", "official") for case, label in labels().items()]


@pytest.mark.parametrize(
    ("share", "counts"),
    [
        (0.0, {}),
        (0.3, {"rose": 9, "tulip": 6, "sword lily": 3}),
        (0.01, dict.fromkeys(("rose", "tulip", "sword lily"), 1)),
        (1.0, {"rose": 30, "tulip": 20, "sword lily": 10}),
    ],
)
def test_parts_are_drawn_within_each_class(share: float, counts: dict[str, int]) -> None:
    drawn = drawn_public(cases(), share, 1)
    assert Counter(labels()[case] for case in drawn) == counts
    assert drawn == drawn_public(cases()[::-1], share, 1)
    assert share in (0.0, 1.0) or drawn != drawn_public(cases(), share, 2)


def test_a_class_of_two_cases_is_in_both_parts() -> None:
    few = [Case(f"C{n}", "rose", "test", "made up", "official") for n in range(2)]
    assert len(drawn_public(few, 0.9, 1)) == 1


def test_sets_of_the_challenge_are_its_parts(tmp_path: Path) -> None:
    challenge = made_challenge(tmp_path, public_share=0.3)
    with pytest.raises(UsageError, match="divides the cases already"):
        init_server(tmp_path / "a.db", NewServer(challenge, public_share=0.5))
    made = init_server(tmp_path / "a.db", NewServer(challenge))
    assert made.parts.as_dict() == {
        "drawn": False,
        "seed": None,
        "share": None,
        "public": 18,
        "private": 42,
    }


def test_later_changes_of_the_folder_change_nothing(tmp_path: Path) -> None:
    challenge = made_challenge(tmp_path)
    init_server(tmp_path / "a.db", NewServer(challenge))
    shutil.rmtree(challenge)
    desk = ServedDesk(tmp_path / "a.db")
    assert desk.challenge().title == "Flowers"
    assert set(desk.challenge().files) == {
        "challenge.toml",
        "cases.csv",
        "example.csv",
        "README.md",
    }
    desk.close()


def test_the_page_for_participants_knows_of_drawn_parts(tmp_path: Path) -> None:
    """A page that the organiser has changed stays as it is."""
    challenge = made_challenge(tmp_path)
    init_server(tmp_path / "a.db", NewServer(challenge))
    desk = ServedDesk(tmp_path / "a.db")
    page = desk.file("README.md").decode()
    desk.close()
    assert "of some cases, the public part, shown during the challenge" in page
    assert "- The private part ranks at the end; no score on it is shown before." in page
    own = challenge / "public" / "README.md"
    own.write_text(own.read_text() + "\nPrizes: none.\n")
    init_server(tmp_path / "b.db", NewServer(challenge))
    desk = ServedDesk(tmp_path / "b.db")
    assert desk.file("README.md") == own.read_bytes()
    desk.close()


def test_a_challenge_with_faults_is_not_served(tmp_path: Path) -> None:
    """Without its truth, or with the truth among what participants get."""
    challenge = made_challenge(tmp_path)
    truth = challenge / "private" / "truth.csv"
    shutil.copy(truth, challenge / "public" / "notes.csv")
    with pytest.raises(DataError, match="names the true class of 60"):
        init_server(tmp_path / "a.db", NewServer(challenge))
    (challenge / "public" / "notes.csv").unlink()
    truth.unlink()
    with pytest.raises(DataError, match="no truth"):
        init_server(tmp_path / "a.db", NewServer(challenge))
    assert not list(tmp_path.glob("*.db*"))


def test_a_file_that_others_may_read_is_named_at_the_start(serve: Serve) -> None:
    server = serve("none")
    server.path.chmod(0o644)
    ready = ready_server(Running(server.path, port=0))
    with ready.listening:
        assert any("others may read" in line and "chmod 600" in line for line in ready.lines)
        server.path.chmod(0o600)
    ready.desk.close()
