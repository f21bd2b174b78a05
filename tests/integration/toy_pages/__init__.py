"""Pages over the toy service of beds: a board, a form, a clash, a live part; for the tests of shared.ui."""

from typing import Any

from flask import Response
from marshmallow import fields, validate

from shared.command_context import CommandContext
from shared.errors import NotFound
from shared.ui.blueprint import PageBlueprint, pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.inputs import Day, Ticked
from shared.ui.refusals import Change, Clash
from shared.ui.showing import fragment, go, show
from shared.web.access import public, query, rights
from shared.web.fields import Schema, Text, Whole
from shared.web.state import caller
from tests.integration.toy import BedInUse, Name, dependencies, make_bed, take_bed


class Language(Schema):
    tag = Text(most=10, required=True)
    level = Text(most=10, required=True)


class BedForm(Schema):
    name = fields.Nested(Name, required=True)
    places = Whole(load_default=1, validate=validate.Range(1, 4))
    since = Day(load_default=None)
    window = Ticked()
    languages = fields.List(fields.Nested(Language), load_default=[])
    wards = fields.List(fields.String(validate=validate.OneOf(["a", "b"])), load_default=[])


class Rename(Schema):
    latin = Text(most=50, required=True)


class OpenForm(Rename):
    n = Whole(load_default=3)


class Paper(Schema):
    kind = Text(most=10, required=True)


class Filter(Schema):
    status = fields.String(load_default="free", validate=validate.OneOf(["free", "taken"]))


def rename(bed_id: str, latin: str, context: CommandContext) -> dict[str, Any]:
    bed = dependencies().store.beds.load(bed_id, context)
    if bed is None:
        raise NotFound()
    return dependencies().store.beds.save(bed | {"name": {"latin": latin}}, [], context)


def toy_pages() -> PageBlueprint:
    """A fresh blueprint for each app."""
    blp = pages_blueprint("intake", __file__)

    @blp.get("/")
    @rights("front_desk")
    @query(Filter)
    def board(query: dict[str, Any]) -> Response:
        return show("board.html", beds=dependencies().store.beds.find({"status": query["status"]}), who=caller())

    @blp.get("/beds/new")
    @rights("front_desk")
    def new_page() -> Response:
        return show("new.html")

    @blp.post("/beds/new")
    @rights("front_desk")
    @takes_form(BedForm, page=new_page)
    def create(form: dict[str, Any]) -> Response:
        dependencies().hooks.get("before create", lambda: None)()
        return submit(
            lambda context: make_bed(dependencies(), form, context, None),
            lambda bed: go(f"/intake/beds/{bed['_id']}", flash("toy.made", places=bed["places"])),
        )

    @blp.get("/beds/<bed_id>")
    @rights("front_desk")
    def bed_page(bed_id: str) -> Response:
        bed = dependencies().store.beds.get(bed_id)
        if bed is None:
            raise NotFound()
        return show("bed.html", bed=bed)

    def changes(bed_id: str, since: int) -> Clash:
        bed = dependencies().store.beds.get(bed_id)
        made = [Change(dependencies().hooks["now"](), "Someone", f"changed it after {since}")]
        return Clash(made, bed["version"], f"/intake/beds/{bed_id}")

    @blp.post("/beds/<bed_id>/rename")
    @rights("front_desk")
    @takes_form(Rename, page=bed_page, clash=changes)
    def rename_bed(bed_id: str, form: dict[str, Any]) -> Response:
        return submit(
            lambda context: rename(bed_id, form["latin"], context), lambda bed: go(f"/intake/beds/{bed['_id']}")
        )

    @blp.post("/beds/<bed_id>/take")
    @rights("front_desk")
    @takes_form(page=bed_page)
    def take(bed_id: str) -> Response:
        if bed_id == "in-use":
            raise BedInUse("Somebody lies in it.")
        undo = Undo(f"/intake/beds/{bed_id}/rename", {"latin": "back"}, 2)
        return submit(
            lambda context: take_bed(dependencies(), bed_id, context),
            lambda bed: go(f"/intake/beds/{bed_id}", flash("toy.taken", undo=undo)),
        )

    @blp.post("/beds/<bed_id>/sign")
    @rights("front_desk")
    @takes_form(Rename, page=board)
    def sign(bed_id: str, form: dict[str, Any]) -> Response:
        """A button of the board; no form there has the field it needs."""
        return submit(lambda context: rename(bed_id, form["latin"], context), lambda bed: go("/intake/"))

    @blp.post("/beds/<bed_id>/papers")
    @rights("front_desk")
    @takes_form(Paper, page=bed_page, files=("file",))
    def attach(bed_id: str, form: dict[str, Any]) -> Response:
        sizes = [len(file.stream.read()) for file in form["file"]]
        return submit(
            lambda context: rename(bed_id, f"{form['kind']} {sizes}", context),
            lambda bed: go(f"/intake/beds/{bed['_id']}"),
        )

    @blp.get("/fragments/beds")
    @rights("front_desk")
    def beds_part() -> Response:
        return fragment("parts/beds.html", beds=dependencies().store.beds.find({}))

    @blp.get("/open")
    @public()
    def open_page() -> Response:
        return show("open.html")

    @blp.post("/open")
    @public()
    @takes_form(OpenForm, page=open_page)
    def open_post(form: dict[str, Any]) -> Any:
        return go(f"/intake/open?{form['latin']}")

    @blp.get("/broken")
    @rights("*")
    def broken() -> Response:
        raise RuntimeError("SECRET-PATIENT-NAME")

    return blp
