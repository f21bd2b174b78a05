"""The QR code with a second factor's secret for an authenticator app."""

import pyotp
import segno
from markupsafe import Markup

from services.accounts.rules.codes import ISSUER


def qr_code(username: str, secret: str) -> Markup:
    """Returns an SVG for a page."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=ISSUER)
    picture = segno.make(uri, error="m").svg_inline(omitsize=True, border=4, light="#fff", dark="#000")
    return Markup(picture)  # noqa: S704 - segno's own SVG
