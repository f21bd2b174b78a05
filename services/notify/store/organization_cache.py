"""A cache of organizations with a lifetime of a second, so that a lone event need not wait for a look-up."""

from collections.abc import Callable
from datetime import datetime, timedelta

from services.notify.rules.copies import Organization


class OrganizationCache:
    """Organizations looked up within the last second.

    `catch_up` (actions/catch_ups.py) corrects what changes meanwhile: its second pass comes after every transaction that could still have
    drafted from an older copy.
    """

    LIFETIME, MAX_SIZE = timedelta(seconds=1), 1000

    def __init__(self) -> None:
        self._organizations: dict[str, tuple[datetime, Organization | None]] = {}

    def find(self, id_: str, now: datetime, look_up: Callable[[str], Organization | None]) -> Organization | None:
        """Returns an organization, cached or looked up; `now` is when the calling transaction began."""
        cached = self._organizations.get(id_)
        if cached is not None and timedelta(0) <= now - cached[0] < self.LIFETIME:
            return cached[1]
        organization = look_up(id_)
        if len(self._organizations) >= self.MAX_SIZE:
            self._organizations.clear()
        self._organizations[id_] = (now, organization)
        return organization

    def remove(self, id_: str) -> None:
        """Removes an organization that this process is changing."""
        self._organizations.pop(id_, None)
