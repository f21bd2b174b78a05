"""`next` of an application: whose turn it is, for what, by when. The values are codes; pages put them into words."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.training.rules import states
from services.training.rules.records.applications import Application
from shared.clock import rfc3339
from shared.events import Next

TURNS = {
    states.DRAFT: ("applicant", "submit"),
    states.SUBMITTED: ("training", "check"),
    states.DOCUMENT_CHECK: ("training", "check_papers"),
    states.RETURNED: ("applicant", "resubmit"),
    states.UNDER_REVIEW: ("reviewer", "review"),
    states.WAITLISTED: ("training", "wait_for_place"),
    states.ACCEPTED: ("applicant", "confirm"),
    states.DEFERRED: ("applicant", "reconfirm"),
    states.CONFIRMED: ("applicant", "bring_papers"),
    states.ACTIVE: ("department", "train"),
}
WHO = ("applicant", "training", "reviewer", "department", "hospital", "partner", "funder")
WHAT = tuple(dict.fromkeys((*(what for _, what in TURNS.values()), "decide", "announce", "nothing")))
PROMISED_DAYS = {"check": 7, "check_papers": 7, "review": 14, "decide": 14, "resubmit": 14, "announce": 7}
"""Days until it counts as late and somebody is notified; the hospital's own promise, changed here until it is a setting."""

UNTIL = {"bring_papers": "first_day", "wait_for_place": "first_day", "train": "last_day"}
"""The day of the stay at whose end it is late: by then it should have begun, there is nothing to wait for any more, or it should have ended."""


def with_next(application: Application, now: datetime, zone: ZoneInfo) -> Application:
    """Returns the application with `next` updated; `next_since` is since when it is so, `due` is the same as `by`, as a moment."""
    who, what = _next_step(application)
    before = application.get("next")
    since = application.get("next_since") if before and (before["who"], before["what"]) == (who, what) else None
    after = application | {"next_since": since or now}
    by = _by(after, what, zone)
    overdue = application.get("overdue") if since else None
    return after | {
        "next": {"who": who, "what": what, "by": rfc3339(by) if by else None},
        "due": by if overdue is None else None,
        "overdue": overdue,
    }


def next_of(application: Application) -> Next:
    """Returns `next` as events carry it."""
    return Next(**application["next"])


def _next_step(application: Application) -> tuple[str, str]:
    status = application["status"]
    if states.is_unannounced(application):
        return "training", "announce"
    if status in states.OVER:
        return "training", "nothing"
    if status == states.UNDER_REVIEW and not application.get("asked_steps"):
        return "training", "decide"
    return TURNS[status]


def _by(application: Application, what: str, zone: ZoneInfo) -> datetime | None:
    decision = application["decision"]
    if what in ("confirm", "reconfirm"):
        return decision["answer_by"] if decision else None
    if what in PROMISED_DAYS:
        return application["next_since"] + timedelta(days=PROMISED_DAYS[what])
    dates = {"first_day": application["first_day"], "last_day": application["last_day"]}
    day = dates.get(UNTIL.get(what, ""))
    return end_of_day(day, zone) if day else None


def end_of_day(day: str, zone: ZoneInfo) -> datetime:
    """Returns the last second of a day at the hospital: an applicant who comes on the first day is not late on it."""
    return datetime.combine(date.fromisoformat(day), time(23, 59, 59), zone)
