"""Every page there is: as whom it is opened, and how its address is filled from the story. A test holds this against all apps.

`name` is that of its pictures; a rule stands here once for each state worth a look.
"""

from dataclasses import dataclass

NOBODY, DESK, COORDINATOR, INTERPRETER, OPERATOR = "", "front_desk", "coordinator", "interpreter", "operator"
TRAINING, REVIEWER, CHIEF, DEPARTMENT = "training", "reviewer", "chief", "department"
ROLES = (NOBODY, DESK, COORDINATOR, INTERPRETER, OPERATOR, TRAINING, REVIEWER, CHIEF, DEPARTMENT)


@dataclass(frozen=True)
class Page:
    """`address` names what the story names, in braces; empty: the rule as it is. `status` where it is not 200. `long`: what
    long_words.py tells of, looked at once, for its width alone."""

    name: str
    rule: str
    role: str
    address: str = ""
    status: int = 200
    long: bool = False

    def at(self, names: dict[str, str]) -> str:
        return (self.address or self.rule).format(**names)


KEPT = "/accounts/operations/failed-events"
APPLICATION = "/training/application/<token>"
FILE = "/training/applications/<application_id>"
PAGES = (
    Page("board", "/intake/", DESK),
    Page("board-empty", "/intake/", DESK, "/intake/?day=2031-01-05"),
    Page("tomorrow", "/intake/tomorrow", DESK),
    Page("close", "/intake/close", DESK),
    Page("close-empty", "/intake/close", DESK, "/intake/close?day=2024-01-05"),
    Page("triage", "/intake/triage", DESK),
    Page("triage-new", "/intake/triage/<case_id>", DESK, "/intake/triage/{new}"),
    Page("triage-reviewed", "/intake/triage/<case_id>", DESK, "/intake/triage/{reviewed}"),
    Page("triage-answered", "/intake/triage/<case_id>", DESK, "/intake/triage/{answered}"),
    Page("register", "/intake/register", DESK),
    Page("register-known", "/intake/register", DESK, "/intake/register?patient={patient}"),
    Page("case", "/intake/cases/<case_id>", DESK, "/intake/cases/{case}"),
    Page("case-unfilled", "/intake/cases/<case_id>", DESK, "/intake/cases/{unfilled_case}"),
    Page("case-declined", "/intake/cases/<case_id>", DESK, "/intake/cases/{declined}"),
    Page("case-coordinator", "/intake/cases/<case_id>", COORDINATOR, "/intake/cases/{case}"),
    Page("case-edit", "/intake/cases/<case_id>/edit", DESK, "/intake/cases/{case}/edit"),
    Page("visit", "/intake/visits/<visit_id>", DESK, "/intake/visits/{visit}"),
    Page("visit-here", "/intake/visits/<visit_id>", DESK, "/intake/visits/{here}"),
    Page("patient", "/intake/patients/<patient_id>", DESK, "/intake/patients/{patient}"),
    Page("patient-merged", "/intake/patients/<patient_id>", DESK, "/intake/patients/{merged}"),
    Page("calendar-day", "/intake/calendar", DESK),
    Page("calendar-week", "/intake/calendar", DESK, "/intake/calendar?view=week"),
    Page("calendar-empty", "/intake/calendar", DESK, "/intake/calendar?date=2031-01-05"),
    Page("calendar-coordinator", "/intake/calendar", COORDINATOR),
    Page("slip", "/intake/cases/<case_id>/slip", DESK, "/intake/cases/{case}/slip?language=en"),
    Page("slip-ar", "/intake/cases/<case_id>/slip", DESK, "/intake/cases/{case}/slip"),
    Page("sheet", "/intake/visits/<visit_id>/sheet", DESK, "/intake/visits/{visit}/sheet?language=en"),
    Page("sheet-ar", "/intake/visits/<visit_id>/sheet", DESK, "/intake/visits/{visit}/sheet"),
    Page("sheet-vi", "/intake/visits/<visit_id>/sheet", DESK, "/intake/visits/{absent}/sheet"),
    Page("sheet-easy", "/intake/visits/<visit_id>/sheet", DESK, "/intake/visits/{visit}/sheet?language=easy"),
    Page("interpreting", "/interpreting/", COORDINATOR),
    Page("interpreting-empty", "/interpreting/", COORDINATOR, "/interpreting/?date=2031-01-05"),
    Page("interpreting-desk", "/interpreting/", DESK),
    Page("booking", "/interpreting/bookings/<booking_id>", COORDINATOR, "/interpreting/bookings/{booking}"),
    Page("booking-offered", "/interpreting/bookings/<booking_id>", COORDINATOR, "/interpreting/bookings/{offered}"),
    Page("booking-unfilled", "/interpreting/bookings/<booking_id>", COORDINATOR, "/interpreting/bookings/{unfilled}"),
    Page(
        "booking-nobody",
        "/interpreting/bookings/<booking_id>",
        COORDINATOR,
        "/interpreting/bookings/{unfilled}?name=Nobody",
    ),
    Page("roster", "/interpreting/roster", COORDINATOR),
    Page("roster-empty", "/interpreting/roster", COORDINATOR, "/interpreting/roster?state=inactive"),
    Page("roster-new", "/interpreting/roster/new", COORDINATOR),
    Page("roster-entry", "/interpreting/roster/<interpreter_id>", COORDINATOR, "/interpreting/roster/{away}"),
    Page("mine", "/interpreting/mine", INTERPRETER),
    Page("mine-hours", "/interpreting/mine/hours", INTERPRETER),
    Page("offer", "/interpreting/offers/<token>", NOBODY, "/interpreting/offers/{offer}"),
    Page("offer-unknown", "/interpreting/offers/<token>", NOBODY, "/interpreting/offers/AAAA", 404),
    Page("programmes", "/training/programmes", NOBODY),
    Page("programmes-none", "/training/programmes", NOBODY, "/training/programmes?department=none"),
    Page("programme", "/training/programmes/<programme_id>", NOBODY, "/training/programmes/{programme}"),
    Page("apply", "/training/programmes/<programme_id>/apply", NOBODY, "/training/programmes/{programme}/apply"),
    Page("application-you", APPLICATION, NOBODY, "/training/application/{applying}?step=you"),
    Page("application-plan", APPLICATION, NOBODY, "/training/application/{applying}?step=plan"),
    Page("application-papers", APPLICATION, NOBODY, "/training/application/{applying}?step=papers"),
    Page("application-send", APPLICATION, NOBODY, "/training/application/{applying}?step=send"),
    Page("application-offered", APPLICATION, NOBODY, "/training/application/{place_offered}"),
    Page("application-unknown", APPLICATION, NOBODY, "/training/application/AAAA", 404),
    Page("application-withdraw", f"{APPLICATION}/withdraw", NOBODY, "/training/application/{place_offered}/withdraw"),
    Page("application-known", f"{APPLICATION}/known", NOBODY, "/training/application/{place_offered}/known"),
    Page("application-link", "/training/application", NOBODY),
    Page("verify", "/training/verify", NOBODY),
    Page("training", "/training/", TRAINING),
    Page("training-none", "/training/", TRAINING, "/training/?kind=in_house"),
    Page("training-department", "/training/", DEPARTMENT),
    Page("training-check", FILE, TRAINING, "/training/applications/{training_check}"),
    Page("training-review", FILE, CHIEF, "/training/applications/{training_review}"),
    Page("training-confirmed", FILE, TRAINING, "/training/applications/{training_confirmed}"),
    Page("training-active", FILE, DEPARTMENT, "/training/applications/{training_active}"),
    Page("training-papers", "/training/papers", TRAINING),
    Page("training-reviews", "/training/reviews", REVIEWER),
    Page("training-reviews-chief", "/training/reviews", CHIEF),
    Page("training-decisions", "/training/decisions", CHIEF),
    Page("training-programmes", "/training/manage", TRAINING),
    Page("training-programme", "/training/manage/<programme_id>", TRAINING, "/training/manage/{training_programme}"),
    Page("training-programme-new", "/training/manage/new", TRAINING),
    Page("places", "/training/places", TRAINING),
    Page("places-empty", "/training/places", TRAINING, "/training/places?month=2024-01"),
    Page("move", "/training/applications/<application_id>/move", TRAINING, "/training/applications/{confirmed}/move"),
    Page("groups", "/training/groups", TRAINING),
    Page("group", "/training/groups/<group_id>", TRAINING, "/training/groups/{group}"),
    Page("people", "/training/people", TRAINING),
    Page("reports", "/training/reports", TRAINING),
    Page("safe-unknown", "/training/application/<token>/safe", NOBODY, "/training/application/AAAA/safe", 404),
    Page("notices", "/notify/", DESK),
    Page("notices-archived", "/notify/", DESK, "/notify/?state=archived"),
    Page("notices-interpreter", "/notify/", INTERPRETER),
    Page("preferences", "/notify/preferences", DESK),
    Page("sign-in", "/accounts/sign-in", NOBODY),
    Page("signed-in", "/accounts/signed-in", INTERPRETER),
    Page("me", "/accounts/me", DESK),
    Page("me-password", "/accounts/me/password", DESK),
    Page("me-device", "/accounts/me/device", DESK),
    Page("me-recovery-codes", "/accounts/me/recovery-codes", DESK),
    Page("operations", "/accounts/operations", OPERATOR),
    Page("operations-refused", "/accounts/operations", DESK, status=403),
    Page("operations-failed-events", KEPT, OPERATOR, KEPT + "?service=intake&state=dead_lettered&cause=gap&type=accounts.department.updated.v1"),
    Page("operations-failed-events-none", KEPT, OPERATOR, KEPT + "?service=partners"),
    Page("operations-event", KEPT + "/<service>/<event_id>", OPERATOR, KEPT + "/intake/{event}"),
    Page("operations-history", "/accounts/operations/history", OPERATOR),
    Page("operations-trace", "/accounts/operations/trace", OPERATOR, "/accounts/operations/trace?case={case}"),
    Page("operations-trace-empty", "/accounts/operations/trace", OPERATOR),
    Page("long-triage", "/intake/triage/<case_id>", DESK, "/intake/triage/{long_new}", long=True),
    Page("long-case", "/intake/cases/<case_id>", DESK, "/intake/cases/{long_case}", long=True),
    Page("long-case-coordinator", "/intake/cases/<case_id>", COORDINATOR, "/intake/cases/{long_case}", long=True),
    Page("long-case-edit", "/intake/cases/<case_id>/edit", DESK, "/intake/cases/{long_case}/edit", long=True),
    Page("long-visit", "/intake/visits/<visit_id>", DESK, "/intake/visits/{long_case_visit}", long=True),
    Page("long-patient", "/intake/patients/<patient_id>", DESK, "/intake/patients/{long_patient}", long=True),
    Page("long-register", "/intake/register", DESK, "/intake/register?patient={long_patient}", long=True),
    Page("long-calendar", "/intake/calendar", DESK, "/intake/calendar?view=week", long=True),
    Page("long-slip", "/intake/cases/<case_id>/slip", DESK, "/intake/cases/{long_case}/slip?language=en", long=True),
    Page("long-sheet", "/intake/visits/<visit_id>/sheet", DESK, "/intake/visits/{long_case_visit}/sheet?language=en", long=True),
    Page("long-booking", "/interpreting/bookings/<booking_id>", COORDINATOR, "/interpreting/bookings/{long_case_booking}", long=True),
    Page("long-unfilled", "/interpreting/bookings/<booking_id>", COORDINATOR, "/interpreting/bookings/{long_unfilled_case_booking}", long=True),
    Page("long-roster-entry", "/interpreting/roster/<interpreter_id>", COORDINATOR, "/interpreting/roster/{long_interpreter}", long=True),
    Page("long-programme", "/training/programmes/<programme_id>", NOBODY, "/training/programmes/{long_programme}", long=True),
    Page("long-apply", "/training/programmes/<programme_id>/apply", NOBODY, "/training/programmes/{long_programme}/apply", long=True),
    Page("long-application-you", APPLICATION, NOBODY, "/training/application/{long_applying}?step=you", long=True),
    Page("long-application-plan", APPLICATION, NOBODY, "/training/application/{long_applying}?step=plan", long=True),
    Page("long-application-papers", APPLICATION, NOBODY, "/training/application/{long_applying}?step=papers", long=True),
    Page("long-application-send", APPLICATION, NOBODY, "/training/application/{long_applying}?step=send", long=True),
    Page("long-application-sent", APPLICATION, NOBODY, "/training/application/{long_applied}", long=True),
    Page("long-training-application", FILE, TRAINING, "/training/applications/{long_application}", long=True),
    Page("long-move", FILE + "/move", TRAINING, "/training/applications/{long_application}/move", long=True),
    Page("long-training-programme", "/training/manage/<programme_id>", TRAINING, "/training/manage/{long_programme}", long=True),
    Page("long-group", "/training/groups/<group_id>", TRAINING, "/training/groups/{long_group}", long=True),
    Page("long-way", "/accounts/operations/trace", OPERATOR, "/accounts/operations/trace?case={long_case}", long=True),
)  # fmt: skip

NO_PAGES = {
    "/accounts/": "leads to where somebody's day begins",
    "/accounts/renew": "leads on with another token",
    "/accounts/oidc/start": "leads to the hospital's provider",
    "/accounts/oidc/callback": "leads on from there; a refusal is the page of sign-in",
    "/intake/cases/<case_id>/documents/<document_id>": "a file to save",
    "/training/application/<token>/files/<paper_id>": "a file to save",
    "/training/application/<token>/certificate": "a file to save",
    "/training/applications/<application_id>/papers/<paper_id>": "a file to save",
    "/training/applications/<application_id>/letters/<kind>": "a file to save",
    "/training/groups/<group_id>/batches/<batch_id>": "a file to save",
    "/training/reports.csv": "a file to save",
}
