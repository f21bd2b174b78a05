"""Events and records of cases for the benches that leave the services out: made as records make them, seeded by number."""

from collections.abc import Iterator
from typing import Any

from shared.clock import utc_now
from shared.command_context import CommandContext
from shared.events import Next
from shared.events.intake import CaseReviewStarted, Language, ReferralReceived
from shared.ids import new_id
from shared.outbox.records import outbox_entries

Document = dict[str, Any]
LANGUAGES = (Language("th", "native"), Language("en", "basic"))


def case_events(case_id: str, number: int, count: int = 1) -> list[Any]:
    """A referral received, then as many further events of the same case as wanted."""
    common: Document = {
        "case_id": case_id,
        "reference": f"R-26-{number:05d}-K",
        "next": Next("hospital", "review", "2026-11-25T08:00:00.000Z"),
        "organization_id": "01980000-0000-7000-8000-000000000001",
        "agency_reference": f"BKK-{number:07d}",
    }
    first = ReferralReceived(
        **common, status="received", department="cardiology", urgency="routine", languages=LANGUAGES
    )
    return [first, *(CaseReviewStarted(**common, status="in_review") for _ in range(count - 1))]


def outbox_of(case_id: str, number: int, count: int = 1) -> list[Document]:
    """The same as outbox entries."""
    context = CommandContext(utc_now(), "key:bench", "01980000-0000-7000-8000-0000000000aa")
    return outbox_entries(case_events(case_id, number, count), 0, context, case_id)


def records(first: int, count: int) -> Iterator[Document]:
    """Case records with one event due each, about as large as a stored referral."""
    for number in range(first, first + count):
        case_id = new_id()
        outbox = outbox_of(case_id, number)
        yield {
            "_id": case_id, "version": 1, "last_sequence": 1, "outbox": outbox, "outbox_due": outbox[0]["time"],
            "reference": f"R-26-{number:05d}-K", "status": "received", "clinical": b"\x00" * 700,
        }  # fmt: skip
