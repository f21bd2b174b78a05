"""What the codes of the API mean, for its document; this service has no pages of its own whose words could say it."""

from services.partners.rules import agreements, keys, organizations, webhooks

MEANINGS: dict[tuple[str, ...], dict[str, str]] = {
    organizations.KINDS: {
        "referring_agency": "Sends patients",
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
        "prospective": "Known, not active yet: it may not refer",
        "active": "It may refer",
        "suspended": "Its keys open nothing, and nothing is sent to it",
        "closed": "The relation has ended",
    },
    keys.SCOPES: {
        "referrals:read": "Read its own referrals",
        "referrals:write": "Send referrals, messages, documents, cancellations",
        "organization:read": "Read its own organization and endpoints",
        "webhooks:write": "Add, change and delete its own endpoints",
        "departments:read": "Read the list of departments",
    },
    keys.STATES: {
        "live": "It opens what its scopes name",
        "expired": "Its end has passed",
        "revoked": "It opens nothing any more, anywhere",
        "pending": "Revoked; the other services have yet to hear of it",
    },
    webhooks.EVENTS: webhooks.MEANINGS,
    webhooks.NAMED: webhooks.MEANINGS,
    webhooks.CASE_STATUSES: {status: webhooks.MEANINGS[f"referral.{status}"] for status in webhooks.CASE_STATUSES},
    tuple(webhooks.MOVES): {"active": "Messages go there", "disabled": "Nothing goes there until it is enabled again"},
    agreements.KINDS: {
        "mou": "A memorandum of understanding",
        "contract": "A contract",
        "data_processing": "On the protection of personal data",
        "annex": "An annex to another agreement, `parent_id`",
        "accreditation": "An accreditation",
    },
    tuple(agreements.MOVES): {
        "draft": "Being written",
        "in_review": "Submitted for review",
        "signed": "Signed, not active yet",
        "active": "In force from `starts` on",
        "expired": "Its term is over",
        "renewed": "Another one follows it, `renewed_by`",
        "terminated": "Ended before its time",
        "abandoned": "It was never signed",
    },
    agreements.SCOPES: {
        "referral": "Referral of patients",
        "training": "Trainees in and out",
        "research": "Research",
        "interpreting": "Interpreters",
    },
    agreements.TERMS: {
        "fixed": "Until `ends`",
        "self_renewing": "It goes on by `renews_months` unless notice is given",
        "open_ended": "Without an end",
    },
    agreements.DIRECTIONS: {"in": "People who come here", "out": "People who go there"},
    agreements.SIDES: {"ours": "The hospital", "theirs": "The other party"},
    ("fiscal", "calendar"): {"fiscal": "Years from April to March", "calendar": "Years from January to December"},
}
