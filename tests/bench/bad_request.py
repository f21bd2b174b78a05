"""*bad_request*: what the dearest request of at most 1 MiB costs that nobody has signed in for.

CPU of the web process alone, the app called without a socket: what it costs to parse, to judge and to refuse. Reading is the same for
all and is taken off: a body of the same size at an address that is not there. Each shape is tried on every kind of door that is open.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tests.bench.results import Bar, Row
from tests.bench.servers import Servers
from tests.hostile import JSON, MIB, Shape, form_bodies, heads, json_bodies, multipart_bodies, sent
from tests.integration.signing_in import Accounts
from tests.integration.training_office import TrainingOffice

TRIES, MOST_MS, MOST_TIMES = 3, 50.0, 3.0
TOKENS = {"username": "y.tanaka", "password": "x" * 20, "one_time_code": "123456"}
PROOF = "ab" * 16
OURS = {"X-CSRF": PROOF, "Cookie": f"imc_form={PROOF}", "Sec-Fetch-Site": "same-origin"}
Cost = tuple[float, str]


def run(servers: Servers) -> Iterator[Row]:
    """One row for the bound, one against good input of the same size."""
    with servers.client() as client:
        databases = [client[f"imc_bad_{name}_{uuid.uuid4().hex[:8]}"] for name in ("accounts", "training")]
        try:
            accounts = Accounts(servers.mongo.url, databases[0], servers.directory / "bad-accounts")
            training = TrainingOffice(servers.mongo.url, databases[1], servers.directory / "bad-training")
            in_, apply_ = (app.test_client(use_cookies=False) for app in (accounts.app, training.app))
            reading = min(cost(lambda: sent(in_, "POST", "/accounts/nothing", blank)) for blank in [_blank()] * 5)
            good = min(cost(lambda: sent(in_, "POST", "/accounts/api/v1/tokens", each)) for each in [_good()] * 5)
            found = sorted(_all(in_, apply_), reverse=True)
        finally:
            for database in databases:
                client.drop_database(database.name)
    worst, what = found[0]
    facts = {"what": what, "shapes": len(found), "reading_ms": reading, "dearest": found[:10]}
    beyond = worst - reading
    yield Row(
        "bad_request", f"dearest of {len(found)} anonymous requests of 1 MiB: {what}", beyond, MOST_MS, "ms of CPU",
        [beyond / MOST_MS], Bar(most=1), "allowed beyond reading", facts=facts,
    )  # fmt: skip
    yield Row(
        "bad_request", "the same against a good request of 1 MiB", worst, good, "ms of CPU", [worst / good],
        Bar(most=MOST_TIMES), "a sign-in in blanks", facts=facts,
    )  # fmt: skip


def cost(send: Callable[[], Any]) -> float:
    """Milliseconds of CPU of this process."""
    begun = time.process_time()
    answer = send()
    spent = (time.process_time() - begun) * 1000
    assert answer.status_code < 500, answer.get_data(as_text=True)[:300]
    return spent


def _all(in_: Any, apply_: Any) -> Iterator[Cost]:
    email, code = {"email": "a@b.example"}, {"code": "ABCD"}
    yield from _dearest(in_, "POST", "/accounts/api/v1/tokens", [*json_bodies(TOKENS), *heads()])
    yield from _dearest(in_, "POST", "/accounts/api/v1/departments", [*json_bodies(TOKENS), *heads()])
    yield from _dearest(in_, "POST", "/accounts/sign-in", [*form_bodies(TOKENS), *multipart_bodies(), *heads()], **OURS)
    yield from _dearest(in_, "POST", "/accounts/me/password", [*form_bodies(TOKENS), *multipart_bodies()], **OURS)
    yield from _dearest(in_, "GET", "/accounts/sign-in", heads())
    yield from _dearest(apply_, "POST", "/training/application", [*form_bodies(email), *multipart_bodies()], **OURS)
    yield from _dearest(apply_, "POST", "/training/verify", form_bodies(code), **OURS)
    yield from _dearest(apply_, "GET", "/training/api/v1/catalogue", heads())


def _dearest(client: Any, method: str, path: str, shapes: Iterable[Shape], **headers: str) -> Iterator[Cost]:
    """Of each shape the cheapest of some tries: what it costs when nothing else runs."""
    for shape in shapes:
        tries = (cost(lambda: sent(client, method, path, shape, **headers)) for _ in range(TRIES))
        yield min(tries), f"{shape.name} at {method} {path}"


def _blank() -> Shape:
    return Shape("blank", JSON, b" " * MIB)


def _good() -> Shape:
    return Shape("good", JSON, json.dumps(TOKENS).encode().ljust(MIB))
