"""Forms of a patient's page: merge and unmerge."""

from services.intake.schemas.fields import line, words
from shared.web.fields import Schema


class MergeForm(Schema):
    """`other` is the record that is merged into this one."""

    other = line(64, required=True)
    reason = words(500, required=True)


class UnmergeForm(Schema):
    reason = words(500, required=True)
