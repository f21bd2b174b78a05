"""The door to an applicant's address: notify comes in with what it signed for this very address, and nobody else does."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from pymongo.database import Database

from services.training.app import create_app
from shared.service_tokens import private_key, sign
from shared.settings import BadSetting
from tests.integration.signing_in import settings_of
from tests.integration.training_office import API, TrainingOffice


@pytest.fixture
def office(mongo_url: str, database: Database[dict[str, Any]], tmp_path: Path) -> TrainingOffice:
    return TrainingOffice(mongo_url, database, tmp_path)


@pytest.fixture
def key(office: TrainingOffice, tmp_path: Path) -> Ed25519PrivateKey:
    return private_key((tmp_path / "notify" / "notify_token_key").read_bytes())


def address(id_: str) -> str:
    return f"{API}/applications/{id_}/contact"


def ask(office: TrainingOffice, path: str, token: str | None) -> Any:
    return office.client.get(path, headers={"Authorization": f"Bearer {token}"} if token else {})


def test_notify_learns_how_to_reach_the_applicant(office: TrainingOffice, key: Ed25519PrivateKey) -> None:
    id_ = office.application(office.programme(), language="ja")
    path = address(id_)
    answer = ask(office, path, sign(key, "notify", path, office.now))
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    link = answer.json["link"]
    known = {"email": "hoa@lotus.example", "name": "NGUYEN Thi Hoa", "language": "ja", "status": "draft"}
    assert answer.json == known | {"link": link, "link_number": 1} and link.startswith(
        "http://127.0.0.1:8000/training/application/"
    )


def test_who_is_gone_is_404_who_is_erased_410(office: TrainingOffice, key: Ed25519PrivateKey) -> None:
    id_ = office.application(office.programme())
    unknown = address("0197f0a0-0000-7000-8000-0000000000ff")
    assert ask(office, unknown, sign(key, "notify", unknown, office.now)).status_code == 404
    office.database["keys"].delete_one({"_id": id_})
    answer = ask(office, address(id_), sign(key, "notify", address(id_), office.now))
    assert answer.status_code == 410 and answer.json["type"] == "urn:imc:problem:gone"


def test_nothing_else_that_is_signed_opens_it(office: TrainingOffice, key: Ed25519PrivateKey, tmp_path: Path) -> None:
    id_ = office.application(office.programme())
    path, other = address(id_), address(office.application(office.programme()))
    accounts = private_key((tmp_path / "accounts" / "token_private_key").read_bytes())
    for token in (
        None,
        "a.b.c",
        sign(Ed25519PrivateKey.generate(), "notify", path, office.now),
        sign(accounts, "notify", path, office.now),
        sign(key, "intake", path, office.now),
        sign(key, "notify", other, office.now),
        sign(key, "notify", path, office.now - timedelta(minutes=2)),
        sign(key, "notify", path, office.now + timedelta(minutes=2)),
    ):
        answer = ask(office, path, token)
        assert answer.status_code == 401 and "hoa@" not in answer.text, token
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("role", ["training", "chief", "admin", "operator", "applicant"])
def test_nobody_signed_in_opens_it_admin_neither(office: TrainingOffice, role: str) -> None:
    answer = ask(office, address(office.application(office.programme())), office.token(role))
    assert answer.status_code == 403 and "hoa@" not in answer.text


def test_what_notify_signs_authorizes_no_other_route(office: TrainingOffice, key: Ed25519PrivateKey) -> None:
    """Not even where anybody signed in may come, and for no address."""
    id_ = office.application(office.programme())
    tried = 0
    for rule in office.app.url_map.iter_rules():
        path = rule.rule.replace("<application_id>", id_).replace("<", "").replace(">", "")
        if not path.startswith(API) or path == address(id_) or "catalogue" in path:
            continue
        token = sign(key, "notify", path, office.now)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = office.client.open(path, method=method, headers={"Authorization": f"Bearer {token}"})
            if _needs_sign_in(office.app, rule.endpoint):
                assert answer.status_code == 401, (method, path)
                tried += 1
    assert tried > 30
    visitor = office.client.application.test_client()
    visitor.set_cookie("imc_token", sign(key, "notify", "/training/operations", office.now))
    assert visitor.get("/training/operations", headers={"Accept": "text/html"}).status_code in (303, 401, 404)


def _needs_sign_in(app: Flask, endpoint: str) -> bool:
    plan = getattr(app.view_functions[endpoint], "plan", None)
    return plan is not None and not plan.open


def test_without_notifys_key_training_does_not_start(mongo_url: str, tmp_path: Path) -> None:
    settings = settings_of("training", mongo_url, "unused", tmp_path)
    (tmp_path / "training" / "notify_token_public_key").unlink()
    with pytest.raises(BadSetting, match="notify_token_public_key: expected a file: notify asks here"):
        create_app(settings)
    (tmp_path / "training" / "notify_token_public_key").write_text("no key")
    with pytest.raises(BadSetting, match="Ed25519 public key"):
        create_app(settings)


def test_the_document_names_the_service(office: TrainingOffice) -> None:
    paths = office.client.get("/training/api/openapi.json").json["paths"]
    doors = {path: one["get"] for path, one in paths.items() if one.get("get", {}).get("x-service")}
    (door,) = doors.values()
    assert list(doors) == ["/training/api/v1/applications/{application_id}/contact"]
    assert (door["x-service"], door["x-roles"], door["x-scope"]) == ("notify", [], None)
    assert {"200", "401", "403", "404", "410"} <= set(door["responses"])
