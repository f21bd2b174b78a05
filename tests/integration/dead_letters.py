"""Events parked as a worker parks them, for tests of what operators do about it."""

from pymongo.database import Database

from shared.broker.delivery import Delivery
from shared.broker.envelope import CONTENT_TYPE, decode, encode
from shared.clock import utc_now
from shared.events.accounts import DepartmentUpdated
from shared.ids import new_id
from shared.inbox import deferred_events


def dead_letter_department(consumer: Database, code: str, subject: str) -> str:
    """An event whose two predecessors never came; gives its id. Redriven, the consumer knows a department of this code."""
    now = utc_now()
    data = {"code": code, "names": {"en": "Ward", "ja": "病棟"}, "listed": True}
    entry = {"id": new_id(), "type": DepartmentUpdated.TYPE, "sequence": 3, "time": now, "data": data}
    entry |= {"correlationid": subject, "causationid": new_id(), "actor": "timer:test"}
    event = decode(encode(entry, subject), CONTENT_TYPE)
    delivery = Delivery(encode(entry, subject), CONTENT_TYPE, {}, DepartmentUpdated.TYPE)
    document = deferred_events.document(
        delivery,
        now,
        deferred_events.DEAD_LETTERED,
        "gap: 1 never arrived",
        kind="event",
        id_=event.id,
        subject_key=event.subject_key,
        sequence=3,
        type_=event.type,
    )
    consumer.inbox_positions.insert_one(
        {"_id": event.subject_key, "last_sequence": 0, "deferred": [{"id": event.id, "sequence": 3}]}
    )
    consumer.deferred_events.insert_one(document)
    return event.id
