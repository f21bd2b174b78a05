"""The benches' load: seeded bodies of the size meant, requests as they go over the wire."""

import json

from tests.bench.load import request
from tests.bench.referrals import bodies


def test_the_same_seed_gives_the_same_referrals() -> None:
    assert bodies(7, 20) == bodies(7, 20) != bodies(8, 20)


def test_a_referral_is_about_a_kilobyte_and_has_a_number_of_its_own() -> None:
    made = bodies(1, 50, first=300)
    assert all(800 < len(body) < 1200 for body in made)
    assert len({json.loads(body)["agency_reference"] for body in made}) == 50


def test_a_request_carries_its_own_key() -> None:
    spec = {"host": "127.0.0.1", "path": "/intake/api/v1/referrals", "headers": {"Idempotency-Key": "{key}"}}
    head, _, body = request(spec, b"{}", "3-17").partition(b"\r\n\r\n")
    assert head.startswith(b"POST /intake/api/v1/referrals HTTP/1.1\r\n")
    assert b"Idempotency-Key: 3-17" in head and b"Content-Length: 2" in head and body == b"{}"
