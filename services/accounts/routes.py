"""The JSON API: one short view per endpoint."""

from typing import Any

import pyotp
from flask import Response

from services.accounts import actions
from services.accounts.current import dependencies
from services.accounts.rules.codes import ISSUER
from services.accounts.rules.credentials import Credentials
from services.accounts.rules.people import STAFF
from services.accounts.schemas import (
    NOW,
    AccountChangesSchema,
    AccountListQuery,
    AccountSchema,
    DepartmentChangesSchema,
    DepartmentListQuery,
    DepartmentSchema,
    JwkSetSchema,
    MadeAccountSchema,
    NewAccountSchema,
    NewDepartmentSchema,
    NewPasswordSchema,
    ReasonSchema,
    SignInSchema,
    TokenSchema,
)
from shared.web.access import ApiBlueprint, api_blueprint, public, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.lists import page, page_of
from shared.web.state import caller, current_request

Body = dict[str, Any]
sign_in = api_blueprint("sign-in", "accounts")
people = api_blueprint("accounts", "accounts")
departments = api_blueprint("departments", "accounts")
keys = ApiBlueprint("published keys", "accounts", url_prefix="/accounts/.well-known")


@sign_in.post("/tokens")
@public()
@takes(SignInSchema)
@returns(201, TokenSchema)
def create_token(body: Body) -> Any:
    """Create a token.

    Takes a user name, a password and an unused one-time code, or a recovery code instead of it. Every refusal is the same 401.
    """
    token = actions.sign_in(
        dependencies(), **body, source=current_request().address, cause=current_request().request_id
    )
    return respond(token, TokenSchema, 201, "/accounts/api/v1/tokens")


@keys.get("/jwks.json")
@public()
@returns(200, JwkSetSchema)
def published_keys() -> Any:
    """Get the public signing keys.

    Tokens are signed with one of them.
    """
    return respond({"keys": dependencies().secrets.public}, JwkSetSchema)


@people.get("/me")
@rights("*")
@returns(200, AccountSchema)
def own_account() -> Any:
    """Get your own account."""
    return respond(actions.account(dependencies(), caller().id), AccountSchema)


@people.post("/me/password")
@rights("*")
@takes(NewPasswordSchema)
@returns(200, AccountSchema)
def change_own_password(body: Body) -> Response:
    """Change your password.

    Ends all sessions, including the current one.
    """
    id_ = caller().id
    return command(
        lambda context: actions.change_own_password(dependencies(), id_, **body, context=context),
        lambda account: respond(account, AccountSchema),
    )


@people.get("/accounts")
@rights("admin")
@query(AccountListQuery)
@returns(200, page(AccountSchema))
def list_accounts(query: Body) -> Any:
    """List accounts.

    Filter by role and status.
    """
    role, status = query.get("role"), query.get("status")
    return page_of(lambda window: actions.find_accounts(dependencies(), role, status, window), AccountSchema, query)


@people.post("/accounts")
@rights("admin")
@takes(NewAccountSchema)
@returns(201, MadeAccountSchema)
def create_account(body: Body) -> Response:
    """Create an account.

    The response shows the password, and never again. The second factor is enrolled at the first sign-in, or shown here too.
    """
    fresh, enrolled = Credentials.made(body.pop("password", None)), body.pop("second_factor") == NOW
    who = {name: body.pop(name) for name in ("username", "roles", "organization_id", "departments")}

    def render(account: Body) -> Any:
        uri = pyotp.TOTP(fresh.totp_secret).provisioning_uri(name=account["username"], issuer_name=ISSUER)
        shown = account | {"password": fresh.password, "totp_secret": None, "totp_uri": None}
        shown |= {"totp_secret": fresh.totp_secret, "totp_uri": uri} if enrolled else {}
        return respond(shown, MadeAccountSchema, 201, f"/accounts/api/v1/accounts/{account['_id']}")

    return command(
        lambda context: actions.create_account(
            dependencies(), **who, context=context, profile=body, fresh=fresh, enrolled=enrolled
        ),
        render,
    )


@people.get("/accounts/<account_id>")
@rights("admin")
@returns(200, AccountSchema)
def read_account(account_id: str) -> Any:
    """Get an account."""
    return respond(actions.account(dependencies(), account_id), AccountSchema)


@people.patch("/accounts/<account_id>")
@rights("admin")
@takes(AccountChangesSchema)
@returns(200, AccountSchema)
def change_account(account_id: str, body: Body) -> Response:
    """Change an account.

    Roles, organization, departments or profile. A change of rights ends all sessions.
    """
    return command(
        lambda context: actions.change_account(dependencies(), account_id, body, context),
        lambda account: respond(account, AccountSchema),
    )


@people.post("/accounts/<account_id>/disable")
@rights("admin")
@takes(ReasonSchema)
@returns(200, AccountSchema)
def disable_account(account_id: str, body: Body) -> Response:
    """Disable an account.

    The person can no longer sign in, and every token issued before is refused by all services.
    """
    return command(
        lambda context: actions.disable_account(dependencies(), account_id, body["reason"], context),
        lambda account: respond(account, AccountSchema),
    )


@people.post("/accounts/<account_id>/enable")
@rights("admin")
@returns(200, AccountSchema)
def enable_account(account_id: str) -> Response:
    """Enable an account.

    The person can sign in again.
    """
    return command(
        lambda context: actions.enable_account(dependencies(), account_id, context),
        lambda account: respond(account, AccountSchema),
    )


@departments.get("/departments")
@rights(*STAFF, agency="departments:read")
@query(DepartmentListQuery)
@returns(200, page(DepartmentSchema))
def list_departments(query: Body) -> Any:
    """List departments.

    Codes and names, for staff and agencies.
    """
    listed = query.get("listed")
    return page_of(
        lambda window: actions.find_departments(dependencies(), listed, window),
        DepartmentSchema,
        query,
        lambda row: (row["code"],),
    )


@departments.get("/departments/<code>")
@rights(*STAFF, agency="departments:read")
@returns(200, DepartmentSchema)
def read_department(code: str) -> Any:
    """Get a department."""
    return respond(actions.department(dependencies(), code), DepartmentSchema)


@departments.post("/departments")
@rights("admin")
@takes(NewDepartmentSchema)
@returns(201, DepartmentSchema)
def add_department(body: Body) -> Response:
    """Add a department.

    Visits can then be booked in it.
    """
    return command(
        lambda context: actions.add_department(dependencies(), body, context),
        lambda made: respond(made, DepartmentSchema, 201, f"/accounts/api/v1/departments/{made['code']}"),
    )


@departments.patch("/departments/<code>")
@rights("admin")
@takes(DepartmentChangesSchema)
@returns(200, DepartmentSchema)
def change_department(code: str, body: Body) -> Response:
    """Change a department.

    Names, place, extension, or whether it takes visits.
    """
    return command(
        lambda context: actions.change_department(dependencies(), code, body, context),
        lambda department: respond(department, DepartmentSchema),
    )
