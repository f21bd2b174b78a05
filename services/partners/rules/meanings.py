"""Meanings of the API's codes for the OpenAPI document. This service has no pages whose texts could name them."""

from services.partners.rules import agreements, keys, organizations, webhooks

MEANINGS: dict[tuple[str, ...], dict[str, str]] = {
    organizations.KINDS: {
        "referring_agency": "Refers patients",
        "hospital": "A hospital",
        "university": "A university",
        "insurer": "An insurer",
        "assistance_company": "An assistance company",
        "guarantor": "Guarantees for visas or payment",
        "language_vendor": "Provides interpreters",
        "funder": "Pays for trainees",
        "public_body": "A public body",
    },
    tuple(organizations.MOVES): {
        "prospective": "Registered, not active yet: it cannot refer patients",
        "active": "It can refer patients",
        "suspended": "Its API keys do not work, and no messages are sent to it",
        "closed": "The relationship has ended",
    },
    keys.SCOPES: {
        "referrals:read": "Read its own referrals",
        "referrals:write": "Send referrals, messages, documents, cancellations",
        "organization:read": "Read its own organization and endpoints",
        "webhooks:write": "Add, change and delete its own endpoints",
        "departments:read": "Read the list of departments",
    },
    keys.STATES: {
        "live": "It gives access to its scopes",
        "expired": "Its expiry has passed",
        "revoked": "It no longer works in any service",
        "pending": "Revoked; the other services have not received this yet",
    },
    webhooks.EVENTS: webhooks.MEANINGS,
    webhooks.NAMED: webhooks.MEANINGS,
    webhooks.CASE_STATUSES: {status: webhooks.MEANINGS[f"referral.{status}"] for status in webhooks.CASE_STATUSES},
    tuple(webhooks.MOVES): {
        "active": "Messages are sent to it",
        "disabled": "Nothing is sent to it until it is enabled again",
    },
    agreements.KINDS: {
        "mou": "A memorandum of understanding",
        "contract": "A contract",
        "data_processing": "On the protection of personal data",
        "annex": "An annex to another agreement, `parent_id`",
        "accreditation": "An accreditation",
    },
    tuple(agreements.MOVES): {
        "draft": "Being drafted",
        "in_review": "Submitted for review",
        "signed": "Signed, not active yet",
        "active": "In force from `starts` on",
        "expired": "Its term has ended",
        "renewed": "Another agreement follows it, `renewed_by`",
        "terminated": "Ended before the end of its term",
        "abandoned": "It will not be signed",
    },
    agreements.SCOPES: {
        "referral": "Referral of patients",
        "training": "Incoming and outgoing trainees",
        "research": "Research",
        "interpreting": "Interpreters",
    },
    agreements.TERMS: {
        "fixed": "Until `ends`",
        "self_renewing": "It renews for `renews_months` unless notice is given",
        "open_ended": "It has no end",
    },
    agreements.DIRECTIONS: {
        "in": "Incoming: people who come to the hospital",
        "out": "Outgoing: people the hospital sends",
    },
    agreements.SIDES: {"ours": "The hospital", "theirs": "The other party"},
    ("fiscal", "calendar"): {"fiscal": "Years from April to March", "calendar": "Years from January to December"},
}
