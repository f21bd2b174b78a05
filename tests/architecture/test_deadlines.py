"""Every deadline and expiry a service keeps: whether it decides something, and then the test that holds it to the moment somebody asks.

A rule that waits for a timer is right a little later; each test named here moves the clock and runs none.
"""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = {"rules", "actions", "store", "schemas", "routes"}
SOMETHING_ENDS = re.compile(r"(deadline|due|due_\w+|\w+_due|until|\w+_until|expir\w+|\w+_expir(?:y|es)|valid_\w+|ends|ends_at|terminates_on|notice_on|answer_by|locked|void_before)\Z")  # fmt: skip
OFFERS = "tests/integration/test_interpreting_offers.py::test_"
AGREEMENTS = "tests/integration/test_partners_agreements.py::test_"
TRAINING = "tests/integration/test_training_deadlines.py::test_"
SESSIONS = "tests/integration/test_accounts_pages.py::test_"
TELLS = "tells"
"""Decides nothing: it is shown, or says when a timer looks or when somebody is told."""
LOOKS = "when the worker looks again; what it then does asks the record"

HELD_BY: dict[str, dict[str, str]] = {
    "accounts": {
        "ends_at": f"{SESSIONS}ten_hours_end_every_session",
        "until": "tests/integration/test_accounts_provider.py::test_a_late_callback_is_refused",
        "void_before": f"{SESSIONS}signing_out_ends_the_session_and_its_tokens_everywhere",
        "locked": "tests/integration/test_accounts.py::test_too_many_attempts_lock_only_this_account_for_a_while",
        "expires_in": TELLS,
    },
    "intake": {
        "expired": TELLS,  # states of others' agreements and offers, as the timeline words them
        "expires": TELLS,
    },
    "interpreting": {
        "certified_until": "tests/unit/interpreting/test_matching.py::test_a_certificate_counts_until_its_last_day",
        "expires_at": f"{OFFERS}an_offer_runs_out",
        "expired": f"{OFFERS}whose_offer_ran_out_is_asked_again_though_no_timer_has_run",
        "until": f"{OFFERS}an_answer_finds_the_others_run_out_though_no_timer_has_run",
        "expires_in_minutes": TELLS,
        "expires_on": TELLS,  # of a certification: read as `certified_until`
        "due_at": LOOKS,
        "next_offer_expiry": LOOKS,
    },
    "notify": {
        "expired": TELLS,  # the name of a text
        "expires_at": "tests/integration/test_notify_offers.py::test_an_offer_that_is_over_is_not_mailed_any_more",
        "until": "tests/integration/test_notify_preferences.py::test_what_would_come_too_late_is_not_delayed",
        "open_until": "tests/integration/test_notify_recipient_queues.py::test_the_breaker_opens_probes_and_closes",
        "valid_until": "tests/integration/test_notify_suspended.py::test_active_again_it_gets_what_is_still_valid_in_order_and_once",
        "retry_until": "tests/integration/test_notify_recipient_queues.py::test_what_waited_for_an_endpoint_that_stays_down_is_dead_in_time",
        "due": TELLS,
        "oldest_due": TELLS,
        "due_at": LOOKS,
        "ends": TELLS,
        "notice_on": TELLS,
        "terminates_on": TELLS,
        "answer_by": TELLS,
    },
    "partners": {
        "ends": f"{AGREEMENTS}an_agreement_past_its_end_is_refused_even_before_the_timer_ran",
        "terminates_on": f"{AGREEMENTS}a_self_renewing_agreement_counts_as_renewed_even_before_the_timer_ran",
        "expired": f"{AGREEMENTS}an_agreement_past_its_end_is_refused_even_before_the_timer_ran",
        "expires_at": "tests/integration/test_partners.py::test_a_key_expires",
        "until": "tests/integration/test_partners.py::test_a_replaced_secret_signs_beside_the_new_one_for_a_day",
        "secrets_due": LOOKS,
        "due_on": LOOKS,
        "notice_on": TELLS,
        "expiring_within_days": TELLS,
    },
    "training": {
        "answer_by": f"{TRAINING}an_offer_is_answered_in_time_or_not_at_all",
        "deadline": f"{TRAINING}nobody_begins_or_hands_in_after_the_deadline",
        "ends": f"{TRAINING}an_agreement_carries_a_stay_by_its_days",
        "until": f"{TRAINING}nobody_starts_after_the_last_day",
        "valid_until": "tests/unit/training/test_requirements.py::test_dates_against_rules",
        "valid_from": "tests/unit/training/test_requirements.py::test_dates_against_rules",
        "expires_on": "tests/unit/training/test_passports.py::test_a_passport_for_a_visit",
        "expiry": TELLS,
        "expires": TELLS,
        "needed_until": TELLS,
        "due": f"{TRAINING}whoever_is_late_is_late_at_once",
        "due_days_before_start": TELLS,
        "leased_until": LOOKS,
        "apply_until": "tests/integration/test_training_asked.py::test_what_is_due_with_an_application_is_due_with_it",
        "designation_until": "tests/integration/test_training_asked.py::test_hands_on_training_starts_with_cover_and_designation_and_not_without",
        "due_on": TELLS,
        "expired": TELLS,  # why a paper does not serve
        "stay_until": TELLS,
        "valid_days": "tests/unit/training/test_dates_of_papers.py::test_a_clearance_counts_from_its_x_ray",
    },
}


def names_in(path: Path) -> set[str]:
    """What records, requests and tables call their fields: texts, and names bound in a class."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value.rpartition(".")[2])
        elif isinstance(node, ast.ClassDef):
            found |= {target.id for one in node.body if isinstance(one, ast.Assign) for target in one.targets if isinstance(target, ast.Name)}  # fmt: skip
            found |= {one.target.id for one in node.body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)}  # fmt: skip
    return {name for name in found if SOMETHING_ENDS.match(name)}


def of_service(service: str) -> set[str]:
    files = [path for path in (ROOT / "services" / service).rglob("*.py") if LAYERS & {*path.parts, path.stem}]
    return set().union(*(names_in(path) for path in files))


@pytest.mark.parametrize("service", sorted(HELD_BY))
def test_every_deadline_is_known(service: str) -> None:
    """Neither one too few nor one that is gone."""
    assert of_service(service) == set(HELD_BY[service])


@pytest.mark.parametrize(
    "held_by", sorted({one for known in HELD_BY.values() for one in known.values() if "::" in one})
)
def test_every_deadline_that_decides_has_its_test(held_by: str) -> None:
    path, _, name = held_by.partition("::")
    tests = [one.name for one in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(one, ast.FunctionDef)]
    assert name in tests
