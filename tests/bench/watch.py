"""When a reaction can be seen in MongoDB: a change stream gives only what a majority holds. The same method for every system.

Prints `ready`, then waits for its standard input to close and prints `{case id: monotonic seconds}`; first sight counts.
"""

import json
import sys
import threading
import time

import pymongo


def watch(url: str, database: str, collection: str, field: str, stop: threading.Event) -> dict[str, float]:
    """Notes the first sight of each value of `field` among the documents inserted."""
    seen: dict[str, float] = {}
    pipeline = [{"$match": {"operationType": "insert"}}, {"$project": {"key": f"$fullDocument.{field}"}}]
    client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(url)
    with client[database][collection].watch(pipeline, max_await_time_ms=200, batch_size=1000) as stream:
        print("ready", flush=True)
        while not stop.is_set():
            change = stream.try_next()
            if change is not None:
                seen.setdefault(str(change.get("key")), time.monotonic())
    return seen


def main() -> None:
    url, database, collection, field = sys.argv[1:5]
    stop = threading.Event()

    def end() -> None:
        sys.stdin.read()
        stop.set()

    threading.Thread(target=end, daemon=True).start()
    json.dump(watch(url, database, collection, field, stop), sys.stdout)


if __name__ == "__main__":
    main()
