"""Filters of the reports."""

from marshmallow import validate

from services.training.rules import stay_counts
from services.training.schemas.fields import one_of
from shared.ui.inputs import PageQuery
from shared.web.fields import Whole


class ReportQuery(PageQuery):
    """The year and its type; the current fiscal year by default."""

    year = Whole(load_default=None, validate=validate.Range(1990, 2200))
    by = one_of(stay_counts.YEARS, load_default="fiscal")


class FileQuery(ReportQuery):
    """The same filters for a CSV file of one table."""

    table = one_of(stay_counts.BY, load_default="country")
