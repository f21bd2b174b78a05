"""The upload routes and the body size of each, read from the services' routes, for the gateway's limits.

An upload route is declared with `takes_upload` or `takes_form(files=…)`; there is no other list.
"""

import re
from collections.abc import Iterable, Iterator

from flask import Flask

from shared.web.body import FORM_WITH_FILES_BYTES, UPLOAD_BYTES

MIB = 1024 * 1024


def upload_routes(app: Flask) -> Iterator[tuple[str, int]]:
    """Yields (rule, bytes of the largest body its service reads) of every upload route."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if getattr(getattr(view, "plan", None), "upload", False):
            yield rule.rule, UPLOAD_BYTES
        elif getattr(getattr(view, "form_plan", None), "files", ()):
            yield rule.rule, FORM_WITH_FILES_BYTES


def uploads_conf(apps: Iterable[Flask]) -> str:
    """nginx's locations for these routes: bodies up to the service's own limit pass, so that the service answers with its own error."""
    blocks = [_location(rule, most) for rule, most in sorted(route for app in apps for route in upload_routes(app))]
    return "# Routes that take files, with the largest body each takes. Generated: `make contracts`.\n" + "".join(
        blocks
    )


def _location(rule: str, most: int) -> str:
    service, _, path = rule.strip("/").partition("/")
    pattern = re.sub(r"<[^>]+>", "[^/]+", path)
    return (
        f"location ~ ^/(?<service>{service})/{pattern}$ {{\n"
        f"  client_max_body_size {-(-most // MIB)}m;\n"
        "  proxy_pass http://$service-web:8000;\n"
        "}\n"
    )
