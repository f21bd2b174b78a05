"""A TCP proxy that can hold everything back, cut every connection, or refuse new ones: the network on a bad day."""

import asyncio
import threading
from urllib.parse import urlsplit, urlunsplit


class Proxy:
    """Listens on a free port of this machine, on a thread of its own; `url(original)` leads through it."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._flowing = threading.Event()
        self._flowing.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._refusing = False
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self.port = 0
        threading.Thread(target=self._run, daemon=True).start()
        self._ready.wait(5)

    def url(self, original: str) -> str:
        """The same url through this proxy (directly to one member, where it is a replica set's)."""
        parts = urlsplit(original)
        login = parts.netloc.rpartition("@")[0]
        query = "directConnection=true" if parts.scheme == "mongodb" else parts.query
        place = f"{login}@127.0.0.1:{self.port}" if login else f"127.0.0.1:{self.port}"
        return urlunsplit((parts.scheme, place, parts.path, query, ""))

    def pause(self) -> None:
        """Nothing passes, connections stay open: a blackhole."""
        self._flowing.clear()

    def cut(self) -> None:
        """Every connection ends; new ones are refused until `heal`."""
        self._refusing = True
        self._loop.call_soon_threadsafe(self._close_all)

    def heal(self) -> None:
        self._refusing = False
        self._flowing.set()

    def close(self) -> None:
        self._refusing = True
        self._loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_later(0.2, self._loop.stop)

    def _close_all(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer), return_exceptions=True)
        self._writers -= {writer, far_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                while not self._flowing.is_set():
                    await asyncio.sleep(0.01)
                writer.write(data)
                await writer.drain()
        finally:
            if not self._loop.is_closed():
                writer.close()
