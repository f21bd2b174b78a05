"""Events consumed by training: partners' organizations and agreements, accounts, departments, and which mail reached an applicant."""

from collections.abc import Callable, Mapping
from typing import Any

from services.training.actions import links
from services.training.dependencies import Dependencies
from shared.auth_copies import (
    ACCOUNT_HANDLERS,
    DEPARTMENT_HANDLERS,
    ORGANIZATION_HANDLERS,
    PEOPLE_HANDLERS,
    organization_fields,
)
from shared.broker.envelope import ReceivedEvent
from shared.events import Event
from shared.events.language import CATALOGUE
from shared.events.notify import NotificationDelivered
from shared.events.partners import AgreementEvent, OrganizationEvent
from shared.inbox.unit_of_work import read_copy

AGREEMENT_FIELDS = ("reference", "kind", "status", "term", "starts", "ends", "scopes", "organization_ids", "title", "renews_months", "notice_on", "notice_given_on", "terminates_on")  # fmt: skip


@read_copy("agreements")
def on_agreement_changed(event: ReceivedEvent[AgreementEvent], deps: Dependencies) -> None:
    """Stores the agreement as it is now; `recheck` asks the worker's timer to check the placements that depend on it."""
    assert deps.unit is not None
    data = event.data
    fields: dict[str, Any] = {name: _plain(getattr(data, name)) for name in AGREEMENT_FIELDS} | {"recheck": True}
    if followed := getattr(data, "renewed_by", None):
        fields["renewed_by"] = followed
    deps.unit.put("agreements", data.agreement_id, fields, event.sequence)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@read_copy("organizations")
def on_organization_changed(event: ReceivedEvent[OrganizationEvent], deps: Dependencies) -> None:
    """Stores the partner as it is now; `recheck` asks the worker's timer to check the stays there."""
    assert deps.unit is not None
    fields = organization_fields(event.data) | {"recheck": True}
    deps.unit.put("organizations", event.data.organization_id, fields, event.sequence)


@read_copy("links_sent")
def on_notification_delivered(event: ReceivedEvent[NotificationDelivered], deps: Dependencies) -> None:
    """Records which link was sent: the newest that was sent is valid."""
    data = event.data
    if data.recipient_kind == "applicant" and data.link_number is not None:
        links.record_sent(deps, data.recipient_id, data.link_number, event.time)


HANDLERS: Mapping[type[Event], Callable[[ReceivedEvent[Any], Any], None]] = {
    **ACCOUNT_HANDLERS,
    **DEPARTMENT_HANDLERS,
    **PEOPLE_HANDLERS,
    **dict.fromkeys(ORGANIZATION_HANDLERS, on_organization_changed),
    NotificationDelivered: on_notification_delivered,
    **{one.struct: on_agreement_changed for one in CATALOGUE.values() if one.subject == "agreement"},
}
