"""The facts of a case as (term, value) for ui.facts: person, needs, request, payer. What nobody told is left out, but for what every case has."""

from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup, escape

from services.intake.actions.names import Departments
from services.intake.pages.timeline import department_name
from shared.digits import closed_up
from shared.ui.dates import partial_day
from shared.ui.names import country_name, language_name
from shared.ui.shell import page, t

Facts = list[tuple[str, Any]]
BDI = Markup("<bdi>{}</bdi>")
LINES = Markup('<span class="words" dir="auto">{}</span>')


def person(patient: Mapping[str, Any]) -> Facts:
    """Everything told of the person, names in every form they were given in."""
    reader = page().reader.language
    passport, contact = patient.get("passport") or {}, patient.get("emergency_contact") or {}
    born = patient.get("birth_date")
    main: Facts = [
        *_names(patient.get("name") or {}),
        (t("field.patient.birth_date"), partial_day(born, reader) if born and born != "unknown" else None),
        (t("field.patient.sex"), t(f"code.sex.{patient['sex']}") if patient.get("sex") else None),
        (t("field.patient.nationality"), _country(patient.get("nationality"))),
    ]
    more: Facts = [
        (
            t("field.patient.residence"),
            t(f"code.residence.{patient['residence']}") if patient.get("residence") else None,
        ),
        (t("field.patient.hospital_number"), _bdi(patient.get("hospital_number"))),
        (
            t("field.patient.passport"),
            _together(_bdi(passport.get("number")), _country(passport.get("country")), _expires(passport)),
        ),
        (t("field.patient.phone"), _phone(patient.get("phone"))),
        (t("field.patient.email"), _bdi(patient.get("email"))),
        (t("field.patient.address"), _lines(patient.get("address"))),
        (t("field.patient.emergency_contact"), _contact(contact, reader)),
        (t("field.patient.allergies"), _lines(patient.get("allergies"))),
    ]
    return [*main, *_without_empty(more)]


def needs(wanted: Mapping[str, Any]) -> Facts:
    """The interpreter's need as stated, and what else somebody needs here."""
    plain = [(t(f"field.needs.{name}"), _lines(wanted.get(name))) for name in ("religion", "prayer", "diet", "access")]
    return [(t("field.needs.interpreter"), interpreter(wanted.get("interpreter") or {})), *_without_empty(plain)]


def interpreter(need: Mapping[str, Any]) -> Markup:
    """A stated need in words; nothing stated: it follows from the languages."""
    required = need.get("required")
    words: list[Any] = [
        t("case.need_by_language") if required is None else t("case.need_yes") if required else t("case.need_no")
    ]
    if need.get("provided_by"):
        words.append(t(f"code.provider.{need['provided_by']}"))
    if need.get("gender_wish"):
        words.append(t("visit.wish", what=t(f"code.gender.{need['gender_wish']}")))
    if need.get("for"):
        words.append(t("case.need_for", whom=t(f"code.for.{need['for']}")))
    waiver = need.get("waiver") or {}
    if waiver:
        words.append(Markup("{} {}").format(BDI.format(waiver["who"]), waiver["why"]))
    return _joined(words)


def request(case: Mapping[str, Any], departments: Departments) -> Facts:
    """What is wanted, and who pays."""
    wanted, payer = case["request"], case["payer"]
    payer_words = _together(
        t(f"code.payer.{payer['kind']}"), _bdi(payer.get("company")), _bdi(payer.get("policy_number"))
    )
    wished = [partial_day(day, page().reader.language) for day in wanted.get("wished_dates") or ()]
    more: Facts = [
        (t("field.request.reason"), _lines(wanted.get("reason"))),
        (t("field.request.clinical_summary"), _lines(wanted.get("clinical_summary"))),
        (t("field.request.wished_dates"), t("common.comma").join(wished) or None),
    ]
    return [
        (t("field.request.department"), department_name(wanted["department"], departments)),
        (t("field.request.urgency"), t(f"code.urgency.{wanted['urgency']}")),
        *_without_empty(more),
        (t("field.payer.kind"), payer_words),
        (t("case.channel"), t(f"code.channel.{case['channel']}")),
    ]


def _names(name: Mapping[str, str]) -> Facts:
    tags = {"native": "und", "kana": "ja-Kana", "latin": "und-Latn", "preferred": "und"}
    marked = Markup('<bdi lang="{}">{}</bdi>')
    forms = [(t(f"case.name.{form}"), marked.format(tag, name[form])) for form, tag in tags.items() if name.get(form)]
    parts = [BDI.format(name[part]) for part in ("family", "given") if name.get(part)]
    return [*forms, *([(t("case.name.parts"), Markup(" / ").join(parts))] if parts else [])]


def _without_empty(facts: Iterable[tuple[str, Any]]) -> Facts:
    return [(term, value) for term, value in facts if value]


def _bdi(text: str | None) -> Markup | None:
    return BDI.format(text) if text else None


def _lines(text: str | None) -> Markup | None:
    return LINES.format(text) if text else None


def _country(code: str | None) -> str | None:
    return country_name(code, page().reader.language) if code else None


def _phone(phone: Mapping[str, str] | None) -> Markup | None:
    """As it was typed, with the number to dial behind it; where that begins otherwise, it is shown too."""
    if not phone:
        return None
    link = Markup('<a href="tel:{}" class="code">{}</a>').format(phone["e164"], phone["typed"])
    typed = closed_up(phone["typed"])
    plain = typed.startswith("+") or (typed.startswith("0") and phone["e164"] == f"+81{typed[1:]}")
    return link if plain else Markup('{} <span class="code quiet">{}</span>').format(link, phone["e164"])


def _expires(passport: Mapping[str, str]) -> str | None:
    expires = passport.get("expires")
    return t("case.until", when=partial_day(expires, page().reader.language)) if expires else None


def _contact(contact: Mapping[str, str], reader: str) -> Markup | None:
    spoken = language_name(contact["language"], reader) if contact.get("language") else None
    words = (_bdi(contact.get("name")), contact.get("relation"), _bdi(contact.get("phone")), spoken)
    return _together(*words)


def _together(*words: Any) -> Markup | None:
    known = [word for word in words if word]
    return _joined(known) if known else None


def _joined(words: Iterable[Any]) -> Markup:
    return escape(t("common.comma")).join(words)
