"""`imc doctor`: finds problems of this machine's broker, and queues that deleted systems have left behind."""

from collections.abc import Callable

from deploy.cli.broker_faults import NOBODY, fault_of
from deploy.local import leftover_queues, servers
from shared.broker.connection import BROKER_ERRORS

Say = Callable[[str], None]


def examine(say: Say, agreed: Callable[[str], bool]) -> int:
    """Reports its findings and removes what is `agreed` to; returns 1 where a problem remains."""
    fault = servers.rabbitmq_fault(servers.FOUND_RABBITMQ)
    say(f"RabbitMQ on {servers.FOUND_AT}: {'answers' if fault is None else fault}")
    wrong = 0 if fault in (None, NOBODY) else 1
    for one in leftover_queues.recorded():
        say(f"{one.prefix}*  {one.root}{' (gone)' if one.gone else ''}")
    gone = [one for one in leftover_queues.recorded() if one.gone]
    if not gone:
        say("no directory that is gone has left queues on a broker")
        return wrong
    if not agreed(f"Take the queues of {len(gone)} directories that are gone off their brokers?"):
        return 1
    return max(wrong, *[_take_away(one, say) for one in gone])


def _take_away(one: leftover_queues.LeftoverQueues, say: Say) -> int:
    try:
        messages = leftover_queues.remove(one)
    except BROKER_ERRORS as error:
        say(f"{one.prefix}*: not taken away, {fault_of(error)}")
        return 1
    say(f"{one.prefix}*: taken away, with {messages} messages")
    return 0
