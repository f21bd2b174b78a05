"""What partners can do: one public function per business verb, split by noun."""

from services.partners.actions.agreement_moves import abandon, give_notice, sign, submit, terminate
from services.partners.actions.agreement_moves import activate as activate_agreement
from services.partners.actions.agreement_scans import attach_scan, read_scan
from services.partners.actions.agreements import (
    agreement_as_shown,
    agreement_of,
    change_agreement,
    draft_agreement,
    find_agreements,
    renew,
)
from services.partners.actions.agreements_in_time import follow_calendar
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
from services.partners.actions.records import organization_of
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
    "abandon",
    "activate",
    "activate_agreement",
    "add_endpoint",
    "agreement_as_shown",
    "agreement_of",
    "attach_scan",
    "change_agreement",
    "change_organization",
    "close",
    "delete_endpoint",
    "disable_endpoint",
    "draft_agreement",
    "enable_endpoint",
    "endpoint_as_shown",
    "endpoint_is_gone",
    "endpoint_of",
    "endpoints_of",
    "find_agreements",
    "find_by_name",
    "find_organizations",
    "follow_calendar",
    "give_notice",
    "issue_key",
    "key_as_shown",
    "key_of",
    "keys_of",
    "organization_of",
    "read_scan",
    "register_organization",
    "renew",
    "retire_secrets",
    "revoke_key",
    "rotate_key",
    "rotate_secret",
    "sign",
    "submit",
    "suspend",
    "terminate",
    "was_said",
]
