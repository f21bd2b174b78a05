"""What the world may read of programmes: the catalogue with its filters, one programme with what it asks for, and how an application begins."""

import unicodedata
from typing import Any

from flask import Response

from services.training.actions import applications, links, programmes
from services.training.actions.links import limits_passed
from services.training.current import dependencies
from services.training.pages import paper_words, telling
from services.training.pages.opening import begin_here, behind_links
from services.training.rules import people
from services.training.rules.programmes import KINDS, PUBLIC, check_open
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Programme
from services.training.schemas.fields import LANGUAGES
from services.training.schemas.forms.applicants import BeginForm, CatalogueFilter
from shared.command_context import Answer, CommandContext
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import said
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import count_source, public, query
from shared.web.state import caller

Document = dict[str, Any]
blp = behind_links(pages_blueprint("training", __file__))
HOME = "/training/programmes"
BEGINNINGS = 20
"""Applications begun from one address in a minute: a class may sit behind one."""


@blp.get("/programmes")
@public()
@query(CatalogueFilter)
def catalogue_page(query: Document) -> Response:
    """Published programmes, those still open first."""
    wanted = {name: value for name, value in query.items() if value}
    every = programmes.catalogue(dependencies(), {}, page().request_context.now, _kinds())
    found = programmes.catalogue(dependencies(), wanted, page().request_context.now, _kinds()) if wanted else every
    return show("training/public/catalogue.html", found=found, wanted=query, filters=_filters(every), **tools())


def _kinds() -> tuple[str, ...]:
    """People of the house see what is for them alone, too."""
    outside = caller().kind != "staff" or caller().roles & {"agency", "applicant"}
    return PUBLIC if outside else KINDS


def _filters(every: list[Programme]) -> Document:
    """What there is to choose from: only what some programme has."""
    names = telling.departments()
    codes = sorted({one["department"] for one in every if one["department"]})
    return {
        "departments": [(code, names.get(code, code)) for code in codes],
        "kinds": [(kind, t(f"kind.{kind}")) for kind in _kinds()],
        "languages": sorted({tag for one in every for tag in one["languages"]}),
    }


def tools() -> Document:
    """What the public's templates need to put codes, days and moments in words."""
    return {
        **telling.tools(),
        "home": HOME,
        "is_over": lambda programme: programmes.is_past_deadline(programme, page().request_context.now),
        "called": lambda name: people.display_name({"name": name}),
    }


@blp.get("/programmes/<programme_id>")
@public()
def programme_page(programme_id: str) -> Response:
    """One programme, whole."""
    programme = programmes.find_published(dependencies(), programme_id, _kinds())
    papers = [(paper_words.requirement_name(one), paper_words.rule_words(one)) for one in programme["requirements"]]
    return show("training/public/programme.html", programme=programme, papers=papers, **tools())


@blp.get("/programmes/<programme_id>/apply")
@public()
def apply_page(programme_id: str) -> Response:
    """Name and address: more is not needed to begin."""
    programme = programmes.find_published(dependencies(), programme_id, _kinds())
    written = {"language": page().reader.language}
    return show("training/public/begin.html", programme=programme, written=written, languages=LANGUAGES, **tools())


def _check_open(programme_id: str) -> None:
    """What is wrong in a form that can be sent no more is nothing to mend; raises NotPublished, DeadlinePassed."""
    programme = programmes.find_published(dependencies(), programme_id, _kinds())
    check_open(programme, page().request_context.now, dependencies().settings.time_zone)


@blp.post("/programmes/<programme_id>/apply")
@public()
@takes_form(BeginForm, page=apply_page, check=_check_open)
def begin(programme_id: str, form: Document) -> Response:
    """Begins a draft and leads to its page; the link goes by mail as well."""
    count_source("begin", BEGINNINGS)
    written = form | {"name": {_script_of(form["name"]): form["name"]}}
    return submit(
        lambda context: applications.start_application(
            dependencies(), programme_id, written, context, _kinds(), _may_mail(form, context), **_who()
        ),
        _begun,
        holder=f"browser:{page().form_token}",
    )


def _begun(new: Application) -> Answer:
    """To its page; this browser goes on with it today."""
    begin_here(new)
    return go(
        f"/training/application/{links.token_for(dependencies(), new, page().request_context.now)}",
        said("apply.done.begun"),
    )


def _may_mail(form: Document, context: CommandContext) -> bool:
    """Whether its link may go to the address typed, which anybody can type; the house knows who it is that applies."""
    if _kinds() != PUBLIC:
        return True
    request_context = page().request_context
    withheld = limits_passed(
        dependencies(), request_context.address, links.mail_hash(dependencies(), form["email"]), context.now
    )
    request_context.app_context.metrics.mail_withheld(withheld)
    return not withheld


def _who() -> Document:
    """Whose application it is, where somebody of the house applies."""
    return {"applicant_id": caller().id} if _kinds() != PUBLIC else {}


def _script_of(name: str) -> str:
    """Whether it is written as in a passport, or in the own script."""
    letters = [letter for letter in name if letter.isalpha()]
    latin = all("LATIN" in unicodedata.name(letter, "") for letter in letters)
    return "latin" if latin else "native"
