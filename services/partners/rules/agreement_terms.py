"""Terms of an agreement: of a new draft, of a successor, and after an edit."""

from datetime import datetime
from typing import cast

from services.partners.rules.agreements import DRAFT
from services.partners.rules.records import Agreement, GivenTerms, Terms

TERM_FIELDS = tuple(Terms.__annotations__)


def new_draft(id_: str, terms: GivenTerms, renews: str | None, now: datetime) -> Agreement:
    """Returns a draft with these terms. Its reference and derived dates are still missing."""
    return {
        "_id": id_,
        "kind": terms["kind"],
        "parent_id": terms.get("parent_id"),
        "title": terms["title"],
        "organization_ids": terms.get("organization_ids", []),
        "scopes": terms.get("scopes", []),
        "quota": terms.get("quota", []),
        "term": terms["term"],
        "starts": terms["starts"],
        "ends": terms.get("ends"),
        "renews_months": terms.get("renews_months"),
        "notice_months": terms.get("notice_months"),
        "owner": terms.get("owner"),
        "reference": "",
        "status": DRAFT,
        "status_reason": None,
        "abandoned": False,
        "renews": renews,
        "renewed_by": None,
        "signatories": [],
        "signed_on": None,
        "scan": None,
        "agreed_ends": terms.get("ends"),
        "notice_on": None,
        "notice_given_on": None,
        "terminates_on": None,
        "termination_reason": None,
        "reminders_sent": [],
        "due_on": None,
        "created_at": now,
        "updated_at": now,
    }


def with_terms(agreement: Agreement, terms: GivenTerms) -> Agreement:
    """Returns the agreement with the given terms in place of its own."""
    return cast("Agreement", {**agreement, **terms})


def successor_terms(before: Agreement, given: GivenTerms, starts: str) -> GivenTerms:
    """Returns the terms of an agreement that renews this one: copied, except for its end and quota, unless they are given."""
    same_term = given.get("term", before["term"]) == before["term"]
    copied: GivenTerms = {
        "kind": before["kind"],
        "parent_id": before["parent_id"],
        "title": before["title"],
        "organization_ids": before["organization_ids"],
        "scopes": before["scopes"],
        "term": before["term"],
        "starts": starts,
        "renews_months": before["renews_months"] if same_term else None,
        "notice_months": before["notice_months"],
        "owner": before["owner"],
    }
    return {**copied, **given}
