"""What partners can do: one public function per business verb, split by noun."""

from services.partners.actions.keys import issue_key, key_as_shown, key_of, keys_of, revoke_key, rotate_key, was_said
from services.partners.actions.organizations import (
    activate,
    change_organization,
    close,
    find_by_name,
    find_organizations,
    register_organization,
    suspend,
)
from services.partners.actions.parts import Parts, organization_of
from services.partners.actions.webhooks import (
    add_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    endpoint_as_shown,
    endpoint_is_gone,
    endpoint_of,
    endpoints_of,
    retire_secrets,
    rotate_secret,
)

__all__ = [
    "Parts",
    "activate",
    "add_endpoint",
    "change_organization",
    "close",
    "delete_endpoint",
    "disable_endpoint",
    "enable_endpoint",
    "endpoint_as_shown",
    "endpoint_is_gone",
    "endpoint_of",
    "endpoints_of",
    "find_by_name",
    "find_organizations",
    "issue_key",
    "key_as_shown",
    "key_of",
    "keys_of",
    "organization_of",
    "register_organization",
    "retire_secrets",
    "revoke_key",
    "rotate_key",
    "rotate_secret",
    "suspend",
    "was_said",
]
