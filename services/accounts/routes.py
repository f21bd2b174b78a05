"""The JSON API: one short view per endpoint."""

from typing import Any

import pyotp
from flask import Response

from services.accounts.actions import accounts as actions
from services.accounts.actions import credentials, departments, sign_in
from services.accounts.current import dependencies
from services.accounts.rules.accounts import STAFF
from services.accounts.rules.codes import ISSUER
from services.accounts.rules.credentials import Credentials
from services.accounts.rules.records import Account, AccountChanges, DepartmentChanges, DepartmentFields, NewAccount
from services.accounts.schemas.requests import (
    NOW,
    AccountChangesSchema,
    AccountListQuery,
    DepartmentChangesSchema,
    DepartmentListQuery,
    NewAccountSchema,
    NewDepartmentSchema,
    NewPasswordSchema,
    ReasonSchema,
    SignInSchema,
)
from services.accounts.schemas.responses import (
    AccountSchema,
    CreatedAccountSchema,
    DepartmentSchema,
    JwkSetSchema,
    TokenSchema,
)
from shared.command_context import Answer
from shared.web.access import ApiBlueprint, api_blueprint, public, query, returns, rights, takes
from shared.web.answers import respond
from shared.web.commands import command
from shared.web.lists import page, page_of
from shared.web.state import caller, current_request

Body = dict[str, Any]
sign_in_blp = api_blueprint("sign-in", "accounts")
accounts_blp = api_blueprint("accounts", "accounts")
departments_blp = api_blueprint("departments", "accounts")
keys_blp = ApiBlueprint("published keys", "accounts", url_prefix="/accounts/.well-known")


@sign_in_blp.post("/tokens")
@public()
@takes(SignInSchema)
@returns(201, TokenSchema)
def create_token(body: Body) -> Any:
    """Create a token.

    Takes a user name, a password and an unused one-time code, or a recovery code instead of it. Every refusal is the same 401.
    """
    token = sign_in.sign_in(
        dependencies(), **body, source=current_request().address, cause=current_request().request_id
    )
    return respond(token, TokenSchema, 201, "/accounts/api/v1/tokens")


@keys_blp.get("/jwks.json")
@public()
@returns(200, JwkSetSchema)
def published_keys() -> Any:
    """Get the public signing keys.

    Tokens are signed with one of them.
    """
    return respond({"keys": dependencies().secrets.public}, JwkSetSchema)


@accounts_blp.get("/me")
@rights("*")
@returns(200, AccountSchema)
def own_account() -> Any:
    """Get your own account."""
    return respond(actions.get_account(dependencies(), caller().id), AccountSchema)


@accounts_blp.post("/me/password")
@rights("*")
@takes(NewPasswordSchema)
@returns(200, AccountSchema)
def change_own_password(body: Body) -> Response:
    """Change your password.

    Ends all sessions, including the current one.
    """
    id_ = caller().id
    return command(
        lambda context: credentials.change_own_password(dependencies(), id_, **body, context=context),
        lambda account: respond(account, AccountSchema),
    )


@accounts_blp.get("/accounts")
@rights("admin")
@query(AccountListQuery)
@returns(200, page(AccountSchema))
def list_accounts(query: Body) -> Any:
    """List accounts.

    Filter by role and status.
    """
    role, status = query.get("role"), query.get("status")
    return page_of(lambda window: actions.find_accounts(dependencies(), role, status, window), AccountSchema, query)


@accounts_blp.post("/accounts")
@rights("admin")
@takes(NewAccountSchema)
@returns(201, CreatedAccountSchema)
def create_account(body: NewAccount) -> Response:
    """Create an account.

    The response shows the password, and never again. The second factor is enrolled at the first sign-in, or shown here too.
    """
    new, enrolled = Credentials.generate(body.get("password")), body["second_factor"] == NOW

    def render(account: Account) -> Answer:
        uri = pyotp.TOTP(new.totp_secret).provisioning_uri(name=account["username"], issuer_name=ISSUER)
        secret = {"totp_secret": new.totp_secret if enrolled else None, "totp_uri": uri if enrolled else None}
        response = {**account, "password": new.password, **secret}
        return respond(response, CreatedAccountSchema, 201, f"/accounts/api/v1/accounts/{account['_id']}")

    return command(
        lambda context: actions.create_account(
            dependencies(),
            body["username"],
            body["roles"],
            body["organization_id"],
            context,
            profile=body,
            credentials=new,
            enrolled=enrolled,
            departments=body["departments"],
        ),
        render,
    )


@accounts_blp.get("/accounts/<account_id>")
@rights("admin")
@returns(200, AccountSchema)
def read_account(account_id: str) -> Any:
    """Get an account."""
    return respond(actions.get_account(dependencies(), account_id), AccountSchema)


@accounts_blp.patch("/accounts/<account_id>")
@rights("admin")
@takes(AccountChangesSchema)
@returns(200, AccountSchema)
def change_account(account_id: str, body: AccountChanges) -> Response:
    """Change an account.

    Roles, organization, departments or profile. A change of rights ends all sessions.
    """
    return command(
        lambda context: actions.change_account(dependencies(), account_id, body, context),
        lambda account: respond(account, AccountSchema),
    )


@accounts_blp.post("/accounts/<account_id>/disable")
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


@accounts_blp.post("/accounts/<account_id>/enable")
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


@departments_blp.get("/departments")
@rights(*STAFF, agency="departments:read")
@query(DepartmentListQuery)
@returns(200, page(DepartmentSchema))
def list_departments(query: Body) -> Any:
    """List departments.

    Codes and names, for staff and agencies.
    """
    listed = query.get("listed")
    return page_of(
        lambda window: departments.find_departments(dependencies(), listed, window),
        DepartmentSchema,
        query,
        lambda row: (row["code"],),
    )


@departments_blp.get("/departments/<code>")
@rights(*STAFF, agency="departments:read")
@returns(200, DepartmentSchema)
def read_department(code: str) -> Any:
    """Get a department."""
    return respond(departments.get_department(dependencies(), code), DepartmentSchema)


@departments_blp.post("/departments")
@rights("admin")
@takes(NewDepartmentSchema)
@returns(201, DepartmentSchema)
def add_department(body: DepartmentFields) -> Response:
    """Add a department.

    Visits can then be booked in it.
    """
    return command(
        lambda context: departments.add_department(dependencies(), body, context),
        lambda new: respond(new, DepartmentSchema, 201, f"/accounts/api/v1/departments/{new['code']}"),
    )


@departments_blp.patch("/departments/<code>")
@rights("admin")
@takes(DepartmentChangesSchema)
@returns(200, DepartmentSchema)
def change_department(code: str, body: DepartmentChanges) -> Response:
    """Change a department.

    Names, place, extension, or whether it takes visits.
    """
    return command(
        lambda context: departments.change_department(dependencies(), code, body, context),
        lambda department: respond(department, DepartmentSchema),
    )
