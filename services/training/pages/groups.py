"""Groups: a nomination and its people, added by a form or a list; their states; letters for all of them, made in the background."""

from collections.abc import Callable
from typing import Any

from flask import Response

from services.training.actions import application_records, directory, groups, letters, programmes
from services.training.current import dependencies
from services.training.pages import formats, labels, navigation
from services.training.rules import letters as rules
from services.training.rules import nominations, states
from services.training.rules import people as people_rules
from services.training.rules.faults import InvalidList
from services.training.rules.records.groups import Group, NewGroup
from services.training.schemas.forms.groups import BatchForm, GroupForm, PeopleForm, PersonForm
from shared.command_context import Answer
from shared.errors import InvalidInput, NotFound
from shared.paging import Window
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import flash
from shared.ui.shell import page, t
from shared.ui.showing import fragment, go, show
from shared.web.access import rights
from shared.web.files import served

Document = dict[str, Any]
blp = pages_blueprint("training", __file__)
HOME = "/training/groups"
MAX_ROWS = 200


@blp.get("/groups")
@rights("training", "chief")
def groups_page() -> Response:
    """Shows all groups, and the form for a new one."""
    found = groups.list_groups(dependencies(), Window(None, MAX_ROWS))
    organizations = directory.all_organizations(dependencies())
    published = programmes.list_programmes(dependencies(), {"status": states.PUBLISHED}, Window(None, MAX_ROWS))
    programmes_by_id = {one["_id"]: one for one in published} | programmes.programmes_by_id(
        dependencies(), [one["programme_id"] for one in found]
    )
    return show(
        "training/groups.html",
        groups=found,
        counts=groups.counts(dependencies(), found),
        programmes=programmes_by_id,
        organization_names=directory.organizations(dependencies(), (one["organization_id"] for one in found)),
        periods=[
            (f"{one['_id']}.{period['id']}", f"{formats.localized(one['title'])} {formats.format_dates(period['from'], period['until'])}")
            for one in published if one["kind"] != "overseas" for period in one["periods"]
        ],
        partners=[(one["_id"], one["name"]) for one in organizations],
        funders=[(one["_id"], one["name"]) for one in organizations if "funder" in (one.get("kinds") or ())],
        **navigation.template_context(),
    )  # fmt: skip


@blp.post("/groups")
@rights("training")
@takes_form(GroupForm, page=groups_page)
def nominate(form: Document) -> Response:
    """Creates a group; people are added next."""
    programme_id, _, period_id = form.pop("period").partition(".")
    body: NewGroup = {
        "name": form["name"],
        "programme_id": programme_id,
        "period_id": period_id,
        "first_day": form["first_day"],
        "last_day": form["last_day"],
        "organization_id": form["organization_id"],
        "funder_id": form.get("funder_id"),
    }
    return submit(
        lambda context: groups.nominate(dependencies(), body, context),
        lambda made: go(f"{HOME}/{made['_id']}#add", flash("group.done.created", reference=made["reference"])),
    )


@blp.get("/groups/<group_id>")
@rights("training", "chief")
def group_page(group_id: str) -> Response:
    """Shows a group with the state of each person, missing documents, and letters."""
    return _show_group(group_id)


def _show_group(group_id: str, status: int = 200, **more: Any) -> Response:
    group = groups.find_group(dependencies(), group_id)
    programme = programmes.find_programme(dependencies(), group["programme_id"])
    people = groups.members(
        dependencies(), group, application_records.today_of(dependencies(), page().request_context.now)
    )
    period = next((one for one in programme["periods"] if one["id"] == group["period_id"]), None)
    can = {kind: sum(1 for one in people if kind in one.letters) for kind in rules.KINDS}
    context: Document = {
        "group": group,
        "programme": programme,
        "period": period,
        "people": people,
        "organization_names": directory.organizations(dependencies(), (group["organization_id"], group["funder_id"])),
        "overlaps": labels.overlapping_stays([one.application for one in people]),
        "letter_counts": can | {letters.ALL: sum(1 for one in people if one.letters)},
        "kinds": letters.BATCH_KINDS,
        "columns": nominations.COLUMNS,
        "list_faults": [],
        "text": "",
        "accepts_people": programme["status"] == states.PUBLISHED
        and not programmes.is_past_deadline(programme, page().request_context.now),
    }
    return show(
        "training/group.html", status, **(context | _batch_context(group_id) | navigation.template_context() | more)
    )


def _batch_context(group_id: str) -> Document:
    return {
        "batches": letters.batches_of_group(dependencies(), group_id),
        "group_id": group_id,
        "can_edit": labels.has_role("training"),
    }


@blp.get("/fragments/groups/<group_id>/batches")
@rights("training", "chief")
def batches_part(group_id: str) -> Response:
    """Shows the progress of the letters; the browser refreshes it."""
    groups.find_group(dependencies(), group_id)
    return fragment("training/parts/batches.html", **_batch_context(group_id))


@blp.post("/groups/<group_id>/people")
@rights("training")
@takes_form(PersonForm, page=group_page)
def add_person(group_id: str, form: Document) -> Response:
    """Adds one person by form."""
    passport = {"number": form["passport"], "country": form["nationality"], "expires_on": form["expires_on"]}
    person = {
        "name": {name: form[name] for name in ("latin", "native") if form[name]},
        **{name: form[name] for name in ("birth_date", "nationality", "email") if form[name]},
        **({"passport": {name: value for name, value in passport.items() if value}} if form["passport"] else {}),
    }
    return submit(
        lambda context: groups.add_person(dependencies(), group_id, people_rules.checked(person), context),
        _people_added(group_id),
    )


@blp.post("/groups/<group_id>/list")
@rights("training")
@takes_form(PeopleForm, page=group_page, files=("file",))
def add_list(group_id: str, form: Document) -> Response:
    """Adds everyone on a list; where a row is wrong nobody is added, and the list is shown again to be fixed."""
    text = _list_text(form)
    try:
        return submit(lambda context: groups.add_list(dependencies(), group_id, text, context), _people_added(group_id))
    except InvalidList as refused:
        wrong = [(line, column, _row_fault(column, code)) for line, column, code in refused.rows]
        return _show_group(group_id, 422, list_faults=wrong, text=text)


def _list_text(form: Document) -> str:
    """Returns the text of the uploaded file, else the pasted text. Raises InvalidInput."""
    if not form["file"]:
        return str(form["text"] or "")
    content = form["file"][0].stream.read(4 * nominations.MAX_TEXT + 1)
    if len(content) > 4 * nominations.MAX_TEXT:
        raise InvalidInput([("#/file", "expected a list of at most 200 people")])
    try:
        return nominations.decoded_text(content)
    except UnicodeDecodeError:
        raise InvalidInput([("#/file", "expected a CSV file in UTF-8 or Shift_JIS")]) from None


def _row_fault(column: str, code: str) -> str:
    return t("group.row." + code, column=t("group.column." + column) if column else "")


def _people_added(group_id: str) -> Callable[[Group], Answer]:
    return lambda group: go(f"{HOME}/{group_id}#people", flash("group.done.added", n=group["joined"]))


@blp.post("/groups/<group_id>/batches")
@rights("training")
@takes_form(BatchForm, page=group_page)
def request_batch(group_id: str, form: Document) -> Response:
    """Requests letters for everyone in the group; the worker makes them."""
    return submit(
        lambda context: letters.request_batch(dependencies(), group_id, form["kind"], context),
        lambda batch: go(
            f"{HOME}/{group_id}#papers", flash("group.done.letters_requested", n=len(batch["application_ids"]))
        ),
    )


@blp.get("/groups/<group_id>/batches/<batch_id>")
@rights("training")
def batch_file(group_id: str, batch_id: str) -> Response:
    """Downloads the ZIP file."""
    return _no_store(served(*letters.batch_content(dependencies(), group_id, batch_id)))


@blp.get("/applications/<application_id>/letters/<kind>")
@rights("training")
def letter_file(application_id: str, kind: str) -> Response:
    """Downloads a letter for one person."""
    if kind not in rules.KINDS:
        raise NotFound()
    name, pdf = letters.letter(
        dependencies(), application_records.find_application(dependencies(), application_id), kind
    )
    return _no_store(served(name, "application/pdf", pdf))


def _no_store(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer
