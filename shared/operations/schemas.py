"""Shapes of the operators' API, the same at every service."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared.documents.formats import FORMATS, NAMES
from shared.operations.console import STATES
from shared.operations.service_status import STATES as EVENT_STATES
from shared.web.fields import Flag, Line, Moment, Paged, Schema, Text, Whole

ACTIONS = ("redrive", "discard", "restore", "note")
SUBJECTS = r"[a-z_]{1,40}/[a-z_]{1,40}/[A-Za-z0-9._:-]{1,120}"
PROCESSES = ("web", "worker")
_ID = validate.Length(1, 255)
MEANINGS = {
    PROCESSES: {"web": "Answers requests", "worker": "Handles events"},
    ACTIONS: {
        "redrive": "Handled again",
        "discard": "Discarded",
        "restore": "A discarded event is failed again",
        "note": "A remark, with nothing done",
    },
    EVENT_STATES: {
        "dead_lettered": "It could not be handled; an operator has to act",
        "waiting": "It is tried again automatically",
        "behind": "It waits for an earlier event of its subject",
        "gap": "An earlier event of its subject has not arrived",
        "discarded": "An operator discarded it",
    },
    tuple(STATES): {
        "waiting": "Events that are tried again automatically, or wait for an earlier one",
        "dead_lettered": "Events that could not be handled",
        "discarded": "Discarded events",
    },
    ("ja", "en"): {"ja": "Japanese", "en": "English"},
    FORMATS: NAMES,
}
"""What codes mean that every service has, for its OpenAPI document."""


class ProcessSchema(Schema):
    """A web process that answered an operator within the last minute, or a worker with a fresh heartbeat."""

    kind = fields.String(required=True, validate=validate.OneOf(PROCESSES))
    name = fields.String(required=True, metadata={"example": "intake-worker-1:7"})
    started = Moment(required=True)
    at = Moment(required=True)
    healthy = fields.Boolean(required=True)
    consuming = fields.Boolean(required=True, allow_none=True)
    publishing = fields.Boolean(required=True, allow_none=True)
    handled = Whole(required=True, allow_none=True, metadata={"description": "events since it started"})
    event_age_seconds = fields.Float(required=True, allow_none=True)


class QueuesSchema(Schema):
    """Messages ready to be consumed in the service's three queues; null: there is no such queue."""

    queue = Whole(required=True, allow_none=True)
    dead = Whole(required=True, allow_none=True)
    unrouted = Whole(required=True, allow_none=True)


class FailedGroupSchema(Schema):
    """Deferred events of the same state, cause and type."""

    state = fields.String(required=True, validate=validate.OneOf(EVENT_STATES))
    cause = fields.String(required=True)
    type = fields.String(required=True, allow_none=True)
    count = Whole(required=True)
    oldest = Moment(required=True)


class DeliverySchema(Schema):
    """Deliveries to one endpoint, or by e-mail. `healthy`: none that is due has been waiting for more than five minutes."""

    channel = fields.String(required=True, metadata={"example": "webhook"})
    recipient = fields.String(required=True, metadata={"example": "endpoint:0197f0a0-0000-7000-8000-000000000003"})
    organization_id = fields.String(required=True, allow_none=True)
    organization = fields.String(required=True, allow_none=True)
    waiting = Whole(required=True)
    due = Whole(required=True, metadata={"description": "of these, those that are due"})
    oldest_due_seconds = fields.Float(required=True, allow_none=True)
    healthy = fields.Boolean(required=True)


class OverviewSchema(Schema):
    """The status of a service. `healthy`: a worker consumes and publishes, the broker answers, no event is dead-lettered, deliveries go out."""

    service = fields.String(required=True)
    time = Moment(required=True)
    version = fields.String(required=True)
    healthy = fields.Boolean(required=True)
    processes = fields.List(fields.Nested(ProcessSchema), required=True)
    queues = fields.Nested(QueuesSchema, required=True, allow_none=True)
    unpublished = Whole(required=True, metadata={"description": "records with events that are not published yet"})
    oldest_due_seconds = fields.Float(required=True, allow_none=True)
    waiting = Whole(required=True)
    dead_lettered = Whole(required=True)
    discarded = Whole(required=True)
    groups = fields.List(fields.Nested(FailedGroupSchema), required=True)
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)


class FailedEventSchema(Schema):
    """An event that could not be handled, without its content."""

    id = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(EVENT_STATES))
    type = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    sequence = Whole(required=True, allow_none=True)
    cause = fields.String(required=True)
    reason = fields.String(required=True)
    attempts = Whole(required=True)
    due = Moment(required=True, allow_none=True)
    deferred_at = Moment(required=True)
    size = Whole(required=True)
    content_type = fields.String(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)


class HistoryLineSchema(Schema):
    """One line of a failed event's history; `who` is `account:…`, `operator:…` or `worker`."""

    at = Moment(required=True)
    what = fields.String(required=True)
    who = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)


class EventContentSchema(Schema):
    """The event inside, without anything personal: `…` stands for what is hidden."""

    subject = fields.String(required=True)
    time = Moment(required=True)
    actor = fields.String(required=True)
    correlation_id = fields.String(required=True)
    causation_id = fields.String(required=True)
    data = fields.Dict(required=True)


class FailedEventDetailSchema(FailedEventSchema):
    """The same with its history; `event` is null where the message is none."""

    history = fields.List(fields.Nested(HistoryLineSchema), required=True)
    event = fields.Nested(EventContentSchema, required=True, allow_none=True)


class FailedEventsQuery(Paged):
    """Filters the list of failed events."""

    state = fields.String(validate=validate.OneOf(tuple(STATES)), load_default="dead_lettered")
    cause = fields.String(validate=validate.Length(1, 120))
    type = fields.String(validate=validate.Length(1, 120))


class TraceSchema(Schema):
    """The trace of a case or one event through this service."""

    class PublishedSchema(Schema):
        """An event of this service; `published_at` is null while it waits to be published."""

        id = fields.String(required=True)
        type = fields.String(required=True)
        subject = fields.String(required=True, metadata={"example": "intake/case/0197f0a0-0000-7000-8000-000000000001"})
        sequence = Whole(required=True)
        time = Moment(required=True)
        published_at = Moment(required=True, allow_none=True)
        actor = fields.String(required=True)
        correlation_id = fields.String(required=True)
        causation_id = fields.String(required=True)
        consumers = fields.List(fields.String(), required=True)
        data = fields.Dict(required=True)

    class ConsumedSchema(Schema):
        """How far a subject of another service was consumed here, and which of its events are missing."""

        subject = fields.String(required=True)
        last_sequence = Whole(required=True)
        missing = fields.List(Whole(), required=True)

    class SentNoticeSchema(Schema):
        """A notice sent because of one of the case's events."""

        id = fields.String(required=True)
        event_id = fields.String(required=True)
        recipient = fields.String(required=True, metadata={"example": "role:front_desk"})
        channel = fields.String(required=True)
        status = fields.String(required=True)

    service = fields.String(required=True)
    case_id = fields.String(required=True, allow_none=True)
    published = fields.List(fields.Nested(PublishedSchema), required=True)
    consumed = fields.List(fields.Nested(ConsumedSchema), required=True)
    failed_events = fields.List(fields.Nested(FailedEventSchema), required=True)
    notices = fields.List(fields.Nested(SentNoticeSchema), required=True)


class TraceQuery(Schema):
    """Which trace: of a case (its owner knows it by its reference too), or of one event (of a case, where both are given). `subjects`: other services' subjects to look for."""

    case_id = fields.String(validate=_ID)
    event_id = fields.String(validate=_ID)
    subjects = fields.String(
        validate=[
            validate.Length(1, 8000),
            validate.Regexp(
                rf"{SUBJECTS}(,{SUBJECTS})*\Z", error="expected subjects as `published` names them, with commas"
            ),
        ],
        metadata={"example": "interpreting/booking/0197f0a0-0000-7000-8000-000000000002"},
    )

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if "case_id" not in data and "event_id" not in data:
            raise ma.ValidationError({"case_id": ["expected a case_id or an event_id"]})


class ActionSchema(Schema):
    """What an operator did; `remaining` of the matching events are still failed."""

    id = fields.String(required=True)
    time = Moment(required=True)
    actor = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "address or machine"})
    action = fields.String(required=True, validate=validate.OneOf(ACTIONS))
    event_id = fields.String(required=True, allow_none=True)
    cause = fields.String(required=True, allow_none=True)
    type = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    events = Whole(required=True)
    remaining = Whole(required=True)


class OptionalActionReasonSchema(Schema):
    """Why, for those who ask later."""

    reason = Text(500)


class ActionReasonSchema(Schema):
    """Why; required."""

    reason = Text(500, required=True)


class RedriveGroupSchema(Schema):
    """Which: those of a cause (and of a type; null: of no known type), or all."""

    cause = Line(120)
    type = Line(120, allow_none=True)
    all = Flag()
    reason = Text(500)

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if ("cause" in data) == data.get("all", False) or ("type" in data and "cause" not in data):
            raise ma.ValidationError({"cause": ["expected a cause, or all: true"]})


class DiscardGroupSchema(Schema):
    """Those of a cause (and of a type); `count` is how many the person saw, so that nothing unseen is discarded."""

    cause = Line(120, required=True)
    type = Line(120, allow_none=True)
    count = Whole(required=True, validate=validate.Range(1, 10**6))
    reason = Text(500, required=True)
