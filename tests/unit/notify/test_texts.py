"""Inventory: every event and audience has its words in every language, and no text names what it may not."""

import re
import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.rules import documents
from services.intake.rules import values as intake_values
from services.interpreting.rules import bookings, offers
from services.notify.rules.audience import NOTIFICATION_RULES, text_keys
from services.notify.rules.date_format import format_period
from services.notify.rules.drafts import FIELDS
from services.notify.rules.texts import LANGUAGES, TEMPLATES, BadCatalogue, Texts, supported_language
from services.notify.rules.undelivered import REASONS
from services.partners.rules import agreements
from services.training.rules import programmes
from services.training.rules.codes import REJECT_REASONS, WITHDRAW_REASONS
from shared.events import CATALOGUE
from shared.texts import differences, read_texts

SAMPLE = {
    "reference": "R-26-00427-K",
    "agency_reference": "BKK-2291",
    "department": "cardiology",
    "start": "2026-11-25T01:00:00.000Z",
    "end": "2026-11-25T02:00:00.000Z",
    "previous_start": "2026-11-24T01:00:00.000Z",
    "previous_end": "2026-11-24T02:00:00.000Z",
    "place": "Outpatient 3",
    "status": "scheduled",
    "reason": "other",
    "wanted_by": "patient",
    "language": "th",
    "modality": "on_site",
    "urgency": "urgent",
    "channel": "phone_or_mail",
    "kind": "image",
    "outcome": "treated",
    "interpreter_name": "TANAKA Yuki",
    "title": {"en": "Exchange of doctors", "ja": "医師の交流"},
    "days_left": 90,
    "mark": "90",
    "ends": "2027-03-31",
    "notice_on": "2026-12-31",
    "renews_months": 12,
    "terminates_on": "2027-02-01",
    "first_day": "2027-02-01",
    "last_day": "2027-02-26",
    "previous_first_day": "2027-01-04",
    "previous_last_day": "2027-01-29",
    "answer_by": "2026-12-10T00:00:00.000Z",
    "conditional": True,
    "count": 3,
    "what": "check",
}
NAMES = {"cardiology": {"en": "Cardiology", "ja": "循環器内科"}}
TEXTS = Texts()


def catalogue(language: str) -> dict[str, Any]:
    return tomllib.loads((TEMPLATES / f"{language}.toml").read_text("utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    found = catalogue(language)
    present = {
        f"{audience}.{name}" for audience in found if audience not in ("mail", "words") for name in found[audience]
    }
    assert present == text_keys()


def test_every_consumed_event_has_its_notification_rules() -> None:
    told_of = ("case", "booking", "agreement", "application")
    heard = {d.struct for d in CATALOGUE.values() if "notify" in d.consumers and d.subject in told_of}
    assert heard == {struct for struct in NOTIFICATION_RULES if CATALOGUE[struct.TYPE].subject in told_of}


def test_every_language_has_the_same_words() -> None:
    first, *others = [catalogue(language)["words"] for language in LANGUAGES]
    for other in others:
        assert {name: set(words) for name, words in other.items()} == {
            name: set(words) for name, words in first.items()
        }


def test_every_language_names_the_same_fields() -> None:
    assert differences({language: read_texts(TEMPLATES / f"{language}.toml") for language in LANGUAGES}) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(text_keys()))
def test_every_text_is_whole_with_all_fields_and_with_none(key: str, language: str) -> None:
    for fields in (SAMPLE, {"reference": "R-26-00427-K"}):
        written = TEXTS.render_email(key, language, fields, NAMES)
        whole = written.title + written.text
        assert written.title and "\n" not in written.title and "{" not in whole and "None" not in whole
    assert (
        bool(re.search(r"[ぁ-ん一-龥]", TEXTS.render(key, language, SAMPLE, {}).text))
        == (language == "ja" and key not in ("desk.booking.confirmed",))
        or key == "desk.booking.confirmed"
    )


def test_notifications_store_nothing_that_could_name_a_patient() -> None:
    assert not {"patient_id", "patient", "name", "birth_date", "case_id"} & set(FIELDS)


def test_an_agreements_text_has_its_days_in_words() -> None:
    written = TEXTS.render("owner.agreement.expiring", "en", SAMPLE, {})
    assert written.title == "R-26-00427-K ends on Wed 31 Mar 2027 (days left: 90)"
    assert "It renews for 12 months" in written.text and "Last day to give notice: Thu 31 Dec 2026" in written.text
    last_day = SAMPLE | {"mark": "notice", "days_left": 0, "notice_given_on": "2026-12-01"}
    told = TEXTS.render("training.agreement.expiring", "ja", last_day, {})
    assert told.title == "【R-26-00427-K】解約通知の期限：2026年12月31日(木)"
    assert "別の協定" in told.text and "医師の交流" in told.text
    assert TEXTS.render("partners.agreement.expiring", "en", SAMPLE | {"days_left": 0}, {}).title.endswith("left: 0)")


def test_codes_and_departments_are_put_into_words() -> None:
    written = TEXTS.render("desk.referral.received", "en", SAMPLE, NAMES)
    assert written.title == "New referral R-26-00427-K: Cardiology, urgent"
    assert TEXTS.render("desk.referral.received", "ja", SAMPLE, NAMES).title.endswith("循環器内科・至急")
    unknown = SAMPLE | {"department": "xenology", "urgency": "odd"}
    assert TEXTS.render("desk.referral.received", "en", unknown, NAMES).title.endswith("xenology, odd")


@pytest.mark.parametrize(("wanted", "got"), [("ja-JP", "ja"), ("en-GB", "en"), ("th", "en"), (None, "en"), ("", "en")])
def test_an_unsupported_language_falls_back_to_english(wanted: str | None, got: str) -> None:
    assert supported_language(wanted) == got


def test_the_zone_is_named_and_abroad_its_offset_too() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    start, end = "2026-11-24T14:30:00.000Z", "2026-11-24T15:30:00.000Z"
    assert format_period(start, end, tokyo, "en", False) == "Tue 24 Nov 2026, 23:30–Wed 25 Nov 2026, 00:30 (Japan time)"
    assert format_period(start, start, tokyo, "en", True).endswith("(Japan time, UTC+09:00)")
    assert format_period(start, start, tokyo, "ja", False) == "2026年11月24日(火) 23:30–23:30（日本時間）"
    assert format_period(start, start, ZoneInfo("America/New_York"), "en", True).endswith(
        "(America/New_York, UTC-05:00)"
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("{reference}: received", "{patient}: received", "names patient"),
        ('[agency."case.accepted"]', '[agency."case.welcome"]', "lacks its title"),
    ],
)
def test_a_bad_catalogue_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    for language in LANGUAGES:
        source = (TEMPLATES / f"{language}.toml").read_text("utf-8")
        (tmp_path / f"{language}.toml").write_text(source.replace(old, new, 1), "utf-8")
    with pytest.raises(BadCatalogue, match=says):
        Texts(tmp_path).check()


def test_every_text_names_what_it_may() -> None:
    TEXTS.check()


def test_a_text_reaches_nothing_but_its_fields(tmp_path: Path) -> None:
    from jinja2.exceptions import SecurityError

    for language in LANGUAGES:
        source = (TEMPLATES / f"{language}.toml").read_text("utf-8")
        source = source.replace("We can accept the patient.", "{reference.__class__.__mro__}", 1)
        (tmp_path / f"{language}.toml").write_text(source, "utf-8")
    with pytest.raises(SecurityError):
        Texts(tmp_path).render("agency.case.accepted", "en", SAMPLE, NAMES)


LOOKS_LIKE_A_KEY = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b[a-z]+(?:\.[a-z][a-z_]*){2,}\b")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", sorted(text_keys()))
def test_no_text_shows_a_key_or_a_code(key: str, language: str) -> None:
    """With a code that has its word in each field; that every code has one: below."""
    whole = SAMPLE | {"about": "agency.case.accepted", "to": "Malee", "mail_reason": "refused"}
    written = TEXTS.render_email(key, language, whole, NAMES)
    assert not LOOKS_LIKE_A_KEY.search(written.title + "\n" + written.text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_that_a_notification_may_have_has_its_word(language: str) -> None:
    """Codes as the services that publish them name them."""
    words = catalogue(language)["words"]
    carried = {
        "reason": {
            *intake_values.DECLINE_REASONS,
            *intake_values.CANCEL_REASONS,
            *bookings.RELEASE_REASONS,
            *bookings.CANCEL_REASONS,
            *offers.REASONS,
            *WITHDRAW_REASONS,
            *REJECT_REASONS,
        },
        "mail_reason": {*REASONS, "refused", "not_reached"},
        "kind": {*agreements.KINDS, *programmes.KINDS, *documents.KINDS},
    }
    for name, codes in carried.items():
        assert sorted(codes - set(words[name])) == []
