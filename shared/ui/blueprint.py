"""Authorization and forms of every page: who may see it, whether a form came from here, what was typed; denied by default.

Pages are declared with the decorators of shared/web/access.py (`rights`, `public`, `query`) and `takes_form`, which only record a plan.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, wraps
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import marshmallow as ma
import msgspec
import pymongo
from flask import Blueprint, Flask, Response, g, request
from flask.sansio.app import App
from werkzeug.datastructures import FileStorage

from shared.command_context import Answer
from shared.documents.faults import DocumentRefused, DocumentTooLarge, DocumentTypeNotTaken
from shared.documents.inspection import IncomingDocument
from shared.errors import Forbidden, InvalidInput
from shared.ui import failing, refusing
from shared.ui.arrivals import NotAdmitted, admit, from_here, has_csrf_token
from shared.ui.inputs import groups_of, lists_of, softened
from shared.ui.install import install
from shared.ui.refusals import Clash
from shared.ui.shell import Page, page
from shared.ui.typed import Typed, read_typed
from shared.web.access import UNSAFE, Plan, audit_call, plan_of, rights
from shared.web.answers import to_response
from shared.web.body import FORM_WITH_FILES_BYTES, SchemaLike, faults, query_reader
from shared.web.state import AppContext, RequestContext

View = TypeVar("View", bound=Callable[..., Any])


@dataclass
class FormPlan:
    """What `takes_form` recorded: the schema, the page to show again, the function for a conflict, the command's event, the file fields."""

    schema: SchemaLike | None = None
    page: Callable[..., Any] | None = None
    clash: Callable[..., Clash | None] | None = None
    files: tuple[str, ...] = ()
    accept: tuple[str, ...] | None = None
    check: Callable[..., Any] | None = None
    event: Callable[..., str | None] | str | None = None


def takes_form(
    schema: SchemaLike | None = None,
    page: Callable[..., Any] | None = None,
    clash: Callable[..., Clash | None] | None = None,
    files: Iterable[str] = (),
    accept: Iterable[str] | None = None,
    check: Callable[..., Any] | None = None,
    event: Callable[..., str | None] | str | None = None,
) -> Callable[[View], View]:
    """Declares a form of this schema, passed as `form`; without a schema the form has no fields.

    `page` is the view that shows the form: a rejected form is shown there again, filled. `clash(since=version)`, called with the path's
    arguments that it takes, returns who changed what since. `event` (or its result for the path's arguments) is the noun and verb of the
    event that the command publishes: where somebody's change since was that event, it is already recorded and no conflict. `files` are
    names of upload fields, each a list in `form[name]`: with `accept` (media types) of inspected IncomingDocuments, without it of
    werkzeug's FileStorage. `check`, with the path's arguments that it takes, raises before any file is inspected: a form that needs no
    sign-in has one.
    """

    def note(view: View) -> View:
        taken = tuple(accept) if accept else None
        view.form_plan = FormPlan(schema, page, clash, tuple(files), taken, check, event)  # type: ignore[attr-defined]
        return view

    return note


class PageBlueprint(Blueprint):
    """A blueprint that wraps every view in the authorization of pages."""

    def __init__(self, name: str, service: str, root: Path) -> None:
        super().__init__(name, __name__, url_prefix=f"/{service}")
        self._root = root

    def add_url_rule(self, rule: str, endpoint: Any = None, view_func: Any = None, *rest: Any, **options: Any) -> None:
        plan, form = plan_of(view_func), getattr(view_func, "form_plan", None)
        name = f"{view_func.__module__}.{view_func.__name__}"
        unsafe = bool(set(options.get("methods") or ("GET",)) & UNSAFE)
        if not plan.stated or plan.scope or plan.service or plan.body is not None:
            raise TypeError(f"{name}: rights(roles) or public() must say who may see it, takes_form(...) what comes in")
        if unsafe != (form is not None):
            raise TypeError(f"{name}: a POST, and nothing else, says takes_form(...)")
        guarded = _post_view(view_func, plan, form) if form else _get_view(view_func, plan)
        super().add_url_rule(rule, endpoint or view_func.__name__, guarded, *rest, **options)

    def get(self, rule: str, **options: Any) -> Callable[[View], View]:  # type: ignore[override]
        """Like Flask's; a view may also return an Answer."""
        return self.route(rule, methods=["GET"], **options)

    def post(self, rule: str, **options: Any) -> Callable[[View], View]:  # type: ignore[override]
        return self.route(rule, methods=["POST"], **options)

    def register(self, app: App, options: dict[str, Any]) -> None:
        assert isinstance(app, Flask)
        if install(app, self._root):
            app.add_url_rule(
                f"{self.url_prefix}/again",
                "pages:again",
                _get_view(_session_state, plan_of(_session_state)),
                methods=["GET"],
            )
        super().register(app, options)


def pages_blueprint(service: str, file: str) -> PageBlueprint:
    """The blueprint of pages under `/<service>/…`; `file` is the module's `__file__`: templates, words and static are in a folder above it."""
    root = next(above for above in Path(file).parents if (above / "words").is_dir() or (above / "templates").is_dir())
    inside = Path(file).relative_to(root).with_suffix("")
    return PageBlueprint(f"pages:{'-'.join(inside.parts)}", service, root)


@rights("*")
def _session_state() -> Response:
    """Returns the current CSRF token, the signed-in account, and whether the form's old token is of the same session.

    For the page that stores a form during a new sign-in.
    """
    now = page()
    session, csrf = now.request_context.caller.session_id or "", now.shell.csrf
    same = csrf.is_valid(request.headers.get("X-CSRF", ""), session)
    state = {"csrf": csrf.token(session), "person": now.request_context.caller.id, "same": same}
    return Response(msgspec.json.encode(state), content_type="application/json")


def _get_view(view: Callable[..., Any], plan: Plan) -> Callable[..., Response]:
    read_query = query_reader(plan.query) if plan.query is not None else None

    @wraps(view)
    def guarded(**path: Any) -> Response:
        request_context: RequestContext = g.request_context
        breaker, now = request_context.app_context.breaker, page()
        with breaker, pymongo.timeout(breaker.seconds_for()):
            try:
                admit(request_context, plan)
            except NotAdmitted:
                return failing.not_signed_in(now)
            given = {"query": read_query()} if read_query else {}
            answer = _view_response(view(**path, **given))
            if (
                "admin" in request_context.caller.roles and answer.status_code != 304
            ):  # an unchanged part shows nothing new
                audit_call(request_context, path)
            return answer

    return guarded


def _post_view(view: Callable[..., Any], plan: Plan, form: FormPlan) -> Callable[..., Response]:
    @cache
    def prepared() -> tuple[ma.Schema | None, list[str], list[Any]]:
        schema = softened(form.schema) if form.schema is not None else None
        return (schema, lists_of(schema), groups_of(schema)) if schema else (None, [], [])

    @wraps(view)
    def guarded(**path: Any) -> Response:
        request_context: RequestContext = g.request_context
        breaker, now = request_context.app_context.breaker, page()
        if form.files:
            request.max_content_length = FORM_WITH_FILES_BYTES
        schema, lists, groups = prepared()
        typed = g.typed = read_typed(request.form, lists, groups)  # a slow sender takes no place of the circuit breaker
        ours = from_here(request, request_context.app_context.settings.public_url)
        if ours is False:
            raise Forbidden("This form was sent from another site.")
        try:
            with breaker, pymongo.timeout(breaker.seconds_for()):
                admit(request_context, plan)
                _check_csrf(now, plan, typed, ours)
                if "admin" in request_context.caller.roles:
                    audit_call(request_context, path)
                if form.check:
                    form.check(**refusing.taken(form.check, path))
            given = _form_argument(form, schema, typed)
            with breaker, pymongo.timeout(breaker.seconds_for(bool(form.files))):
                return _view_response(view(**path, **given))
        except Exception as error:
            return _failure_response(error, now, typed, form, path, ours is True)

    if shown := form.page:

        @wraps(view)
        def page_by_itself(**path: Any) -> Response:
            _, lists, groups = prepared()
            g.typed = read_typed(request.form, lists, groups)
            return refusing.page_again(shown, path)()

        guarded.page_by_itself = _get_view(page_by_itself, plan)  # type: ignore[attr-defined]
    return guarded


def _check_csrf(now: Page, plan: Plan, typed: Typed, ours: bool | None) -> None:
    token = typed.hidden.get("csrf") or request.headers.get("X-CSRF", "")
    if not has_csrf_token(now, plan, token):
        if plan.open or not ours:
            raise Forbidden("This form does not carry what a page of ours puts into it.")
        raise refusing.OtherSession()


def _form_argument(form: FormPlan, schema: ma.Schema | None, typed: Typed) -> dict[str, Any]:
    """The view's argument `form`, if it has one; raises InvalidInput with all faults."""
    request_context: RequestContext = g.request_context
    loaded, wrong = {}, []
    try:
        loaded = (schema or _NOTHING).load(typed.tree)
    except ma.ValidationError as error:
        wrong = faults(error.messages)
    if wrong:
        raise InvalidInput(wrong)
    files = {name: [file for file in request.files.getlist(name) if file.filename] for name in form.files}
    request_context.sent = lambda: refusing.sent_bytes(typed, files)
    judged = {name: _inspect_files(name, many, form.accept) for name, many in files.items()} if form.accept else files
    return {} if schema is None and not files else {"form": {**loaded, **judged}}


def _inspect_files(name: str, files: list[FileStorage], accept: tuple[str, ...]) -> list[IncomingDocument]:
    """Inspects the files and returns documents; a fault of one is reported at its field."""
    inspector = g.request_context.app_context.inspector
    try:
        return [inspector.judge(file.filename, cast(BinaryIO, file.stream), accept) for file in files]
    except (DocumentTypeNotTaken, DocumentRefused) as refused:
        raise InvalidInput([(f"#/{name}", refused.words)]) from None
    except DocumentTooLarge:
        raise DocumentTooLarge(f"#/{name}") from None


class _NoFields(ma.Schema):
    class Meta:
        unknown = ma.RAISE


_NOTHING = _NoFields()


def _failure_response(
    error: Exception, now: Page, typed: Typed, form: FormPlan, path: dict[str, Any], ours: bool
) -> Response:
    """The response to a failed form: the form filled again, the conflict, or the stored form to send again; else raises the error."""
    breaker = now.request_context.app_context.breaker
    response = refusing.kept(error, now, typed, bool(form.files)) if ours else None
    if response is not None:
        return response
    if isinstance(error, NotAdmitted):
        return failing.not_signed_in(now)
    again = refusing.page_again(form.page, path) if form.page else None
    tell = refusing.clash_of(form.clash, path) if form.clash else None
    did = refusing.recorded_by(form.event, path)
    with breaker, pymongo.timeout(breaker.seconds_for()):
        answer = refusing.refused(error, now, typed, again, tell, did)
    if answer is None:
        raise error
    return answer


def _view_response(result: Any) -> Response:
    answer: Response = to_response(result) if isinstance(result, Answer) else result
    return answer


def page_rules(app_context: AppContext, app: Flask) -> list[Any]:
    """The URL rules of all pages, for tests that walk them."""
    prefix = f"/{app_context.settings.service}/"
    return [
        rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("pages:") and rule.rule.startswith(prefix)
    ]
