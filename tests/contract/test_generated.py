"""What is generated and committed is what the code says today; `make contracts` renews it."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from deploy.cli import contracts
from shared.events import CATALOGUE
from shared.events.examples import example

RENEW = "stale: run `make contracts`"


def committed() -> list[Path]:
    """What of deploy/contracts is committed: all but the events' schemas, which stand in asyncapi.json already."""
    found = (path.relative_to(contracts.COMMITTED) for path in contracts.COMMITTED.rglob("*.json"))
    return [path for path in found if path.parts[0] != "events"]


def test_committed_contracts_are_fresh(tmp_path: Path) -> None:
    written = [path.relative_to(tmp_path) for path in contracts.write(tmp_path)]
    fresh = {path: (tmp_path / path).read_text() for path in written if path.parts[0] != "events"}
    kept = {path: (contracts.COMMITTED / path).read_text() for path in committed()}
    assert sorted(fresh) == sorted(kept), RENEW
    assert [str(name) for name, text in fresh.items() if kept[name] != text] == [], RENEW
    assert contracts.CATALOGUE_PAGE.read_text() == contracts.catalogue_page(), RENEW


def test_a_schema_of_every_event_is_written_and_says_what_asyncapi_says(tmp_path: Path) -> None:
    contracts.write(tmp_path)
    assert {path.stem for path in (tmp_path / "events").iterdir()} == set(CATALOGUE)
    components = json.loads((tmp_path / "asyncapi.json").read_text())["components"]["schemas"]
    for type_, definition in CATALOGUE.items():
        schema = json.loads((tmp_path / "events" / f"{type_}.json").read_text())
        assert schema["$id"] == f"urn:imc:schema:{type_}"
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(example(definition.struct))
        for name, part in schema["$defs"].items():
            led = json.dumps(part).replace("#/$defs/", "#/components/schemas/")
            assert json.loads(led) == components[name]


@pytest.mark.parametrize("type_", sorted(CATALOGUE))
def test_asyncapi_takes_an_event_in_its_envelope_and_no_other(type_: str) -> None:
    document = contracts.asyncapi()
    payload = document["components"]["messages"][type_.replace(".", "_")]["payload"]["schema"]
    validator = jsonschema.Draft202012Validator({**payload, "components": document["components"]})
    event = {
        "specversion": "1.0",
        "id": "01936f1c-0000-7000-8000-000000000001",
        "source": f"/imc/{CATALOGUE[type_].service}",
        "type": f"imc.{type_}",
        "subject": "01936f1c-0000-7000-8000-000000000002",
        "time": "2026-11-27T09:30:00Z",
        "sequence": 1,
        "correlationid": "01936f1c-0000-7000-8000-000000000003",
        "causationid": "01936f1c-0000-7000-8000-000000000004",
        "actor": "timer:test",
        "data": example(CATALOGUE[type_].struct),
    }
    validator.validate(event)
    for broken in ({**event, "type": "imc.other.v1"}, {**event, "data": 1}, {**event, "sequence": 0}):
        assert not validator.is_valid(broken)
    del event["actor"]
    assert not validator.is_valid(event)


@pytest.mark.parametrize("path", sorted((contracts.COMMITTED / "openapi").glob("*.json")), ids=lambda path: path.stem)
def test_openapi_is_valid(path: Path) -> None:
    document = json.loads(path.read_text())
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_asyncapi_names_every_event_its_publisher_and_its_consumers() -> None:
    document = contracts.asyncapi()
    assert set(document["components"]["messages"]) == {type_.replace(".", "_") for type_ in CATALOGUE}
    for definition in CATALOGUE.values():
        ref = {"$ref": f"#/channels/events/messages/{definition.type.replace('.', '_')}"}
        assert ref in document["operations"][f"{definition.service}_publishes"]["messages"]
        for consumer in definition.consumers:
            assert ref in document["operations"][f"{consumer}_consumes"]["messages"]


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
