"""Clients that others' tools make of what agencies call: made without a warning, they type-check, and one sends a referral and reads it back."""

import importlib
import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
import requests

from shared.web.openapi_details import operations
from tests.contract.node import installed
from tests.journeys import play
from tests.system import System

BIN = Path(sys.executable).parent
TYPESCRIPT = Path(__file__).parent / "typescript"
CALLED = ("intake", "partners", "accounts")


def made(document: dict[str, Any], directory: Path, name: str) -> Path:
    """The package that openapi-python-client makes; an AssertionError tells what it warns of."""
    config = {"package_name_override": name, "project_name_override": name, "post_hooks": []}
    (directory / "config.json").write_text(json.dumps(config))
    (directory / f"{name}.openapi.json").write_text(json.dumps(document))
    command = [BIN / "openapi-python-client", "generate", "--fail-on-warning", "--meta", "none", "--overwrite"]
    command += ["--path", directory / f"{name}.openapi.json", "--config", directory / "config.json"]
    done = subprocess.run(
        [*map(str, command), "--output-path", str(directory / name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0 and "arning" not in told and "kipp" not in told, told
    return directory / name


def document_of(system: System, service: str) -> dict[str, Any]:
    found = requests.get(f"{system.url}/{service}/api/agencies/openapi.json", timeout=20)
    document: dict[str, Any] = found.json()
    return document


@pytest.fixture(scope="module")
def generated(system: System, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(document_of(system, "intake"), tmp_path_factory.mktemp("client"), "intake_client")


@pytest.mark.parametrize("service", CALLED)
def test_no_document_makes_the_generator_warn_or_skip(
    system: System, service: str, generated: Path, tmp_path: Path
) -> None:
    document = document_of(system, service)
    package = generated if service == "intake" else made(document, tmp_path, f"{service}_client")
    modules = {path.stem for path in (package / "api").rglob("*.py")}
    assert {snake(operation["operationId"]) for _, _, operation in operations(document)} <= modules


def snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def test_the_client_type_checks(generated: Path) -> None:
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={os.devnull}", "--config-file="]
    done = subprocess.run(
        [*command, str(generated)], cwd=generated.parent, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_referral_goes_out_and_is_read_back(system: System, generated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(generated.parent))
    client_of = importlib.import_module("intake_client.client").AuthenticatedClient
    models = importlib.import_module("intake_client.models")
    api = {
        name: importlib.import_module(f"intake_client.api.agencies.{name}")
        for name in ("create_referral", "get_referral", "list_referrals", "post_message", "get_timeline")
    }
    key = system.key(f"Agency {uuid.uuid4().hex[:8]}")["key"]
    with client_of(base_url=system.url, token=key, raise_on_unexpected_status=True) as client:
        told = play.referral()
        told["patient"] |= {"phone": "+66 2 123 4567", "passport": {"number": "AA1234567", "country": "TH"}}
        sent = api["create_referral"].sync_detailed(
            client=client, body=models.Referral.from_dict(told), idempotency_key=uuid.uuid4().hex
        )
        id_ = str(sent.parsed.id)
        assert sent.status_code == 201 and sent.headers["Location"].endswith(id_), sent.content
        read = api["get_referral"].sync_detailed(id_, client=client)
        assert read.parsed.agency_reference == told["agency_reference"]
        assert read.parsed.patient.name.latin == told["patient"]["name"]["latin"]
        assert read.parsed.status == "received" and read.parsed.next_.who == "hospital"
        same = api["get_referral"].sync_detailed(id_, client=client, if_none_match=read.headers["ETag"])
        assert same.status_code == 304 and same.content == b""
        again = models.Referral.from_dict(told | {"patient": read.parsed.patient.to_dict()})
        assert api["create_referral"].sync_detailed(client=client, body=again).status_code == 201
        assert len(api["list_referrals"].sync(client=client, agency_reference=told["agency_reference"]).items) == 2
        said = api["post_message"].sync(id_, client=client, body=models.Text(text="Arrives by wheelchair"))
        assert said.text == "Arrives by wheelchair"
        assert api["get_timeline"].sync(id_, client=client).items
        refused = api["post_message"].sync_detailed(uuid.uuid4().hex, client=client, body=models.Text(text="Hello"))
        assert refused.status_code == 404 and refused.parsed.status == 404


def test_typescript_compiles_what_openapi_typescript_makes(system: System, tmp_path: Path) -> None:
    installed(TYPESCRIPT, tmp_path, "referral.ts")
    (tmp_path / "intake.json").write_text(json.dumps(document_of(system, "intake")))
    command = ["node_modules/.bin/openapi-typescript", "intake.json", "--output", "intake.d.ts"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert "arning" not in done.stdout + done.stderr, done.stdout + done.stderr
    compile_ = ["node_modules/.bin/tsc", "--noEmit", "--strict", "referral.ts", "intake.d.ts"]
    compiled = subprocess.run(compile_, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert compiled.returncode == 0, compiled.stdout
