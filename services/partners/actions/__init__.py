"""What partners can do: one public function per business verb, split by noun."""

from services.partners.actions.keys import issue_key, revoke_key, rotate_key, was_said
from services.partners.actions.organizations import (
    activate,
    change_organization,
    close,
    find_by_name,
    register_organization,
    suspend,
)
from services.partners.actions.parts import Parts
from services.partners.actions.webhooks import (
    add_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    endpoint_is_gone,
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
    "endpoint_is_gone",
    "find_by_name",
    "issue_key",
    "register_organization",
    "retire_secrets",
    "revoke_key",
    "rotate_key",
    "rotate_secret",
    "suspend",
    "was_said",
]
