"""When an agreement is in force, from the data of its events: one rule for partners, which owns agreements, and for other services.

A signed agreement is in force from its start; a self-renewing one has no end unless notice was given or a termination day was set.
"""

from collections.abc import Mapping
from typing import Any

HOLDING = ("signed", "active")


def renews_itself(agreement: Mapping[str, Any]) -> bool:
    """Whether it continues after its end: it is self-renewing, no notice was given and no termination day is set."""
    stopped = agreement.get("notice_given_on") or agreement.get("terminates_on")
    return agreement["term"] == "self_renewing" and not stopped


def why_not_in_force(agreement: Mapping[str, Any], first_day: str, last_day: str) -> str | None:
    """Returns `not_active`, `begins_later` or `ends_before`; None where it is in force on each of these days (ISO, both included).

    `terminates_on` is the first day on which it is no longer in force, `ends` the last day on which it is.
    """
    if agreement["status"] not in HOLDING:
        return "not_active"
    if agreement["starts"] > first_day:
        return "begins_later"
    return "ends_before" if ended_before(agreement, last_day) else None


def ended_before(agreement: Mapping[str, Any], day: str) -> bool:
    """Whether it has ended on this day (ISO), judged by its dates only."""
    terminates, ends = agreement.get("terminates_on"), agreement.get("ends")
    if terminates and terminates <= day:
        return True
    goes_on = agreement["term"] == "open_ended" or renews_itself(agreement)
    return not goes_on and (ends is None or ends < day)
