"""Who does something, because of what, when: handed from the door (HTTP, event, timer) down to every record saved."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Origin:
    """`actor` is `account:<id>`, `key:<id>` or `timer:<name>`, never a name; `cause` the id of the event or request."""

    now: datetime
    actor: str
    cause: str
    traceparent: str | None = None
