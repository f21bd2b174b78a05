"""Forms of the safety check: sent to the people in a country, answered by each of them."""

from services.training.rules import whereabouts
from services.training.schemas.fields import one_of
from shared.web.fields import Schema, Whole, country


class SafetyForm(Schema):
    """The country of the safety check, and the typed number of people there."""

    country = country(required=True)
    count = Whole(required=True)


class AnswerForm(Schema):
    """The answer to a safety check."""

    answer = one_of(whereabouts.ANSWERS, required=True)
