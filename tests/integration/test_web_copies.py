"""The read copies a service tells callers by: kept from events, never going back, and understood by the authenticator."""

from datetime import UTC, datetime, timedelta

import pytest
from pymongo.database import Database

from shared.auth import Authenticator, hash_key
from shared.auth_copies import ACCOUNT_HANDLERS, DEPARTMENT_HANDLERS, KEY_HANDLERS
from shared.broker.envelope import ReceivedEvent
from shared.clock import rfc3339
from shared.errors import Forbidden, NotSignedIn
from shared.events import CATALOGUE, Event
from shared.events.accounts import AccountDisabled, DepartmentUpdated, SessionEnded
from shared.events.partners import (
    ApiKeyIssued,
    ApiKeyRevoked,
    Contact,
    OrganizationActivated,
    OrganizationClosed,
    OrganizationEvent,
    OrganizationRegistered,
    OrganizationSuspended,
    OrganizationUpdated,
)
from shared.inbox.unit_of_work import UnitOfWork, read_copies_of
from tests.integration.toy import HMAC, KEY

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HANDLERS = {**KEY_HANDLERS, **ACCOUNT_HANDLERS, **DEPARTMENT_HANDLERS}


class Consumer:
    """Hands events to the handlers as a worker does."""

    def __init__(self, database: Database) -> None:
        self.unit = UnitOfWork(database, None)

    def consume(self, data: Event, subject: str, sequence: int, time: datetime = NOW) -> None:
        definition = CATALOGUE[data.TYPE]
        event = ReceivedEvent(
            "e", data.TYPE, definition.service, subject, sequence, time, data, subject, "c", "account:a"
        )
        HANDLERS[type(data)](event, self)
        self.unit.flush()


@pytest.fixture
def consumer(database: Database) -> Consumer:
    return Consumer(database)


def organization(kind: type[OrganizationEvent], status: str, **more: object) -> OrganizationEvent:
    known = {"organization_id": "org-1", "name": "Bangkok Care", "kinds": ("referring_agency",), "status": status}
    return kind(**known, contacts=(Contact(name="Desk", email="desk@example.org"),), **more)


def issued(**more: str) -> ApiKeyIssued:
    return ApiKeyIssued(
        organization_id="org-1", key_id="key-1", hash=hash_key(HMAC, KEY), scopes=("referrals:read",), **more
    )


def caller(database: Database, now: datetime = NOW) -> str:
    try:
        return Authenticator(database, {}, HMAC).caller(f"Bearer {KEY}", now).actor
    except (NotSignedIn, Forbidden) as refused:
        return type(refused).__name__


def test_a_key_lives_from_issue_to_revocation_while_its_organization_is_active(
    consumer: Consumer, database: Database
) -> None:
    steps: list[tuple[Event, str]] = [
        (organization(OrganizationRegistered, "prospective"), "NotSignedIn"),
        (issued(), "Forbidden"),
        (organization(OrganizationActivated, "active"), "key:key-1"),
        (organization(OrganizationUpdated, "active", fields=("name",)), "key:key-1"),
        (organization(OrganizationSuspended, "suspended"), "Forbidden"),
        (organization(OrganizationActivated, "active"), "key:key-1"),
        (ApiKeyRevoked(organization_id="org-1", key_id="key-1", hash=hash_key(HMAC, KEY)), "NotSignedIn"),
        (organization(OrganizationClosed, "closed"), "NotSignedIn"),
    ]
    for sequence, (event, expected) in enumerate(steps, start=1):
        consumer.consume(event, "org-1", sequence)
        assert caller(database) == expected, event
    consumer.consume(steps[1][0], "org-1", 2)  # said again, late: nothing goes back
    assert caller(database) == "NotSignedIn"
    kept = database["organizations"].find_one({"_id": "org-1"})
    assert kept["contacts"] == [{"name": "Desk", "email": "desk@example.org", "language": "en"}]


def test_a_key_ends_at_its_time(consumer: Consumer, database: Database) -> None:
    consumer.consume(organization(OrganizationActivated, "active"), "org-1", 1)
    consumer.consume(issued(expires_at=rfc3339(NOW + timedelta(hours=1))), "org-1", 2)
    assert caller(database, NOW + timedelta(minutes=59)) == "key:key-1"
    assert caller(database, NOW + timedelta(hours=1)) == "NotSignedIn"


def test_ended_sessions_and_disabled_accounts_void_what_was_issued_before(
    consumer: Consumer, database: Database
) -> None:
    ended = SessionEnded(account_id="acc-1", before=rfc3339(NOW), session_id="ses-1")
    consumer.consume(ended, "acc-1", 1)
    consumer.consume(SessionEnded(account_id="acc-2", before=rfc3339(NOW)), "acc-2", 1)
    disabled = AccountDisabled(account_id="acc-3", username="x", roles=("front_desk",))
    consumer.consume(disabled, "acc-3", 1, NOW + timedelta(seconds=5))
    kept = {row["_id"]: row["before"] for row in database["void_tokens"].find({})}
    assert kept == {"acc-1/ses-1": NOW, "acc-2": NOW, "acc-3": NOW + timedelta(seconds=5)}
    least = timedelta(seconds=900)
    assert all(row["until"] >= row["before"] + least for row in database["void_tokens"].find({}))


def test_departments_are_kept_under_their_code(consumer: Consumer, database: Database) -> None:
    consumer.consume(DepartmentUpdated(code="cardiology", names={"en": "Cardiology", "ja": "循環器内科"}), "d-1", 1)
    consumer.consume(DepartmentUpdated(code="cardiology", names={"en": "Cardiology"}, listed=False), "d-1", 2)
    assert database["departments"].find_one({"_id": "cardiology"}, {"_id": 0}) == {
        "names": {"en": "Cardiology"},
        "listed": False,
        "place": None,
        "extension": None,
        "sequence": 2,
    }


def test_all_handlers_keep_read_copies_only_and_a_rebuild_may_run_them() -> None:
    assert all(read_copies_of(handler) for handler in HANDLERS.values())
    by_hearer = {kind for kind in HANDLERS if "intake" in CATALOGUE[kind.TYPE].consumers}
    assert by_hearer == set(HANDLERS)
