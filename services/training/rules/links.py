"""How long an applicant's link opens their application. Not here: which issue of it counts (store/links.py)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from services.training.rules import decisions, states

LASTS = timedelta(days=90)
"""From the mail that carries it, while the application goes on; every mail carries a new one, and whoever lost theirs asks for it."""
LASTS_AFTER_END = timedelta(weeks=6)
"""Once it is over: what there still is to fetch is a letter, a report to hand in, a certificate."""
WORKING_DAY = timedelta(hours=12)
"""How long a browser goes on with what it opened, and the second thing known is not asked again there."""


def is_past(application: Mapping[str, Any], sent_at: datetime | None, now: datetime) -> bool:
    """Whether it is over for so long, as far as its applicant was told, that its links open nothing any more."""
    if decisions.as_told(application, now) not in states.OVER:
        return False
    last: datetime = max(filter(None, (application["updated_at"], sent_at)))
    return last + LASTS_AFTER_END <= now
