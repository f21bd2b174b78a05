"""Pages as the application wants them: every one says who may see it, every word stands in every language and is used, vendored files are unchanged."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask

from shared.settings import SERVICES
from shared.texts import LANGUAGES, differences, read_texts
from shared.ui.catalogue import SHARED
from shared.ui.navigation import NAVIGATION
from shared.web.access import plan_of

ROOT = Path(__file__).parents[2]
UI = ROOT / "shared" / "ui"
ID = "0197f0a0-0000-7000-8000-000000000001"
OPEN = {  # pages that anyone may see: sign-in and what leads there, and links that carry their own proof
    "/accounts/sign-in", "/accounts/enrol", "/accounts/signed-in", "/accounts/renew", "/accounts/sign-out", "/accounts/language", "/accounts/look",
    "/accounts/oidc/start", "/accounts/oidc/callback",
    "/accounts/",
    *(f"/interpreting/offers/{ID}{one}" for one in ("", "/accept", "/decline")),
    "/training/programmes", *(f"/training/programmes/{ID}{one}" for one in ("", "/apply")), "/training/application", "/training/verify",
    *(f"/training/application/{ID}{one}" for one in ("", "/you", "/plan", f"/papers/{ID}", f"/files/{ID}", "/send", "/later", "/confirm", "/withdraw", "/evaluation", "/certificate", "/known")),
    f"/training/fragments/application/{ID}/certificate", f"/training/application/{ID}/safe",
}  # fmt: skip
ASKED_BY_STATUS = ("wrong.", "problem.", "expected.")  # looked up by what went wrong, not by a word in the source
FOLDERS = {"shared": UI, **{name: ROOT / "services" / name for name in SERVICES}}


def test_every_page_says_who_may_see_it_and_lets_nobody_else_in(app: Flask) -> None:
    client = app.test_client()
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("pages:"):
            continue
        plan = plan_of(app.view_functions[rule.endpoint])
        assert plan.stated, rule.rule
        path = re.sub(r"<[^>]+>", ID, rule.rule)
        if plan.open:
            assert path in OPEN, f"{path}: an open page is named in the list above"
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            answer = client.open(path, method=method, headers={"Accept": "text/html"})
            if method == "GET":
                assert answer.status_code == 303, f"{method} {path}"
                assert answer.headers["Location"].startswith("/accounts/renew?next=/"), path
            else:
                assert answer.status_code == 401, f"{method} {path}"


def test_what_the_navigation_leads_to_is_a_page(app: Flask) -> None:
    service = app.config["SERVICE"]
    pages = {
        rule.rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint.startswith("pages:")
    }
    for entry in NAVIGATION:
        if entry.href.startswith(f"/{service}/"):
            assert entry.href in pages, f"{entry.href} is in shared/ui/navigation.py, but no page"


@pytest.mark.parametrize("name", FOLDERS)
def test_every_word_stands_in_every_language(name: str) -> None:
    files = [FOLDERS[name] / "words" / f"{language}.toml" for language in LANGUAGES]
    if not files[0].exists():
        assert not files[1].exists()
        return
    found = differences({file.stem: read_texts(file) for file in files})
    assert [each for each in found if not re.match(r"expected\..* names ", each)] == []


@pytest.mark.parametrize("name", FOLDERS)
def test_every_word_is_used_and_every_used_word_stands_there(name: str) -> None:
    if not (FOLDERS[name] / "words").is_dir():
        return
    known = set(read_texts(FOLDERS[name] / "words" / "ja.toml"))
    shared = set(read_texts(SHARED / "ja.toml"))
    whole, begun = _used(FOLDERS[name])
    if name == "shared":
        whole |= {entry.word for entry in NAVIGATION}
    unused = [
        key for key in sorted(known)
        if key not in whole and not key.startswith((*ASKED_BY_STATUS, *begun)) and not _elsewhere(name, key)
    ]  # fmt: skip
    assert unused == []
    assert sorted(key for key in whole if key not in known | shared) == []
    assert sorted(part for part in begun if not any(key.startswith(part) for key in known | shared)) == []


def test_every_service_has_its_name_in_words() -> None:
    for language in LANGUAGES:
        words = read_texts(SHARED / f"{language}.toml")
        assert [service for service in SERVICES if f"operations.service.{service}" not in words] == []


def _elsewhere(name: str, key: str) -> bool:
    """A shared word may be there for the services."""
    if name != "shared":
        return False
    found = [_used(folder) for folder in FOLDERS.values()]
    return any(key in whole or key.startswith(tuple(begun)) for whole, begun in found)


@cache
def _used(folder: Path) -> tuple[set[str], set[str]]:
    """Keys written out in templates and modules, and beginnings of those that are put together."""
    whole, begun = set(), set()
    for text in _texts(folder):
        for key, more in re.findall(r"""(?:\bt|\bflash)\(\s*["']([a-z][\w.-]*)["'](\s*~|\s*\+)?""", text):
            (begun if more or key.endswith(".") else whole).add(key)
        whole |= set(re.findall(r"""\bword\(\s*[\w.]+,\s*["']([a-z][\w.-]*)["']""", text))
        begun |= set(re.findall(r"""\bt\(\s*f["']([a-z][\w.-]*)\{""", text))
    return whole, begun


def _texts(folder: Path) -> Iterator[str]:
    for pattern in ("*.html", "*.py"):
        for path in sorted(folder.rglob(pattern)):
            text = path.read_text("utf-8")
            yield (
                re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL) if path.suffix == ".html" else _without_docstrings(text)
            )


def _without_docstrings(text: str) -> str:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and (
            docstring := ast.get_docstring(node, clean=False)
        ):
            text = text.replace(docstring, "")
    return text


def test_vendored_files_are_as_they_were_published() -> None:
    for list_file in ROOT.glob("**/vendor/vendor.toml"):
        if ".venv" in list_file.parts:
            continue
        named = {"vendor.toml"}
        for library in tomllib.loads(list_file.read_text()).values():
            assert {"version", "source", "licence", "licence_file", "files"} <= set(library)
            named.add(library["licence_file"])
            for name, digest in library["files"].items():
                named.add(name)
                assert sha256((list_file.parent / name).read_bytes()).hexdigest() == digest, name
        assert {path.name for path in list_file.parent.iterdir()} == named


def test_no_template_holds_a_script_or_a_style_that_csp_forbids() -> None:
    for folder in FOLDERS.values():
        for path in folder.rglob("*.html"):
            text = path.read_text("utf-8")
            assert not re.search(r"\sstyle=|<style|\son[a-z]+=\"|hx-on|javascript:", text), path
            assert not re.search(r"<script(?![^>]*\ssrc=)", text), path


def test_no_template_of_a_service_hides_a_shared_one() -> None:
    names = {
        folder: {str(path.relative_to(root / "templates")) for path in (root / "templates").rglob("*.html")}
        for folder, root in FOLDERS.items()
    }
    shared = names.pop("shared")
    assert {folder: found & shared for folder, found in names.items() if found & shared} == {}


def test_styles_know_no_left_and_right() -> None:
    """Right-to-left works by `dir` alone."""
    for folder in FOLDERS.values():
        for path in folder.rglob("*.css"):
            text = re.sub(r"/\*.*?\*/", "", path.read_text("utf-8"), flags=re.DOTALL)
            found = re.findall(
                r"(?:margin|padding|border)-(?:left|right)|text-align:\s*(?:left|right)|float:|(?<![\w-])(?:left|right):",
                text,
            )
            assert found == [], path
