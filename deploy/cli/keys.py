"""`imc keys issue`: issues an agency's live key; creates and activates the organization where needed."""

import time

from deploy.cli.actor import by_operator
from deploy.cli.probe import probe
from deploy.cli.target import Target
from shared.clock import utc_now
from shared.mongo import connect


class NotAcceptedYet(RuntimeError):
    """The key is issued, but intake did not accept it in time."""


def issue(target: Target, organization: str, seconds: float = 60.0) -> dict[str, str]:
    """Returns `{"organization_id", "key_id", "key"}` when intake accepts the key. Raises what partners' actions raise."""
    from services.partners.actions import organizations
    from services.partners.actions.keys import issue_key
    from services.partners.dependencies import Dependencies
    from services.partners.store.store import Store

    settings = target.settings_of["partners"]
    database = connect(settings.mongo_url, settings.database, "imc-keys", pool=2)
    with database.client:
        deps = Dependencies(store=Store(database), clock=utc_now, settings=settings)
        found = organizations.find_by_name(deps, organization)
        found = found or organizations.register_organization(deps, organization, by_operator())
        if found["status"] == "prospective":
            organizations.activate(deps, found["_id"], by_operator())
        made = issue_key(deps, found["_id"], by_operator())
    _await_accepted(f"{target.gateway_url}/intake/api/v1/referrals?limit=1", made["key"], seconds)
    return {"organization_id": made["organization_id"], "key_id": made["key_id"], "key": made["key"]}


def organization_id(target: Target, name: str) -> str:
    """The id of a registered organization; raises LookupError."""
    from services.partners.actions import organizations
    from services.partners.dependencies import Dependencies
    from services.partners.store.store import Store

    settings = target.settings_of["partners"]
    database = connect(settings.mongo_url, settings.database, "imc-accounts", pool=2)
    with database.client:
        found = organizations.find_by_name(Dependencies(store=Store(database), clock=utc_now, settings=settings), name)
    if found is None:
        raise LookupError(f"no organization is called {name}; `imc keys issue --organization` registers one")
    return found["_id"]


def _await_accepted(url: str, key: str, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (status := probe(url, headers={"Authorization": f"Bearer {key}"})[0]) != 200:
        if (
            time.monotonic() > deadline
        ):  # event not consumed yet (401), organization not active yet (403), or intake unavailable
            last = f"it answers {status}" if status else "nobody answers"
            raise NotAcceptedYet(f"the key is issued, but intake does not accept it after {seconds:.0f} s: {last}")
        time.sleep(0.05)
