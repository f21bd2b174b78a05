"""When a message comes off the broker: a consumer on a queue of its own, bound to everything. Runs as a process of its own.

Prints `ready`, then, after its standard input closed, `{subject: monotonic seconds}`.
"""

import json
import sys
import threading
import time

import kombu


def listen(url: str, exchange: str, stop: threading.Event) -> dict[str, float]:
    """The queue goes with the connection."""
    arrived: dict[str, float] = {}
    bodies: list[tuple[float, bytes]] = []

    def on_message(message: kombu.Message) -> None:
        bodies.append(
            (time.monotonic(), bytes(message.body) if not isinstance(message.body, str) else message.body.encode())
        )

    with kombu.Connection(url) as connection:
        source = kombu.Exchange(exchange, "topic", no_declare=True)
        own = kombu.Queue(
            f"{exchange}.listen", source, routing_key="#", exclusive=True, durable=False, auto_delete=True
        )
        with kombu.Consumer(connection, [own], on_message=on_message, no_ack=True):
            print("ready", flush=True)
            while not stop.is_set():
                try:
                    connection.drain_events(timeout=0.2)
                except TimeoutError:
                    continue
    for moment, body in bodies:
        arrived.setdefault(json.loads(body)["subject"], moment)
    return arrived


def main() -> None:
    url, exchange = sys.argv[1:3]
    stop = threading.Event()

    def end() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=end, daemon=True).start()
    json.dump(listen(url, exchange, stop), sys.stdout)


if __name__ == "__main__":
    main()
