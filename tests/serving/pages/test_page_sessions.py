"""Sessions of the pages end when they should, and nobody's secret is kept."""

from __future__ import annotations

from spgc.serving.pages.page_sessions import LIFETIME, MOST_OF_A_TEAM, PageSessions


class Hand:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_session_ends_after_its_lifetime() -> None:
    clock = Hand()
    sessions = PageSessions(clock)
    secret = sessions.begin("token")
    clock.now = LIFETIME - 1
    assert sessions.token_of(secret) == "token"
    clock.now = LIFETIME
    assert sessions.token_of(secret) is None


def test_signing_out_ends_one_session_and_no_other() -> None:
    sessions = PageSessions()
    first, second = sessions.begin("token"), sessions.begin("token")
    sessions.end(first)
    sessions.end("no such secret \udcff")
    assert sessions.token_of(first) is None
    assert sessions.token_of(second) == "token"


def test_a_team_has_few_sessions_and_the_oldest_ends() -> None:
    sessions = PageSessions()
    other = sessions.begin("other")
    secrets = [sessions.begin("token") for _ in range(MOST_OF_A_TEAM + 2)]
    known = [sessions.token_of(secret) for secret in secrets]
    assert known == [None, None] + ["token"] * MOST_OF_A_TEAM
    assert sessions.token_of(other) == "other"


def test_secrets_are_long_and_kept_as_hashes() -> None:
    sessions = PageSessions()
    secrets = {sessions.begin(f"token {number}") for number in range(100)}
    assert len(secrets) == 100
    assert all(len(secret) >= 43 for secret in secrets)  # 256 bits
    assert not any(secret in repr(sessions) for secret in secrets)


def test_what_a_page_says_is_said_once() -> None:
    sessions = PageSessions()
    secret = sessions.begin("token")
    sessions.say(secret, 7)
    sessions.say("another", 8)
    assert [sessions.said(secret), sessions.said(secret), sessions.said("another")] == [
        7,
        None,
        None,
    ]
