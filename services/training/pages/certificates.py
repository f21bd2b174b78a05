"""The page that checks whether a certificate is genuine. The code comes by POST, so that no log of addresses contains it."""

from typing import Any

from flask import Response

from services.training.actions import certificates
from services.training.current import dependencies
from services.training.pages.catalogue import template_context
from services.training.rules.faults import NoSuchCertificate
from services.training.schemas.forms.applicants import CodeFilter, CodeForm
from services.training.schemas.requests import VERIFY_LIMIT
from shared.errors import InvalidInput
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.showing import show
from shared.web.access import count_source, public, query

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
INVALID_CODE = "expected the code of a certificate, as it is printed on it"


@blp.get("/verify")
@public()
@query(CodeFilter)
def verify_page(query: Document) -> Response:
    """Shows the form; the link on a certificate fills it."""
    return show("training/public/verify.html", code=query["code"], found=None, **template_context())


@blp.post("/verify")
@public()
@takes_form(CodeForm, page=verify_page)
def verify(form: Document) -> Response:
    """Shows name, programme and day of a genuine certificate; every other code gets the same answer."""
    count_source(*VERIFY_LIMIT)
    try:
        found = certificates.verify(dependencies(), form["code"])
    except NoSuchCertificate:
        raise InvalidInput([("#/code", INVALID_CODE)]) from None
    return show("training/public/verify.html", code=None, found=found, **template_context())
