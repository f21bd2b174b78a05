"""Identifiers: UUIDv7 for new records (RFC 9562), derived ids for the results of events, reference numbers for people."""

import os
from datetime import datetime
from uuid import UUID, uuid5

import uuid_utils
from stdnum.iso7064 import mod_37_36

_FOLLOWS = UUID("5b0c3a52-5a0e-5d8f-9d6f-0d6c7a1b7a11")
os.register_at_fork(after_in_child=uuid_utils.reseed_rng)  # children of one parent must not generate the same ids


def new_id() -> str:
    """A new UUIDv7: unique, and roughly in order of creation."""
    return str(uuid_utils.uuid7())


def derived_id(*parts: str) -> str:
    """An id derived from the parts (UUIDv5): the result of one event exists once, however often the event is consumed."""
    return str(uuid5(_FOLLOWS, "\x1f".join(parts)))


def reference(letter: str, year: int, number: int) -> str:
    """A reference number that people can read over the phone: `R-26-00427-K`, ending in an ISO 7064 MOD 37-36 check character."""
    body = f"{letter}{year % 100:02d}{number:05d}"
    return f"{letter}-{year % 100:02d}-{number:05d}-{mod_37_36.calc_check_digit(body)}"


def is_reference(text: str) -> bool:
    """Whether the check character is right: distinguishes a mistyped reference from an unknown case."""
    compact = text.strip().upper().replace("-", "").replace(" ", "")
    return len(compact) >= 9 and mod_37_36.is_valid(compact)


def year_in(zone: object, moment: datetime) -> int:
    """The calendar year of a moment in a time zone (references count from New Year at the hospital)."""
    return moment.astimezone(zone).year  # type: ignore[arg-type]
