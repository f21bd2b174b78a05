"""The report of a stay: required of everybody who is or was here, due a number of days after the last day, however long the stay."""

from datetime import date

from services.training.rules.documents.requirements import Requirement

CODE = "report"
NAME = {"en": "Report of the stay", "ja": "研修報告書"}
DAYS = 30


def report_requirement(first_day: date, last_day: date) -> Requirement:
    """Returns the report as a requirement; a requirement counts its days back from the first day."""
    due = -(last_day - first_day).days - DAYS
    return Requirement(CODE, NAME, stage="post_decision", due_days_before_start=due)
