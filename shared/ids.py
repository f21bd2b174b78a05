"""Identifiers: UUIDv7 for new things (RFC 9562), derived ones for what follows from an event, references for people."""

import os
from datetime import datetime
from uuid import UUID, uuid5

import uuid_utils
from stdnum.iso7064 import mod_37_36

_FOLLOWS = UUID("5b0c3a52-5a0e-5d8f-9d6f-0d6c7a1b7a11")
os.register_at_fork(after_in_child=uuid_utils.reseed_rng)  # two children of one parent never count on alike


def new_id() -> str:
    """A UUIDv7: unique, and roughly in the order of making."""
    return str(uuid_utils.uuid7())


def derived_id(*parts: str) -> str:
    """The same parts give the same id (UUIDv5): what follows from one event exists once, however often it is heard."""
    return str(uuid5(_FOLLOWS, "\x1f".join(parts)))


def reference(letter: str, year: int, number: int) -> str:
    """What people read over the phone: `R-26-00427-K`, ending in an ISO 7064 MOD 37-36 check character."""
    body = f"{letter}{year % 100:02d}{number:05d}"
    return f"{letter}-{year % 100:02d}-{number:05d}-{mod_37_36.calc_check_digit(body)}"


def is_reference(text: str) -> bool:
    """Whether the check character fits: tells a slip of the tongue from an unknown case."""
    compact = text.strip().upper().replace("-", "").replace(" ", "")
    return len(compact) >= 9 and mod_37_36.is_valid(compact)


def year_in(zone: object, moment: datetime) -> int:
    """The calendar year of a moment in a time zone (references count from New Year at the hospital)."""
    return moment.astimezone(zone).year  # type: ignore[arg-type]
