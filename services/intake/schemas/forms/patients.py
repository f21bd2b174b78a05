"""What is typed on a patient's page: which record goes into this one, and why."""

from services.intake.schemas.fields import line, words
from shared.web.fields import Schema


class MergeForm(Schema):
    """`other` is the record that goes."""

    other = line(64, required=True)
    reason = words(500, required=True)


class PartForm(Schema):
    reason = words(500, required=True)
