"""What people forget: every event has consumers that handle it, every route states who may call it, every setting is documented."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from flask import Flask

from shared.events import CATALOGUE
from shared.settings import SERVICES, VARIABLES

ROOT = Path(__file__).parents[2]
SAME_FILES = {
    "__init__.py", "README.md", "app.py", "worker.py", "handlers.py", "dependencies.py", "current.py"
}  # fmt: skip
SAME_MODULES = {"schemas": {"requests", "responses"}, "store": {"store", "indexes"}, "rules": {"event_data"}}
SAME_PARTS = ("routes", "actions", "rules", "schemas", "store")
FREE = {  # 4: free to all are health, OpenAPI and docs, tokens, the published keys, static files, signed links
    "/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/docs", "/api/agencies/openapi.json", "/.well-known/jwks.json", "/api/v1/tokens",
}  # fmt: skip
SIGNED = (
    "/api/v1/offer-links/",
    "/calendar/",
    "/api/v1/catalogue",
    "/api/v1/certificates/",
)  # whoever has the address was given it; the catalogue and whether a certificate is genuine are the world's


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (path for path in sorted((ROOT / folder).rglob("*.py")) if "__pycache__" not in path.parts)


def test_anonymous_gets_401_everywhere_but_on_the_short_list(app: Flask) -> None:
    service, client, asked = app.config["SERVICE"], app.test_client(), 0
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "0197f0a0-0000-7000-8000-000000000001", rule.rule)
        bare = path.removeprefix(f"/{service}")
        if (
            bare in FREE
            or bare.startswith(("/api/docs", "/api/agencies/docs", "/api/problems", "/static", *SIGNED))
            or path == "/"
            or rule.endpoint.startswith("pages:")
        ):
            continue  # pages: test_pages.py
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = client.open(path, method=method)
            assert answer.status_code == 401, f"{method} {path}"
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            asked += 1
    assert asked >= 4


def test_every_service_has_the_same_files() -> None:
    for service in SERVICES:
        folder = ROOT / "services" / service
        names = {path.name for path in folder.iterdir()}
        assert names >= SAME_FILES, service
        for part in SAME_PARTS:
            assert f"{part}.py" in names or part in names, f"{service} has no {part}"
        assert len((folder / "__init__.py").read_text().strip().splitlines()) >= 3, service
        for part, modules in SAME_MODULES.items():
            below = {path.stem for path in (folder / part).iterdir()}
            assert below >= modules, f"{service}/{part} has no {modules - below}"


PACKAGES = [
    *(f"services/{service}/{part}" for service in SERVICES for part in ("actions", "rules", "schemas", "store")),
    "shared/web",
    "shared/ui",
]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_exports_nothing(package: str) -> None:
    """Its `__init__.py` is a docstring: an import names the module that defines what is imported."""
    module = ast.parse((ROOT / package / "__init__.py").read_text("utf-8"))
    assert ast.get_docstring(module) and len(module.body) == 1, package


@pytest.mark.parametrize("service", SERVICES)
def test_every_consumer_in_the_catalogue_has_a_handler(service: str) -> None:
    handlers = {struct.TYPE for struct in import_module(f"services.{service}.handlers").HANDLERS}
    named = {definition.type for definition in CATALOGUE.values() if service in definition.consumers}
    assert handlers == named, "consumers in shared/events and HANDLERS differ"


def test_only_its_owner_publishes_an_event() -> None:
    owners = {definition.struct.__name__: definition.service for definition in CATALOGUE.values()}
    for path in sources("services"):
        service = path.relative_to(ROOT / "services").parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in owners:
                assert owners[node.func.id] == service, f"{path.name}:{node.lineno} publishes {node.func.id}"


def test_every_event_is_published_somewhere() -> None:
    text = {service: "".join(path.read_text() for path in sources(f"services/{service}")) for service in SERVICES}
    unpublished = [d.type for d in CATALOGUE.values() if d.struct.__name__ not in text[d.service]]
    assert unpublished == []


def test_every_setting_is_documented_and_none_is_read_in_secret() -> None:
    page = (ROOT / "deploy" / "settings.md").read_text()
    known = {variable.name for variable in VARIABLES}
    assert [name for name in sorted(known) if f"`{name}`" not in page] == []
    read = {
        name
        for path in sources("services", "shared", "deploy")
        for name in re.findall(r"IMC_[A-Z_]+[A-Z]", path.read_text())
    }
    assert [name for name in sorted(read) if f"`{name}`" not in page] == []


def test_no_module_has_a_name_that_says_nothing_or_hides_a_standard_one() -> None:
    empty = {"utils", "helpers", "common", "manager", "misc", "base"}
    for path in sources("services", "shared", "deploy"):
        assert path.stem not in empty, path
        assert path.stem not in sys.stdlib_module_names or path.stem == "__main__", path


def test_every_module_opens_by_saying_what_is_here() -> None:
    silent = [str(path.relative_to(ROOT)) for path in sources("services", "shared", "deploy", "tests") if _silent(path)]
    assert silent == []


def _silent(path: Path) -> bool:
    text = path.read_text()
    return bool(text.strip()) and ast.get_docstring(ast.parse(text)) is None


def test_clients_are_made_in_few_places_and_nobody_republishes_by_retry() -> None:
    makers = {"shared/mongo.py", "deploy/local/mongod.py", "deploy/mongo_users.py", "deploy/setup.py"}
    for path in sources("services", "shared", "deploy"):
        text, name = path.read_text(), str(path.relative_to(ROOT))
        assert "retry=True" not in text, f"{name}: the outbox is the retry"
        assert not re.search(r"\bMongoClient\(", text) or name in makers, name
        assert "datetime.now()" not in text, name
        assert "utcnow" not in text, name
