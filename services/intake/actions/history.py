"""The history of a case across all services, as facts: for its timeline, and to explain a conflict of edits.

Not here: its texts (rules/timeline.py in English for the API, pages/timeline.py in the reader's language).
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from services.intake.actions.access import case_to_read
from services.intake.dependencies import Dependencies
from services.intake.rules import timeline
from services.intake.rules.records import Case, Json, PublishedEvent


@dataclass(frozen=True)
class Happening:
    """An entry of the history; `type` as in rules/timeline.py, `by` the actor as events carry it, `about` the visit's id, if any."""

    time: datetime
    type: str
    facts: Json
    by: str
    about: str = ""


def history(deps: Dependencies, case_id: str) -> list[Happening]:
    """Returns the whole history of a case, in order of time."""
    own = [_entry_of(line) for line in deps.store.own_lines(case_id)]
    others = [
        Happening(each["time"], each["type"], each["facts"], each["by"])
        for each in deps.store.other_services_lines(case_id)
    ]
    return sorted([*own, *others], key=lambda each: each.time)


def changes_since(deps: Dependencies, case_id: str, version: int) -> tuple[Case, list[Happening]]:
    """Returns the current case, and its history since that version. Raises NoSuchCase.

    A save raises the version by one and publishes its events under one cause, so causes are counted from the end.
    """
    case = case_to_read(deps, case_id)
    saves = [
        list(published) for _, published in groupby(deps.store.own_lines(case_id), lambda line: line["causationid"])
    ]
    unseen = saves[-(case["version"] - version) :] if version < case["version"] else []
    return case, [_entry_of(line) for save in unseen for line in save]


def _entry_of(line: PublishedEvent) -> Happening:
    data = line["data"]
    return Happening(
        line["time"], timeline.short(line["type"]), timeline.facts_of(data), line["actor"], data.get("visit_id", "")
    )
