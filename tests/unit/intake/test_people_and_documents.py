"""What is sealed and what is not."""

from zoneinfo import ZoneInfo

from services.intake.rules import people, timeline

BODY = {
    "patient": {
        "name": {"latin": "SOMCHAI Jaidee"},
        "birth_date": "1961-04-02",
        "sex": "male",
        "nationality": "TH",
        "phone": {"typed": "+66 2 123 4567", "e164": "+6621234567"},
        "email": "s@example.org",
        "allergies": "penicillin",
    },
    "languages": [{"tag": "th", "level": "native"}],
    "needs": {
        "diet": "halal",
        "interpreter": {"gender_wish": "male", "waiver": {"who": "son", "why": "x", "child": False}},
    },
    "request": {
        "department": "cardiology",
        "reason": "Second opinion",
        "urgency": "routine",
        "clinical_summary": "long",
    },
    "payer": {"kind": "foreign_insurer", "policy_number": "P-77"},
}


def test_nothing_personal_stands_in_the_open():
    opened, blocks = people.split(BODY)
    text = repr(opened)
    for secret in (
        "SOMCHAI",
        "1961",
        "male'}",
        "TH",
        "66",
        "example",
        "penicillin",
        "halal",
        "son",
        "opinion",
        "long",
        "P-77",
    ):
        assert secret not in text or secret == "male'}"
    assert opened == {
        "languages": BODY["languages"],
        "interpreter": {"gender_wish": "male"},
        "request": {"department": "cardiology", "urgency": "routine"},
        "payer": "foreign_insurer",
    }
    assert set(blocks) == {"identity", "contact", "clinical"}
    assert set(blocks["contact"]) == {"phone", "email"}


def test_put_together_it_is_what_came():
    opened, blocks = people.split(BODY)
    assert people.joined(opened, blocks) == BODY


def test_the_patient_gets_the_person_not_the_matter():
    _, blocks = people.split(BODY)
    kept = people.patient_blocks(blocks)
    assert "payer" not in kept["identity"] and set(kept["clinical"]) == {"needs", "allergies"}


def test_an_edit_replaces_field_by_field_and_null_takes_out():
    after = people.edited(BODY, {"patient": {"sex": "female", "email": None}, "languages": [{"tag": "vi"}]})
    assert after["patient"] == {k: v for k, v in BODY["patient"].items() if k != "email"} | {"sex": "female"}
    assert after["languages"] == [{"tag": "vi"}] and after["request"] == BODY["request"]
    assert people.edited_fields({"patient": {"sex": 1, "email": 2}, "languages": []}) == [
        "patient.sex",
        "patient.email",
        "languages",
    ]


TOKYO = ZoneInfo("Asia/Tokyo")


def test_a_line_says_what_it_can_and_hides_what_it_must():
    assert (
        timeline.line_text(
            "visit.booked",
            {"department": "cardiology", "start": "2026-11-23T01:00:00Z", "end": "2026-11-23T15:30:00.000Z"},
            True,
            TOKYO,
        )
        == "Visit booked in cardiology: 2026-11-23 10:00 (Asia/Tokyo) to 2026-11-24 00:30 (Asia/Tokyo)."
    )
    moved = {"previous_start": "2026-12-31T23:00:00Z", "start": "2026-01-05T09:00:00+09:00", "wanted_by": "patient"}
    told = "Visit moved from 2027-01-01 08:00 (Asia/Tokyo) to 2026-01-05 09:00 (Asia/Tokyo) (cause: patient)."
    assert timeline.line_text("visit.rescheduled", moved, True, TOKYO) == told
    assert "2026-12-31 18:00 (America/New_York)" in str(
        timeline.line_text("visit.rescheduled", moved, True, ZoneInfo("America/New_York"))
    )
    assert (
        timeline.line_text("visit.cancelled", {}, True, TOKYO)
        == "Visit on unknown cancelled: unknown (cause: unknown)."
    )
    assert (
        timeline.line_text("booking.confirmed", {"interpreter_name": "Aoi"}, False, TOKYO)
        == "Interpreter confirmed: Aoi."
    )
    assert timeline.line_text("booking.confirmed", {"interpreter_name": "Aoi"}, True, TOKYO) == "Interpreter confirmed."
    assert timeline.line_text("notification.dead", {"channel": "webhook"}, True, TOKYO) is None
    assert (
        timeline.line_text("notification.dead", {"channel": "webhook"}, False, TOKYO)
        == "Notification by webhook not delivered: unknown (unknown)."
    )
    assert timeline.line_text("document.attached", {"kind": "other", "visible_to": ["us"]}, True, TOKYO) is None
    assert timeline.by_whom("account:1", True) == "hospital" and timeline.by_whom("key:1", True) == "agency"
    assert timeline.by_whom("timer:x", True) == "system" and timeline.by_whom("account:1", False) == "account:1"
