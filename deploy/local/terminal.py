"""`imc up` on a terminal or in the background, and `imc down`. The start itself and its order are in up.py."""

import os
import signal
import sys
import time
from contextlib import suppress

from deploy.cli.directory import Directory
from deploy.local import children
from deploy.local.supervisor import Say
from deploy.local.up import up

READY_MARK = "\0ready\n"


def run_here(data: str, base_port: int) -> int:
    """Runs in the foreground, with all messages on this terminal."""
    return up(data, base_port, _print, lambda: _print("ready (Ctrl-C stops everything)"))


def run_detached(data: str, base_port: int) -> int:
    """Returns when all is ready; the system continues in the background until `imc down`."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        os._exit(_in_background(data, base_port, writing))
    os.close(writing)
    with open(reading) as lines:
        for line in lines:
            if line == READY_MARK:
                _print("ready (`imc down` stops everything)")
                return 0
            print(line, end="", flush=True)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _in_background(data: str, base_port: int, writing: int) -> int:
    os.setsid()
    os.dup2(writing, 1)
    os.close(writing)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)

    def ready() -> None:
        sys.stdout.write(READY_MARK)
        sys.stdout.flush()
        log = os.open(Directory(data).logs / "up.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)

    return up(data, base_port, _print, ready)


def _print(line: str) -> None:
    with suppress(OSError):  # the terminal may be closed: processes must be stopped nevertheless
        print(line, flush=True)


def down(data: str, say: Say = _print, seconds: float = 20.0, purge: bool = False) -> int:
    """Stops the system of DIR and waits for its end; it is no error if none runs. `purge` also deletes its queues on a found broker."""
    directory = Directory(data)
    holder = directory.holder()
    if holder:
        os.kill(holder, signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while directory.holder() and time.monotonic() < deadline:
            time.sleep(0.05)
        if directory.holder():
            os.kill(holder, signal.SIGKILL)
    leftovers = children.reap_leftovers(directory.pids_file)
    directory.state_file.unlink(missing_ok=True)
    what = "stopped" if holder else f"ended {leftovers} leftovers" if leftovers else "nothing ran"
    say(f"{directory.root}: {what}")
    return _give_back(directory, say) if purge else 0


def _give_back(directory: Directory, say: Say) -> int:
    from deploy.cli.broker_faults import fault_of
    from deploy.local import leftover_queues, servers
    from shared.broker.connection import BROKER_ERRORS

    one = leftover_queues.recorded_for(directory)
    if one is None and directory.used_rabbitmq():  # its record is lost
        one = leftover_queues.LeftoverQueues(directory.root, servers.FOUND_RABBITMQ, directory.broker_prefix)
    if one is None:
        say("it has left nothing on a broker")
        return 0
    try:
        messages = leftover_queues.remove(one)
    except BROKER_ERRORS as error:
        say(f"its queues are still on the broker: {fault_of(error)}")
        return 1
    say(f"its queues are off the broker, with {messages} messages")
    directory.broker_file.unlink(missing_ok=True)
    return 0
