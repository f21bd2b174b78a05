"""Whether a partner may receive our people: not while it is suspended, never once it is closed. Not here: its agreements (agreements.py)."""

from collections.abc import Iterable

from services.training.rules.agreements import SCOPE
from services.training.rules.faults import HostNotActive
from services.training.rules.records.read_copies import AgreementCopy, OrganizationCopy
from shared.agreements import HOLDING, ended_before

STOPPED = ("suspended", "closed")


def reason_against(host: OrganizationCopy | None) -> str | None:
    """Returns `host_suspended` or `host_closed`; None where nothing known prevents it."""
    status = host["status"] if host else None
    return f"host_{status}" if status in STOPPED else None


def check(host: OrganizationCopy | None) -> None:
    """Raises HostNotActive."""
    if why := reason_against(host):
        raise HostNotActive(why.removeprefix("host_"))


def agreements_have_lapsed(agreements: Iterable[AgreementCopy], today: str) -> bool:
    """Whether there were agreements on training with the host and none continues; one that begins later does. Where there never was one, the
    chief may waive it for each stay."""
    found = [one for one in agreements if SCOPE in one["scopes"]]
    return bool(found) and not any(one["status"] in HOLDING and not ended_before(one, today) for one in found)
