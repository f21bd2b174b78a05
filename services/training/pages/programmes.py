"""Programmes: the list, and the form that creates, changes, publishes and closes one.

Not here: the public catalogue (catalogue.py), the limits of departments (places.py).
"""

from typing import Any

from flask import Response

from services.training.actions import application_views, directory, places, programmes
from services.training.current import dependencies
from services.training.pages import labels
from services.training.pages.document_text import rule_texts
from services.training.rules import reviews
from services.training.rules.codes import PROFESSIONS
from services.training.rules.documents import usual_documents
from services.training.rules.documents.requirements import OWNERS, STAGES
from services.training.rules.programmes import KINDS, PURPOSES
from services.training.rules.records.documents import StoredRequirement
from services.training.rules.records.programmes import Programme
from services.training.schemas.forms.programmes import NewProgrammeForm, ProgrammeForm, row_faults, to_programme
from shared.errors import InvalidInput, NotFound
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.refusals import Clash
from shared.ui.shell import page, t
from shared.ui.showing import go, show
from shared.web.access import rights

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/manage"
MAX_PROGRAMMES = 500
SPARE_ROWS = 2
"""Empty rows for more periods and documents."""


@blp.get("/manage")
@rights("training")
def programmes_page() -> Response:
    """Shows all programmes, the newest first."""
    found = programmes.list_programmes(dependencies(), {}, Window(None, MAX_PROGRAMMES))
    return show(
        "training/programmes.html",
        programmes=[(one, _place_counts(one)) for one in found],
        **labels.template_context(),
    )


def _place_counts(programme: Programme) -> Document:
    counts = places.period_counts(dependencies(), programme).values()
    return {name: sum(one[name] for one in counts) for name in ("slots", "taken", "waiting")}


@blp.get("/manage/new")
@rights("training")
def new_page() -> Response:
    """Shows the form of a new programme."""
    values = {
        "languages": ["en"],
        "steps": list(reviews.STEPS),
        "order": "in_order",
        "answer_days": 14,
        "kind": "observation",
    }
    return _show_form(None, values, [])


@blp.get("/manage/<programme_id>")
@rights("training")
def programme_page(programme_id: str) -> Response:
    """Shows one programme, to be changed, published or closed."""
    programme = programmes.find_programme(dependencies(), programme_id)
    supervisor, review, designation = programme["supervisor"], programme["review"], programme["designation"]
    deadline = programme.get("deadline")
    local = deadline.astimezone(dependencies().settings.time_zone) if deadline else None
    values: Document = {
        **programme,
        "supervisor": supervisor and supervisor["name"],
        "supervisor_for": (supervisor and supervisor.get("designated_for")) or [],
        "deadline_day": local.date().isoformat() if local else None,
        "deadline_time": f"{local:%H:%M}" if local else None,
        "order": review["order"],
        "steps": review["steps"],
        "reviewers": review.get("reviewers") or {},
        **{f"designation_{name}": designation and designation.get(name) for name in ("number", "from", "until")},
    }
    return _show_form(programme, values, programme["requirements"])


def _show_form(programme: Programme | None, values: Document, required: list[StoredRequirement]) -> Response:
    kind = programme["kind"] if programme else "observation"
    codes = {one["code"] for one in required}
    offered = [one for one in usual_documents.proposed_for(kind) if one["code"] not in codes]
    rows = [_requirement_row(one, True) for one in required]
    rows += [_requirement_row(one, programme is None and _is_preselected(one["code"], kind)) for one in offered]
    return show(
        "training/programme.html",
        programme=programme,
        values=values | {"papers": rows},
        papers=rows,
        spare_rows=range(len(rows), len(rows) + SPARE_ROWS),
        period_rows=range(len(values.get("periods", ())) + SPARE_ROWS),
        places=places.period_counts(dependencies(), programme) if programme else {},
        reviewers=application_views.reviewers(dependencies()),
        organizations=[(one["_id"], one["name"]) for one in directory.all_organizations(dependencies())],
        listed=directory.listed_departments(dependencies(), page().reader.language),
        **_form_choices(),
        **labels.template_context(),
    )


def _is_preselected(code: str, kind: str) -> bool:
    """Tells whether a new programme of this kind requires the document by default."""
    return any(one["code"] == code and kind in one.get("ticked", ()) for one in usual_documents.usual_documents())


def _requirement_row(one: StoredRequirement, selected: bool) -> Document:
    """Returns a requirement as the values of its row."""
    validity = one.get("validity") or {}
    season: Document = {**(validity.get("season") or {})}
    return {
        "rules": rule_texts(one),
        "selected": selected,
        "code": one["code"],
        "ja": one["name"]["ja"],
        "en": one["name"]["en"],
        "owner": one.get("owner", "applicant"),
        "stage": one.get("stage", "application"),
        "due_days_before_start": one.get("due_days_before_start", 14),
        "season_from": season.get("from"),
        "season_to": season.get("to"),
        "season_valid_from": season.get("valid_from"),
        "min_days": (one.get("applies_to") or {}).get("min_days"),
        **{name: value for name, value in validity.items() if name != "season"},
    }


def _form_choices() -> Document:
    return {
        "kinds": [(code, t(f"kind.{code}")) for code in KINDS],
        "purposes": [(code, t(f"manage.purpose.{code}")) for code in PURPOSES],
        "owners": [(code, t(f"turn.who.{code}")) for code in OWNERS],
        "stages": [(code, t(f"manage.stage.{code}")) for code in STAGES],
        "orders": [(code, t(f"manage.order.{code}")) for code in reviews.ORDERS],
        "steps": [(code, t(f"review.step.{code}")) for code in reviews.STEPS],
        "professions": [(code, t(f"profession.{code}")) for code in PROFESSIONS],
        "languages": [("en", t("language.en")), ("ja", t("language.ja"))],
    }


def programme_conflict(programme_id: str, since: int) -> Clash:
    """Returns who changed the programme since it was shown."""
    programme, events = application_views.programme_changes(dependencies(), programme_id, since)
    return Clash(labels.change_entries(events, {}), programme["version"], f"{HOME}/{programme_id}")


@blp.post("/manage/new")
@rights("training")
@takes_form(NewProgrammeForm, page=new_page)
def create_programme(form: Document) -> Response:
    """Creates a programme, which is not public yet."""
    body = _programme_body(form, None) | {"kind": form["kind"]}
    return submit(
        lambda context: programmes.create_programme(dependencies(), body, context),
        lambda made: go(f"{HOME}/{made['_id']}", flash("manage.done.created", reference=made["reference"])),
    )


@blp.post("/manage/<programme_id>")
@rights("training")
@takes_form(ProgrammeForm, page=programme_page, clash=programme_conflict)
def update_programme(programme_id: str, form: Document) -> Response:
    """Changes a programme; a period cannot have fewer places than are taken."""
    changes = _programme_body(form, programmes.find_programme(dependencies(), programme_id))
    return submit(
        lambda context: programmes.update_programme(dependencies(), programme_id, changes, context),
        lambda saved: go(f"{HOME}/{programme_id}", flash("manage.done.saved", reference=saved["reference"])),
    )


def _programme_body(form: Document, before: Programme | None) -> Document:
    faults = row_faults(form)
    if not form["steps"]:
        faults.append(("#/steps", "expected at least one step"))
    if faults:
        raise InvalidInput(faults)
    return to_programme(form, before)


@blp.post("/manage/<programme_id>/<state>")
@rights("training")
@takes_form(page=programme_page, clash=programme_conflict)
def set_state(programme_id: str, state: str) -> Response:
    """Publishes (`publish`) or closes (`close`) a programme; each undoes the other."""
    if state not in ("publish", "close"):
        raise NotFound()
    run, other = (programmes.publish, "close") if state == "publish" else (programmes.close, "publish")
    return submit(
        lambda context: run(dependencies(), programme_id, context),
        lambda saved: go(
            f"{HOME}/{programme_id}",
            flash(
                "manage.done." + state,
                reference=saved["reference"],
                undo=Undo(f"{HOME}/{programme_id}/{other}", version=saved["version"]),
            ),
        ),
    )
