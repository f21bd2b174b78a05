"""The work every peer does, equal in all: what one event publishes, and the reaction its consumer stores. Settings come from the environment."""

import os
import uuid
from datetime import UTC, datetime
from typing import Any

import pymongo
from pymongo.collection import Collection

Document = dict[str, Any]
AMQP_URL = os.environ.get("BENCH_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//")
MONGO_URL = os.environ.get("BENCH_MONGO_URL", "mongodb://127.0.0.1:27017")
DATABASE = os.environ.get("BENCH_DATABASE", "peer")
PREFIX = os.environ.get("BENCH_PREFIX", "bench.")
QUORUM = os.environ.get("BENCH_QUEUES", "quorum") == "quorum"
QUEUE_ARGUMENTS: Document = {"x-queue-type": "quorum"} if QUORUM else {}
QUEUE = f"{PREFIX}notify"


def collection(name: str, client_class: Any = pymongo.MongoClient) -> Collection[Document]:
    """A collection over a client of this process, written as the application writes: majority and journaled."""
    client = client_class(MONGO_URL, tz_aware=True, w="majority", journal=True)
    return client[DATABASE][name]


def event_of(referral: Document) -> Document:
    """What is said about a stored referral: as much as the application's own event carries."""
    return {
        "id": str(uuid.uuid4()),
        "type": "intake.referral.received.v1",
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "data": {
            "case_id": referral["_id"],
            "reference": referral["reference"],
            "status": "received",
            "next": {"who": "hospital", "what": "review"},
            "organization_id": "01980000-0000-7000-8000-000000000001",
            "agency_reference": referral["agency_reference"],
            "department": referral["request"]["department"],
            "urgency": referral["request"]["urgency"],
            "languages": referral["languages"],
        },
    }


def reaction_to(event: Document) -> Document:
    """What the consumer stores: a line in the front desk's inbox."""
    data = event["data"]
    return {
        "_id": str(uuid.uuid4()),
        "event_id": event["id"],
        "case_id": data["case_id"],
        "recipient": "role:front_desk",
        "channel": "inbox",
        "status": "delivered",
        "template": event["type"],
        "fields": {name: data[name] for name in ("reference", "agency_reference", "department", "urgency")},
        "at": datetime.now(UTC),
    }
