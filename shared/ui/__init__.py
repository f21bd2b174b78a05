'''The foundation of all pages and their authorization: how a service's pages are built with its modules, in one complete example.

app.py passes the blueprints of pages beside those of the API::

    return build_app(..., blueprints=[routes.blp], pages=[pages.blp], ...)

pages.py (or pages/board.py, …; templates/, words/ and static/ are in services/<name>/)::

    blp = pages_blueprint("intake", __file__)                   # /intake/…

    class AcceptForm(Schema):                                   # schemas.py; of shared.web. Fields left empty are "missing"
        department = Text(most=40, required=True)
        beds = fields.Integer(load_default=1)                   # numbers are parsed from the form's text
        since = Day(load_default=None)                          # any way of typing a date in Japan; gives "2026-11-23"
        urgent = Ticked()                                       # a checkbox
        name = fields.Nested(Name, required=True)               # <input name="name.latin">; rows are languages.0.tag, …

    @blp.get("/beds/<bed_id>")
    @rights("front_desk")                                       # as in the API: roles, "*" all who are signed in, admin always;
    def bed_page(bed_id: str) -> Response:                      # public() instead: anyone. Neither: the app does not start
        """One bed."""
        return show("bed.html", bed=actions.bed(dependencies(), bed_id))

    @blp.get("/")
    @rights("front_desk")
    @query(BoardFilter)                                         # a subclass of PageQuery; without it the query string is ignored
    def board(query: dict) -> Response: ...

    @blp.get("/fragments/beds")                                 # a live part: ETag over its content, 304 where it did not change
    @rights("front_desk")
    def beds_part() -> Response:
        return fragment("parts/beds.html", beds=actions.beds(dependencies()))

    @blp.post("/beds/<bed_id>/accept")
    @rights("front_desk")
    @takes_form(AcceptForm, page=bed_page, clash=bed_changes)   # a form without fields: @takes_form(page=bed_page)
    def accept(bed_id: str, form: dict) -> Response:
        return submit(
            lambda context: actions.accept(dependencies(), bed_id, form, context),
            lambda bed: go(f"/intake/beds/{bed_id}", flash("bed.accepted", number=bed["number"],
                                  undo=Undo(f"/intake/beds/{bed_id}/correct", {"to": "free"}, bed["version"]))),
        )

`submit(run, then)` is `shared.web.command` with the form's hidden `idempotency_key` and `version` in place of headers, with the same
guarantees (a double click has one effect). `then` always returns `go(...)`: 303, also for htmx, whose fetch follows the redirect and
selects its part of the page with hx-select. A view without a record (sign-in) returns `go(...)` or a Response itself.

One form around a table serves all its rows: `<button name="version" value="7" formaction="/intake/beds/…/free">`, and in the view
`submit(run, then, part=bed_id)`. A view that changes many records in one request calls `submit_one(run, part=bed_id)` for each.

The page blueprint does automatically: 303 to sign-in (401 for parts), 403, rate limit, the circuit breaker of the database, an admin's
audit entry, CSRF tokens, CSP, no-store. A rejected form (422, 409 of rules) is shown again by `page=`, filled, with a summary and a
message at each field. A stale `version` shows the conflict: `bed_changes(bed_id, since=3)` returns
`Clash([Change(when, who, what), …], version_now, address_of_theirs)`. `submit(…, ignores_system_changes=True)`
accepts a version since which only the system changed something. A form sent after the sign-in expired, or while a server is
unavailable, is stored on a page and sent again unchanged; a request of htmx (except a search) that gets 401, 403 or 404 is repeated
as a request of the whole page. Raise errors of shared.errors as in the API; never build an error page.

Texts of errors: `problem.<slug>` in the catalogue for the errors a service raises (`illegal-move`, …), and for a field's error
`expected."expected a bed of # to #"`, keyed by the English sentence with numbers as # (they are {0}, {1} in the text).

templates/bed.html::

    {% extends "shell/page.html" %}{% import "ui.html" as ui %}{% import "fields.html" as fields %}
    {% set wide = true %}                                       {# for tables; otherwise the width of running text #}
    {% block title %}{{ t("bed.title") }}{% endblock %}
    {% block main %}
    {% call ui.head(t("bed.title")) %}<a class="button second" href="/intake/">{{ t("bed.all") }}</a>{% endcall %}
    {{ ui.chip(t("bed.status." ~ bed.status), "good") }}       {# neutral, info, good, warn, bad #}
    {% set f = form("/intake/beds/" ~ bed._id ~ "/accept", values=bed, version=bed.version, id="accept") %}
    {% call fields.form(f) %}                                   {# CSRF token, key, version, summary of errors #}
      {{ fields.text(f, "department", t("bed.department"), required=true) }}
      {{ fields.day(f, "since", t("bed.since")) }}
      {{ fields.select(f, "ward", t("bed.ward"), [("a", t("bed.ward_a"))]) }}   {# radios, checkboxes alike; tick; textarea; file; count #}
      {{ fields.send(t("bed.accept"), cancel="/intake/") }}
    {% endcall %}
    {{ ui.button(t("bed.free"), "/intake/beds/" ~ bed._id ~ "/free", version=bed.version) }}        {# one command without fields #}
    {% call ui.live("beds", "/intake/fragments/beds") %}{% include "parts/beds.html" %}{% endcall %}  {# the part's own template #}
    {{ ui.fragment("bookings", "/interpreting/fragments/bookings?case_id=" ~ bed._id) }}              {# another service's #}
    {% endblock %}

ui.html: head, chip, table, empty, live, fragment, opened, timeline, panel (beside the page, without a script), menu (of a row), button,
facts, moment, pagination, undo_button. fields.html: form, text, day, clock, textarea, select, radios, checkboxes, tick, file, count,
send, search (`into=` the id of the element it fills; waits for kana input). Pages for printing: {% extends "shell/sheet.html" %}, block
sheet.
In templates also: `person()` (`.id`, `.name`, `.roles`), `page.reader` (`.language`, `.zone`, `.abroad`), `asset("imc.css")`, `now()`,
`countries()`, `nationalities()`, `issuers()`, filters `day short_day clock when period at_hospital partial_day age language country iso`.
Cells of a table with `data-label` become cards on a phone. CSS classes: columns, card, stack, row, form-row, quiet, number, unseen, code.

words/ja.toml and en.toml: `[bed] title = "…"`; fields `{n}`, `{name}`; plural `[bed.waiting] one = "…" other = "…"` chosen by n. In Python
`t("bed.title")`. A key must be a literal where it is used, or a literal prefix: `t("bed.status." ~ status)` uses all below `bed.status.`.

A page in the navigation of all pages: an entry in navigation.py, its text in words/*.toml here. Addresses contain no patient's data.
Static files of a service: `asset("board.js")` from its static/; a <script> is a module in its own file: CSP allows nothing inline.
'''
