"""`imc up`: starts everything on this machine, waits until all is ready, keeps it running, stops it cleanly.

This process stays single-threaded and has no clients: every service's process is forked from it and shares its imported modules.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from deploy.cli.directory import AlreadyRuns, Directory, NotRunning
from deploy.local import children, mongod
from deploy.local.supervisor import ChildFailed, Say, Stopped, Supervisor

FIRST, MIDDLE, LAST = 0, 1, 2  # the order of stopping: gateway, then services, then mongod
STOP_SECONDS = (2.0, 9.5, 3.0)
READY_SECONDS = 120.0


def up(data: str, base_port: int, say: Say, ready: Callable[[], None], environ: Mapping[str, str] = os.environ) -> int:
    """Runs until it is stopped; returns the exit status. It calls `ready` once, when all processes answer."""
    directory = Directory(data)
    directory.make()
    try:
        directory.lock()
    except AlreadyRuns as error:
        return _already(directory, error, say)
    supervisor = Supervisor(directory, say)
    supervisor.watch()
    try:
        _start(supervisor, base_port, environ)
        ready()
        while True:
            supervisor.turn(60.0)
    except Stopped:
        say("stopping")
        return 0
    except (
        ChildFailed,
        OSError,
        SystemExit,
    ) as error:  # SystemExit: BadSetting, CannotImport; OSError: no space, no file
        say(f"imc up: {error}")
        return 1
    finally:
        supervisor.stop(STOP_SECONDS)
        directory.state_file.unlink(missing_ok=True)
        say("stopped")


def _already(directory: Directory, error: AlreadyRuns, say: Say) -> int:
    try:
        say(f"{directory.root} runs already (process {error.pid}): {directory.state()['gateway']['url']}")
    except NotRunning:
        say(f"{directory.root}: another `imc up` (process {error.pid}) is starting or stopping here")
    return 0


def _start(supervisor: Supervisor, base_port: int, environ: Mapping[str, str]) -> None:
    directory, say = supervisor.directory, supervisor.say
    directory.state_file.unlink(missing_ok=True)
    leftovers = children.reap_leftovers(directory.pids_file)
    if leftovers:
        say(f"ended {leftovers} processes that a killed run had left behind")
    own_port = None if environ.get("IMC_MONGO_URL") else _start_mongod(supervisor)

    from deploy.local import (  # not earlier: mongod starts while this process imports
        initial_setup,
        preload,
        servers,
        system,
    )
    from deploy.secret_files import make_secrets

    make_secrets(directory.secrets)
    laid_out = system.System(directory, base_port, servers.choose(directory, environ, own_port), environ)
    _note_broker(laid_out)
    _ports_are_free(laid_out.ports | {"gateway": base_port})
    setting_up = supervisor.begin_call("setup", partial(initial_setup.prepare, laid_out))
    preload.import_all()
    from deploy.local.readiness import wait_until_ready

    supervisor.start("gateway", lambda: supervisor.fork("gateway", lambda: _gateway(laid_out)), FIRST)
    for service in laid_out.ports:
        _forked(supervisor, f"{service}-web", partial(_web, laid_out, service))
    prepared = supervisor.end_call(setting_up, READY_SECONDS)
    for service in laid_out.ports:
        _forked(supervisor, f"{service}-worker", partial(_worker, laid_out, service))
    readiness = supervisor.begin_call("readiness", partial(wait_until_ready, laid_out, READY_SECONDS))
    supervisor.end_call(readiness, READY_SECONDS)
    supervisor.note = lambda: directory.write_state(laid_out.state(supervisor.pids(), prepared["admin"]))
    supervisor.note()
    supervisor.settled()
    _tell(laid_out, say, prepared["to_do"])


def _forked(supervisor: Supervisor, name: str, run: Callable[[], object]) -> None:
    supervisor.start(name, lambda: supervisor.fork(name, run), MIDDLE)


def _start_mongod(supervisor: Supervisor) -> int:
    where = supervisor.directory.mongod
    port = mongod.usual_port(where)
    command = mongod.command(where, port, key=mongod.key_file(where))
    supervisor.start("mongod", lambda: supervisor.fork("mongod", lambda: children.replace_with(command)), LAST)
    return port


def _ports_are_free(ports: Mapping[str, int]) -> None:
    in_use = [f"{port} ({name})" for name, port in ports.items() if not mongod.is_free(port)]
    if in_use:
        raise ChildFailed(f"something listens already on port {', '.join(in_use)}; choose others with --base-port")


def _gateway(system: Any) -> None:
    from deploy.local.gateway import create_gateway
    from deploy.local.gateway_server import serve
    from shared.logs import configure

    configure("gateway")
    public_url = system.environ_of("accounts")["IMC_PUBLIC_URL"]
    serve(create_gateway(system.ports, public_url), "127.0.0.1", system.base_port, threads=24)


def _web(system: Any, service: str) -> None:
    from deploy.service_processes import run_web

    run_web(system.settings(service), f"127.0.0.1:{system.ports[service]}")


def _worker(system: Any, service: str) -> int:
    from deploy.service_processes import run_worker

    return run_worker(system.settings(service))


def _note_broker(system: Any) -> None:
    """Records the broker in use, for the next start and for `imc doctor`."""
    from deploy.local import leftover_queues

    servers = system.servers
    if servers.found_broker:
        system.directory.broker_file.write_text(servers.broker)
        if servers.broker == "rabbitmq":
            leftover_queues.record(system.directory, servers.amqp_url)


def _tell(system: Any, say: Say, to_do: Sequence[str]) -> None:
    from deploy.local import leftover_queues
    from services.notify.settings import mail_server

    servers = system.servers
    say(f"MongoDB       {_bare(servers.mongo_url)}")
    names = f", names begin with {servers.broker_prefix}" if servers.broker_prefix else ""
    say(f"broker        {servers.broker}, {_bare(servers.amqp_url)}{names}")
    for service in system.ports:
        say(f"{service:<13} {system.url(service)}/")
    settings = system.settings("notify")
    if not settings.smtp_url:
        say("IMC_SMTP_URL is not set: no mail is sent, e-mail notifications become `suppressed`")
    elif (server := mail_server(settings)) and server.warning:
        say(f"WARNING: {server.warning}")
    if settings.webhook_allow:
        say(
            f"WARNING: IMC_WEBHOOK_ALLOW exempts {', '.join(settings.webhook_allow)} from the rules for webhook targets"
        )
    if servers.broker == "rabbitmq":
        say("one broker user serves all services: the publisher of an event is not checked here")
    for line in (*servers.warnings, *to_do):
        say(line)
    if gone := [one for one in leftover_queues.recorded() if one.gone]:
        say(
            f"{len(gone)} directories that are gone have left queues on a broker: `imc doctor` lists them and takes them away"
        )
    say(f"admin account {system.directory.state_file} (name, password, secret of the one-time code)")
    say(f"gateway       {system.gateway_url}/")


def _bare(url: str) -> str:
    """The url without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
