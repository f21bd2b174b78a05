"""Events consumed by notify. The handler of a case's event updates the case's read copy and sends the notifications."""

from collections.abc import Callable, Mapping
from typing import Any

from services.notify.actions.catch_ups import schedule_catch_up
from services.notify.actions.copies import copy_account, copy_case, copy_endpoint, copy_interpreter
from services.notify.actions.drafts import notify
from services.notify.dependencies import Dependencies
from services.notify.rules.audience import NOTIFICATION_RULES
from services.notify.rules.causes import Cause
from shared.auth_copies import ACCOUNT_HANDLERS, DEPARTMENT_HANDLERS, on_account_disabled, on_organization_changed
from shared.broker.envelope import ReceivedEvent
from shared.events import Event
from shared.events.accounts import AccountCreated, AccountDisabled, AccountLocked, AccountUpdated
from shared.events.intake import CaseEvent, ReferralReceived
from shared.events.interpreting import BookingEvent, InterpreterEvent, InterpreterRegistered, InterpreterUpdated
from shared.events.partners import (
    AgreementEvent,
    OrganizationActivated,
    OrganizationClosed,
    OrganizationEvent,
    OrganizationRegistered,
    OrganizationSuspended,
    OrganizationUpdated,
    WebhookChanged,
)
from shared.events.training import ApplicationEvent
from shared.inbox.unit_of_work import read_copy

Handler = Callable[[ReceivedEvent[Any], Any], None]


def _cause(event: ReceivedEvent[Any]) -> Cause:
    return Cause(event.id, event.type, event.time, event.sequence, event.data, event.traceparent)


def on_referral_received(event: ReceivedEvent[ReferralReceived], deps: Dependencies) -> None:
    """The most frequent event. It updates no copy: a case has no booking before its next step."""
    notify(deps, _cause(event))


@read_copy("cases")
def on_case_event(event: ReceivedEvent[CaseEvent], deps: Dependencies) -> None:
    """Any event of a case or its visits."""
    copy_case(deps, event.data, event.sequence)
    if not deps.rebuilding:
        notify(deps, _cause(event))


def on_booking_event(event: ReceivedEvent[BookingEvent], deps: Dependencies) -> None:
    """Any event of a booking."""
    notify(deps, _cause(event))


def on_agreement_event(event: ReceivedEvent[AgreementEvent], deps: Dependencies) -> None:
    """Any event of an agreement."""
    notify(deps, _cause(event))


def on_application_event(event: ReceivedEvent[ApplicationEvent], deps: Dependencies) -> None:
    """Any event of an application, its documents or its placement."""
    notify(deps, _cause(event))


@read_copy("interpreters")
def on_interpreter_changed(event: ReceivedEvent[InterpreterEvent], deps: Dependencies) -> None:
    """Stores an interpreter's name, e-mail and account."""
    copy_interpreter(deps, event.data, event.sequence)


@read_copy("organizations")
def on_organization(event: ReceivedEvent[OrganizationEvent], deps: Dependencies) -> None:
    """Stores name, status and contacts."""
    on_organization_changed(event, deps)
    schedule_catch_up(deps, event.data.organization_id, event.time)


@read_copy("organizations")
def on_webhook_changed(event: ReceivedEvent[WebhookChanged], deps: Dependencies) -> None:
    """Stores an agency's endpoint, with its encrypted secrets."""
    copy_endpoint(deps, event.data, event.sequence)
    schedule_catch_up(deps, event.data.organization_id, event.time)


@read_copy("accounts")
def on_account_changed(event: ReceivedEvent[AccountCreated | AccountUpdated], deps: Dependencies) -> None:
    """Stores language and e-mail, and since when the account exists; which inboxes a person may read is in the token."""
    since = event.time if isinstance(event.data, AccountCreated) else None
    copy_account(deps, event.data, event.sequence, enabled=True, since=since)


@read_copy("accounts", "void_tokens")
def on_account_ended(event: ReceivedEvent[AccountDisabled], deps: Dependencies) -> None:
    """Voids the tokens of this person."""
    copy_account(deps, event.data, event.sequence, enabled=False)
    on_account_disabled(event, deps)


def on_account_locked(event: ReceivedEvent[AccountLocked], deps: Dependencies) -> None:
    """Notifies a person that somebody tries to sign in as them."""
    notify(deps, _cause(event))


def _notifying_handler(struct: type[Event]) -> Handler:
    if struct is AccountLocked:
        return on_account_locked
    if struct is ReferralReceived:
        return on_referral_received
    if issubclass(struct, AgreementEvent):
        return on_agreement_event
    if issubclass(struct, ApplicationEvent):
        return on_application_event
    return on_case_event if issubclass(struct, CaseEvent) else on_booking_event


ORGANIZATION_EVENTS: tuple[type[Event], ...] = (
    OrganizationRegistered,
    OrganizationActivated,
    OrganizationUpdated,
    OrganizationSuspended,
    OrganizationClosed,
)

HANDLERS: Mapping[type[Event], Handler] = {
    **ACCOUNT_HANDLERS,
    **DEPARTMENT_HANDLERS,
    **{struct: _notifying_handler(struct) for struct in NOTIFICATION_RULES},
    **dict.fromkeys(ORGANIZATION_EVENTS, on_organization),
    InterpreterRegistered: on_interpreter_changed,
    InterpreterUpdated: on_interpreter_changed,
    WebhookChanged: on_webhook_changed,
    AccountCreated: on_account_changed,
    AccountUpdated: on_account_changed,
    AccountDisabled: on_account_ended,
}
