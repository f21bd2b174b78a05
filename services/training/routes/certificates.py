"""The public check of a certificate by its code."""

from typing import Any

from services.training.actions import certificates
from services.training.current import dependencies
from services.training.schemas.requests import VERIFY_LIMIT
from services.training.schemas.responses import CertificateSchema
from shared.command_context import Answer
from shared.web.access import api_blueprint, count_source, public, returns
from shared.web.answers import respond

Document = dict[str, Any]
blp = api_blueprint("certificates", "training")


@blp.get("/certificates/<code>")
@public()
@returns(200, CertificateSchema)
def verify(code: str) -> Answer:
    """Verify a certificate.

    Name, programme and day of issue, by the code on the certificate. Wrong, unknown and malformed codes get the same answer.
    """
    count_source(*VERIFY_LIMIT)
    return respond(certificates.verify(dependencies(), code), CertificateSchema)
