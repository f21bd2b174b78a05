"""Meanings of the API's codes for the OpenAPI document: a sentence for each, or the section of the pages' texts that names them."""

from collections.abc import Mapping

from services.accounts.rules import accounts

MEANINGS: dict[tuple[str, ...], Mapping[str, str] | str] = {
    accounts.ROLES: "role",
    tuple(accounts.MOVES): {"active": "Can sign in", "disabled": "Cannot sign in"},
    ("at_first_sign_in", "now"): {
        "at_first_sign_in": "By the person, with a QR code",
        "now": "Immediately; the response shows the secret, for a program",
    },
    ("Bearer",): {"Bearer": "Sent as `Authorization: Bearer …`"},
}
