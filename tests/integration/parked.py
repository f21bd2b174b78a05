"""Events parked as a worker parks them, for tests of what operators do about it."""

from pymongo.database import Database

from shared.broker.envelope import CONTENT_TYPE, decode, encode
from shared.clock import utc_now
from shared.events.accounts import DepartmentUpdated
from shared.ids import new_id
from shared.inbox import deferred_events


def park_department(hearer: Database, code: str, subject: str) -> str:
    """An event whose two predecessors never came; gives its id. Redriven, the hearer knows a department of this code."""
    now = utc_now()
    data = {"code": code, "names": {"en": "Ward", "ja": "病棟"}, "listed": True}
    entry = {"id": new_id(), "type": DepartmentUpdated.TYPE, "sequence": 3, "time": now, "data": data}
    entry |= {"correlationid": subject, "causationid": new_id(), "actor": "timer:test"}
    heard = decode(encode(entry, subject), CONTENT_TYPE)
    delivery = deferred_events.Delivery(encode(entry, subject), CONTENT_TYPE, {}, DepartmentUpdated.TYPE)
    document = deferred_events.kept(
        delivery,
        now,
        deferred_events.DEAD_LETTERED,
        "gap: 1 never heard",
        id_=heard.id,
        mark=heard.subject_key,
        sequence=3,
        type_=heard.type,
    )
    hearer.inbox_positions.insert_one({"_id": heard.subject_key, "last": 0, "held": [{"id": heard.id, "sequence": 3}]})
    hearer.deferred_events.insert_one(document | {"kind": "event"})
    return heard.id
