"""Reports: stays by year, as charts and tables, with a definition of every figure; each table also as CSV."""

from typing import Any
from urllib.parse import urlencode

from flask import Response

from services.training.actions import reports
from services.training.current import dependencies
from services.training.pages import formats, navigation
from services.training.rules import stay_counts
from services.training.schemas.forms.reports import FileQuery, ReportQuery
from shared import csv_safe
from shared.ui.blueprint import pages_blueprint
from shared.ui.shell import page, t
from shared.ui.showing import show
from shared.web.access import query, rights
from shared.web.files import served

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/reports"
BAR_WIDTH = 200
"""Width of a full bar, in the units of its chart."""


@blp.get("/reports")
@rights("training", "chief", "partners")
@query(ReportQuery)
def reports_page(query: Document) -> Response:
    """Shows the figures of a year."""
    found = reports.yearly_report(dependencies(), query["year"], query["by"], page().request_context.now)
    return show(
        "training/reports.html",
        report=found,
        row_label=lambda table, row: row_label(found, table, row),
        bar=lambda table, number: _bar_length(found.tables[table], number),
        years=found.years,
        year_label=lambda year: t("report.year." + found.by, year=year),
        address=lambda **other: _report_address(HOME, found, **other),
        file=lambda table: _report_address(f"{HOME}.csv", found, table=table),
        bar_width=BAR_WIDTH,
        **navigation.template_context(),
    )


def _report_address(path: str, found: reports.YearlyReport, **other: Any) -> str:
    return f"{path}?{urlencode({'year': found.year, 'by': found.by} | other)}"


def _bar_length(rows: list[Document], number: int) -> float:
    most = max((max(row["in_people"], row["out_people"]) for row in rows), default=1)
    return round(BAR_WIDTH * number / max(most, 1), 1)


def row_label(found: reports.YearlyReport, table: str, row: Document) -> str:
    """Returns the label of a row."""
    key = row["key"]
    if table == "country":
        return formats.country_label(key)
    if table == "partner":
        return str(found.partners.get(key, t("report.no_partner"))) if key else t("report.no_partner")
    if table == "department":
        return str(formats.department_names().get(key, key)) if key else t("report.no_department")
    return t("kind." + key)


@blp.get("/reports.csv")
@rights("training", "chief", "partners")
@query(FileQuery)
def reports_file(query: Document) -> Response:
    """Downloads one table as CSV."""
    found, table = (
        reports.yearly_report(dependencies(), query["year"], query["by"], page().request_context.now),
        query["table"],
    )
    heads = [t("report.by." + table), *(t("report.figure." + name) for name in stay_counts.FIELDS)]
    rows = [[row_label(found, table, row), *(row[name] for name in stay_counts.FIELDS)] for row in found.tables[table]]
    sums = [t("report.total"), *(found.total[name] for name in stay_counts.FIELDS)]
    content = csv_safe.written([heads, *rows, sums])
    answer = served(f"training-{table}-{found.by}-{found.year}.csv", csv_safe.MEDIA, content)
    answer.headers["Cache-Control"] = "no-store"
    return answer
