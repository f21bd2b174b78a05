"""Overlapping stays of one person as the house reads them: found when somebody looks, with one look-up however many are looked at.

A hint names the other application to who may read both; to anybody else it says that there is one, and no more.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from services.training.actions import homes, may_read
from services.training.dependencies import Dependencies
from services.training.rules import overlaps
from services.training.store.store import Store
from shared.auth import Caller

Document = dict[str, Any]
MOST_SHOWN = 20


class Hint(NamedTuple):
    """An overlap for one reader; without `other` where they may not read that one."""

    other: Mapping[str, Any] | None
    first_day: str | None = None
    last_day: str | None = None
    by: tuple[str, ...] = ()


def hints(deps: Dependencies, applications: Sequence[Document], who: Caller) -> dict[str, list[Hint]]:
    """By application that has any: its overlaps, as this person may know of them."""
    found = found_in(deps.store, applications)
    if may_read.reads_all(who.roles):
        return {id_: [Hint(*one) for one in rows] for id_, rows in found.items()}
    others = homes.known(deps, {one.other["_id"]: dict(one.other) for rows in found.values() for one in rows}.values())
    programmes = deps.store.programmes_by_id(other["programme_id"] for other in others)
    readable = {other["_id"] for other in others if may_read.may_read(programmes[other["programme_id"]], other, who)}
    return {
        id_: [Hint(*one) if one.other["_id"] in readable else Hint(None) for one in rows] for id_, rows in found.items()
    }


def on_days(deps: Dependencies, application: Document, first_day: str, last_day: str, who: Caller) -> list[Hint]:
    """Its overlaps if its stay were on other days."""
    moved = application | {"first_day": first_day, "last_day": last_day}
    return hints(deps, [moved], who).get(application["_id"], [])


def found_in(store: Store, applications: Sequence[Document]) -> dict[str, list[overlaps.Overlap]]:
    """By application that has any: all its overlaps, within the transaction of `store` where there is one."""
    looked_at = [one for one in applications if overlaps.looks_at(one)]
    keys = sorted({key for one in looked_at for key in one.get("match_keys") or ()})
    if not keys:
        return {}
    first, last = min(one["first_day"] for one in looked_at), max(one["last_day"] for one in looked_at)
    others = store.stays_known_by(keys, first, last)
    return {id_: rows[:MOST_SHOWN] for id_, rows in overlaps.overlaps(looked_at, others).items() if rows}


def plain(hint: Hint) -> Document:
    """As the API shows it."""
    other = hint.other or {}
    shown = {name: other.get(name) for name in ("reference", "status", "programme_id")}
    days = {"first_day": hint.first_day, "last_day": hint.last_day}
    return {"application_id": other.get("_id"), **shown, **days, "by": list(hint.by)}
