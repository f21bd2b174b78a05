"""The navigation of all pages: every service adds an entry for each page that belongs into the header.

A test checks that each address is a page of its service and that its text is in the shared catalogue. Roles as in `rights`.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One entry. `word` is a key of shared/ui/words; `roles` see it (admin always, `*`: all who are signed in)."""

    href: str
    word: str
    roles: tuple[str, ...]

    def seen_by(self, roles: Iterable[str]) -> bool:
        return "*" in self.roles or bool({*self.roles, "admin"} & set(roles))


NAVIGATION: tuple[Entry, ...] = (
    Entry("/intake/", "nav.board", ("front_desk",)),
    Entry("/intake/register", "nav.register", ("front_desk",)),
    Entry("/intake/triage", "nav.triage", ("front_desk",)),
    Entry("/intake/tomorrow", "nav.tomorrow", ("front_desk",)),
    Entry("/intake/calendar", "nav.calendar", ("front_desk", "coordinator")),
    Entry("/interpreting/", "nav.interpreting", ("coordinator", "front_desk")),
    Entry("/interpreting/roster", "nav.roster", ("coordinator",)),
    Entry("/interpreting/mine", "nav.mine", ("interpreter",)),
    Entry("/training/", "nav.training", ("training", "chief", "department")),
    Entry("/training/papers", "nav.papers", ("training",)),
    Entry("/training/reviews", "nav.reviews", ("training", "reviewer", "department", "chief")),
    Entry("/training/decisions", "nav.decisions", ("training", "chief")),
    Entry("/training/manage", "nav.programmes", ("training",)),
    Entry("/training/places", "nav.places", ("training", "chief", "department", "reviewer")),
    Entry("/training/reports", "nav.training_reports", ("partners",)),
    Entry("/accounts/operations", "nav.operations", ("operator",)),
)

# The home page of each role: the first entry whose page exists.
_HOMES = (
    ("front_desk", "/intake/"),
    ("admin", "/intake/"),
    ("coordinator", "/interpreting/"),
    ("interpreter", "/interpreting/mine"),
    ("training", "/training/"),
    ("chief", "/training/"),
    ("department", "/training/"),
    ("reviewer", "/training/reviews"),
    ("operator", "/accounts/operations"),
    ("", "/notify/"),
)
ALWAYS = "/notify/"  # the bell in the header of every page links to it
OWN_PAGE = "/accounts/me"


def entries_for(roles: Iterable[str]) -> list[Entry]:
    """The entries in the header of this person's pages."""
    own_roles = frozenset(roles)
    return [entry for entry in NAVIGATION if entry.seen_by(own_roles)]


def home_for(roles: Iterable[str]) -> str:
    """The address that `/` redirects to."""
    own_roles = frozenset(roles)
    there = {ALWAYS, *(entry.href for entry in entries_for(own_roles))}
    for role, href in _HOMES:
        if href in there and (not role or role in own_roles):
            return href
    return OWN_PAGE
