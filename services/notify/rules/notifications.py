"""The record of one notification, its states from queued to its end, and when it is tried again. Not here: who is notified (audience.py)."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NotRequired, TypedDict

from shared.errors import IllegalMove, NotFound

Channel = Literal["inbox", "email", "webhook"]
Status = Literal["queued", "scheduled", "sending", "delivered", "failed", "dead", "uncertain", "suppressed"]

INBOX: Channel = "inbox"
EMAIL: Channel = "email"
WEBHOOK: Channel = "webhook"
CHANNELS: tuple[Channel, ...] = (INBOX, EMAIL, WEBHOOK)
QUEUED: Status = "queued"
SCHEDULED: Status = "scheduled"
SENDING: Status = "sending"
DELIVERED: Status = "delivered"
FAILED: Status = "failed"
DEAD: Status = "dead"
UNCERTAIN: Status = "uncertain"
SUPPRESSED: Status = "suppressed"
STATUSES: tuple[Status, ...] = (QUEUED, SCHEDULED, SENDING, DELIVERED, FAILED, DEAD, UNCERTAIN, SUPPRESSED)

MOVES: dict[Status, tuple[Status, ...]] = {
    QUEUED: (SENDING, SUPPRESSED),
    SCHEDULED: (SENDING, SUPPRESSED),
    SENDING: (DELIVERED, FAILED, DEAD, UNCERTAIN, SUPPRESSED, SCHEDULED),
    FAILED: (SENDING, SUPPRESSED),
    UNCERTAIN: (DELIVERED, QUEUED),
    DEAD: (QUEUED,),
    SUPPRESSED: (QUEUED,),
    DELIVERED: (),
}

_MINUTE, _HOUR = 60.0, 3600.0
DELAYS: dict[Channel, tuple[float, ...]] = {
    # Standard Webhooks asks for 5 s to 24 h over about three days; denser at the start, where most outages end.
    WEBHOOK: (5.0, 15.0, _MINUTE, *(n * _MINUTE for n in (5, 15, 30)), *(n * _HOUR for n in (1, 2, 4, 8, 12, 20, 24))),
    # A day (RFC 5321 4.5.4.1 lets a client give up after a few; the mail server behind us has its own queue).
    EMAIL: (30.0, *(n * _MINUTE for n in (2, 5, 15, 30)), *(n * _HOUR for n in (1, 2, 4, 8, 8))),
}
JITTER = 0.1
RETRY_PERIOD = {channel: timedelta(seconds=sum(delays) * (1 + JITTER)) for channel, delays in DELAYS.items()}
"""Counted from when it may first be sent. It ends sooner where all attempts were made; the other side's Retry-After does not extend it."""
MAX_ATTEMPTS_STORED = 20
_LONGEST = max(RETRY_PERIOD.values()).total_seconds()

COMMANDS: dict[Status, list[str]] = {DEAD: ["retry"], SUPPRESSED: ["retry"], UNCERTAIN: ["settle"]}


class TextFields(TypedDict, total=False):
    """The fields of a notification's text: what the event carries (drafts.FIELDS), and what is added for some texts."""

    agency_reference: str
    answer_by: str
    channel: str
    conditional: bool
    days_left: int
    department: str
    end: str
    ends: str
    expires_at: str
    first_day: str
    interpreter_name: str
    kind: str
    language: str
    last_day: str
    mark: str
    modality: str
    notice_given_on: str
    notice_on: str
    on_demand: bool
    outcome: str
    password_known: bool
    place: str
    previous_end: str
    previous_first_day: str
    previous_last_day: str
    previous_start: str
    reason: str
    renews_months: int
    start: str
    status: str
    terminates_on: str
    title: dict[str, str]
    urgency: str
    wanted_by: str
    what: str
    count: int
    about: str | None
    to: str
    mail_reason: str
    reference: str | None
    link: str | None


class Attempt(TypedDict):
    """One attempt to send it: its time, the state it led to, and why."""

    at: datetime
    result: Status
    reason: NotRequired[str]


class Contact(TypedDict):
    """A work contact of an organization."""

    name: str | None
    email: str | None
    language: str | None


class Notification(TypedDict):
    """One cause, one recipient, one channel. `at` is when its event happened, `created_at` when notify consumed the event.

    E-mails and webhooks wait in a `recipient_queue`; those with the same
    `ordering_key` are sent one after the other. `retry_until` is the end of its attempts. `first_read_at` is the first reading of an
    inbox entry by any of its recipients.
    """

    _id: str
    event_id: str
    event_type: str
    case_id: str | None
    organization_id: str | None
    reference: str | None
    recipient: str
    channel: Channel
    at: datetime
    created_at: datetime
    version: int
    last_sequence: int
    status: Status
    agreement_id: NotRequired[str]
    application_id: NotRequired[str]
    visit_or_booking_id: NotRequired[str]
    # inbox and e-mail
    text: NotRequired[str]
    fields: NotRequired[TextFields]
    before_acceptance: NotRequired[bool]
    first_read_at: NotRequired[datetime]
    first_read_by: NotRequired[str]
    # e-mail and webhook
    recipient_queue: NotRequired[str]
    ordering_key: NotRequired[str]
    sequence: NotRequired[int]
    attempts: NotRequired[int]
    due_at: NotRequired[datetime | None]
    retry_until: NotRequired[datetime | None]
    lease: NotRequired[str]
    reason: NotRequired[str | None]
    ended_at: NotRequired[datetime]
    tries: NotRequired[list[Attempt]]
    traceparent: NotRequired[str | None]
    to: NotRequired[Contact]
    sealed_link: NotRequired[str]
    link_number: NotRequired[int]
    webhook_type: NotRequired[str]
    body: NotRequired[str | None]
    agency_reference: NotRequired[str | None]
    reported_status: NotRequired[str]
    valid_until: NotRequired[datetime]


class NotificationNotFound(NotFound):
    """There is no notification with this id, or it is not the caller's."""


class MoveNotAllowed(IllegalMove):
    """The notification is not in a state that this command starts from; `allowed` names the commands that do."""

    def __init__(self, notification: Notification) -> None:
        super().__init__(f"The notification is {notification['status']}.", allowed_commands(notification))


def allowed_commands(notification: Notification) -> list[str]:
    """Returns what a person may do about it; an inbox entry is delivered when it is written."""
    return [] if notification["channel"] == INBOX else COMMANDS.get(notification["status"], [])


@dataclass(frozen=True)
class Outcome:
    """How one attempt ended: `result` is the state it leads to; `failed` turns into `dead` once all attempts are used.

    `scheduled` was no attempt: it is to be made at `until`. `link_number` is the issue of an applicant's link that the mail carried.
    """

    result: Status
    reason: str | None = None
    wait_seconds: float = 0.0
    endpoint_gone: bool = False
    until: datetime | None = None
    link_number: int | None = None


DELIVERED_NOW = Outcome(DELIVERED)


def failure(reason: str, wait_seconds: float = 0.0) -> Outcome:
    """Returns an outcome that is tried again; `wait_seconds` is the least pause the other side asked for."""
    return Outcome(FAILED, reason, wait_seconds)


def next_delay(channel: Channel, attempts: int, rng: random.Random) -> float | None:
    """Returns the seconds until the next attempt after `attempts` of them, a tenth more or less; None when it is time to give up."""
    delays = DELAYS[channel]
    if attempts > len(delays):
        return None
    return delays[attempts - 1] * rng.uniform(1 - JITTER, 1 + JITTER)


def after_attempt(notification: Notification, outcome: Outcome, now: datetime, rng: random.Random) -> Notification:
    """Returns the notification after an attempt."""
    status, due = outcome.result, None
    if status == SCHEDULED:
        attempts = notification["attempts"] - 1
        due = outcome.until or now
        return notification | {"status": SCHEDULED, "reason": outcome.reason, "due_at": due, "attempts": attempts}
    ends = notification.get("retry_until") or now + RETRY_PERIOD[notification["channel"]]
    if status == FAILED:
        due = _next_due(notification, outcome, now, ends, rng)
        status = FAILED if due else DEAD
    attempt: Attempt = {"at": now, "result": status}
    if outcome.reason:
        attempt["reason"] = outcome.reason
    after = notification | {
        "status": status,
        "reason": outcome.reason,
        "due_at": due,
        "ended_at": now,
        "tries": [*notification.get("tries", ()), attempt][-MAX_ATTEMPTS_STORED:],
        "retry_until": ends,
    }
    return after if outcome.link_number is None else after | {"link_number": outcome.link_number}


def _next_due(
    notification: Notification, outcome: Outcome, now: datetime, ends: datetime, rng: random.Random
) -> datetime | None:
    """Returns the time of the next attempt, or None where there is none.

    It is not before the time that the other side asked for, and there is one attempt after that, within the retry period.
    """
    delay = next_delay(notification["channel"], notification["attempts"], rng)
    if now >= ends or (delay is None and not outcome.wait_seconds):
        return None
    return min(ends, now + timedelta(seconds=max(delay or 0.0, min(outcome.wait_seconds, _LONGEST))))


def queue_again(notification: Notification, now: datetime) -> Notification:
    """Returns it queued again with all its attempts left, under the same id; raises MoveNotAllowed."""
    if "retry" not in allowed_commands(notification):
        raise MoveNotAllowed(notification)
    return as_queued(notification, now)


def after_settlement(notification: Notification, delivered: bool, now: datetime) -> Notification:
    """Returns an uncertain e-mail after a person found out: it arrived, or it is to be sent again. Raises MoveNotAllowed."""
    if "settle" not in allowed_commands(notification):
        raise MoveNotAllowed(notification)
    if not delivered:
        return as_queued(notification, now)
    return notification | {"status": DELIVERED, "reason": None, "due_at": None, "ended_at": now}


def as_queued(notification: Notification, now: datetime) -> Notification:
    """Returns it at its first state, with its whole retry period left."""
    ends = retry_deadline(notification["channel"], now)
    return notification | {"status": QUEUED, "reason": None, "due_at": now, "attempts": 0, "retry_until": ends}


def retry_deadline(channel: Channel, now: datetime) -> datetime | None:
    """Returns when the attempts of a notification end that may be sent from now on.

    For a webhook this is known at once, since one to an endpoint that is down may wait without an attempt. For an e-mail (None) it counts
    from the first attempt; quiet hours before it do not count.
    """
    return now + RETRY_PERIOD[WEBHOOK] if channel == WEBHOOK else None
