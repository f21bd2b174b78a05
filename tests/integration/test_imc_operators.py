"""What operators do from the command line, on a system of this file's own: keys, accounts, events, parked events, rebuilds."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kombu
import pymongo
import pyotp
import pytest
import requests
from pymongo.database import Database

from shared.broker.envelope import CONTENT_TYPE
from shared.ids import new_id
from tests.integration.dead_letters import dead_letter_department
from tests.system import IMC, System, free_base_port


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    one = System(tmp_path_factory.mktemp("operators") / "data")
    one.up()
    yield one
    one.down()


@pytest.fixture
def intake(here: System) -> Iterator[Database]:
    client: Any = pymongo.MongoClient(here.state["mongo_url"], tz_aware=True)
    with client:
        yield client["imc_intake"]


def test_a_key_opens_intake_when_the_command_returns_and_two_live_at_most(here: System) -> None:
    first = here.answer("keys", "issue", "--organization", "Bangkok Bridge")
    assert set(first) == {"organization_id", "key_id", "key"}
    assert here.call("GET", "/intake/api/v1/referrals", first["key"]).status_code == 200
    same = "ＢＡＮＧＫＯＫ  bridge"  # to a reader
    second = here.answer("keys", "issue", "--organization", same)
    assert second["organization_id"] == first["organization_id"]
    third = here.imc("keys", "issue", "--organization", "Bangkok Bridge")
    assert third.status == 1
    assert third.err.startswith("Error: ")
    assert "Traceback" not in third.err


def test_there_is_no_sandbox_yet(here: System) -> None:
    done = here.imc("keys", "issue", "--organization", "Bangkok Bridge", "--test")
    assert done.status == 2
    assert done.err.count("\n") == 1
    assert "no sandbox" in done.err


def test_an_account_is_good_for_tokens_at_once(here: System) -> None:
    made = here.answer("accounts", "add", f"desk-{new_id()[-6:]}", "--role", "front_desk", "--role", "coordinator")
    assert set(made) == {"username", "password", "totp_secret"}
    own = here.call("GET", "/accounts/api/v1/me", here.token_of(made)).json()
    assert set(own["roles"]) == {"front_desk", "coordinator"}


def test_an_account_is_given_its_departments(here: System) -> None:
    name = f"ward-{new_id()[-6:]}"
    wished = ("--role", "department", "--department", "urology", "--department", "cardiology")
    made = here.answer("accounts", "add", name, *wished)
    own = here.call("GET", "/accounts/api/v1/me", here.token_of(made)).json()
    assert own["departments"] == ["cardiology", "urology"]


def test_whoever_makes_an_account_that_can_do_nothing_is_told(here: System) -> None:
    name = f"nowhere-{new_id()[-6:]}"
    done = here.imc("accounts", "add", name, "--role", "reviewer", "--json")
    assert done.status == 0 and set(json.loads(done.out)) == {"username", "password", "totp_secret"}
    assert name in done.err and "works in no department" in done.err and '{"departments": ["cardiology"]}' in done.err
    told = here.imc("setup")
    assert told.status == 0 and name in told.out and "works in no department" in told.out


def test_the_admin_of_state_json_signs_in(here: System) -> None:
    admin = here.state["admin"]
    body = {"username": admin["username"], "password": admin["password"]}
    body["one_time_code"] = pyotp.TOTP(admin["totp_secret"]).now()
    answer = requests.post(f"{here.url}/accounts/api/v1/tokens", json=body, timeout=20)
    assert (answer.status_code, answer.json()["expires_in"]) == (201, 900)


def test_a_wrong_wish_is_one_line(here: System) -> None:
    for arguments in (
        ("accounts", "add", "somebody", "--role", "emperor"),
        ("accounts", "add", "somebody", "--role", "agency", "--organization", "Nobody Ltd"),
        ("accounts", "add", "somebody", "--role", "department", "--department", "astrology"),
        ("rebuild", "kitchen"),
        ("dead", "discard", new_id(), "--why", "no longer wanted"),
    ):
        done = here.imc(*arguments)
        assert done.status == 1, arguments
        assert done.err.startswith("Error: ")
        assert done.err.count("\n") == 1


def test_events_are_watched_as_they_are_said(here: System) -> None:
    command = [*IMC, "events", "tail", "--json", "--data", str(here.data)]
    watching = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    assert watching.stdout
    json.loads(watching.stdout.readline())  # it watches: the past comes first
    made = here.answer("accounts", "add", f"watched-{new_id()[-6:]}", "--role", "coordinator")
    deadline = time.monotonic() + 30
    while (entry := json.loads(watching.stdout.readline()))["type"] != "accounts.account.created.v1" or entry[
        "data"
    ].get("username") not in (None, made["username"]):
        assert time.monotonic() < deadline
    watching.terminate()
    watching.wait(10)
    subject = entry["subject"]
    lines = here.imc("events", "tail", "--no-follow", "--json", "--case", subject).out.splitlines()
    assert {json.loads(line)["subject"] for line in lines} == {subject}


def test_poison_is_dead_lettered_shown_and_discarded_with_a_reason(here: System) -> None:
    state = here.state
    with kombu.Connection(state["amqp_url"]) as broker:
        producer = broker.Producer()
        exchange = f"{state['broker_prefix']}imc.events"
        producer.publish(b"{", exchange=exchange, routing_key="notify.endpoint.disabled.v1", content_type=CONTENT_TYPE)
    (row,) = here.until(lambda: here.answer("dead", "list"))
    assert (row["service"], row["cause"]) == ("partners", "unreadable")
    assert here.imc("status").status == 1
    shown = json.loads(here.imc("dead", "show", row["_id"]).out)
    assert shown[0]["history"][0]["what"] == "dead_lettered"
    assert here.imc("dead", "redrive", row["_id"]).status == 1  # nobody could read it the second time either
    assert here.imc("dead", "discard", row["_id"]).status == 2  # why?
    assert here.imc("dead", "discard", row["_id"], "--why", "a stranger's").status == 0
    assert here.answer("dead", "list") == []
    assert here.imc("dead", "restore", row["_id"], "--why", "look again").status == 0
    assert here.imc("dead", "discard", row["_id"], "--why", "a stranger's indeed").status == 0
    here.until(lambda: here.imc("status").status == 0)


def test_a_dead_lettered_event_is_redriven_by_its_cause_to_the_one_that_failed(here: System, intake: Database) -> None:
    code, subject = f"ward_{new_id()[-4:]}", new_id()
    dead_letter_department(intake, code, subject)
    assert here.imc("dead", "redrive", "--cause", "gap", "--why", "the earlier ones are lost").status == 0
    here.until(lambda: intake.departments.find_one({"code": code}) or intake.departments.find_one({"_id": code}))
    assert here.answer("dead", "list") == []
    acts = [entry["action"] for entry in intake.audit.find({"action": "dead.redrive"})]
    assert acts
    here.until(lambda: here.imc("status").status == 0)


def test_an_operator_does_the_same_over_http_and_the_command_sees_it(here: System, intake: Database) -> None:
    code, operations = f"ward_{new_id()[-4:]}", "/intake/api/v1/operations"
    operator, desk = here.token("operator"), here.token("front_desk")
    first = dead_letter_department(intake, f"{code}_first", new_id())
    assert here.imc("dead", "redrive", first, "--why", "by the command").status == 0
    here.until(lambda: intake.departments.find_one({"_id": f"{code}_first"}))
    dead_letter_department(intake, code, new_id())
    stands = here.call("GET", operations, operator).json()
    assert (stands["dead_lettered"], stands["healthy"]) == (1, False)
    assert {one["kind"] for one in stands["processes"] if one["healthy"]} == {"web", "worker"}
    assert stands["queues"]["queue"] == 0 and not any(stands["queues"].values())
    assert here.call("POST", f"{operations}/redrive", desk, json={"all": True}).status_code == 403
    (row,) = here.call("GET", f"{operations}/failed-events", operator).json()["items"]
    pressed = [
        here.call("POST", f"{operations}/failed-events/{row['id']}/redrive", operator, json={}) for _ in range(2)
    ]
    assert pressed[0].status_code == 200 and pressed[1].status_code in (404, 409)
    here.until(lambda: intake.departments.find_one({"_id": code}))
    assert here.answer("dead", "list") == []
    acts = here.call("GET", f"{operations}/history", operator).json()["items"]
    assert (acts[0]["action"], acts[0]["actor"].partition(":")[0], acts[0]["event_id"]) == (
        "redrive",
        "account",
        row["id"],
    )
    assert (acts[1]["event_id"], acts[1]["reason"]) == (first, "by the command"), "the command's acts stand beside"
    assert acts[1]["actor"].startswith("operator:") and acts[1]["source"].startswith("imc on ")
    here.until(lambda: here.call("GET", operations, operator).json()["healthy"])
    here.until(lambda: here.imc("status").status == 0)


def test_a_rebuild_brings_lost_copies_back(here: System, intake: Database) -> None:
    said = {"_id": {"$not": {"$regex": "^ward_"}}}  # the wards of this file were said by nobody
    before = intake.departments.count_documents(said)
    assert before > 5
    intake.departments.delete_many({})
    done = here.imc("rebuild", "intake", "--from", "accounts", "--json")
    assert done.status == 0, done.err
    assert json.loads(done.out)["state"] == "done"
    assert intake.departments.count_documents(said) == before


def test_set_up_again_changes_nothing(here: System) -> None:
    assert here.imc("setup").status == 0
    assert here.imc("status").status == 0


def test_processes_run_by_hand_on_servers_the_environment_names(
    tmp_path: Path, mongo_url: str, rabbitmq_url: str, broker_prefix: str
) -> None:
    """As a container runs them: secrets in a directory, servers by url, one process per command."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("IMC_")}
    environ |= {"IMC_MONGO_URL": mongo_url, "IMC_AMQP_URL": rabbitmq_url, "IMC_BROKER_PREFIX": broker_prefix}
    root = environ | {"IMC_SECRET_DIR": str(tmp_path)}
    for _ in range(2):
        done = subprocess.run([*IMC, "setup"], cwd=tmp_path, env=root, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
    port = free_base_port(1)
    own = environ | {"IMC_SECRET_DIR": str(tmp_path / "accounts")}
    command = [*IMC, "web", "accounts", "--host", "127.0.0.1", "--port", str(port)]
    with subprocess.Popen(command, env=own, cwd=tmp_path, stderr=subprocess.DEVNULL) as web:
        with subprocess.Popen([*IMC, "worker", "accounts"], env=own, cwd=tmp_path, stderr=subprocess.DEVNULL) as worker:
            try:
                System(tmp_path).until(lambda: _status(f"http://127.0.0.1:{port}/accounts/readyz") == 200)
                System(tmp_path).until(lambda: _consumes(mongo_url))  # before that a signal simply ends it
                made = [*IMC, "accounts", "add", "first", "--role", "admin", "--json"]
                done = subprocess.run(made, cwd=tmp_path, env=root, capture_output=True, text=True, timeout=60)
                assert done.returncode == 0, done.stderr
                assert set(json.loads(done.stdout)) == {"username", "password", "totp_secret"}
            finally:
                web.terminate()
                worker.terminate()
        assert (web.wait(15), worker.wait(15)) == (0, 0)
    _drop_databases(mongo_url)


def _status(url: str) -> int:
    try:
        return requests.get(url, timeout=5).status_code
    except requests.ConnectionError:
        return 0


def _consumes(mongo_url: str) -> bool:
    client: Any = pymongo.MongoClient(mongo_url)
    with client:
        return client["imc_accounts"].meta.find_one({"kind": "worker", "consuming": True}) is not None


def _drop_databases(mongo_url: str) -> None:
    client: Any = pymongo.MongoClient(mongo_url)
    with client:
        for name in client.list_database_names():
            if name.startswith("imc_"):
                client.drop_database(name)


def test_a_missing_variable_is_named_in_one_line(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("IMC_")}
    for command, named in (("web", "IMC_SECRET_DIR"), ("worker", "IMC_SECRET_DIR")):
        done = subprocess.run([*IMC, command, "intake"], env=environ, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1
        assert (done.stderr.startswith(named), done.stderr.count("\n")) == (True, 1)
