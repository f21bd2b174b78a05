"""What happened in a case, by whichever service, as facts: for its timeline, and for who comes second to a change.

Not here: its texts (rules/timeline.py in English for the API, pages/timeline.py in the reader's language).
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from services.intake.actions.access import case_to_read
from services.intake.dependencies import Dependencies
from services.intake.rules import timeline
from services.intake.rules.records import Case, PublishedEvent


@dataclass(frozen=True)
class Happening:
    """One thing that happened; `type` as in rules/timeline.py, `by` the actor as events carry it, `about` the visit's id, if any."""

    time: datetime
    type: str
    facts: dict[str, Any]
    by: str
    about: str = ""


def history(deps: Dependencies, case_id: str) -> list[Happening]:
    """Everything, in time."""
    own = [_own(line) for line in deps.store.own_lines(case_id)]
    heard = [
        Happening(each["time"], each["type"], each["facts"], each["by"]) for each in deps.store.heard_lines(case_id)
    ]
    return sorted([*own, *heard], key=lambda each: each.time)


def changes_since(deps: Dependencies, case_id: str, version: int) -> tuple[Case, list[Happening]]:
    """The case as it now is, and what was done to it after it had that version. Raises NoSuchCase.

    A save raises the version by one and says all it says under one cause: so many causes from the end were not seen yet.
    """
    case = case_to_read(deps, case_id)
    saves = [list(said) for _, said in groupby(deps.store.own_lines(case_id), lambda line: line["causationid"])]
    unseen = saves[-(case["version"] - version) :] if version < case["version"] else []
    return case, [_own(line) for save in unseen for line in save]


def _own(line: PublishedEvent) -> Happening:
    data = line["data"]
    return Happening(
        line["time"], timeline.short(line["type"]), timeline.facts_of(data), line["actor"], data.get("visit_id", "")
    )
