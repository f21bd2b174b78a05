"""Every operation of every service, tried through the gateway of a running system: it answers only what its OpenAPI document says.

schemathesis makes requests that fit the document and requests that do not, always the same ones; each operation is tried with
made-up ids and with ids of real things made for this, by whoever may call it. Not here: what an answer means (the journeys).
"""

import itertools
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.contract.world import World
from tests.system import System

SERVICES = ("intake", "interpreting", "training", "partners", "notify", "accounts")
FEW = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
]


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as one:
        yield one


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_answers_only_what_the_document_says(
    service: str, system: System, world: World, session: requests.Session
) -> None:
    schema = schemathesis.openapi.from_url(f"{system.url}/{service}/api/openapi.json")
    wrong: list[str] = []
    statuses: dict[str, set[int]] = {}
    for found in schema.get_all_operations():
        operation = found.ok()
        ways = itertools.cycle(itertools.product(world.callers_of(operation.definition.raw), ({}, world.ids)))
        for mode in schemathesis.GenerationMode:
            try:
                _try(operation, mode, ways, session, statuses.setdefault(operation.label, set()))
            except Exception as failure:
                wrong.append(f"{operation.label} ({mode.value}): {failure}")
    assert wrong == []
    assert all(statuses.values()), "each was tried"
    assert {200, 422} <= set().union(*statuses.values()), "some requests get in, others do not"


def _try(
    operation: Any, mode: schemathesis.GenerationMode, ways: Iterator[Any], session: requests.Session, seen: set[int]
) -> None:
    """Sends a few requests, each in the next of the ways: (credential, real ids or none)."""

    def call(case: schemathesis.Case) -> None:
        credential, ids = next(ways)
        case.path_parameters = {name: ids.get(name, value) for name, value in (case.path_parameters or {}).items()}
        headers = {"Authorization": f"Bearer {credential}"} if credential else {}
        answer = case.call(session=session, headers=headers, timeout=20)
        seen.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)

    with suppress(Unsatisfiable):  # there is nothing to be wrong about where nothing is taken
        FEW(given(operation.as_strategy(generation_mode=mode))(call))()
