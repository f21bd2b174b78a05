"""Texts about documents: what a programme requires, and the status of each. For public and internal pages alike.

`rule_texts` accepts a requirement as stored or as the rules hold it, `status_text` a Standing. Not here: the rules themselves
(rules/documents/requirements.py), chips (templates/training/chips.html).
"""

from collections.abc import Iterator
from datetime import date

from services.training.pages import formats
from services.training.rules.documents.requirements import AppliesTo, Requirement, RequirementStatus
from services.training.rules.documents.stored_documents import requirement_of
from services.training.rules.documents.validity import Reason, Validity
from services.training.rules.records.documents import StoredRequirement
from shared.ui import dates
from shared.ui.names import country_name
from shared.ui.shell import page, t


def requirement_name(requirement: Requirement | StoredRequirement) -> str:
    """Returns the name of the document in the reader's language."""
    name = requirement.name if isinstance(requirement, Requirement) else requirement["name"]
    return formats.localized(name)


def rule_texts(requirement: Requirement | StoredRequirement) -> list[str]:
    """Returns a sentence for each part of the rule: who needs the document, what it must show, by when, who provides it."""
    rule = requirement if isinstance(requirement, Requirement) else requirement_of(requirement)
    return [*_validity_texts(rule.validity), *_audience_texts(rule.applies_to), _due_text(rule), *_owner_texts(rule)]


def status_text(standing: RequirementStatus) -> str:
    """Returns the status, its reason and its due date in one or two sentences."""
    sentences = [_state_text(standing)]
    if standing.state == "to_check" and standing.reason:
        sentences.append(reason_text(standing.reason))
    if standing.turn and standing.turn != "hospital" and standing.due:
        day = _day_text(standing.due)
        sentences.append(t("document.overdue", day=day) if standing.overdue else t("document.by", day=day))
    return t("document.separator").join(sentences)


def _state_text(standing: RequirementStatus) -> str:
    if standing.state in ("refused", "expires", "not_needed") and standing.reason:
        return t(f"document.status.{standing.state}", why=reason_text(standing.reason))
    return t(f"document.status.{standing.state}", why="").strip()


def reason_text(reason: Reason) -> str:
    """Returns the text of a reason code with its days and numbers."""
    params = {name: _param_text(name, value) for name, value in reason.params.items()}
    if reason.code == "date_missing":
        return t(f"document.date_missing.{reason.params['field']}")
    if reason.code == "doses_missing" and "next_from" in params:
        return t("document.next_dose", **params)
    return t(f"document.reason.{reason.code}", **params)


def _validity_texts(rule: Validity) -> Iterator[str]:
    if rule.within_days_of_start is not None:
        yield t("document.rule.within", days=rule.within_days_of_start)
    if rule.from_start:
        yield t("document.rule.from_start")
    if rule.covers_visit:
        yield t("document.rule.covers_margin", days=rule.margin_days) if rule.margin_days else t("document.rule.covers")
    if rule.years_valid is not None:
        yield t("document.rule.years", n=rule.years_valid)
    if rule.valid_days is not None:
        yield t("document.rule.valid_days", days=rule.valid_days)
    if rule.this_stay:
        yield t("document.rule.this_stay")
    if rule.doses:
        apart = rule.doses > 1 and rule.interval_days
        yield t("document.rule.doses_apart", n=rule.doses, days=rule.interval_days) if apart else t("document.rule.doses", n=rule.doses)  # fmt: skip
    if rule.or_titre:
        yield t("document.rule.or_titre")
    if season := rule.season:
        since, until = _month_day_text(season.since), _month_day_text(season.until)
        yield t("document.rule.season", since=since, until=until)
        if season.valid_from != season.since:
            yield t("document.rule.season_from", since=_month_day_text(season.valid_from))


def _audience_texts(to: AppliesTo) -> Iterator[str]:
    names = formats.department_names() if to.departments else {}
    names_by_kind = (
        [t(f"kind.{code}") for code in to.kinds],
        [t(f"profession.{code}") for code in to.professions],
        [country_name(code, page().reader.language) for code in to.nationalities],
        [names.get(code, code) for code in to.departments],
    )
    for kind, values in zip(("kinds", "professions", "nationalities", "departments"), names_by_kind, strict=True):
        if values:
            yield t(f"document.audience.{kind}", which=t("document.comma").join(values))
    if to.min_days:
        yield t("document.audience.min_days", days=to.min_days)


def _due_text(rule: Requirement) -> str:
    if rule.stage != "post_decision":
        return t(f"document.due.{rule.stage}")
    days = rule.due_days_before_start
    if days == 0:
        return t("document.due.first_day")
    return t("document.due.before", days=days) if days > 0 else t("document.due.after", days=-days)


def _owner_texts(rule: Requirement) -> Iterator[str]:
    if rule.owner != "applicant":
        yield t(f"document.owner.{rule.owner}")


def _param_text(name: str, value: date | int | str) -> str | int:
    if isinstance(value, date):
        return _day_text(value)
    if name == "kind":
        return t(f"kind.{value}")
    if name == "scheme":
        return dict(formats.exempt_schemes()).get(str(value), str(value))
    if name == "profession":
        return t(f"profession.{value}")
    if name == "nationality":
        return country_name(str(value), page().reader.language)
    return _month_day_text(value) if name in ("since", "until") and isinstance(value, str) else value


def _day_text(day: date) -> str:
    return dates.day(day, page().reader.language)


def _month_day_text(text: str) -> str:
    """Formats MM-DD: 11月1日, 1 Nov."""
    month, day = (int(part) for part in text.split("-"))
    return f"{month}月{day}日" if page().reader.language == "ja" else f"{day} {dates.MONTHS[month - 1]}"
