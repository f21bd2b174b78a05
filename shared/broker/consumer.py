"""Consuming: one thread owns the connection (heartbeats, deliveries, acknowledgements), another settles batches in parallel.

Nothing is acknowledged before it is settled. An outage of MongoDB or the broker pauses consuming and does not count as an attempt of any event.
"""

import logging
import os
import queue
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import kombu

from shared.broker.buffered_reads import buffer_reads, drain, drain_buffer
from shared.broker.connection import BROKER_ERRORS, connection
from shared.broker.delivery import Contended, Delivery, Outage, QueueKind
from shared.broker.names import Names
from shared.events import binding_keys
from shared.failpoints import failpoint

log = logging.getLogger("imc.broker")
MAX_BATCH = 200
LINGER_SECONDS, MAX_LINGER, LINGER_WINDOW = 0.0005, 0.008, 0.02
"""How long a batch waits for more, per message of the one before it, and at most; not at all where that one ended longer ago."""
FINISH_SECONDS = 7.0
OTHER_QUEUES: tuple[QueueKind, ...] = ("dead", "unrouted")


class SettlingEnded(RuntimeError):
    """The settling thread has ended, so nothing would be settled any more: the process has to end and be restarted."""


class Consumer:
    """A service's consumer, one per worker process. `settle` returns when a batch may be acknowledged; it may raise Outage or Contended."""

    def __init__(
        self, url: str, names: Names, service: str, settle: Callable[[Sequence[Delivery]], None], prefetch: int
    ) -> None:
        self._url, self._names, self._service = url, names, service
        self._settle_batch, self._prefetch = settle, prefetch
        self._embedded = url.startswith("mongodb")
        self._received: queue.SimpleQueue[tuple[int, Any, Delivery]] = queue.SimpleQueue()
        self._settled: deque[tuple[int, list[Any]]] = deque()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        self._generation = 0
        self._unsettled = 0
        self.connected = threading.Event()

    def run(self, stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Consumes until `stop`; then cancels, settles and acknowledges what it has received, and closes."""
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
            self._unsettled = 0
            channel.basic_qos(0, self._prefetch, False)
            consumers = self._consumers(channel)
            if not self._embedded:
                buffer_reads(broker.connection)
            for consumer in consumers:
                consumer.consume()
            if not self._embedded:
                drain_buffer(broker.connection)
            self.connected.set()
            beat()  # the first iteration may wait a second for a message
            log.info("consuming %s", self._names.queue(self._service))
            while not stop.is_set():
                self._turn(broker, channel)
                beat()
                if not settling.is_alive():
                    raise SettlingEnded("the thread that settles batches ended")
            for consumer in consumers:
                consumer.cancel()
            deadline = time.monotonic() + FINISH_SECONDS
            while self._unsettled and time.monotonic() < deadline:
                self._turn(broker, channel)
            channel.close()
            broker.release()
        finally:
            broker.collect()  # a regular close would wait for ever on a network that drops all packets

    def _consumers(self, channel: Any) -> list[kombu.Consumer]:
        if self._embedded:
            channel.declare_exchanges(self._names)
        queues = self._names.queues(self._service)
        on_message = {queues.pop("queue"): self._receiver("events")}
        if not self._embedded:
            on_message |= {queues[kind]: self._receiver(kind) for kind in OTHER_QUEUES if kind in queues}
        return [
            kombu.Consumer(
                channel,
                kombu.Queue(name),
                on_message=receive,
                on_decode_error=lambda message, error, receive=receive: receive(message),
                auto_declare=False,
            )
            for name, receive in on_message.items()
        ]

    def _receiver(self, kind: QueueKind) -> Callable[[Any], None]:
        generation = self._generation
        own, bound = f"{self._service}.", frozenset(binding_keys(self._service))
        returned = self._names.single_queue and not self._embedded

        def receive(message: Any) -> None:
            info = message.delivery_info or {}
            key = info.get("routing_key", "")
            delivery = Delivery(
                body=_bytes(message.body),
                content_type=message.content_type,
                headers=message.headers or {},
                routing_key=key,
                user_id=(message.properties or {}).get("user_id"),
                queue="unrouted" if returned and key.startswith(own) and key not in bound else kind,
            )
            self._unsettled += 1
            self._received.put((generation, message.delivery_tag, delivery))

        return receive

    def _turn(self, broker: Any, channel: Any) -> None:
        """One iteration of the owning thread: reads messages, acknowledges settled ones, sends a heartbeat."""
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
            self._unsettled -= len(tags)

    def _settle_batches(self, over: threading.Event) -> None:
        """The settling thread. It settles deliveries in the order they arrived, so that one acknowledgement covers a batch."""
        linger = ended = 0.0
        while True:
            try:
                first = self._received.get(timeout=0.25)
            except queue.Empty:
                if over.is_set():
                    return
                continue
            batch = self._collect(first, linger if time.monotonic() < ended + LINGER_WINDOW else 0.0)
            linger = min(len(batch) * LINGER_SECONDS, MAX_LINGER) if len(batch) > 1 else 0.0
            self._settle([delivery for _, _, delivery in batch])
            self._settled.append((batch[0][0], [tag for _, tag, _ in batch]))
            ended = time.monotonic()
            self._wake()

    def _collect(self, first: tuple[int, Any, Delivery], linger: float) -> list[tuple[int, Any, Delivery]]:
        """All waiting deliveries of one connection, and those that arrive within `linger` seconds."""
        batch = [first]
        deadline = time.monotonic() + linger
        while len(batch) < MAX_BATCH:
            try:
                wait = deadline - time.monotonic() if linger else 0.0
                item = self._received.get(timeout=wait) if wait > 0 else self._received.get_nowait()
            except queue.Empty:
                break
            if item[0] != batch[0][0]:
                if (
                    item[0] > batch[0][0]
                ):  # the connection that delivered the others is closed: they are delivered again
                    batch = [item]
                continue
            batch.append(item)
        return batch

    def _settle(self, deliveries: list[Delivery]) -> None:
        """Settles, repeating until it succeeds: what cannot be settled now is neither lost nor acknowledged.

        A batch too big for the time limit of one transaction looks like an outage: each retry takes half as many.
        """
        pause, size = 0.2, len(deliveries)
        while deliveries:
            try:
                self._settle_batch(deliveries[:size])
                deliveries = deliveries[size:]
                continue
            except Outage as error:
                size = max(1, size // 2)
                log.warning("consuming pauses %.1f s: MongoDB is away (%s)", pause, type(error.__cause__).__name__)
            except Contended as contended:
                log.info("consuming pauses %.1f s: %s", pause, contended)
            except Exception:
                log.exception("consuming pauses %.1f s: a batch cannot be settled", pause)
            time.sleep(pause)
            pause = min(pause * 2, 5.0)

    def _wake(self) -> None:
        try:
            os.write(self._wake_write, b".")
        except BlockingIOError:
            return


def _drain(broker: Any) -> None:
    """Reads the messages that have arrived, a hundred at most, so that acknowledgements are not delayed."""
    try:
        for _ in range(100):
            broker.drain_events(timeout=0.05)
    except TimeoutError:
        return


def _bytes(body: Any) -> bytes:
    return body.encode() if isinstance(body, str) else bytes(body)
