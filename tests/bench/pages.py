"""*pages*: the board of a day with 300 visits, the register and a case, at 1,000 cases and at 1,000,000; and what a page weighs.

The same system, small first. Each page is asked for over HTTP as a browser does, one after the other: the server's own time.
Not here: the search behind the register (search.py).
"""

import json
import re
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import requests

from services.accounts.dependencies import Secrets
from services.accounts.rules.sign_in import token_claims
from shared.clock import utc_now
from shared.ids import new_id
from tests.bench import referrals
from tests.bench.application import Application, settings
from tests.bench.filling import fill_cases
from tests.bench.flow import warm
from tests.bench.growth import LARGE, SMALL
from tests.bench.results import Bar, Row, compared, median
from tests.bench.servers import Servers

VISITS, ROUNDS, ASKED = 300, 5, 12
FIRST_VISIT_BYTES, LATER_BYTES = 150 * 1024, 30 * 1024
DEPARTMENT = {"_id": "cardiology", "names": {"ja": "循環器内科", "en": "Cardiology"}, "listed": True, "sequence": 1}
ASSETS = re.compile(r'(?:src|href)="(/intake/static/[^"]+)"')


class Desk:
    """A clerk with a browser's cookie, and a program with the same token."""

    def __init__(self, application: Application) -> None:
        self._application, self._secrets = (
            application,
            Secrets(settings(application.servers, "accounts", application.prefix)),
        )
        self._home = f"http://127.0.0.1:{application.port}"
        self.browser = requests.Session()
        self.browser.headers["Accept-Language"] = "ja"

    def sign_in(self) -> None:
        """A fresh token: it lives shorter than a million cases take to be made."""
        account = {"_id": new_id(), "roles": ["front_desk"]}
        token = self._secrets.sign(token_claims(account, new_id(), utc_now()) | {"name": "Bench"})
        self.browser.cookies.set("imc_token", token)
        self._bearer = {"Authorization": f"Bearer {token}"}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = requests.post(f"{self._home}/intake/api/v1/{path}", json=body, headers=self._bearer, timeout=30)
        answer.raise_for_status()
        return dict(answer.json())

    def page(self, path: str) -> requests.Response:
        answer = self.browser.get(self._home + path, timeout=30, allow_redirects=False)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer

    def weight(self, path: str) -> tuple[int, int]:
        """Bytes over the wire of a first visit with its static files, and of the page alone."""
        found = self.page(path)
        alone = int(found.headers["Content-Length"])
        files = sorted(set(ASSETS.findall(found.text)))
        assert files, f"{path}: no static files"
        return alone + sum(int(self.page(each).headers["Content-Length"]) for each in files), alone


def run(servers: Servers, large: int = LARGE, rounds: int = ROUNDS) -> Iterator[Row]:
    """Small, then filled; then the weights."""
    application = Application("pages", servers)
    try:
        application.start()
        warm(application)
        with servers.client() as client:
            client.imc_intake.departments.replace_one({"_id": DEPARTMENT["_id"]}, DEPARTMENT, upsert=True)
        desk = Desk(application)
        desk.sign_in()
        case_id = a_full_day(servers, desk)
        found = []
        for size in (SMALL, large):
            fill_cases(servers, size)
            desk.sign_in()
            found.append(measured(desk, case_id, rounds))
        for each in found[0]:
            small, big = found[0][each], found[1][each]
            yield compared(
                "pages", f"{each}, {VISITS} visits today, {large:,} cases", big, [median(small)] * len(big), "ms",
                Bar(most=1.3), against=f"at {SMALL:,}",
            )  # fmt: skip
        yield from weights(desk, case_id)
    finally:
        application.stop()
        application.clean()


def a_full_day(servers: Servers, desk: Desk) -> str:
    """Visits of today, three of five still to come and one done, as on a morning; gives one case."""
    for number, raw in enumerate(referrals.bodies(77, VISITS, 7_700_000)):
        body = json.loads(raw)
        del body["agency_reference"]
        body["visit"] = {"department": "cardiology", "minutes": 30 + number % 60}
        case = desk.post("cases", body)
    begin = utc_now().astimezone(ZoneInfo("Asia/Tokyo")).replace(hour=8, minute=30, second=0, microsecond=0)
    with servers.client() as client:
        cases = client.imc_intake.cases
        for number, each in enumerate(list(cases.find({"visits": {"$ne": []}}, {"visits": 1}))):
            start = begin + timedelta(minutes=number)
            status = ("booked", "booked", "booked", "arrived", "completed")[number % 5]
            changed = {"status": status, "start": start, "end": start + timedelta(minutes=30)}
            cases.update_one({"_id": each["_id"]}, {"$set": {f"visits.0.{name}": of for name, of in changed.items()}})
    return str(case["id"])


def measured(desk: Desk, case_id: str, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each page, the median of a round's; a first round is not counted."""
    works = {
        "board": lambda: desk.page("/intake/"),
        "register": lambda: desk.page("/intake/register"),
        "case": lambda: desk.page(f"/intake/cases/{case_id}"),
    }
    found: dict[str, list[float]] = {each: [] for each in works}
    for number in range(rounds + 1):
        for each, work in works.items():
            times = []
            for _ in range(ASKED):
                begun = time.perf_counter()
                work()
                times.append((time.perf_counter() - begun) * 1000)
            if number:
                found[each].append(median(times))
    return found


def weights(desk: Desk, case_id: str) -> Iterator[Row]:
    """Compressed bytes of the heaviest page: with all its static files, and without."""
    pages = ("/intake/", "/intake/register", f"/intake/cases/{case_id}")
    weighed = {path.replace(case_id, "…"): desk.weight(path) for path in pages}
    for place, (what, most) in enumerate((("at first visit", FIRST_VISIT_BYTES), ("after", LATER_BYTES))):
        heaviest = max(each[place] for each in weighed.values())
        yield Row(
            "pages", f"one page transfers {what}", heaviest / 1024, most / 1024, "KiB", [heaviest / most], Bar(most=1),
            "allowed", facts={path: each[place] for path, each in weighed.items()},
        )  # fmt: skip
