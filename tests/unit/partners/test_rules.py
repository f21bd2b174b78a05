"""Organizations' states, what keys may do, what endpoints may ask for."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from services.partners.rules import keys, organizations, webhooks
from shared.errors import IllegalMove, InvalidInput
from shared.webhook_targets import allowed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DRAWN = {
    ("prospective", "activate", "active"),
    ("active", "suspend", "suspended"),
    ("suspended", "activate", "active"),
    ("suspended", "close", "closed"),
}


@pytest.mark.parametrize("status", organizations.MOVES)
@pytest.mark.parametrize("move", ["activate", "suspend", "close"])
def test_only_the_moves_that_are_drawn(status: str, move: str) -> None:
    led = {(was, by): to for was, by, to in DRAWN}.get((status, move))
    if led:
        assert organizations.moved(status, move) == led
        return
    with pytest.raises(IllegalMove) as refused:
        organizations.moved(status, move)
    assert set(refused.value.allowed) == {by for was, by, _ in DRAWN if was == status}


def test_spellings_of_one_organization_are_one() -> None:
    assert organizations.fold_name("  Ｂａｎｇｋｏｋ  Medical\tTRAVEL ") == "bangkok medical travel"


def test_a_key_is_long_different_and_shown_by_its_end() -> None:
    made = {keys.FreshKey.made().key for _ in range(100)}
    assert len(made) == 100 and all(key.startswith("imc_live_") and len(key) >= 9 + 43 for key in made)
    fresh = keys.FreshKey.made()
    assert fresh.key not in fresh.shown and fresh.shown.endswith(fresh.key[-4:])


def test_two_keys_may_live_at_a_time() -> None:
    live = {"revoked_at": None, "expires_at": None}
    revoked, expired = live | {"revoked_at": NOW}, live | {"expires_at": NOW}
    assert [keys.status_of(key, NOW) for key in (live, revoked, expired)] == ["live", "revoked", "expired"]
    keys.check_room([live, revoked, expired], NOW)
    with pytest.raises(keys.TwoKeysLive):
        keys.check_room([live, live | {"expires_at": NOW + timedelta(seconds=1)}], NOW)


def test_terms_of_a_key() -> None:
    assert keys.check_terms(None, None, NOW) == list(keys.SCOPES)
    assert keys.check_terms(["referrals:write", "referrals:read"], None, NOW) == ["referrals:read", "referrals:write"]
    with pytest.raises(InvalidInput) as refused:
        keys.check_terms(["all"], NOW, NOW)
    assert [pointer for pointer, _ in refused.value.errors] == ["#/scopes", "#/expires_at"]


def test_every_fault_of_an_endpoint_is_named() -> None:
    assert webhooks.check_wish("https://a.example/x", ["*", "referral.received"], allowed(())) == [
        "referral.received",
        "*",
    ]
    with pytest.raises(InvalidInput) as refused:
        webhooks.check_wish("http://a.example/x", ["referral.exploded"], allowed(()))
    assert [pointer for pointer, _ in refused.value.errors] == ["#/url", "#/events"]


def test_every_status_of_a_case_can_be_asked_for() -> None:
    assert len([event for event in webhooks.EVENTS if event.startswith("referral.")]) == 9


def test_a_secret_is_32_random_bytes() -> None:
    fresh = webhooks.FreshSecret.made()
    assert len(base64.b64decode(fresh.secret.removeprefix("whsec_"))) == 32
    assert webhooks.FreshSecret.made(fresh.id).id == fresh.id


def test_two_secrets_sign_until_the_overlap_ends() -> None:
    first = webhooks.rotated([], "one", NOW)
    second = webhooks.rotated(first, "two", NOW)
    third = webhooks.rotated(second, "three", NOW)
    assert [secret["sealed"] for secret in third] == ["three", "two"]
    assert [secret["sealed"] for secret in webhooks.still_signing(third, NOW + webhooks.OVERLAP)] == ["three"]
    assert len(webhooks.still_signing(third, NOW)) == 2


def test_an_endpoint_is_on_or_off() -> None:
    assert webhooks.moved("active", "disable") == "disabled" and webhooks.moved("disabled", "enable") == "active"
    with pytest.raises(IllegalMove):
        webhooks.moved("active", "enable")
