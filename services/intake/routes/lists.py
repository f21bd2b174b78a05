"""A page of cases over HTTP, for either reader: keys and interpreters of a whole page are looked up at once."""

from typing import Any

from services.intake.actions import views
from services.intake.current import dependencies
from services.intake.rules.filters import Filter
from shared.command_context import Answer
from shared.paging import Window
from shared.web.body import instance
from shared.web.fields import Schema
from shared.web.lists import page_of


def listed(wanted: Filter, reader: str, schema: type[Schema], query: dict[str, Any]) -> Answer:
    """The page `query` asks for, each case as `reader` sees it."""

    def find(window: Window) -> list[dict[str, Any]]:
        cases = views.page(dependencies(), wanted, window)
        case_views = views.views(dependencies(), cases, reader)
        return [{"case": case, "view": view} for case, view in zip(cases, case_views, strict=True)]

    def mark(row: dict[str, Any]) -> tuple[Any, ...]:
        id_ = row["case"]["_id"]
        return (row["case"][wanted.changed], id_) if wanted.updated_since else (id_,)

    return page_of(find, lambda row: instance(schema).dump(row["view"]), query, mark)
