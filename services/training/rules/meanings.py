"""What the codes of the API mean, for its document: a sentence for each, or the section of the pages' words that names them."""

from collections.abc import Mapping

from services.training.rules import codes, overlaps, programmes, requirements, reviews, states, tuberculosis, turn

MEANINGS: dict[tuple[str, ...], Mapping[str, str] | str] = {
    programmes.KINDS: "kind",
    programmes.PUBLIC: "kind",
    programmes.PURPOSES: "manage.purpose",
    programmes.STATES: {
        "draft": "Being written; nobody else sees it",
        "published": "In the catalogue, where it is of a public kind",
        "closed": "Nobody applies any more",
    },
    programmes.DIRECTIONS: {
        "in": "People who come here",
        "out": "People of the hospital who go abroad",
        "own": "People of the hospital who learn here",
    },
    states.STATES: "status",
    turn.WHO: "turn.who",
    turn.WHAT: "turn.what",
    requirements.OWNERS: {
        "applicant": "The applicant brings it",
        "partner": "The applicant's institution brings it",
        "funder": "Whoever pays brings it",
        "training": "The training office brings it",
        "department": "The department brings it",
    },
    requirements.STAGES: "manage.stage",
    requirements.STATES: "paper.state",
    reviews.STEPS: "review.step",
    reviews.VERDICTS: {"approve": "For it", "reject": "Against it"},
    reviews.ORDERS: "manage.order",
    codes.PROFESSIONS: "profession",
    codes.SEXES: "apply.sex",
    codes.WITHDRAW_REASONS: "application.withdraw",
    codes.REJECT_REASONS: "application.reject",
    codes.END_REASONS: "application.end",
    codes.ATTENDED: "application.attended",
    codes.EVALUATED: "application.evaluation_of",
    codes.PAPER_STATES: {"to_check": "Handed in", "accepted": "Accepted", "refused": "Not accepted; `why` says why"},
    codes.DECISIONS: {
        "accepted": "A place is offered",
        "waitlisted": "It waits for a place",
        "rejected": "No place is offered",
    },
    tuberculosis.NEEDS: {
        "needed": "A clearance certificate is needed",
        "not_needed": "None is needed",
        "announced": "The duty begins later",
    },
    tuberculosis.REASONS: "screening.reason",
    overlaps.KINDS: "overlap.by",
    codes.SCHEMES: {scheme: tuberculosis.screening_table()["exempt"][scheme]["name"]["en"] for scheme in codes.SCHEMES},
}
