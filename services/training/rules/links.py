"""How long an applicant's link opens their application. Not here: which issue of it is valid (store/links.py)."""

from datetime import datetime, timedelta

from services.training.rules import decisions, states
from services.training.rules.records.applications import Application

LIFETIME = timedelta(days=90)
"""From the mail that carries it, while the application goes on. Every mail carries a new link, and an applicant who lost theirs can request one."""
LIFETIME_AFTER_END = timedelta(weeks=6)
"""Once the application is over: a letter or a certificate to download, a report to submit may remain."""
WORKING_DAY = timedelta(hours=12)
"""How long a browser can continue with what it opened, without repeating the second question."""


def has_expired(application: Application, sent_at: datetime | None, now: datetime) -> bool:
    """Whether it has been over for so long, as far as its applicant was notified, that its links are no longer valid."""
    if decisions.status_for_applicant(application, now) not in states.OVER:
        return False
    last: datetime = max(filter(None, (application["updated_at"], sent_at)))
    return last + LIFETIME_AFTER_END <= now
