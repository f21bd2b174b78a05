"""Who is told of what happens to an application, and what it says: the table and the words, no server."""

import re
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.notify.rules.audience import APPLICANT, is_urgent, link_of, page_of, role_recipients, text_keys
from services.notify.rules.causes import Cause
from services.notify.rules.drafts import DraftContext, concerns_agency, drafts_for_people
from services.notify.rules.texts import LANGUAGES, Texts
from shared.events import Event, Next, training
from shared.events.language import CATALOGUE
from tests.unit.notify.world import Application

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TEXTS = Texts()
NAMES = {"cardiology": {"en": "Cardiology", "ja": "循環器内科"}}
APPLICATION = Application(application_id="app")
ACCOUNTS = {"reviewer": ["r1", "r2", "r3"], "chief": ["c1"], "training": ["t1"]}
MAIL, TELLS = ("applicant:app", "email"), ("role:training", "inbox")
BY = "2026-12-08T00:00:00.000Z"
CONFIRM = Next("applicant", "confirm", BY)


WORK = {"r1": {"cardiology"}, "r2": {"cardiology", "surgery"}, "r3": {"dermatology"}}


def accounts_with(role: str, departments: Collection[str]) -> list[str]:
    """As the store has it."""
    wanted = set(departments)
    return [one for one in ACCOUNTS.get(role, []) if not wanted or wanted & WORK.get(one, set())]


def drafts(event: Event) -> list[dict[str, Any]]:
    assert not concerns_agency(event)
    cause = Cause("e1", type(event).TYPE, NOW, 1, event)
    return list(drafts_for_people(cause, DraftContext("https://imc.example", True, NOW, accounts_with)))


def told(event: Event) -> set[tuple[str, str]]:
    return {(one["recipient"], one["channel"]) for one in drafts(event)}


def say(struct: type[Event], status: str = "submitted", turn: Next | None = None, **more: Any) -> Event:
    return APPLICATION.event(struct, status, turn, **more)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (say(training.ApplicationStarted, "draft"), {MAIL}),
        (say(training.ApplicationLinkAsked, "draft"), {MAIL}),
        (say(training.ApplicationSubmitted), {MAIL, TELLS}),
        (say(training.ApplicationCheckStarted), set()),
        (say(training.ApplicationReturned, "returned"), {MAIL}),
        (say(training.ApplicationAccepted, "accepted"), set()),
        (say(training.ApplicationAccepted, "accepted", announced=True, from_waiting_list=True), {MAIL}),
        (say(training.ApplicationWaitlisted, "waitlisted"), set()),
        (say(training.ApplicationRejected, "rejected", reason="other"), set()),
        (say(training.ApplicationRejected, "rejected", reason="condition_not_met", announced=True), {MAIL}),
        (say(training.ApplicationAnnounced, "accepted", outcome="accepted"), {MAIL}),
        (say(training.ApplicationAnnounced, "waitlisted", outcome="waitlisted"), {MAIL}),
        (say(training.ApplicationAnnounced, "rejected", outcome="rejected"), {MAIL}),
        (say(training.ApplicationLapsed, "lapsed"), {MAIL}),
        (say(training.ApplicationWithdrawn, "withdrawn", reason="visa"), {MAIL, TELLS}),
        (say(training.ApplicationWithdrawn, "withdrawn", reason="visa", previous_status="draft"), {MAIL}),
        (say(training.ApplicationOverdue, what="check"), {TELLS}),
        (say(training.ApplicationChased, "confirmed", papers=("vaccines",)), {MAIL}),
        (say(training.PaperRefused, "confirmed", paper_id="p", requirement="cv"), {MAIL}),
        (say(training.PaperAccepted, "confirmed", paper_id="p", requirement="cv"), set()),
        (say(training.PlacementConfirmed, "confirmed"), {MAIL, TELLS}),
        (say(training.PlacementDeferred, "deferred"), {MAIL}),
        (say(training.PlacementStarted, "active"), set()),
        (say(training.CertificateIssued, "completed", certificate_id="c"), {MAIL}),
        (say(training.SafetyAsked, "active", asking_id="s"), {MAIL}),
        (say(training.SafetyAnswered, "active", asking_id="s", answer="safe"), set()),
        (
            say(training.SafetyAnswered, "active", asking_id="s", answer="need_help"),
            {TELLS, ("account:t1", "email")},
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Event) else "",
)
def test_recipients_of_an_application_event(event: Event, expected: set[tuple[str, str]]) -> None:
    assert told(event) == expected


def test_every_decision_has_words_of_its_own() -> None:
    told = {
        drafts(say(training.ApplicationAnnounced, outcome=outcome))[0]["text"]
        for outcome in ("accepted", "waitlisted", "rejected")
    }
    assert told == {f"applicant.application.announced.{one}" for one in ("accepted", "waitlisted", "rejected")}


@pytest.mark.parametrize("struct", [training.ApplicationReviewStarted, training.ApplicationReviewed])
def test_reviewers_are_asked_by_inbox_and_mail(struct: type[Event]) -> None:
    more = {"step": "department", "verdict": "approve"} if struct is training.ApplicationReviewed else {}
    department = {("role:reviewer@cardiology", "inbox"), ("account:r1", "email"), ("account:r2", "email")}
    chief = {("role:chief", "inbox"), ("account:c1", "email")}
    assert told(say(struct, "under_review", steps=("department",), **more)) == department
    assert told(say(struct, "under_review", steps=("chief",), **more)) == chief
    assert told(say(struct, "under_review", steps=("department", "chief"), **more)) == department | chief
    assert told(say(struct, "under_review", steps=(), **more)) == set()
    named = {"department": ("r9",)}
    assert told(say(struct, "under_review", steps=("department",), reviewers=named, **more)) == {
        ("account:r9", "inbox"),
        ("account:r9", "email"),
    }


@pytest.mark.parametrize("struct", [training.ApplicationReviewStarted, training.ApplicationReviewed])
@pytest.mark.parametrize(
    ("about", "inboxes", "mailed"),
    [
        ({"departments": ("cardiology",)}, {"@cardiology"}, {"r1", "r2"}),
        ({"departments": ("surgery",)}, {"@surgery"}, {"r2"}),
        ({"departments": ("dermatology", "surgery")}, {"@dermatology", "@surgery"}, {"r2", "r3"}),
        ({"departments": ("psychiatry",)}, {"@psychiatry"}, set()),
        ({"department": "surgery"}, {"@surgery"}, {"r2"}),  # as it was published before it named all of them
        ({"department": None}, {""}, {"r1", "r2", "r3"}),
    ],
)
def test_a_reviewer_is_notified_of_their_own_department_only(
    struct: type[Event], about: dict[str, Any], inboxes: set[str], mailed: set[str]
) -> None:
    more = {"step": "department", "verdict": "approve"} if struct is training.ApplicationReviewed else {}
    found = drafts(say(struct, "under_review", steps=("department",), **more, **about))
    assert {(one["recipient"], one["channel"]) for one in found} == {
        *((f"role:reviewer{code}", "inbox") for code in inboxes),
        *((f"account:{one}", "email") for one in mailed),
    }
    named = [one["fields"].get("department") for one in found if one["channel"] == "inbox" and "@" in one["recipient"]]
    assert {f"@{code}" for code in named} == inboxes - {""}
    chief = drafts(say(struct, "under_review", steps=("chief",), **more, **about))
    assert {one["recipient"] for one in chief} == {"role:chief", "account:c1"}


@pytest.mark.parametrize(
    ("roles", "departments", "names"),
    [
        (
            ["reviewer"],
            ["surgery", "cardiology"],
            ["role:reviewer", "role:reviewer@cardiology", "role:reviewer@surgery"],
        ),
        (["reviewer"], [], ["role:reviewer"]),
        (["chief", "front_desk"], ["cardiology"], ["role:chief", "role:front_desk"]),
        ([], ["cardiology"], []),
    ],
)
def test_recipient_names_of_a_person(roles: list[str], departments: list[str], names: list[str]) -> None:
    assert role_recipients(roles, departments) == names


def test_who_was_asked_already_is_not_asked_again() -> None:
    answered = {"step": "department", "verdict": "approve", "steps": ("chief",)}
    assert told(say(training.ApplicationReviewed, "under_review", **answered, asked_before=("chief",))) == set()


@pytest.mark.parametrize(
    ("status", "sent_by", "heard"),
    [("draft", "applicant", False), ("returned", "applicant", False), ("confirmed", "applicant", True), ("confirmed", "hospital", False)],
)  # fmt: skip
def test_a_document_notifies_where_nothing_else_does(status: str, sent_by: str, heard: bool) -> None:
    event = say(training.PaperReceived, status, paper_id="p", requirement="cv", sent_by=sent_by)
    assert told(event) == ({TELLS} if heard else set())


@pytest.mark.parametrize("direction", ["in", "out"])
def test_a_held_application_notifies_an_applicant_who_may_be_booking_a_flight(direction: str) -> None:
    one = Application(application_id="app", direction=direction)
    for status, turn, counts in (
        ("confirmed", None, True),
        ("deferred", Next("applicant", "reconfirm", BY), True),
        ("accepted", CONFIRM, True),
        ("accepted", Next("training", "announce"), False),
        ("under_review", None, False),
    ):
        mail = {MAIL} if counts else set()
        assert told(one.event(training.ApplicationHeld, status, turn, reason="not_active")) == {TELLS} | mail, status
        assert told(one.event(training.ApplicationReleased, status, turn)) == mail, status


def test_other_dates_notify_the_applicant_unless_they_wrote_them() -> None:
    moved = ("first_day", "last_day", "rotations")
    assert told(say(training.ApplicationUpdated, "accepted", fields=moved)) == {MAIL}
    assert told(say(training.ApplicationUpdated, "draft", fields=moved)) == set()
    assert told(say(training.ApplicationUpdated, "accepted", fields=("conditions",))) == set()


def test_a_notification_stores_no_more_than_its_text_needs() -> None:
    (kept,) = drafts(say(training.ApplicationReturned, "returned", papers=("vaccines", "cv"), profession="nurse"))
    assert kept["fields"] == {
        "count": 2,
        "department": "cardiology",
        "first_day": "2027-02-01",
        "kind": "observation",
        "last_day": "2027-02-26",
        "status": "returned",
    }
    assert (kept["application_id"], kept["case_id"], kept["organization_id"]) == ("app", None, None)
    assert (
        kept["reference"] == APPLICATION.reference and kept["recipient_queue"] == kept["recipient"] == "applicant:app"
    )


def test_an_offer_has_its_end_with_the_zone_and_its_offset() -> None:
    for event in (
        say(training.ApplicationAnnounced, "accepted", CONFIRM, outcome="accepted", answer_by=BY, conditional=True),
        say(training.ApplicationAccepted, "accepted", CONFIRM, announced=True, answer_by=BY, conditional=True),
        say(training.PlacementDeferred, "deferred", Next("applicant", "reconfirm", BY), previous_first_day="2027-01-04", previous_last_day="2027-01-29"),
    ):  # fmt: skip
        kept = next(one for one in drafts(event) if one["channel"] == "email")
        written = TEXTS.render(kept["text"], "en", kept["fields"] | {"reference": "T"}, NAMES)
        assert "Tue 8 Dec 2026, 09:00 (Japan time, UTC+09:00)" in written.text
        assert "Mon 1 Feb 2027 – Fri 26 Feb 2027" in written.text
        assert ("with conditions" in written.text) == ("conditional" in kept["fields"])
        japanese = TEXTS.render(kept["text"], "ja", kept["fields"] | {"reference": "T"}, NAMES).text
        assert "2026年12月8日(火) 09:00（日本時間、UTC+09:00）" in japanese and "2027年2月1日(月)" in japanese


def test_without_conditions_none_are_named() -> None:
    (kept,) = drafts(say(training.ApplicationAnnounced, "accepted", CONFIRM, outcome="accepted", answer_by=BY))
    assert "condition" not in TEXTS.render(kept["text"], "en", kept["fields"] | {"reference": "T"}, NAMES).text
    assert "条件" not in TEXTS.render(kept["text"], "ja", kept["fields"] | {"reference": "T"}, NAMES).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(key for key in text_keys() if key.startswith(f"{APPLICANT}.")))
def test_every_mail_to_an_applicant_carries_the_link_and_the_reference(key: str, language: str) -> None:
    link = "https://imc.example/training/application/token"
    written = TEXTS.render_email(key, language, {"reference": "T-26-00031-P", "link": link}, NAMES)
    assert link in written.text.split() or link in re.split(r"[\s：]", written.text)
    assert "T-26-00031-P" in written.title and "T-26-00031-P" in written.text


def sayings() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every code that stands in an event of an application and in a text."""
    yield from (("kind", {"kind": one}) for one in ("observation", "elective", "hands_on", "overseas", "in_house"))
    yield from (("what", {"what": one}) for one in ("check", "check_papers", "resubmit", "review", "decide", "announce", "confirm", "reconfirm", "bring_papers", "wait_for_place", "train"))  # fmt: skip
    yield from (("reason", {"reason": one}) for one in ("none", "scope", "not_active", "begins_later", "ends_before", "applicant", "family", "health", "visa", "funding", "other_place", "other"))  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_is_left_in_words(language: str) -> None:
    keys = ("training.application.overdue", "training.application.held", "training.application.withdrawn")
    for name, fields in sayings():
        code = fields[name]
        shown = "".join(TEXTS.render(key, language, {"reference": "T"} | fields, NAMES).title + TEXTS.render(key, language, {"reference": "T"} | fields, NAMES).text for key in keys)  # fmt: skip
        words = TEXTS._words[language][name][code]
        assert words in shown and "_" not in words, (name, code)


def test_the_page_a_notification_leads_to() -> None:
    assert page_of("training.placement.confirmed", "app") == "/training/applications/app"
    assert page_of("reviewer.application.review_asked", "app") == "/training/reviews"
    assert link_of("applicant.safety.asked", "https://imc.example/l") == "https://imc.example/l/safe"
    assert link_of("applicant.application.started", "https://imc.example/l") == "https://imc.example/l"


def test_help_and_a_locked_account_are_urgent_and_nothing_else() -> None:
    assert {key for key in text_keys() if is_urgent(key)} == {"training.safety.answered", "person.account.locked"}


def test_the_rules_name_every_event_of_an_application_that_notify_consumes() -> None:
    heard = {d.type for d in CATALOGUE.values() if d.service == "training" and "notify" in d.consumers}
    assert len(heard) == 31 and all(not type_.startswith("training.programme") for type_ in heard)
