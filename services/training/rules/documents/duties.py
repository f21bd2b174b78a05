"""Documents that law or the hospital requires, whatever a programme says. A programme's own requirement of the same code is made as strict.

Not here: whether somebody needs the tuberculosis certificate (tuberculosis.py), what the Act on hands-on training requires besides documents
(hands_on.py).
"""

from collections.abc import Sequence
from dataclasses import replace

from services.training.rules.documents.requirements import AppliesTo, Requirement
from services.training.rules.documents.tuberculosis import screening_table
from services.training.rules.documents.validity import Validity
from services.training.rules.hands_on import HANDS_ON

SCREENING, INSURANCE, LIABILITY = "tb_clearance", "travel_insurance", "liability_insurance"
VISA_DOCUMENTS = frozenset({"visa_letter", "visa", "coe"})
"""Documents that name the days of the stay: moving it requires new ones."""
WHOLE_STAY = Validity(covers_visit=True, from_start=True)


def screening_duty(claimed: str | None) -> Requirement:
    """Returns the requirement: valid for a number of days from the X-ray, as in the ministries' table; `claimed`: an exemption that was not
    verified."""
    return Requirement(
        SCREENING,
        {
            "en": "Tuberculosis clearance certificate (Japan Pre-Entry Tuberculosis Screening)",
            "ja": "結核非発病証明書（入国前結核スクリーニング）",
        },
        stage="post_decision",
        due_days_before_start=60,
        validity=Validity(valid_days=screening_table()["certificate"]["valid_days"]),
        claimed=claimed,
    )


LIABILITY_DUTY = Requirement(
    LIABILITY,
    {"en": "Certificate of liability insurance", "ja": "賠償責任保険の証明書"},
    stage="post_decision",
    validity=WHOLE_STAY,
)
"""For hands-on training: proof that the trainee can pay for harm to a patient (enforcement ordinance 1987, No. 47, art. 4 (2) v)."""
INSURANCE_DUTY = Requirement(
    INSURANCE,
    {"en": "Certificate of travel insurance", "ja": "海外旅行保険の証明書"},
    stage="decision",
    validity=WHOLE_STAY,
)
"""For our people abroad, before they get the place: a rule of the hospital."""


def with_duties(
    rules: Sequence[Requirement], kind: str, direction: str, screening: Requirement | None
) -> list[Requirement]:
    """Returns the programme's requirements and those that this person has besides."""
    duties = [screening] if screening else []
    duties += [LIABILITY_DUTY] if kind == HANDS_ON else []
    duties += [INSURANCE_DUTY] if direction == "out" else []
    by_code = {duty.code: duty for duty in duties}
    own = [_with_duty(rule, by_code.pop(rule.code, None)) for rule in rules]
    return own + list(by_code.values())


def _with_duty(rule: Requirement, duty: Requirement | None) -> Requirement:
    """Returns the programme's requirement with the duty's dates added, without exceptions in `applies_to`, and due at the earlier stage."""
    if rule.code in VISA_DOCUMENTS:
        rule = replace(rule, validity=replace(rule.validity, this_stay=True))
    if duty is None:
        return rule
    own, required = rule.validity, duty.validity
    both = replace(
        own,
        covers_visit=own.covers_visit or required.covers_visit,
        from_start=own.from_start or required.from_start,
        valid_days=min((days for days in (own.valid_days, required.valid_days) if days is not None), default=None),
    )
    stage = duty.stage if rule.stage == "post_decision" else rule.stage
    return replace(rule, validity=both, applies_to=AppliesTo(), stage=stage, claimed=duty.claimed)


def names_by_code() -> dict[str, dict[str, str]]:
    """Returns the names of these requirements, by code."""
    return {duty.code: dict(duty.name) for duty in (screening_duty(None), LIABILITY_DUTY, INSURANCE_DUTY)}
