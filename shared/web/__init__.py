'''The HTTP foundation: how a service's app and routes are built with the modules of this package, in one complete example.

app.py, the whole web process::

    INDEXES = store.INDEXES      # with outbox_index("cases") and requests_index("cases") (shared.idempotency)
    ERRORS = {BedInUse: (409, "bed-in-use", "The bed is in use")}      # exceptions of rules.py that do not derive from
                                                                       # shared.errors; those that do need no entry here
    def create_app(settings: Settings | None = None, clock: Clock = utc_now) -> Flask:
        """The web process of intake."""
        settings = settings or load("intake")
        database = connect(settings.mongo_url, settings.database, "intake-web")
        store = Store(database, ...)
        return build_app(settings, database, Dependencies(store=store, clock=clock, settings=settings),
                         blueprints=[routes.blp], indexes=INDEXES, clock=clock, title="Intake",
                         errors=ERRORS, keeps=[store.cases])           # every Records that HTTP commands write to

store.py. A collection that HTTP commands write to names the key that seals the answers stored in its records. Where the service
has one key for all records: `Records(database["beds"], answers=lambda record_id: key)` with
`key = service_key(bytes.fromhex(settings.secret("master_key").decode()))`. Where each record has a data key:
`Records(database["cases"], answers=keyring.open)`, and an insert passes the new one: `cases.insert(document, events,
context, beside=[(keys, key_document)], key=data_key)`; `save(..., key=data_key)` saves a look-up where the key is known.
Before a change call `records.load(id, context)` rather than `get(id)`: it answers a stale If-Match with 412 before any rule is checked.
(`save` checks it again, so none is missed.) A second record saved in the same action gets `context.aside()`.
Lists: `records.find(onward(query, sort, window), sort=sort, limit=window.rows)` with `sort = [("_id", -1)]`.

routes.py::

    blp = api_blueprint("intake", "intake")                     # (group in the docs, service): /intake/api/v1/…

    class BedIn(Schema):                                        # schemas.py; unknown fields are rejected, integers strict
        name = Text(most=200, required=True)
        places = Whole(load_default=1)
        since = Moment()                                        # request: offset required, gives a UTC datetime; response: RFC 3339

    class BedFilter(Paged):                                     # limit and cursor come with Paged
        status = fields.String(validate=validate.OneOf(STATUSES))

    @blp.post("/beds")
    @rights("front_desk", agency="referrals:write")             # roles | scope of an agency's key; "*": all signed-in staff;
    @takes(BedIn)                                               # admin always, audited; public() instead: anyone;
    @returns(201, BedOut)                                       # rights(service="notify"): only that service
    def create_bed(body: dict) -> Response:
        """Create a bed"""                                      # the docstring's first line is the OpenAPI summary
        return command(
            lambda context: actions.create_bed(dependencies(), body, caller().organization_id, context),
            lambda bed: respond(bed, BedOut, status=201, location=f"/intake/api/v1/beds/{bed['_id']}"),
        )

    @blp.post("/beds/<bed_id>/occupy")                          # a command without @takes accepts no body, or {}
    @rights("front_desk")
    @returns(200, BedOut)
    def occupy_bed(bed_id: str) -> Response:
        """Occupy a bed"""
        return command(lambda context: actions.occupy_bed(dependencies(), bed_id, context), lambda bed: respond(bed, BedOut))

    @blp.get("/beds")
    @rights("front_desk")
    @query(BedFilter)                                           # without it, any query string is rejected
    @returns(200, page(BedOut))                                 # documents {"items": [BedOut]}
    def list_beds(query: dict) -> Answer:
        """List beds"""
        return page_of(lambda window: dependencies().store.beds_page(query.get("status"), window), BedOut, query)

    @blp.get("/beds/<bed_id>")
    @rights("front_desk")
    @returns(200, BedOut)
    def get_bed(bed_id: str) -> Answer:
        """Read a bed"""
        return respond(actions.bed(dependencies(), bed_id), BedOut)    # raises NotFound

`command(run, render)`: `run(context)` does one action and returns the saved record (what insert or save returned).
`render(record)` makes the answer and is called while the record is being written, so that answer and record are one write:
it must not write, and takes other values it shows (the id of a new visit, a key shown once) from its closure.
`run` may be called several times: again after StaleRecord, with a fresh load. It may raise anything; a repeated
Idempotency-Key then gets the first answer, and nothing is written twice.
In accounts' sign-in or another POST without a record: do the action and return `respond(...)`; the Idempotency-Key is ignored.

`respond(document, schema, status, location, version)` serializes the document with the schema (None: unchanged, JSON types
only); its ETag is from `version` or `document["version"]` and a digest of the content. `nothing()`: 204. A view may also return any
Flask Response (a file). Every GET that answers JSON has an ETag and answers 304 to a matching If-None-Match: access.py does that
(`answers.to_read`), not the view.
`@takes_upload(Schema)`: multipart; `body["file"]` is an inspected IncomingDocument (`.name`, `.media_type`, `.size`, `.stream`).
`caller()`: `.kind` (`agency`|`staff`|`service`|`anonymous`), `.id`, `.roles`, `.scopes`, `.organization_id`, `.actor`.
`dependencies()` of the service's current.py: its Dependencies, typed. `context()`: this request's CommandContext outside of `command`.

Errors are raised, never returned: NotFound, IllegalMove(detail, allowed=[…]), Conflict, InvalidInput([(pointer, expected)]),
Forbidden, Gone, Unavailable of shared.errors. Their texts are sent to the caller: no names, no values that were sent.
When MongoDB is unavailable the answer is 503 automatically; a request is limited to 5 s. Every answer of the API is `no-store`.
'''
