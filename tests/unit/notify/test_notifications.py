"""How a notice moves: pure rules, no server."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from services.notify.rules import notifications
from services.notify.rules.notifications import (
    CHANNELS,
    DELAYS,
    RETRY_PERIOD,
    STATUSES,
    MoveNotAllowed,
    Outcome,
    after_attempt,
    failure,
)
from services.notify.rules.webhooks import STATUS_EVENTS, WEBHOOK_TYPES, is_subscribed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def notice(**more: object) -> dict[str, object]:
    return {"_id": "n", "channel": "webhook", "status": "sending", "attempts": 1, "due_at": NOW} | more


@pytest.mark.parametrize("seed", range(20))
def test_delays_vary_by_a_tenth_and_retry_after_is_honoured(seed: int) -> None:
    chance = random.Random(seed)
    first = after_attempt(notice(), failure("http_500"), NOW, chance)["due_at"] - NOW
    assert timedelta(seconds=4.5) <= first <= timedelta(seconds=5.5)
    assert after_attempt(notice(), failure("http_503", 600), NOW, chance)["due_at"] == NOW + timedelta(seconds=600)


@pytest.mark.parametrize("asked", [7200.0, 86400.0, 2 * 86400.0])
def test_no_attempt_before_retry_after_and_one_after_it_at_every_stage(asked: float) -> None:
    for attempts in range(1, len(DELAYS["webhook"]) + 2):
        found = after_attempt(notice(attempts=attempts), failure("http_429", asked), NOW, random.Random(1))
        assert found["status"] == "failed" and found["due_at"] >= NOW + timedelta(seconds=asked)


@pytest.mark.parametrize("asked", [4 * 86400.0, 1e9])
def test_a_retry_after_far_ahead_ends_with_the_retry_period(asked: float) -> None:
    chance, ends = random.Random(1), NOW + RETRY_PERIOD["webhook"]
    first = after_attempt(notice(retry_until=ends), failure("http_503", asked), NOW, chance)
    assert (first["status"], first["due_at"]) == ("failed", ends)
    last = after_attempt(first | {"attempts": 2}, failure("http_503", asked), ends, chance)
    assert (last["status"], last["due_at"]) == ("dead", None)


def test_retry_after_in_between_makes_no_retry_period_longer() -> None:
    chance, now, row = random.Random(3), NOW, notice(attempts=0, retry_until=NOW + RETRY_PERIOD["webhook"])
    for _ in range(100):
        row = after_attempt(
            row | {"attempts": int(str(row["attempts"])) + 1}, failure("http_503", 20 * 3600.0), now, chance
        )
        if row["status"] == "dead":
            break
        assert row["due_at"] >= min(now + timedelta(hours=20), row["retry_until"])  # type: ignore[operator, type-var]
        now = row["due_at"]  # type: ignore[assignment]
    assert row["status"] == "dead" and now == NOW + RETRY_PERIOD["webhook"]


@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_after_the_last_delay_it_is_dead(channel: str) -> None:
    last = after_attempt(
        notice(channel=channel, attempts=len(DELAYS[channel])), failure("timeout"), NOW, random.Random(1)
    )
    assert last["status"] == "failed"
    over = after_attempt(
        notice(channel=channel, attempts=len(DELAYS[channel]) + 1), failure("timeout"), NOW, random.Random(1)
    )
    assert (over["status"], over["due_at"], over["reason"]) == ("dead", None, "timeout")


def test_only_the_latest_attempts_are_stored() -> None:
    row: dict[str, object] = notice(attempts=1)
    for _ in range(50):
        row = after_attempt(row, failure("timeout"), NOW, random.Random(1))
    assert len(row["tries"]) == notifications.MAX_ATTEMPTS_STORED  # type: ignore[arg-type]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("status", STATUSES)
def test_what_may_be_sent_again_or_settled(channel: str, status: str) -> None:
    row = notice(channel=channel, status=status)
    if status in ("dead", "suppressed") and channel != "inbox":
        assert notifications.queue_again(row, NOW) | {"attempts": 0, "status": "queued"} == notifications.queue_again(
            row, NOW
        )
    else:
        with pytest.raises(MoveNotAllowed) as refused:
            notifications.queue_again(row, NOW)
        assert refused.value.allowed == (["settle"] if status == "uncertain" and channel != "inbox" else [])
    if status == "uncertain" and channel != "inbox":
        assert notifications.after_settlement(row, True, NOW)["status"] == "delivered"
        assert notifications.after_settlement(row, False, NOW)["status"] == "queued"
    else:
        with pytest.raises(MoveNotAllowed):
            notifications.after_settlement(row, True, NOW)


@pytest.mark.parametrize("result", [outcome for outcome in STATUSES if outcome in notifications.MOVES["sending"]])
def test_every_outcome_of_an_attempt_is_an_allowed_move(result: str) -> None:
    assert after_attempt(notice(), Outcome(result), NOW, random.Random(1))["status"] in notifications.MOVES["sending"]


def test_a_cause_has_one_webhook_type_at_most() -> None:
    assert not set(STATUS_EVENTS) & set(WEBHOOK_TYPES)
    assert is_subscribed(["*"], "visit.booked") and is_subscribed(["visit.booked"], "visit.booked")
    assert not is_subscribed(["visit.*", "visit"], "visit.booked")
