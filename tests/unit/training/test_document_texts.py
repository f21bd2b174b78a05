"""Texts of documents: every state, reason, owner and field that a rule can name has a text in both languages."""

import re
from pathlib import Path

import pytest

from services.training.rules import hands_on, hosts, programmes
from services.training.rules.codes import PROFESSIONS, REJECT_REASONS, SEXES, WITHDRAW_REASONS
from services.training.rules.documents import passports, requirements, tuberculosis, validity
from services.training.rules.states import STATES
from services.training.schemas.forms.applicants import QUESTIONS
from shared.texts import LANGUAGES, read_texts

WORDS = Path(__file__).parents[3] / "services" / "training" / "words"
RULES = "".join(Path(one.__file__).read_text("utf-8") for one in (requirements, validity))


def coded(beginning: str, codes: object) -> set[str]:
    return {f"{beginning}.{code}" for code in codes}  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_a_rule_has_a_text(language: str) -> None:
    reasons = set(re.findall(r'Reason\(\s*"(\w+)"', RULES)) - {"date_missing"}
    dated = set(re.findall(r'_unknown\("(\w+)"\)', RULES))
    assert {"too_old", "doses_missing", "out_of_season"} <= reasons and dated == {
        "issued_on",
        "valid_from",
        "valid_until",
        "stay",
    }
    wanted = coded("document.reason", reasons) | coded("document.date_missing", dated)
    wanted |= coded("document.state", requirements.STATES) | coded("document.status", requirements.STATES)
    wanted |= coded("document.owner", set(requirements.OWNERS) - {"applicant"}) | coded("kind", programmes.KINDS)
    wanted |= coded("profession", PROFESSIONS)
    wanted |= coded("apply.rejected", REJECT_REASONS) | coded("apply.reason", WITHDRAW_REASONS)
    wanted |= coded("apply.question", QUESTIONS) | coded("apply.sex", SEXES)
    assert wanted - set(read_texts(WORDS / f"{language}.toml")) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_sentence_for_the_applicant(language: str) -> None:

    assert coded("apply.status_undated", STATES) - set(read_texts(WORDS / f"{language}.toml")) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_that_prevents_a_start_or_a_place_has_a_text(language: str) -> None:
    source = "".join(Path(one.__file__).read_text("utf-8") for one in (hands_on, passports))
    law = set(re.findall(r'Fault\(\s*"(\w+)"', source))
    assert {"designation_missing", "passport_ends_before_visit"} <= law
    host = {f"host_{status}" for status in hosts.STOPPED}
    wanted = coded("fault", law | host | {"paper", "condition", "held", "department_approval", "risk_note"})
    wanted |= coded("agreement_fault", host) | coded("manage.stage", requirements.STAGES)
    wanted |= coded("apply.hint", {code for code in law if code.startswith(("passport_", "licence_"))})
    needs = set(re.findall(r'"(\w+)", table\[', Path(tuberculosis.__file__).read_text("utf-8")))
    assert {"short_stay", "lives_elsewhere"} <= needs
    wanted |= coded("screening.reason", needs | {"target_country", "before_start", "date_open", "exempt_scheme"})
    assert wanted - set(read_texts(WORDS / f"{language}.toml")) == set()
