"""When an agreement holds, by what its events tell: said once, for partners who owns it and for whoever depends on it.

A signed one counts from its start on; one that renews itself has no end as long as nobody gave notice or set a day to end it.
"""

from collections.abc import Mapping
from typing import Any

HOLDING = ("signed", "active")


def renews_itself(agreement: Mapping[str, Any]) -> bool:
    """Whether it goes on after its end: self-renewing, and nobody gave notice or set a day to end it."""
    stopped = agreement.get("notice_given_on") or agreement.get("terminates_on")
    return agreement["term"] == "self_renewing" and not stopped


def why_not_in_force(agreement: Mapping[str, Any], first_day: str, last_day: str) -> str | None:
    """`not_active`, `begins_later` or `ends_before`; None where it holds on each of these days (ISO, both included).

    `terminates_on` is the first day on which it holds no more, `ends` the last on which it does.
    """
    if agreement["status"] not in HOLDING:
        return "not_active"
    if agreement["starts"] > first_day:
        return "begins_later"
    return "ends_before" if ended_before(agreement, last_day) else None


def ended_before(agreement: Mapping[str, Any], day: str) -> bool:
    """Whether it is over on this day (ISO), as far as its own days tell."""
    terminates, ends = agreement.get("terminates_on"), agreement.get("ends")
    if terminates and terminates <= day:
        return True
    goes_on = agreement["term"] == "open_ended" or renews_itself(agreement)
    return not goes_on and (ends is None or ends < day)
