"""Somebody with a browser, without a script: reads pages, fills their forms as they stand there, keeps cookies. For tests of pages."""

from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ORIGIN = "http://localhost"


class Form:
    """A form as the page holds it: where it goes, and what is in it."""

    def __init__(self, attributes: dict[str, str]) -> None:
        self.id = attributes.get("id", "")
        self.action = attributes.get("action", "")
        self.method = attributes.get("method", "get").lower()
        self.fields: list[tuple[str, str]] = []

    def values(self) -> dict[str, str]:
        return dict(self.fields)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._select: str | None = None
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given)
            self.forms.append(self._form)
        if self._form is None:
            return
        kind = given.get("type", "text")
        if tag == "input" and "name" in given and kind != "file":
            if kind not in ("checkbox", "radio") or "checked" in given:
                self._form.fields.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self._select = given.get("name")
        elif tag == "option" and self._select and "selected" in given:
            self._form.fields.append((self._select, given.get("value", "")))
        elif tag == "textarea":
            self._area = given["name"], []

    def handle_data(self, data: str) -> None:
        if self._area:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area and self._form:
            self._form.fields.append((self._area[0], "".join(self._area[1]).removeprefix("\n")))
            self._area = None
        elif tag == "select":
            self._select = None
        elif tag == "form":
            self._form = None


def forms_of(html: str) -> list[Form]:
    """All forms of a page, in order."""
    reader = _Reader()
    reader.feed(html)
    return reader.forms


class Visitor:
    """One browser."""

    def __init__(self, client: FlaskClient, language: str = "en") -> None:
        self.client, self.language = client, language

    def cookie(self, name: str, value: str, path: str = "/") -> None:
        self.client.set_cookie(name, value, path=path)

    def get(self, path: str, **headers: str) -> TestResponse:
        given = {"Accept": "text/html", "Accept-Language": self.language} | headers
        return self.client.get(path, headers=given)

    def form(self, path: str, action: str) -> Form:
        """The form on a page that goes to `action`."""
        return form_to(self.get(path).text, action)

    def send(
        self, form: Form, origin: str | None = ORIGIN, headers: dict[str, str] | None = None, **typed: Any
    ) -> TestResponse:
        """Posts the form with what is typed over what stood there; None takes a field out."""
        fields = [(name, value) for name, value in form.fields if name not in typed]
        for name, value in typed.items():
            fields += [(name, one) for one in (value if isinstance(value, list) else [value]) if one is not None]
        given = {"Accept": "text/html", "Accept-Language": self.language} | ({"Origin": origin} if origin else {})
        data: dict[str, Any] = {}
        for name, value in fields:
            data.setdefault(name, []).append(value)
        return self.client.post(form.action, data=data, headers=given | (headers or {}))


def form_to(html: str, action: str) -> Form:
    """The first form on this page that is posted to `action`."""
    found = [form for form in forms_of(html) if form.method == "post" and form.action.partition("?")[0] == action]
    assert found, f"no form to {action} among {[form.action for form in forms_of(html)]}"
    return found[0]
