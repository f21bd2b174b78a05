"""Which letters there are and what they contain: from an application and related data to the values of letter_values.py.

The few sentences that differ between people are here, in Japanese and English; fixed wording is in letters/*.typ.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

import jpholiday

from services.training.rules import letter_values, states
from services.training.rules.faults import LetterNotAvailable
from services.training.rules.letter_values import Name, Period, Words
from services.training.rules.records.applicants import ApplicantData, Rotation
from services.training.rules.records.applications import Application
from services.training.rules.records.programmes import Programme
from shared import places

CERTIFICATE = "certificate"
KINDS = ("invitation", "letter", "schedule", "badge", "pledge", CERTIFICATE)
STATES_WITH_LETTERS = (states.ACCEPTED, states.CONFIRMED, states.DEFERRED, states.ACTIVE, states.COMPLETED)
SATURDAY = 5
CENTER = Words("国際医療センター", "International Medical Center")
PASSPORT = {"ja": "研修の終了日まで有効な旅券", "en": "A passport that is valid until the last day"}
"""A condition of an offer where none is known."""
EMBASSY = Words("在外日本国大使館・総領事館", "The Embassy or Consulate-General of Japan")
PURPOSES = {
    "observation": Words("診療の見学", "observation of clinical practice"),
    "elective": Words("臨床実習", "a student elective"),
    "hands_on": Words("臨床修練", "advanced clinical training"),
    "overseas": Words("海外派遣", "training abroad"),
    "in_house": Words("院内研修", "a course for staff"),
}


@dataclass(frozen=True)
class LetterFacts:
    """Everything a letter may contain; `written` is what the applicant wrote, decrypted; names of departments by code and language.

    `open_documents` are names of documents due after the decision that are not settled: conditions of an offer.
    """

    application: Application
    written: ApplicantData
    programme: Programme
    departments: Mapping[str, Mapping[str, str]]
    partner: str | None
    funder: str | None
    agreement: str | None
    issuer: letter_values.Issuer
    signer: letter_values.Signer
    today: date
    open_documents: tuple[Mapping[str, str], ...] = ()
    certificate: str | None = None
    certificates_at: str = ""


def check(application: Application, kind: str) -> None:
    """Raises LetterNotAvailable where this letter cannot be written for this application now."""
    decision = application["decision"]
    if not application.get("first_day") or not application.get("last_day"):
        raise LetterNotAvailable("dates")
    if kind == CERTIFICATE:
        if application["status"] != states.COMPLETED:
            raise LetterNotAvailable("not_completed")
    elif application["status"] not in STATES_WITH_LETTERS or not (decision and decision["announced_at"]):
        raise LetterNotAvailable("no_place")
    if kind == "invitation" and application["direction"] != "in":
        raise LetterNotAvailable("goes_abroad")


def values_of(kind: str, facts: LetterFacts) -> letter_values.LetterValues:
    """Returns the values of a letter of this kind."""
    return _BUILDERS[kind](facts)


def _invitation(facts: LetterFacts) -> letter_values.Invitation:
    what = PURPOSES[facts.application["kind"]]
    nationality = facts.application.get("nationality") or ""
    born = facts.written.get("birth_date")
    return letter_values.Invitation(
        number=facts.application["reference"],
        issuer=facts.issuer,
        addressee=EMBASSY,
        person=_person(facts),
        birth_date=date.fromisoformat(born) if born else facts.today,
        nationality=_country(nationality),
        passport=str((facts.written.get("passport") or {}).get("number") or ""),
        affiliation=_affiliation(facts),
        programme=_programme(facts),
        purpose=Words(f"本院における{what.ja}のため。", f"{what.en.capitalize()} at this hospital."),
        background=_background(facts),
        relation=_relation(facts),
        costs=_costs(facts),
        stays=tuple(letter_values.Stay(_days(one), _department_name(facts, one["department"]), facts.issuer.center) for one in _parts(facts)),
        contact=_contact(facts),
        issued=facts.today,
        signer=facts.signer,
    )  # fmt: skip


def _background(facts: LetterFacts) -> Words:
    if facts.partner:
        return Words(
            f"{facts.partner}からの推薦を受け、審査の結果、受入れを決定しました。",
            f"Nominated by {facts.partner}; accepted after review.",
        )
    return Words(
        "本人からの応募を受け、審査の結果、受入れを決定しました。", "Applied individually; accepted after review."
    )


def _relation(facts: LetterFacts) -> Words:
    if facts.agreement and facts.partner:
        return Words(
            f"{facts.partner}とは協定（{facts.agreement}）を締結しています。",
            f"This hospital has an agreement ({facts.agreement}) with {facts.partner}.",
        )
    return Words("受入機関と研修生の関係です。", "We are the host institution of the trainee.")


def _costs(facts: LetterFacts) -> Words:
    if facts.funder:
        return Words(
            f"渡航費及び滞在費は{facts.funder}が負担します。", f"{facts.funder} pays the travel and living costs."
        )
    return Words(
        "渡航費及び滞在費は申請人又はその所属機関が負担します。",
        "The trainee or their institution pays the travel and living costs.",
    )


def _letter(facts: LetterFacts) -> letter_values.Letter:
    decision, supervisor = facts.application["decision"], facts.programme.get("supervisor")
    open_ones = [
        Words(**_in_both_languages(one["text"])) for one in facts.application["conditions"] if not one["met_at"]
    ]
    open_ones += [Words(**_in_both_languages(name)) for name in facts.open_documents]
    until = decision["answer_by"] if decision and facts.application["status"] == states.ACCEPTED else None
    return letter_values.Letter(
        number=facts.application["reference"],
        issuer=facts.issuer,
        person=_person(facts),
        affiliation=_affiliation(facts),
        programme=_programme(facts),
        supervisor=Words(supervisor["name"] if supervisor else ""),
        contact=_contact(facts),
        issued=facts.today,
        signer=facts.signer,
        conditions=tuple(open_ones),
        answer_by=until.date() if until else None,
    )


def _schedule(facts: LetterFacts) -> letter_values.Schedule:
    sessions = [
        letter_values.Session(
            day, _department_name(facts, one["department"]), place=Words(one.get("place") or ""), host=Words(one.get("supervisor") or "")
        )
        for one in _parts(facts)
        for day in _working_days(one["first_day"], one["last_day"])
    ]  # fmt: skip
    return letter_values.Schedule(
        facts.issuer, _person(facts), _programme(facts), tuple(sessions), _contact(facts), facts.today
    )


def _badge(facts: LetterFacts) -> letter_values.Badge:
    first = _programme(facts).departments
    kind, period = facts.application["kind"], _programme(facts).period
    number = facts.application["reference"]
    named = first[0] if first else facts.issuer.center
    return letter_values.Badge(number, facts.issuer, _person(facts), _affiliation(facts), named, kind, period)


def _pledge(facts: LetterFacts) -> letter_values.Pledge:
    return letter_values.Pledge(facts.issuer, _person(facts), _affiliation(facts), _programme(facts), facts.today)


def _up_to_actual_end(facts: LetterFacts) -> LetterFacts:
    """Returns the stay up to the day it ended, where it ended early: no certificate covers days to come."""
    about = facts.application
    until = min(about["last_day"], about.get("ended_on") or about["last_day"])
    rotations: list[Rotation] = [
        {**one, "last_day": min(one["last_day"], until)} for one in about["rotations"] if one["first_day"] <= until
    ]
    return replace(facts, application={**about, "last_day": until, "rotations": rotations})


def _certificate(facts: LetterFacts) -> letter_values.Certificate:
    facts = _up_to_actual_end(facts)
    came = [one for one in facts.application["attendance"] if one["attended"] != "absent"]
    hours = sum(one["hours"] or 0 for one in came)
    code = facts.certificate or ""
    return letter_values.Certificate(
        number=facts.application["reference"],
        issuer=facts.issuer,
        person=_person(facts),
        programme=_programme(facts),
        place=facts.issuer.hospital,
        issued=facts.today,
        signer=facts.signer,
        code=code,
        url=f"{facts.certificates_at}{code}",
        days=len(came) or None,
        hours=round(hours) or None,
    )


_BUILDERS: Mapping[str, Callable[[LetterFacts], letter_values.LetterValues]] = {
    "invitation": _invitation,
    "letter": _letter,
    "schedule": _schedule,
    "badge": _badge,
    "pledge": _pledge,
    "certificate": _certificate,
}


def _person(facts: LetterFacts) -> Name:
    name = facts.written.get("name") or {}
    written = name.get("native") or name.get("kana") or ""
    return Name(name.get("latin") or written or name.get("preferred") or "", written if name.get("latin") else "")


def _affiliation(facts: LetterFacts) -> Words:
    return Words(facts.written.get("institution") or facts.partner or "")


def _programme(facts: LetterFacts) -> letter_values.Programme:
    codes = list(dict.fromkeys(one["department"] for one in _parts(facts)))
    named = tuple(_department_name(facts, code) for code in codes)
    title, kind = Words(**_in_both_languages(facts.programme["title"])), facts.application["kind"]
    return letter_values.Programme(title, kind, named, _days(facts.application))


def _parts(facts: LetterFacts) -> list[Rotation]:
    """Returns the rotations; the whole stay where none is planned."""
    about = facts.application
    if about["rotations"] or not about["department"]:
        return about["rotations"]
    first_day, last_day = about["first_day"], about["last_day"]
    return [
        {
            "department": about["department"],
            "first_day": first_day,
            "last_day": last_day,
            "supervisor": None,
            "place": None,
        }
    ]


def _days(about: Application | Rotation) -> Period:
    return Period(date.fromisoformat(about["first_day"]), date.fromisoformat(about["last_day"]))


def _working_days(first: str, last: str) -> list[date]:
    day, end = date.fromisoformat(first), date.fromisoformat(last)
    found = []
    while day <= end:
        if day.weekday() < SATURDAY and not jpholiday.is_holiday(day):
            found.append(day)
        day += timedelta(days=1)
    return found


def _department_name(facts: LetterFacts, code: str) -> Words:
    return Words(**_in_both_languages(facts.departments.get(code) or {"ja": code, "en": code}))


def _contact(facts: LetterFacts) -> Words:
    reach = " ".join(part for part in (facts.issuer.phone, facts.issuer.email) if part)
    return Words(f"{facts.issuer.center.ja}　{reach}".strip(), f"{facts.issuer.center.en} {reach}".strip())


def _in_both_languages(words: Mapping[str, str]) -> dict[str, str]:
    return {"ja": words.get("ja") or "", "en": words.get("en") or ""}


@cache
def _country(code: str) -> Words:
    return Words(*(places.name(code, language) for language in ("ja", "en")))


def available_kinds(application: Application) -> list[str]:
    """Kinds of letters that can be written for it now."""
    return [kind for kind in KINDS if not why_unavailable(application, kind)]


def why_unavailable(application: Application, kind: str) -> str | None:
    """Returns why a letter is not available, or None."""
    try:
        check(application, kind)
    except LetterNotAvailable as refused:
        return refused.why
    return None
