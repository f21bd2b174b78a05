"""Papers in words, in both languages: what a programme asks for, and how one stands. For the public's pages and the house's alike.

`rule_words` takes a requirement as stored or as rules have it, `standing_words` a Standing. Not here: what the rules decide
(rules/documents/requirements.py), chips (templates/training/chips.html).
"""

from collections.abc import Iterator
from datetime import date

from services.training.pages import telling
from services.training.rules.documents.requirements import AppliesTo, Requirement, RequirementStatus
from services.training.rules.documents.stored_documents import requirement_of
from services.training.rules.documents.validity import Reason, Validity
from services.training.rules.records.documents import StoredRequirement
from shared.ui import dates
from shared.ui.names import country_name
from shared.ui.shell import page, t


def requirement_name(requirement: Requirement | StoredRequirement) -> str:
    """What the paper is called, in the reader's language."""
    name = requirement.name if isinstance(requirement, Requirement) else requirement["name"]
    return telling.in_words(name)


def rule_words(requirement: Requirement | StoredRequirement) -> list[str]:
    """Everything the rule asks, each in a sentence: of whom, what a paper must be, by when, who brings it."""
    rule = requirement if isinstance(requirement, Requirement) else requirement_of(requirement)
    return [*_validity(rule.validity), *_meant(rule.applies_to), _due(rule), *_owner(rule)]


def standing_words(standing: RequirementStatus) -> str:
    """How it stands, why, and by when, in a sentence or two."""
    told = [_state(standing)]
    if standing.state == "to_check" and standing.reason:
        told.append(reason_words(standing.reason))
    if standing.turn and standing.turn != "hospital" and standing.due:
        day = _day(standing.due)
        told.append(t("paper.overdue", day=day) if standing.overdue else t("paper.by", day=day))
    return t("paper.between").join(told)


def _state(standing: RequirementStatus) -> str:
    if standing.state in ("refused", "expires", "not_needed") and standing.reason:
        return t(f"paper.told.{standing.state}", why=reason_words(standing.reason))
    return t(f"paper.told.{standing.state}", why="").strip()


def reason_words(reason: Reason) -> str:
    """A reason code with its days and numbers."""
    told = {name: _shown(name, value) for name, value in reason.params.items()}
    if reason.code == "date_missing":
        return t(f"paper.date_missing.{reason.params['field']}")
    if reason.code == "doses_missing" and "next_from" in told:
        return t("paper.next_dose", **told)
    return t(f"paper.reason.{reason.code}", **told)


def _validity(rule: Validity) -> Iterator[str]:
    if rule.within_days_of_start is not None:
        yield t("paper.rule.within", days=rule.within_days_of_start)
    if rule.from_start:
        yield t("paper.rule.from_start")
    if rule.covers_visit:
        yield t("paper.rule.covers_margin", days=rule.margin_days) if rule.margin_days else t("paper.rule.covers")
    if rule.years_valid is not None:
        yield t("paper.rule.years", n=rule.years_valid)
    if rule.valid_days is not None:
        yield t("paper.rule.valid_days", days=rule.valid_days)
    if rule.this_stay:
        yield t("paper.rule.this_stay")
    if rule.doses:
        apart = rule.doses > 1 and rule.interval_days
        yield t("paper.rule.doses_apart", n=rule.doses, days=rule.interval_days) if apart else t("paper.rule.doses", n=rule.doses)  # fmt: skip
    if rule.or_titre:
        yield t("paper.rule.or_titre")
    if season := rule.season:
        since, until = _month_day(season.since), _month_day(season.until)
        yield t("paper.rule.season", since=since, until=until)
        if season.valid_from != season.since:
            yield t("paper.rule.season_from", since=_month_day(season.valid_from))


def _meant(to: AppliesTo) -> Iterator[str]:
    names = telling.departments() if to.departments else {}
    several = (
        [t(f"kind.{code}") for code in to.kinds],
        [t(f"profession.{code}") for code in to.professions],
        [country_name(code, page().reader.language) for code in to.nationalities],
        [names.get(code, code) for code in to.departments],
    )
    for word, told in zip(("kinds", "professions", "nationalities", "departments"), several, strict=True):
        if told:
            yield t(f"paper.only.{word}", which=t("paper.comma").join(told))
    if to.min_days:
        yield t("paper.only.min_days", days=to.min_days)


def _due(rule: Requirement) -> str:
    if rule.stage != "post_decision":
        return t(f"paper.due.{rule.stage}")
    days = rule.due_days_before_start
    if days == 0:
        return t("paper.due.first_day")
    return t("paper.due.before", days=days) if days > 0 else t("paper.due.after", days=-days)


def _owner(rule: Requirement) -> Iterator[str]:
    if rule.owner != "applicant":
        yield t(f"paper.owner.{rule.owner}")


def _shown(name: str, value: date | int | str) -> str | int:
    if isinstance(value, date):
        return _day(value)
    if name == "kind":
        return t(f"kind.{value}")
    if name == "scheme":
        return dict(telling.schemes()).get(str(value), str(value))
    if name == "profession":
        return t(f"profession.{value}")
    if name == "nationality":
        return country_name(str(value), page().reader.language)
    return _month_day(value) if name in ("since", "until") and isinstance(value, str) else value


def _day(day: date) -> str:
    return dates.day(day, page().reader.language)


def _month_day(text: str) -> str:
    """11月1日, 1 Nov."""
    month, day = (int(part) for part in text.split("-"))
    return f"{month}月{day}日" if page().reader.language == "ja" else f"{day} {dates.MONTHS[month - 1]}"
