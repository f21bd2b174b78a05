"""The public pages of programmes: the catalogue with its filters, one programme, and the start of an application."""

import unicodedata
from typing import Any

from flask import Response

from services.training.actions import applications, links, programmes
from services.training.actions.links import limits_passed
from services.training.current import dependencies
from services.training.pages import document_text, formats
from services.training.pages.link_access import trust_browser, with_link_access
from services.training.rules import people
from services.training.rules.programmes import KINDS, PUBLIC, check_open
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Programme
from services.training.schemas.fields import LANGUAGES
from services.training.schemas.forms.applicants import BeginForm, CatalogueFilter
from shared.command_context import Answer, CommandContext
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import flash
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import count_source, public, query
from shared.web.state import caller

Document = dict[str, Any]
blp = with_link_access(pages_blueprint("training", __file__))
HOME = "/training/programmes"
MAX_STARTS = 20
"""Applications that one address may start in a minute: a whole class may share one."""


@blp.get("/programmes")
@public()
@query(CatalogueFilter)
def catalogue_page(query: Document) -> Response:
    """Shows published programmes, open ones first."""
    filters = {name: value for name, value in query.items() if value}
    every = programmes.catalogue(dependencies(), {}, page().request_context.now, _visible_kinds())
    found = (
        programmes.catalogue(dependencies(), filters, page().request_context.now, _visible_kinds())
        if filters
        else every
    )
    return show(
        "training/public/catalogue.html",
        found=found,
        filter_values=query,
        filters=_filter_choices(every),
        **template_context(),
    )


def _visible_kinds() -> tuple[str, ...]:
    """Returns the kinds that the reader may see: the hospital's staff also see internal ones."""
    outside = caller().kind != "staff" or caller().roles & {"agency", "applicant"}
    return PUBLIC if outside else KINDS


def _filter_choices(every: list[Programme]) -> Document:
    """Returns the choices of the filters: values that at least one programme has."""
    names = formats.department_names()
    codes = sorted({one["department"] for one in every if one["department"]})
    return {
        "departments": [(code, names.get(code, code)) for code in codes],
        "kinds": [(kind, t(f"kind.{kind}")) for kind in _visible_kinds()],
        "languages": sorted({tag for one in every for tag in one["languages"]}),
    }


def template_context() -> Document:
    """Returns the functions and values that the public templates use."""
    return {
        **formats.template_functions(),
        "home": HOME,
        "is_over": lambda programme: programmes.is_past_deadline(programme, page().request_context.now),
        "display_name": lambda name: people.display_name({"name": name}),
    }


@blp.get("/programmes/<programme_id>")
@public()
def programme_page(programme_id: str) -> Response:
    """Shows one programme."""
    programme = programmes.find_published(dependencies(), programme_id, _visible_kinds())
    requirements = [
        (document_text.requirement_name(one), document_text.rule_texts(one)) for one in programme["requirements"]
    ]
    return show("training/public/programme.html", programme=programme, requirements=requirements, **template_context())


@blp.get("/programmes/<programme_id>/apply")
@public()
def apply_page(programme_id: str) -> Response:
    """Shows the form that starts an application: name and e-mail address are enough."""
    programme = programmes.find_published(dependencies(), programme_id, _visible_kinds())
    written = {"language": page().reader.language}
    return show(
        "training/public/begin.html", programme=programme, written=written, languages=LANGUAGES, **template_context()
    )


def _check_open(programme_id: str) -> None:
    """Raises NotPublished or DeadlinePassed before the form is validated: a closed programme has no faults to fix."""
    programme = programmes.find_published(dependencies(), programme_id, _visible_kinds())
    check_open(programme, page().request_context.now, dependencies().settings.time_zone)


@blp.post("/programmes/<programme_id>/apply")
@public()
@takes_form(BeginForm, page=apply_page, check=_check_open)
def start_application(programme_id: str, form: Document) -> Response:
    """Creates a draft and leads to its page; the link is also sent by e-mail."""
    count_source("begin", MAX_STARTS)
    written = form | {"name": {_script_of(form["name"]): form["name"]}}
    return submit(
        lambda context: applications.start_application(
            dependencies(), programme_id, written, context, _visible_kinds(), _can_mail(form, context), **_applicant()
        ),
        _started,
        holder=f"browser:{page().form_token}",
    )


def _started(new: Application) -> Answer:
    """Leads to the page of the new draft and gives this browser access for today."""
    trust_browser(new)
    return go(
        f"/training/application/{links.token_for(dependencies(), new, page().request_context.now)}",
        flash("apply.done.begun"),
    )


def _can_mail(form: Document, context: CommandContext) -> bool:
    """Tells whether the link may be sent to the typed address, which could be anyone's; staff are known, so theirs may."""
    if _visible_kinds() != PUBLIC:
        return True
    request_context = page().request_context
    withheld = limits_passed(
        dependencies(), request_context.address, links.mail_hash(dependencies(), form["email"]), context.now
    )
    request_context.app_context.metrics.mail_withheld(withheld)
    return not withheld


def _applicant() -> Document:
    """Returns the account that the application belongs to, where a member of staff applies."""
    return {"applicant_id": caller().id} if _visible_kinds() != PUBLIC else {}


def _script_of(name: str) -> str:
    """Tells whether a name is in Latin letters or in the person's own script."""
    letters = [letter for letter in name if letter.isalpha()]
    latin = all("LATIN" in unicodedata.name(letter, "") for letter in letters)
    return "latin" if latin else "native"
