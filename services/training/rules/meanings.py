"""Meanings of the API's codes for the OpenAPI document: a sentence for each, or the section of the words files that names them."""

from collections.abc import Mapping

from services.training.rules import codes, overlaps, programmes, reviews, states, turn
from services.training.rules.documents import requirements, tuberculosis

MEANINGS: dict[tuple[str, ...], Mapping[str, str] | str] = {
    programmes.KINDS: "kind",
    programmes.PUBLIC: "kind",
    programmes.PURPOSES: "manage.purpose",
    programmes.STATES: {
        "draft": "Draft, not public",
        "published": "Published; shown in the catalogue if its kind is public",
        "closed": "Closed for applications",
    },
    programmes.DIRECTIONS: {
        "in": "Incoming: people who come to this hospital",
        "out": "Outgoing: staff who go abroad",
        "own": "Own: staff who are trained in the hospital",
    },
    states.STATES: "status",
    turn.WHO: "turn.who",
    turn.WHAT: "turn.what",
    requirements.OWNERS: {
        "applicant": "Provided by the applicant",
        "partner": "Provided by the applicant's institution",
        "funder": "Provided by the organization that pays",
        "training": "Provided by the training office",
        "department": "Provided by the department",
    },
    requirements.STAGES: "manage.stage",
    requirements.STATES: "document.state",
    reviews.STEPS: "review.step",
    reviews.VERDICTS: {"approve": "Recommended", "reject": "Not recommended"},
    reviews.ORDERS: "manage.order",
    codes.PROFESSIONS: "profession",
    codes.SEXES: "apply.sex",
    codes.WITHDRAW_REASONS: "application.withdraw",
    codes.REJECT_REASONS: "application.reject",
    codes.END_REASONS: "application.end",
    codes.ATTENDED: "application.attended",
    codes.EVALUATED: "application.evaluation_of",
    codes.DOCUMENT_STATES: {
        "to_check": "Uploaded, to be checked",
        "accepted": "Accepted",
        "refused": "Rejected; `why` gives the reason",
    },
    codes.DECISIONS: {
        "accepted": "A place is offered",
        "waitlisted": "On the waiting list",
        "rejected": "No place is offered",
    },
    tuberculosis.NEEDS: {
        "needed": "A clearance certificate is needed",
        "not_needed": "No clearance certificate is needed",
        "announced": "A clearance certificate is not required yet",
    },
    tuberculosis.REASONS: "screening.reason",
    overlaps.KINDS: "overlap.by",
    codes.SCHEMES: {scheme: tuberculosis.screening_table()["exempt"][scheme]["name"]["en"] for scheme in codes.SCHEMES},
}
