"""Shapes of the operators' API, the same at every service."""

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from shared.documents.formats import FORMATS, NAMES
from shared.messaging.standing import STATES as KEPT_STATES
from shared.operations.desk import STATES
from shared.web.fields import Flag, Line, Moment, Paged, Schema, Text, Whole

ACTS = ("redrive", "discard", "restore", "note")
SUBJECTS = r"[a-z_]{1,40}/[a-z_]{1,40}/[A-Za-z0-9._:-]{1,120}"
PROCESSES = ("web", "worker")
_ID = validate.Length(1, 255)
MEANINGS = {
    PROCESSES: {"web": "Answers requests", "worker": "Handles events"},
    ACTS: {
        "redrive": "Handled again",
        "discard": "Given up",
        "restore": "Taken back from what was given up",
        "note": "A note, with nothing done",
    },
    KEPT_STATES: {
        "parked": "It could not be handled; somebody has to look",
        "waiting": "It is tried again by itself",
        "behind": "It waits for an earlier one of its subject",
        "gap": "An earlier one of its subject has not come",
        "discarded": "It was given up",
    },
    tuple(STATES): {
        "waiting": "What is tried again by itself, or waits for an earlier one",
        "parked": "What somebody has to look at",
        "discarded": "What was given up",
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
    well = fields.Boolean(required=True)
    hearing = fields.Boolean(required=True, allow_none=True)
    saying = fields.Boolean(required=True, allow_none=True)
    handled = Whole(required=True, allow_none=True, metadata={"description": "events since it started"})
    event_age_seconds = fields.Float(required=True, allow_none=True)


class QueuesSchema(Schema):
    """Messages ready to be taken in the service's three queues; null: there is no such queue."""

    queue = Whole(required=True, allow_none=True)
    dead = Whole(required=True, allow_none=True)
    unrouted = Whole(required=True, allow_none=True)


class KeptGroupSchema(Schema):
    """Kept events alike in state, cause and type."""

    state = fields.String(required=True, validate=validate.OneOf(KEPT_STATES))
    cause = fields.String(required=True)
    type = fields.String(required=True, allow_none=True)
    count = Whole(required=True)
    oldest = Moment(required=True)


class DeliverySchema(Schema):
    """What still has to leave for one endpoint, or by e-mail. `well`: nothing that could have gone waits for more than five minutes."""

    channel = fields.String(required=True, metadata={"example": "webhook"})
    recipient = fields.String(required=True, metadata={"example": "endpoint:0197f0a0-0000-7000-8000-000000000003"})
    organization_id = fields.String(required=True, allow_none=True)
    organization = fields.String(required=True, allow_none=True)
    waiting = Whole(required=True)
    due = Whole(required=True, metadata={"description": "of these, those that could go now"})
    oldest_due_seconds = fields.Float(required=True, allow_none=True)
    well = fields.Boolean(required=True)


class OverviewSchema(Schema):
    """How a service stands. `well`: a worker hears and says, the broker answers, nothing is parked, and what is to leave leaves."""

    service = fields.String(required=True)
    time = Moment(required=True)
    version = fields.String(required=True)
    well = fields.Boolean(required=True)
    processes = fields.List(fields.Nested(ProcessSchema), required=True)
    queues = fields.Nested(QueuesSchema, required=True, allow_none=True)
    to_say = Whole(required=True, metadata={"description": "records with events that are not said yet"})
    oldest_due_seconds = fields.Float(required=True, allow_none=True)
    waiting = Whole(required=True)
    parked = Whole(required=True)
    discarded = Whole(required=True)
    groups = fields.List(fields.Nested(KeptGroupSchema), required=True)
    deliveries = fields.List(fields.Nested(DeliverySchema), required=True)


class KeptSchema(Schema):
    """An event that could not be handled, without its content."""

    id = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(KEPT_STATES))
    type = fields.String(required=True, allow_none=True)
    subject = fields.String(required=True, allow_none=True)
    sequence = Whole(required=True, allow_none=True)
    cause = fields.String(required=True)
    reason = fields.String(required=True)
    attempts = Whole(required=True)
    due = Moment(required=True, allow_none=True)
    held_at = Moment(required=True)
    size = Whole(required=True)
    content_type = fields.String(required=True, allow_none=True)
    allowed = fields.List(fields.String(), required=True)


class KeptLineSchema(Schema):
    """One line of a kept event's history; `who` is `account:…`, `operator:…` or `worker`."""

    at = Moment(required=True)
    what = fields.String(required=True)
    who = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True)


class KeptPayloadSchema(Schema):
    """The event inside, without anything personal: `…` stands for what is not shown."""

    subject = fields.String(required=True)
    time = Moment(required=True)
    actor = fields.String(required=True)
    correlation_id = fields.String(required=True)
    causation_id = fields.String(required=True)
    data = fields.Dict(required=True)


class KeptEventSchema(KeptSchema):
    """The same with its history; `event` is null where the message is none."""

    history = fields.List(fields.Nested(KeptLineSchema), required=True)
    event = fields.Nested(KeptPayloadSchema, required=True, allow_none=True)


class KeptQuery(Paged):
    """Narrows the list of kept events."""

    state = fields.String(validate=validate.OneOf(tuple(STATES)), load_default="parked")
    cause = fields.String(validate=validate.Length(1, 120))
    type = fields.String(validate=validate.Length(1, 120))


class WaySchema(Schema):
    """A case's or one event's way through this service."""

    class SaidSchema(Schema):
        """What this service said; `said_at` is null while it waits to be said."""

        id = fields.String(required=True)
        type = fields.String(required=True)
        subject = fields.String(required=True, metadata={"example": "intake/case/0197f0a0-0000-7000-8000-000000000001"})
        sequence = Whole(required=True)
        time = Moment(required=True)
        said_at = Moment(required=True, allow_none=True)
        actor = fields.String(required=True)
        correlation_id = fields.String(required=True)
        causation_id = fields.String(required=True)
        heard_by = fields.List(fields.String(), required=True)
        data = fields.Dict(required=True)

    class HeardSchema(Schema):
        """How far a subject of another service was heard here, and what of it is missing."""

        subject = fields.String(required=True)
        last = Whole(required=True)
        missing = fields.List(Whole(), required=True)

    class NoticeMadeSchema(Schema):
        """A notice made of one of the case's events."""

        id = fields.String(required=True)
        event_id = fields.String(required=True)
        recipient = fields.String(required=True, metadata={"example": "role:front_desk"})
        channel = fields.String(required=True)
        status = fields.String(required=True)

    service = fields.String(required=True)
    case_id = fields.String(required=True, allow_none=True)
    said = fields.List(fields.Nested(SaidSchema), required=True)
    heard = fields.List(fields.Nested(HeardSchema), required=True)
    kept = fields.List(fields.Nested(KeptSchema), required=True)
    notices = fields.List(fields.Nested(NoticeMadeSchema), required=True)


class WayQuery(Schema):
    """Which way: a case's (its owner knows it by its reference too), or one event's (of a case, where both are given). `subjects`: others' subjects to look for."""

    case_id = fields.String(validate=_ID)
    event_id = fields.String(validate=_ID)
    subjects = fields.String(
        validate=[
            validate.Length(1, 8000),
            validate.Regexp(
                rf"{SUBJECTS}(,{SUBJECTS})*\Z", error="expected subjects as `said` names them, with commas"
            ),
        ],
        metadata={"example": "interpreting/booking/0197f0a0-0000-7000-8000-000000000002"},
    )

    @ma.validates_schema
    def _one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if "case_id" not in data and "event_id" not in data:
            raise ma.ValidationError({"case_id": ["expected a case_id or an event_id"]})


class ActSchema(Schema):
    """What an operator did, as the history keeps it; `left` of those that fit are still parked."""

    id = fields.String(required=True)
    time = Moment(required=True)
    actor = fields.String(required=True)
    source = fields.String(required=True, metadata={"description": "address or machine"})
    act = fields.String(required=True, validate=validate.OneOf(ACTS))
    event_id = fields.String(required=True, allow_none=True)
    cause = fields.String(required=True, allow_none=True)
    type = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    events = Whole(required=True)
    left = Whole(required=True)


class ActWhySchema(Schema):
    """Why, for those who ask later."""

    reason = Text(500)


class ActReasonSchema(Schema):
    """Why; it must be said."""

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
    """Those of a cause (and of a type); `count` is how many the person saw, so that nothing unseen is given up."""

    cause = Line(120, required=True)
    type = Line(120, allow_none=True)
    count = Whole(required=True, validate=validate.Range(1, 10**6))
    reason = Text(500, required=True)
