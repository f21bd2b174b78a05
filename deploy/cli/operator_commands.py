"""The click commands for operators: each takes its options, makes one call and prints the result. The called modules do the work."""

import json
import sys

import click

from deploy.cli.directory import DEFAULT

data_option = click.option("--data", metavar="DIR", help=f"A system on this machine.  [default: {DEFAULT}]")
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON answer, for programs.")
service_option = click.option("--service", help="Only this consumer.")
why_option = click.option("--why", default="", help="The reason, stored in the audit.")


@click.command()
@data_option
@json_option
def status(data: str | None, as_json: bool) -> None:
    """Health, queues, waiting and failed events; exit status 0 only if all is healthy and nothing failed."""
    from deploy.cli import status as service_status
    from deploy.cli import target

    found = service_status.status(target.find(data))
    click.echo(json.dumps(found, indent=2) if as_json else service_status.as_text(found))
    sys.exit(0 if found["healthy"] else 1)


@click.group()
def keys() -> None:
    """Agencies' API keys."""


@keys.command("issue")
@click.option("--organization", required=True, metavar="NAME", help="Registered and activated where it is not yet.")
@click.option("--test", "sandbox", is_flag=True, help="A key of the sandbox.")
@data_option
@json_option
def keys_issue(organization: str, sandbox: bool, data: str | None, as_json: bool) -> None:
    """Issue a live key, shown this once; returns when intake accepts it."""
    if sandbox:
        click.echo("imc keys issue: there is no sandbox yet, so no test keys", err=True)
        sys.exit(2)
    from deploy.cli import keys, target

    made = keys.issue(target.find(data), organization)
    click.echo(json.dumps(made) if as_json else _lines(made))


@click.group()
def accounts() -> None:
    """People who sign in."""


@accounts.command("add")
@click.argument("username")
@click.option("--role", "roles", required=True, multiple=True, help="May be given more than once.")
@click.option("--organization", metavar="NAME", help="For people of an agency.")
@click.option("--department", "departments", multiple=True, metavar="CODE", help="One they work in: department and reviewer act there alone. May be given more than once.")  # fmt: skip
@data_option
@json_option
def accounts_add(
    username: str,
    roles: tuple[str, ...],
    organization: str | None,
    departments: tuple[str, ...],
    data: str | None,
    as_json: bool,
) -> None:
    """Make an account, good at once; password and one-time-code secret are shown this once."""
    from deploy.cli import accounts, keys, target
    from deploy.setup import works_nowhere
    from services.accounts.rules.accounts import lacks_department

    found = target.find(data)
    organization_id = keys.organization_id(found, organization) if organization else None
    made = accounts.add(found.settings_of["accounts"], username, list(roles), organization_id, departments=departments)
    click.echo(json.dumps(made) if as_json else _lines(made))
    if lacks_department(roles, departments):
        click.echo(works_nowhere([made["username"]]), err=True)


@click.group()
def events() -> None:
    """Events of the services."""


@events.command("tail")
@click.option("--case", metavar="REF", help="Only this case: its reference or id.")
@click.option("--no-follow", is_flag=True, help="Only past events.")
@data_option
@json_option
def events_tail(case: str | None, no_follow: bool, data: str | None, as_json: bool) -> None:
    """The latest events, then each as it is published."""
    from deploy.cli import events, target

    try:
        for entry in events.tail(target.find(data), case, follow=not no_follow):
            click.echo(events.as_json(entry) if as_json else events.as_text(entry))
    except KeyboardInterrupt:
        sys.exit(0)


@click.group()
def dead() -> None:
    """Events that could not be handled."""


@dead.command("list")
@service_option
@data_option
@json_option
def dead_list(service: str | None, data: str | None, as_json: bool) -> None:
    """Failed events, oldest first."""
    from deploy.cli import dead_letters, target

    rows = dead_letters.failed_events(target.find(data), service)
    if as_json:
        click.echo(dead_letters.as_json(rows))
        return
    for row in rows:
        click.echo(f"{row['_id']}  {row['service']:<13} {row['type'] or '-':<40} {row['cause']}: {row['reason']}")
    click.echo(f"{len(rows)} failed")


@dead.command("show")
@click.argument("event_id")
@service_option
@data_option
def dead_show(event_id: str, service: str | None, data: str | None) -> None:
    """One event with body, headers and history, as JSON."""
    from deploy.cli import dead_letters, target

    click.echo(dead_letters.as_json(dead_letters.show(target.find(data), service, event_id)))


@dead.command("redrive")
@click.argument("event_id", required=False)
@click.option("--cause", help="All of one cause.")
@click.option("--all", "everything", is_flag=True, help="All failed events.")
@service_option
@why_option
@data_option
def dead_redrive(
    event_id: str | None, cause: str | None, everything: bool, service: str | None, why: str, data: str | None
) -> None:
    """Redrive events to the consumer that failed."""
    if [bool(event_id), bool(cause), everything].count(True) != 1:
        raise click.UsageError("expected EVENT_ID, --cause or --all")
    from deploy.cli import dead_letters, target

    which = {"_id": event_id} if event_id else {"cause": cause} if cause else {}
    click.echo("\n".join(dead_letters.redrive(target.find(data), service, which, why)))


@dead.command("discard")
@click.argument("event_id")
@service_option
@click.option("--why", required=True, help="The reason, stored in the audit.")
@data_option
def dead_discard(event_id: str, service: str | None, why: str, data: str | None) -> None:
    """Discard an event; those behind it continue. It can be restored."""
    from deploy.cli import dead_letters, target

    click.echo(f"discarded at {', '.join(dead_letters.discard(target.find(data), service, event_id, why))}")


@dead.command("restore")
@click.argument("event_id")
@service_option
@why_option
@data_option
def dead_restore(event_id: str, service: str | None, why: str, data: str | None) -> None:
    """Return a discarded event to the failed ones."""
    from deploy.cli import dead_letters, target

    click.echo(f"restored at {', '.join(dead_letters.restore(target.find(data), service, event_id, why))}")


@click.command()
@click.argument("service")
@click.option("--from", "source", metavar="SOURCE", help="Only this publisher's events.")
@data_option
@json_option
def rebuild(service: str, source: str | None, data: str | None, as_json: bool) -> None:
    """Rebuild a service's copies of others' data from their publishers' past events."""
    from deploy.cli import rebuilds, target

    done = rebuilds.run(target.find(data), service, source, lambda line: click.echo(line, err=as_json))
    if as_json:
        click.echo(json.dumps(done))


def _lines(made: dict[str, str]) -> str:
    return "\n".join(f"{name:<16}{value}" for name, value in made.items())


COMMANDS = (status, keys, accounts, events, dead, rebuild)
