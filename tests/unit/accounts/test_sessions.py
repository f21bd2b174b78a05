"""How long sessions live, what is kept of a browser, recovery codes, and what counts of what a provider says."""

from datetime import UTC, datetime, timedelta

import pytest

from services.accounts.rules import provider, recovery, sessions

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SESSION = {"used_at": NOW, "ends_at": NOW + sessions.WHOLE}


def over(after: timedelta, idle: timedelta) -> bool:
    now = NOW + after
    return sessions.is_over(SESSION, sessions.last_use(SESSION, idle.total_seconds(), now), now)


@pytest.mark.parametrize(
    ("after", "idle", "ended"),
    [
        (5, 0, False),
        (15, 0, False),
        (16, 0, True),  # nobody known to be there for sixteen minutes, whoever is there now
        (16, 5, False),  # somebody was there at minute eleven
        (16, 16, True),
        (40, 20, True),
        (9 * 60 + 59, 9 * 60 + 50, True),
    ],
)
def test_a_session_lives_while_somebody_is_there(after: int, idle: int, ended: bool) -> None:
    assert over(timedelta(minutes=after), timedelta(minutes=idle)) is ended


def test_ten_hours_are_the_end_however_busy() -> None:
    busy = SESSION | {"used_at": NOW + timedelta(hours=9, minutes=59)}
    assert not sessions.is_over(busy, busy["used_at"], NOW + timedelta(hours=9, minutes=59))
    assert sessions.is_over(busy, busy["used_at"], NOW + timedelta(hours=10))


def test_a_browser_cannot_say_that_it_was_used_in_time_to_come_or_before_it_was() -> None:
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


def test_recovery_codes_are_read_however_they_are_typed_and_bound_to_their_account() -> None:
    codes = recovery.new_codes()
    assert len(set(codes)) == recovery.MANY
    kept = recovery.kept(codes[0], "a", b"pepper")
    assert kept == recovery.kept(f" {codes[0].upper().replace('-', '　')} ", "a", b"pepper")
    assert kept != recovery.kept(codes[0], "b", b"pepper")
    assert kept != recovery.kept(codes[0], "a", b"other")
    assert codes[0].replace("-", "") not in kept


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
def test_what_counts_of_what_a_provider_says(claims: dict[str, object], name: str | None, email: str | None) -> None:
    assert (provider.username_of(claims), provider.email_of(claims)) == (name, email)


def test_a_link_is_one_subjects() -> None:
    linked = {"oidc": {"issuer": "i", "subject": "s"}}
    assert provider.linked({}, "i", "s") is None
    assert provider.linked(linked, "i", "s") is True
    assert provider.linked(linked, "i", "t") is False
    assert provider.linked(linked, "j", "s") is False
