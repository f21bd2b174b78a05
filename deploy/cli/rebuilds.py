"""`imc rebuild SERVICE`: requests a replay of past events from their publishers and waits until the read copies are replaced."""

import time
from collections.abc import Callable

from deploy.cli.actor import by_operator
from deploy.cli.target import Target
from shared.mongo import Document, connect
from shared.replay import request

STEP_SECONDS = 0.5


class NotRebuilt(RuntimeError):
    """The replay failed or was not finished in time; it may still continue."""


def run(
    target: Target, service: str, source: str | None, say: Callable[[str], None], seconds: float = 3600.0
) -> Document:
    """Returns `{"rebuild", "service", "state", "events"}`; raises LookupError, NotRebuilt."""
    for name in (service, source):
        if name and name not in target.settings_of:
            raise LookupError(f"{name}: expected one of {', '.join(target.settings_of)}")
    settings = target.settings_of[service]
    database = connect(settings.mongo_url, settings.database, "imc-rebuild", pool=2)
    with database.client:
        replay = request.request_replay(database, source, by_operator())
        deadline, before = time.monotonic() + seconds, ""
        while time.monotonic() < deadline:
            found = request.replay_state(database, replay)
            line = f"{service}: {progress(found)}"
            if line != before:
                say(line)
            if found["state"] == "done":
                return {"rebuild": replay, "service": service, "state": "done", "events": found["total"]}
            if found["state"] == "failed":
                break
            before = line
            time.sleep(STEP_SECONDS)
    raise NotRebuilt(f"{service}: {before}; is its worker running, and the publishers'? (`imc status`)")


def progress(found: Document) -> str:
    """The progress as text: the total is known once all publishers have answered."""
    state, received = found["state"], found["received"]
    if state == "done":
        return f"done, {found['total']} events"
    if state != "receiving":
        return str(state)
    return (
        f"receiving, {received} of {found['total']} events"
        if found["counted"]
        else f"receiving, {received} events so far"
    )
