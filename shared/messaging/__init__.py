"""The layer every service stands on: what happened is said, what is said is heard once, in order, and nothing is lost.

relay: outbox → broker.  consumer → hearing: broker → handlers.  held, retries, parking: what could not be handled yet.
"""

from shared.messaging.envelope import Heard
from shared.messaging.held import INDEXES
from shared.messaging.timers import Loop, Timer
from shared.messaging.unit import PermanentFault, Unit, read_copy
from shared.messaging.worker import Worker

__all__ = ["INDEXES", "Heard", "Loop", "PermanentFault", "Timer", "Unit", "Worker", "read_copy"]
