"""The load: a process of its own that posts referrals over raw sockets and writes down when each was sent and answered.

`closed`: so many connections, each sending its next as soon as it is answered: saturated. `open`: arrivals at a fixed mean
rate (seeded, exponential gaps) whatever the server does; the time of sending is the time of arrival, waiting included.
Not here: what became of the referral afterwards (watch.py).
"""

import asyncio
import json
import random
import sys
import time
from typing import Any

from tests.bench import referrals


class Answer(asyncio.Protocol):
    """One kept-alive connection; one request at a time."""

    def __init__(self) -> None:
        self.done: asyncio.Future[tuple[int, bytes]] | None = None
        self.buffer = b""
        self.open = True

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self.done and not self.done.done():
            self.done.set_exception(ConnectionResetError("closed by the server"))

    def ask(self, request: bytes) -> "asyncio.Future[tuple[int, bytes]]":
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""
        self.transport.write(request)
        return self.done

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator or self.done is None or self.done.done():
            return
        place = head.lower().find(b"content-length:")
        length = int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0
        if len(body) >= length:
            self.done.set_result((int(head[9:12]), body))


class Load:
    """One run: the requests, and what came of them."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.host, self.port = spec["host"], int(spec["port"])
        self.sent: list[float] = []
        self.answered: list[float] = []
        self.ids: list[str] = []
        self.statuses: dict[str, int] = {}
        self.idle: list[Answer] = []
        self.put_off = 0
        self.requests = [
            request(spec, body, f"{spec['seed']}-{place}")
            for place, body in enumerate(referrals.bodies(spec["seed"], spec["count"], spec.get("first", 0)))
        ]

    async def connect(self) -> Answer:
        _, protocol = await asyncio.get_running_loop().create_connection(Answer, self.host, self.port)
        return protocol

    async def post(self, place: int, started: float) -> None:
        """Sends one; a closed connection is replaced, a 503 asked again at once (and counted)."""
        status, body = 0, b""
        for _ in range(6):
            while self.idle and not self.idle[-1].open:
                self.idle.pop()
            connection = self.idle.pop() if self.idle else await self.connect()
            try:
                status, body = await connection.ask(self.requests[place])
            except ConnectionResetError:
                continue
            self.idle.append(connection)
            if status != 503:
                break
            self.put_off += 1
        now = time.monotonic()
        self.statuses[str(status)] = self.statuses.get(str(status), 0) + 1
        if status == 201:
            self.sent.append(started)
            self.answered.append(now)
            self.ids.append(json.loads(body)["id"])

    async def closed(self, connections: int) -> None:
        places = iter(range(len(self.requests)))

        async def one() -> None:
            for place in places:
                await self.post(place, time.monotonic())

        self.idle = [await self.connect() for _ in range(connections)]
        await asyncio.gather(*(one() for _ in range(connections)))

    async def open(self, rate: float, seed: int) -> None:
        rng = random.Random(seed)
        tasks, due = [], time.monotonic() + 0.2
        for place in range(len(self.requests)):
            due += rng.expovariate(rate)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            tasks.append(asyncio.create_task(self.post(place, due)))
        await asyncio.gather(*tasks)


def request(spec: dict[str, Any], body: bytes, key: str) -> bytes:
    """One POST as it goes over the wire; `{key}` in a header becomes this request's own."""
    headers = {"Host": spec["host"], "Content-Type": "application/json", "Content-Length": str(len(body))}
    headers |= {name: value.replace("{key}", key) for name, value in spec.get("headers", {}).items()}
    lines = [f"POST {spec['path']} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def run(spec: dict[str, Any]) -> dict[str, Any]:
    """Runs one load and gives its times (monotonic seconds, the same clock in every process of a machine)."""
    load = Load(spec)
    cpu = time.process_time()
    if spec["mode"] == "closed":
        await load.closed(spec["connections"])
    else:
        await load.open(spec["rate"], spec["seed"])
    return {
        "sent": load.sent,
        "answered": load.answered,
        "ids": load.ids,
        "statuses": load.statuses,
        "put_off": load.put_off,
        "cpu": time.process_time() - cpu,
    }


if __name__ == "__main__":
    json.dump(asyncio.run(run(json.loads(sys.stdin.read()))), sys.stdout)
