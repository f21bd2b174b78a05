"""Kinds and states of an organization: prospective → active ⇄ suspended → closed."""

from shared.errors import Conflict, IllegalMove, NotFound
from shared.unicode_forms import normalized

KINDS = (
    "referring_agency",
    "hospital",
    "university",
    "insurer",
    "assistance_company",
    "guarantor",
    "language_vendor",
    "funder",
    "public_body",
)
MOVES: dict[str, dict[str, str]] = {
    "prospective": {"activate": "active"},
    "active": {"suspend": "suspended"},
    "suspended": {"activate": "active", "close": "closed"},
    "closed": {},
}
KEYS_IN = (
    "prospective",
    "active",
)  # a key may be issued before the organization is active; it grants nothing until then


class UnknownOrganization(NotFound):
    """No organization with this id."""


class OrganizationExists(Conflict):
    """Another organization that is not closed already has this name."""


class NoKeysNow(Conflict):
    """The organization is suspended or closed: no key can be issued to it."""


def moved(status: str, move: str) -> str:
    """Returns the state a move leads to; raises IllegalMove."""
    if move not in MOVES[status]:
        raise IllegalMove(f"The organization is {status}.", MOVES[status])
    return MOVES[status][move]


def fold_name(name: str) -> str:
    """Returns what two spellings of one name have in common, ignoring width, capitals and spaces."""
    return " ".join(normalized("NFKC", name).casefold().split())
