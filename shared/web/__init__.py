'''HTTP foundation: what a service's routes.py and app.py need, and a whole example. What stands behind it lies in the modules beside.

app.py, the web process on one page::

    INDEXES = store.INDEXES      # with outbox_index("cases") and requests_index("cases") (shared.idempotency)
    ERRORS = {BedInUse: (409, "bed-in-use", "The bed is in use")}      # exceptions of rules.py that derive from nothing in
                                                                       # shared.errors; those that do need no line here
    def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
        """The web process of intake."""
        settings = settings or load("intake")
        database = connect(settings.mongo_url, settings.database, "intake-web")
        store = Store(database, ...)
        return build_app(settings, database, Dependencies(store=store, clock=clock, settings=settings),
                         blueprints=[routes.blp], indexes=INDEXES, clock=clock, title="Intake",
                         errors=ERRORS, keeps=[store.cases])           # every Records that HTTP commands write to

store.py. A collection that HTTP commands write to says which key seals the answers kept in its records. Where everything
is under the service's own key: `Records(database["beds"], answers=lambda record_id: key)` with
`key = service_key(bytes.fromhex(settings.secret("master_key").decode()))`. Where each record has a data key:
`Records(database["cases"], answers=keyring.open)`, and on inserting, the fresh one: `cases.insert(document, events,
origin, beside=[(keys, key_document)], key=data_key)`; `save(..., key=data_key)` spares a look-up where it is at hand.
For a change `records.load(id, origin)` rather than `get(id)`: it answers a stale If-Match with 412 before any rule is asked.
(`save` checks again, so none is ever overlooked.) A second record saved in the same action gets `context.aside()`.
Lists: `records.find(onward(query, sort, window), sort=sort, limit=window.rows)` with `sort = [("_id", -1)]`.

routes.py::

    blp = api_blueprint("intake", "intake")                     # (group in the docs, service): /intake/api/v1/…

    class BedIn(Schema):                                        # schemas.py; unknown fields are refused, integers strict
        name = Text(most=200, required=True)
        places = Whole(load_default=1)
        since = Moment()                                        # in: offset required, UTC datetime; out: RFC 3339

    class BedFilter(Paged):                                     # limit and cursor come with Paged
        status = fields.String(validate=validate.OneOf(STATUSES))

    @blp.post("/beds")
    @rights("front_desk", agency="referrals:write")             # roles | scope of an agency's key; "*": any staff signed in;
    @takes(BedIn)                                               # admin always, audited; public() instead: anyone;
    @returns(201, BedOut)                                       # rights(service="notify"): that service and nobody else
    def create_bed(body: dict) -> Response:
        """Makes a bed."""                                      # the docstring's first line is the docs' summary
        return command(
            lambda origin: actions.make_bed(dependencies(), body, caller().organization_id, origin),
            lambda bed: respond(bed, BedOut, status=201, location=f"/intake/api/v1/beds/{bed['_id']}"),
        )

    @blp.post("/beds/<bed_id>/take")                            # a command without @takes takes no body, or {}
    @rights("front_desk")
    @returns(200, BedOut)
    def take_bed(bed_id: str) -> Response:
        """Takes a bed."""
        return command(lambda origin: actions.take_bed(dependencies(), bed_id, origin), lambda bed: respond(bed, BedOut))

    @blp.get("/beds")
    @rights("front_desk")
    @query(BedFilter)                                           # without it, any query string is refused
    @returns(200, page(BedOut))                                 # documents {"items": [BedOut]}
    def list_beds(query: dict) -> Answer:
        """Beds, newest first."""
        return page_of(lambda window: dependencies().store.beds_page(query.get("status"), window), BedOut, query)

    @blp.get("/beds/<bed_id>")
    @rights("front_desk")
    @returns(200, BedOut)
    def get_bed(bed_id: str) -> Answer:
        """One bed, with its ETag."""
        return respond(actions.bed(dependencies(), bed_id), BedOut)    # raises NotFound

`command(run, render)`: `run(origin)` does one action and returns the record as saved (what insert or save returned);
`render(record)` makes the answer of it and is called while the record is being written, so that answer and record are one
write: it must not write, and whatever else it shows (an id made for a new visit, a key shown once) it closes over.
`run` may be called several times: again after StaleRecord, from a fresh load. It may raise anything; a repeated
Idempotency-Key is then answered as the first time, with nothing written twice.
In accounts' sign-in or another POST without a record: do the action and return `respond(...)`; no key is looked at.

`respond(document, schema, status, location, version)` shows the document through the schema (None: as it is, JSON types
only); ETag from `version` or `document["version"]` and all that is shown. `nothing()`: 204. A view may also return any Flask Response
(a file). Every GET that answers JSON has an ETag, and 304 for who has it already: that is the door's (`answers.to_read`), not the view's.
`@takes_upload(Schema)`: multipart; `body["file"]` is an IncomingDocument, judged (`.name`, `.media_type`, `.size`, `.stream`).
`caller()`: `.kind` (`agency`|`staff`|`service`|`anonymous`), `.id`, `.roles`, `.scopes`, `.organization_id`, `.actor`.
`dependencies()`: the service's Dependencies. `context()`: this request's CommandContext for what is no command.

Errors are raised, never returned: NotFound, IllegalMove(detail, allowed=[…]), Conflict, InvalidInput([(pointer, expected)]),
Forbidden, Gone, Unavailable of shared.errors. Their texts reach the caller: no names, no values that were sent.
MongoDB away is 503 by itself; a request is bounded to 5 s. Everything under the API is `no-store`.
'''

from shared.command_context import Answer
from shared.paging import Window, onward
from shared.web.access import api_blueprint, public, query, returns, rights, takes, takes_upload
from shared.web.answers import if_match, nothing, respond
from shared.web.app import build_app
from shared.web.commands import command
from shared.web.fields import Flag, Line, Moment, Paged, Schema, Text, Whole
from shared.web.lists import any_of, page, page_of
from shared.web.state import caller, context, dependencies

__all__ = [
    "Answer",
    "Flag",
    "Line",
    "Moment",
    "Paged",
    "Schema",
    "Text",
    "Whole",
    "Window",
    "any_of",
    "api_blueprint",
    "build_app",
    "caller",
    "command",
    "context",
    "dependencies",
    "if_match",
    "nothing",
    "onward",
    "page",
    "page_of",
    "public",
    "query",
    "respond",
    "returns",
    "rights",
    "takes",
    "takes_upload",
]
