"""Lifetime of sessions, the stored name of a browser, recovery codes, and the provider's claims that are used."""

from datetime import UTC, datetime, timedelta

import pytest

from services.accounts.rules import provider, recovery, sessions

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SESSION = {"used_at": NOW, "ends_at": NOW + sessions.MAX_DURATION}


def over(after: timedelta, idle: timedelta) -> bool:
    now = NOW + after
    return sessions.is_expired(SESSION, sessions.last_use(SESSION, idle.total_seconds(), now), now)


@pytest.mark.parametrize(
    ("after", "idle", "ended"),
    [
        (5, 0, False),
        (15, 0, False),
        (16, 0, True),  # no known activity for sixteen minutes
        (16, 5, False),  # activity at minute eleven
        (16, 16, True),
        (40, 20, True),
        (9 * 60 + 59, 9 * 60 + 50, True),
    ],
)
def test_a_session_lasts_while_the_person_is_active(after: int, idle: int, ended: bool) -> None:
    assert over(timedelta(minutes=after), timedelta(minutes=idle)) is ended


def test_a_session_ends_after_ten_hours_of_activity() -> None:
    busy = SESSION | {"used_at": NOW + timedelta(hours=9, minutes=59)}
    assert not sessions.is_expired(busy, busy["used_at"], NOW + timedelta(hours=9, minutes=59))
    assert sessions.is_expired(busy, busy["used_at"], NOW + timedelta(hours=10))


def test_a_reported_last_use_is_limited_to_the_known_one_and_now() -> None:
    assert sessions.last_use(SESSION, -1e9, NOW) == NOW
    assert sessions.last_use(SESSION, 1e12, NOW) == NOW
    assert sessions.last_use(SESSION, float("nan"), NOW) == NOW


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/131.0 Safari/537.36 Edg/131.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox, Linux"),
        ("curl/8", ""),
        ("<script>\x00Chrome/1 Windows", "Chrome, Windows"),
    ],
)
def test_a_browser_is_named_as_its_owner_would(agent: str, name: str) -> None:
    assert sessions.browser_of(agent) == name


def test_recovery_codes_ignore_spelling_and_are_bound_to_their_account() -> None:
    codes = recovery.new_codes()
    assert len(set(codes)) == recovery.CODES
    stored = recovery.hash_code(codes[0], "a", b"pepper")
    assert stored == recovery.hash_code(f" {codes[0].upper().replace('-', '　')} ", "a", b"pepper")
    assert stored != recovery.hash_code(codes[0], "b", b"pepper")
    assert stored != recovery.hash_code(codes[0], "a", b"other")
    assert codes[0].replace("-", "") not in stored


@pytest.mark.parametrize(
    ("claims", "name", "email"),
    [
        ({"preferred_username": "Ｙ.Tanaka "}, "y.tanaka", None),
        ({"preferred_username": ""}, None, None),
        ({"preferred_username": 7}, None, None),
        ({"email": "a@b.example", "email_verified": True}, None, "a@b.example"),
        ({"email": "a@b.example", "email_verified": "true"}, None, None),
        ({"email": "a@b.example"}, None, None),
        ({"preferred_username": "a@b.example", "email": "a@b.example"}, None, None),
        (
            {"preferred_username": "A@b.example", "email": "a@b.example", "email_verified": True},
            "a@b.example",
            "a@b.example",
        ),
    ],
)
def test_which_claims_of_a_provider_are_used(claims: dict[str, object], name: str | None, email: str | None) -> None:
    assert (provider.username_of(claims), provider.email_of(claims)) == (name, email)


def test_an_account_is_linked_to_one_subject() -> None:
    linked = {"oidc": {"issuer": "i", "subject": "s"}}
    assert provider.is_linked_to({}, "i", "s") is None
    assert provider.is_linked_to(linked, "i", "s") is True
    assert provider.is_linked_to(linked, "i", "t") is False
    assert provider.is_linked_to(linked, "j", "s") is False
