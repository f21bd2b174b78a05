"""What is generated and committed is what the code says today; `make contracts` renews it."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.local import contracts
from shared.events import CATALOGUE
from shared.events.examples import example

RENEW = "stale: run `make contracts`"


def test_committed_contracts_are_fresh(tmp_path: Path) -> None:
    fresh = {path.relative_to(tmp_path): path.read_text() for path in contracts.write(tmp_path)}
    kept = {path.relative_to(contracts.COMMITTED): path.read_text() for path in contracts.COMMITTED.rglob("*.json")}
    assert sorted(fresh) == sorted(kept), RENEW
    assert [str(name) for name, text in fresh.items() if kept[name] != text] == [], RENEW
    assert contracts.CATALOGUE_PAGE.read_text() == contracts.catalogue_page(), RENEW


@pytest.mark.parametrize("path", sorted((contracts.COMMITTED / "openapi").glob("*.json")), ids=lambda path: path.stem)
def test_openapi_is_valid(path: Path) -> None:
    document = json.loads(path.read_text())
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_asyncapi_names_every_event_its_sayer_and_its_hearers() -> None:
    document = contracts.asyncapi()
    assert set(document["components"]["messages"]) == {type_.replace(".", "_") for type_ in CATALOGUE}
    for definition in CATALOGUE.values():
        ref = {"$ref": f"#/channels/events/messages/{definition.type.replace('.', '_')}"}
        assert ref in document["operations"][f"{definition.service}_says"]["messages"]
        for hearer in definition.consumers:
            assert ref in document["operations"][f"{hearer}_hears"]["messages"]


@pytest.mark.parametrize("type_", sorted(CATALOGUE))
def test_snapshots_are_read_both_ways(type_: str) -> None:
    path = contracts.SNAPSHOTS / f"{type_}.json"
    assert path.is_file(), "an event without a snapshot: run `make contracts`"
    snapshot = json.loads(path.read_text())
    struct = CATALOGUE[type_].struct
    msgspec.json.decode(json.dumps(snapshot["example"]), type=struct)
    jsonschema.Draft202012Validator(snapshot["schema"]).validate(example(struct))


def test_no_snapshot_is_left_of_an_event_that_is_gone() -> None:
    assert {path.stem for path in contracts.SNAPSHOTS.glob("*.json")} == set(CATALOGUE)


def test_a_removed_field_would_be_noticed() -> None:
    snapshot = json.loads((contracts.SNAPSHOTS / "intake.visit.booked.v1.json").read_text())
    today = {name: value for name, value in snapshot["example"].items() if name != "department"}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(snapshot["schema"]).validate(today)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(today, CATALOGUE["intake.visit.booked.v1"].struct)
