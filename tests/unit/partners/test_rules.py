"""Organizations' states, terms of keys, subscriptions of endpoints."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from services.partners.rules import keys, organizations, webhooks
from shared.errors import IllegalMove, InvalidInput
from shared.webhook_targets import allowed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ALLOWED_MOVES = {
    ("prospective", "activate", "active"),
    ("active", "suspend", "suspended"),
    ("suspended", "activate", "active"),
    ("suspended", "close", "closed"),
}


@pytest.mark.parametrize("status", organizations.MOVES)
@pytest.mark.parametrize("move", ["activate", "suspend", "close"])
def test_only_allowed_moves(status: str, move: str) -> None:
    allowed_status = {(was, by): to for was, by, to in ALLOWED_MOVES}.get((status, move))
    if allowed_status:
        assert organizations.next_status(status, move) == allowed_status
        return
    with pytest.raises(IllegalMove) as refused:
        organizations.next_status(status, move)
    assert set(refused.value.allowed) == {by for was, by, _ in ALLOWED_MOVES if was == status}


def test_spellings_of_one_name_are_one_organization() -> None:
    assert organizations.fold_name("  Ｂａｎｇｋｏｋ  Medical\tTRAVEL ") == "bangkok medical travel"


def test_a_key_is_random_and_masked_except_for_its_end() -> None:
    made = {keys.NewKey.generate().key for _ in range(100)}
    assert len(made) == 100 and all(key.startswith("imc_live_") and len(key) >= 9 + 43 for key in made)
    new = keys.NewKey.generate()
    assert new.key not in new.masked and new.masked.endswith(new.key[-4:])


def test_at_most_two_keys_are_live() -> None:
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


def test_every_fault_of_a_subscription_is_named() -> None:
    assert webhooks.check_subscription("https://a.example/x", ["*", "referral.received"], allowed(())) == [
        "referral.received",
        "*",
    ]
    with pytest.raises(InvalidInput) as refused:
        webhooks.check_subscription("http://a.example/x", ["referral.exploded"], allowed(()))
    assert [pointer for pointer, _ in refused.value.errors] == ["#/url", "#/events"]


def test_every_status_of_a_case_has_an_event() -> None:
    assert len([event for event in webhooks.EVENTS if event.startswith("referral.")]) == 9


def test_a_secret_is_32_random_bytes() -> None:
    new = webhooks.NewSecret.generate()
    assert len(base64.b64decode(new.secret.removeprefix("whsec_"))) == 32
    assert webhooks.NewSecret.generate(new.id).id == new.id


def test_two_secrets_sign_until_the_overlap_ends() -> None:
    first = webhooks.rotate([], "one", NOW)
    second = webhooks.rotate(first, "two", NOW)
    third = webhooks.rotate(second, "three", NOW)
    assert [secret["sealed"] for secret in third] == ["three", "two"]
    assert [secret["sealed"] for secret in webhooks.signing_secrets(third, NOW + webhooks.OVERLAP)] == ["three"]
    assert len(webhooks.signing_secrets(third, NOW)) == 2


def test_an_endpoint_is_active_or_disabled() -> None:
    assert (
        webhooks.next_status("active", "disable") == "disabled"
        and webhooks.next_status("disabled", "enable") == "active"
    )
    with pytest.raises(IllegalMove):
        webhooks.next_status("active", "enable")
