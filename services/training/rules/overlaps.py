"""Stays of one person that share days, over programmes, periods and groups, incoming and outgoing: a hint for the office, never a refusal.

Not here: how a person is recognized (people.py).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.training.rules import states
from services.training.rules.records.applications import StayFields

KINDS = ("passport", "name", "account", "mail")
"""How two applications look like one person's, the surest first."""


class Overlap(NamedTuple):
    """Another application of somebody who looks like the same person, the days both share (ISO, both ends included), and why."""

    other: StayFields
    first_day: str
    last_day: str
    by: tuple[str, ...]


def has_days(application: StayFields) -> bool:
    """Whether it has days that another stay could share."""
    planned = bool(application.get("first_day") and application.get("last_day"))
    return planned and application["status"] not in states.NEVER_THERE


def is_intended_stay(application: StayFields) -> bool:
    """Whether it counts as an intention to come: anybody may begin a draft in any name, except one that a partner nominated."""
    handed_in = application["status"] != states.DRAFT or bool(application.get("group_id"))
    return handed_in and has_days(application)


def shared_days(one: StayFields, other: StayFields) -> tuple[str, str] | None:
    """Returns the days on which both would be there."""
    first, last = max(one["first_day"], other["first_day"]), min(one["last_day"], other["last_day"])
    return (first, last) if first <= last else None


def common_keys(one: StayFields, other: StayFields) -> tuple[str, ...]:
    """Returns why they look like one person's. Within a group the address alone proves nothing: a partner gives one for all its people."""
    common = set(one.get("match_keys") or ()) & set(other.get("match_keys") or ())
    kinds = {key.partition("/")[0] for key in common}
    if one.get("group_id") and one.get("group_id") == other.get("group_id"):
        kinds -= {"mail"}
    return tuple(kind for kind in KINDS if kind in kinds)


def overlaps(applications: Iterable[StayFields], others: Iterable[StayFields]) -> dict[str, list[Overlap]]:
    """Returns, by application, those of the others that overlap it, the first shared day first; only applications with a key in common are
    compared."""
    known: dict[str, list[StayFields]] = {}
    for other in filter(is_intended_stay, others):
        for key in other.get("match_keys") or ():
            known.setdefault(key, []).append(other)
    return {one["_id"]: _overlaps_of(one, known) for one in applications}


def _overlaps_of(application: StayFields, known: Mapping[str, list[StayFields]]) -> list[Overlap]:
    if not has_days(application):
        return []
    near = {other["_id"]: other for key in application.get("match_keys") or () for other in known.get(key, ())}
    near.pop(application["_id"], None)
    rows = [
        Overlap(other, *days, by)
        for other in near.values()
        if (days := shared_days(application, other)) and (by := common_keys(application, other))
    ]
    return sorted(rows, key=lambda row: (row.first_day, row.other["_id"]))
