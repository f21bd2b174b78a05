"""`imc demo` at the terminal: creates the keys and accounts it needs, shows a progress bar and a summary, waits until all is consumed."""

import time

import click
import pyotp

from deploy.cli import accounts, keys, status
from deploy.cli.target import Target, find
from deploy.local.caller import Caller, Refused
from deploy.local.demo import AGENCIES, Demo, reasons_here
from shared.clock import utc_now
from shared.ids import new_id

QUIET_SECONDS = 60
DEMO_ROLES = ["front_desk", "coordinator", "partners", "training", "chief"]
HEAD_ROLES = ["department"]


def play(data: str, cases: int, seed: int) -> int:
    """Runs the demo; returns the exit status: 1 where a request was refused or events are not consumed in time."""
    target = find(data)
    agencies = [Caller(target.gateway_url, _key(target, name)) for name in AGENCIES]
    staff = _sign_in(target, DEMO_ROLES)
    head = _sign_in(target, HEAD_ROLES, reasons_here(staff)[0][0])
    demo = Demo(agencies, staff, head, utc_now(), target.settings_of["intake"].time_zone, seed)
    try:
        with click.progressbar(length=cases, label="a week at the centre") as bar:
            demo.play(cases, lambda: bar.update(1))
    except Refused as error:
        click.echo(f"imc demo: {error}", err=True)
        return 1
    click.echo(", ".join(f"{count} {what}" for what, count in demo.played.items()))
    return _wait_until_idle(target)


def _key(target: Target, organization: str) -> str:
    """A new key; where earlier weeks left two live keys, it is for a new organization."""
    from services.partners.rules.keys import TwoKeysLive

    try:
        return keys.issue(target, organization)["key"]
    except TwoKeysLive:
        return keys.issue(target, f"{organization} {new_id()[-4:]}")["key"]


def _sign_in(target: Target, roles: list[str], *departments: str) -> Caller:
    """Signs in a new account with all these roles, for this one week: most of the hospital, or the head of a department."""
    person = accounts.add(target.settings_of["accounts"], f"demo-{new_id()[-8:]}", roles, None, departments=departments)
    code = pyotp.TOTP(person["totp_secret"]).now()
    body = {"username": person["username"], "password": person["password"], "one_time_code": code}
    token = Caller(target.gateway_url, "none").post("/accounts/api/v1/tokens", body)["access_token"]
    return Caller(target.gateway_url, str(token))


def _wait_until_idle(target: Target) -> int:
    """Waits until every published event is consumed."""
    deadline = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < deadline:
        found = status.status(target)
        if found["healthy"] and not _busy(found):
            click.echo("every event is consumed: nothing waits, nothing failed (`imc status`)")
            return 0
        time.sleep(0.3)
    click.echo("imc demo: something still waits, see `imc status`", err=True)
    return 1


def _busy(found: dict[str, object]) -> bool:
    services = found["services"]
    assert isinstance(services, dict)
    return any(row.get("queue") or row["unpublished"] or row["waiting"] or row["parked"] for row in services.values())
