"""The `imc` command: its subcommands and the modules that implement them. Each subcommand imports its module only when it runs."""

import sys

import click

from deploy.cli import operator_commands
from deploy.cli.directory import DEFAULT
from deploy.cli.errors import CommandGroup

data_option = click.option(
    "--data", metavar="DIR", default=DEFAULT, show_default=True, help="Where the system's files lie."
)


@click.group(cls=CommandGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="imc")
def main() -> None:
    """Runs and looks after the International Medical Center's software."""


@main.command()
@data_option
@click.option(
    "--base-port",
    type=click.IntRange(1024, 65000),
    default=8000,
    show_default=True,
    help="The gateway's port; services take those after it.",
)
@click.option("--detach", is_flag=True, help="Return when all is ready; `imc down` stops it.")
def up(data: str, base_port: int, detach: bool) -> None:
    """Start everything on this machine and keep it running until Ctrl-C."""
    from deploy.local import terminal

    sys.exit(terminal.run_detached(data, base_port) if detach else terminal.run_here(data, base_port))


@main.command()
@data_option
@click.option(
    "--purge", is_flag=True, help="Also take its queues off a RabbitMQ that `imc up` found, with what lies in them."
)
def down(data: str, purge: bool) -> None:
    """Stop what `imc up` started."""
    from deploy.local import terminal

    sys.exit(terminal.down(data, purge=purge))


@main.command()
@click.option("--yes", is_flag=True, help="Take away what is found without asking.")
def doctor(yes: bool) -> None:
    """Look for a broker in trouble and for queues of directories that are gone, and offer to take those away."""
    from deploy.local import doctor as examination

    asks = sys.stdin.isatty()
    sys.exit(examination.examine(click.echo, lambda question: yes or (asks and click.confirm(question))))


@main.command()
@click.argument("service")
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104  (a container's own network)
@click.option("--port", type=int, default=8000, show_default=True)
def web(service: str, host: str, port: int) -> None:
    """One service's web processes, as a container runs them. Settings: IMC_… variables and IMC_SECRET_DIR."""
    from deploy.service_processes import run_web
    from shared.settings import load

    run_web(load(service), f"{host}:{port}")


@main.command()
@click.argument("service")
def worker(service: str) -> None:
    """One service's event process, as a container runs it."""
    from deploy.service_processes import run_worker
    from shared.settings import load

    sys.exit(run_worker(load(service)))


@main.command()
@operator_commands.data_option
def setup(data: str | None) -> None:
    """Make secrets, users, queues, indexes and the usual departments, as far as they are missing."""
    from deploy.cli.setup_command import run_setup

    run_setup(data, click.echo)


@main.command()
@data_option
@click.option("--cases", type=click.IntRange(1, 10_000), default=30, show_default=True, help="How many cases to play.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed plays the same week.")
def demo(data: str, cases: int, seed: int) -> None:
    """Play a believable week through the public APIs of a running system."""
    from deploy.local import demo_command

    sys.exit(demo_command.play(data, cases, seed))


@main.group()
def contracts() -> None:
    """What outside programs may hold on to, generated from the code."""


@contracts.command("write")
@click.argument("directory", metavar="DIR")
def write_contracts(directory: str) -> None:
    """Write OpenAPI of every service, AsyncAPI of the whole and JSON Schema of every event into DIR."""
    from pathlib import Path

    from deploy.cli.contracts import COMMITTED, write, write_beside_events, write_beside_gateway

    committed = Path(directory).resolve() == COMMITTED
    written = write(Path(directory)) + (write_beside_events() + write_beside_gateway() if committed else [])
    click.echo(f"{len(written)} files written")


for command in operator_commands.COMMANDS:
    main.add_command(command)
