"""How a notice moves: pure rules, no server."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from services.notify.rules import notices
from services.notify.rules.notices import CHANNELS, DELAYS, STATUSES, MoveNotAllowed, Outcome, after, failed
from services.notify.rules.webhooks import NAMED, OF_STATUS, subscribed

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def notice(**more: object) -> dict[str, object]:
    return {"_id": "n", "channel": "webhook", "status": "sending", "attempts": 1, "due_at": NOW} | more


@pytest.mark.parametrize("seed", range(20))
def test_pauses_vary_by_a_tenth_and_asked_ones_are_honoured(seed: int) -> None:
    chance = random.Random(seed)
    first = after(notice(), failed("http_500"), NOW, chance)["due_at"] - NOW
    assert timedelta(seconds=4.5) <= first <= timedelta(seconds=5.5)
    assert after(notice(), failed("http_503", 600), NOW, chance)["due_at"] == NOW + timedelta(seconds=600)
    assert after(notice(), failed("http_503", 9e5), NOW, chance)["due_at"] == NOW + timedelta(days=1)


@pytest.mark.parametrize("channel", ["email", "webhook"])
def test_after_the_last_pause_it_is_dead(channel: str) -> None:
    last = after(notice(channel=channel, attempts=len(DELAYS[channel])), failed("timeout"), NOW, random.Random(1))
    assert last["status"] == "failed"
    over = after(notice(channel=channel, attempts=len(DELAYS[channel]) + 1), failed("timeout"), NOW, random.Random(1))
    assert (over["status"], over["due_at"], over["reason"]) == ("dead", None, "timeout")


def test_only_so_many_tries_are_kept() -> None:
    row: dict[str, object] = notice(attempts=1)
    for _ in range(50):
        row = after(row, failed("timeout"), NOW, random.Random(1))
    assert len(row["tries"]) == notices.MOST_TRIES_KEPT  # type: ignore[arg-type]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("status", STATUSES)
def test_who_may_be_sent_again_or_settled(channel: str, status: str) -> None:
    row = notice(channel=channel, status=status)
    if status in ("dead", "suppressed") and channel != "inbox":
        assert notices.sent_again(row, NOW) | {"attempts": 0, "status": "queued"} == notices.sent_again(row, NOW)
    else:
        with pytest.raises(MoveNotAllowed) as refused:
            notices.sent_again(row, NOW)
        assert refused.value.allowed == (["settle"] if status == "uncertain" and channel != "inbox" else [])
    if status == "uncertain":
        assert notices.settled(row, True, NOW)["status"] == "delivered"
        assert notices.settled(row, False, NOW)["status"] == "queued"
    else:
        with pytest.raises(MoveNotAllowed):
            notices.settled(row, True, NOW)


@pytest.mark.parametrize("result", [outcome for outcome in STATUSES if outcome in notices.MOVES["sending"]])
def test_every_ending_of_a_try_is_a_drawn_move(result: str) -> None:
    assert after(notice(), Outcome(result), NOW, random.Random(1))["status"] in notices.MOVES["sending"]


def test_a_cause_has_one_webhook_type_at_most() -> None:
    assert not set(OF_STATUS) & set(NAMED)
    assert subscribed(["*"], "visit.booked") and subscribed(["visit.booked"], "visit.booked")
    assert not subscribed(["visit.*", "visit"], "visit.booked")
