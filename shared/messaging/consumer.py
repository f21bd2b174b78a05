"""Broker to hearing: one thread owns the connection (heartbeats, taking, acknowledging), another settles batches beside it.

Nothing is acknowledged before it is settled in MongoDB. An outage of either server pauses; it is no attempt of anything.
"""

import logging
import os
import queue
import select
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import kombu

from shared.events import binding_keys
from shared.failpoints import failpoint
from shared.messaging.broker import BROKER_ERRORS, connection
from shared.messaging.buffered_reads import buffer_reads, drain, drain_buffer
from shared.messaging.hearing import Hearing, Outage
from shared.messaging.held import Delivery
from shared.messaging.names import Names
from shared.messaging.unit import MarkMoved

log = logging.getLogger("imc.messaging")
MOST_IN_BATCH = 200
LINGER_SECONDS, LONGEST_LINGER, JUST_NOW = 0.0005, 0.008, 0.02
"""How long a batch is waited for, per message of the one before it, and at most; nothing where that one is longer ago."""
FINISH_SECONDS = 7.0


class SettlingEnded(RuntimeError):
    """What was taken would be settled no more: the process has to end and begin anew."""


class Consumer:
    """One per worker process."""

    def __init__(self, url: str, names: Names, hearing: Hearing, prefetch: int) -> None:
        self._url, self._names, self._hearing, self._prefetch = (url, names, hearing, prefetch)
        self._embedded = url.startswith("mongodb")
        self._waiting: queue.SimpleQueue[tuple[int, Any, Delivery]] = queue.SimpleQueue()
        self._settled: deque[tuple[int, list[Any]]] = deque()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._generation = 0
        self._in_hand = 0
        self.connected = threading.Event()

    def run(self, stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Takes messages until `stop`, then hands out no more, finishes and acknowledges what was begun, and closes."""
        pause = 0.1
        over = threading.Event()
        settling = threading.Thread(target=self._settle_batches, args=(over,), name="settling", daemon=True)
        settling.start()
        while not stop.is_set():
            try:
                self._consume(stop, beat, settling)
            except SettlingEnded:
                raise
            except BROKER_ERRORS as error:
                log.warning("consumer waits %.1f s for the broker: %s", pause, type(error).__name__)
            except Exception:
                if not self._embedded:
                    raise
                log.warning("consumer waits %.1f s for the embedded broker", pause, exc_info=True)
            pause = 0.1 if self.connected.is_set() else pause
            self.connected.clear()
            beat()
            stop.wait(pause)
            pause = min(pause * 2, 5.0)
        over.set()
        settling.join(1.0)

    def _consume(self, stop: threading.Event, beat: Callable[[], None], settling: threading.Thread) -> None:
        broker = connection(self._url)
        try:
            broker.connect()
            channel = broker.channel()
            self._generation += 1
            self._in_hand = 0
            channel.basic_qos(0, self._prefetch, False)
            consumers = self._consumers(channel)
            if not self._embedded:
                buffer_reads(broker.connection)
            for consumer in consumers:
                consumer.consume()
            if not self._embedded:
                drain_buffer(broker.connection)
            self.connected.set()
            beat()  # the first turn may wait a second for a message
            log.info("hearing %s", self._names.queue(self._hearing.service))
            while not stop.is_set():
                self._turn(broker, channel)
                beat()
                if not settling.is_alive():
                    raise SettlingEnded("the thread that settles batches ended")
            for consumer in consumers:
                consumer.cancel()
            deadline = time.monotonic() + FINISH_SECONDS
            while self._in_hand and time.monotonic() < deadline:
                self._turn(broker, channel)
            channel.close()
            broker.release()
        finally:
            broker.collect()  # a polite goodbye would wait for ever on a network that swallows everything

    def _consumers(self, channel: Any) -> list[kombu.Consumer]:
        if self._embedded:
            channel.know_exchanges(self._names)
        queues = self._names.queues(self._hearing.service)
        takers = {queues.pop("queue"): self._taker("event")}
        if not self._embedded:
            takers |= {name: self._taker(kind) for kind, name in queues.items()}
        return [
            kombu.Consumer(
                channel,
                kombu.Queue(name),
                on_message=take,
                on_decode_error=lambda message, error, take=take: take(message),
                auto_declare=False,
            )
            for name, take in takers.items()
        ]

    def _taker(self, kind: str) -> Callable[[Any], None]:
        generation = self._generation
        own, meant = f"{self._hearing.service}.", frozenset(binding_keys(self._hearing.service))
        returned = self._names.sparing and not self._embedded

        def take(message: Any) -> None:
            info = message.delivery_info or {}
            key = info.get("routing_key", "")
            delivery = Delivery(
                body=_bytes(message.body),
                content_type=message.content_type,
                headers=message.headers or {},
                routing_key=key,
                user_id=(message.properties or {}).get("user_id"),
                origin="unrouted" if returned and key.startswith(own) and key not in meant else kind,
            )
            self._in_hand += 1
            self._waiting.put((generation, message.delivery_tag, delivery))

        return take

    def _turn(self, broker: Any, channel: Any) -> None:
        """One turn of the owning thread: what came in, what is settled, a heartbeat."""
        if self._embedded:
            _drain(broker)
        else:
            sock = broker.connection.sock
            ready, _, _ = select.select([sock, self._wake_read], [], [], 1.0)
            if sock in ready:
                drain(broker.connection, 0.001)
            broker.heartbeat_check()
        try:
            os.read(self._wake_read, 4096)
        except BlockingIOError:
            pass
        self._acknowledge(channel)

    def _acknowledge(self, channel: Any) -> None:
        while self._settled:
            generation, tags = self._settled.popleft()
            if generation != self._generation:
                continue
            failpoint("consumer.before_ack")
            if self._embedded:
                channel.ack_many(tags)
            else:
                channel.basic_ack(tags[-1], multiple=True)
            failpoint("consumer.after_ack")
            self._in_hand -= len(tags)

    def _settle_batches(self, over: threading.Event) -> None:
        """The settling thread. Tags are settled in the order they came, so that one acknowledgement covers a batch."""
        linger = ended = 0.0
        while True:
            try:
                first = self._waiting.get(timeout=0.25)
            except queue.Empty:
                if over.is_set():
                    return
                continue
            batch = self._gather(first, linger if time.monotonic() < ended + JUST_NOW else 0.0)
            linger = min(len(batch) * LINGER_SECONDS, LONGEST_LINGER) if len(batch) > 1 else 0.0
            self._settle([delivery for _, _, delivery in batch])
            self._settled.append((batch[0][0], [tag for _, tag, _ in batch]))
            ended = time.monotonic()
            self._wake()

    def _gather(self, first: tuple[int, Any, Delivery], linger: float) -> list[tuple[int, Any, Delivery]]:
        """Whatever waits, of one connection, and what comes within `linger` seconds."""
        batch = [first]
        deadline = time.monotonic() + linger
        while len(batch) < MOST_IN_BATCH:
            try:
                wait = deadline - time.monotonic() if linger else 0.0
                item = self._waiting.get(timeout=wait) if wait > 0 else self._waiting.get_nowait()
            except queue.Empty:
                break
            if item[0] != batch[0][0]:
                if item[0] > batch[0][0]:  # the connection the others came over is gone: they come again
                    batch = [item]
                continue
            batch.append(item)
        return batch

    def _settle(self, deliveries: list[Delivery]) -> None:
        """Until it succeeds: what cannot be settled now is neither lost nor acknowledged.

        A batch too heavy for the time one transaction has looks like an outage: what is tried again is half as big.
        """
        pause, size = 0.2, len(deliveries)
        while deliveries:
            try:
                self._hearing.take(deliveries[:size])
                deliveries = deliveries[size:]
                continue
            except Outage as error:
                size = max(1, size // 2)
                log.warning("hearing pauses %.1f s: MongoDB is away (%s)", pause, type(error.__cause__).__name__)
            except MarkMoved as moved:
                log.info("hearing pauses %.1f s: %s", pause, moved)
            except Exception:
                log.exception("hearing pauses %.1f s: a batch cannot be settled", pause)
            time.sleep(pause)
            pause = min(pause * 2, 5.0)

    def _wake(self) -> None:
        try:
            os.write(self._wake_write, b".")
        except BlockingIOError:
            return


def _drain(broker: Any) -> None:
    """Reads what is there just now, a hundred messages at most, so that acknowledgements are not kept waiting."""
    try:
        for _ in range(100):
            broker.drain_events(timeout=0.05)
    except TimeoutError:
        return


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)
