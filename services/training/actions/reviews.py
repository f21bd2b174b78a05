"""From submission to a possible decision: documents checked, the application returned or passed on, reviewers' answers."""

from services.training.actions import access
from services.training.actions.application_records import load_change
from services.training.actions.documents import accepted_codes
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import departments, reviews, states
from services.training.rules.faults import TransitionNotAllowed
from services.training.rules.records.applications import Application, Verdict
from shared.auth import Caller
from shared.command_context import CommandContext
from shared.errors import InvalidInput
from shared.events import training


def start_check(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Starts the check of the documents."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    change.move("check")
    change.add_event(training.ApplicationCheckStarted)
    return change.save()


def return_application(
    deps: Dependencies, application_id: str, message: str, codes: list[str], context: CommandContext
) -> Application:
    """Returns it to the applicant with a message and the codes of the documents that are missing or wrong."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    change.move("return")
    known = accepted_codes(deps, change.application)
    faults = [(f"#/papers/{at}", "expected the code of a paper") for at, code in enumerate(codes) if code not in known]
    if faults:
        raise InvalidInput(faults)
    key = deps.store.keyring.open(application_id)
    sealed = key.seal("returned", message)
    change.application["returned"] = {"at": context.now, "by": context.actor, "documents": codes, "sealed": sealed}
    change.add_event(training.ApplicationReturned, papers=tuple(codes))
    return change.save()


def start_review(deps: Dependencies, application_id: str, context: CommandContext) -> Application:
    """Starts the review: the documents are in order, and the reviewers of the programme are asked."""
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    change.move("review")
    programme = find_programme(deps, change.application["programme_id"])
    change.application |= {"reviews": [], "asked_steps": reviews.open_steps(programme["review"], [])}
    steps = tuple(change.application["asked_steps"])
    change.add_event(
        training.ApplicationReviewStarted,
        steps=steps,
        reviewers=reviews.named_reviewers(programme["review"], steps),
        departments=tuple(sorted(departments.judging_departments(access.with_home(deps, change.application)))),
    )
    return change.save()


def give_review(
    deps: Dependencies,
    application_id: str,
    step: str,
    verdict: str,
    note: str | None,
    who: Caller,
    context: CommandContext,
) -> Application:
    """Records a reviewer's answer for a step. Raises OtherDepartment, TransitionNotAllowed, ReviewNotReady, NotYourReview."""
    access.check_review_department(deps, application_id, step, who)
    change = load_change(deps.store, application_id, context, deps.settings.time_zone)
    if change.status != states.UNDER_REVIEW:
        raise TransitionNotAllowed("application", change.status, "give-review", states.commands(change.application))
    review = find_programme(deps, change.application["programme_id"])["review"]
    reviews.check_asked(review, change.application["reviews"], step)
    access.check_reviewer(review, access.with_home(deps, change.application), step, who)
    sealed = deps.store.keyring.open(application_id).seal(f"review/{step}", note or "")
    before = set(change.application["asked_steps"])
    answer: Verdict = {"step": step, "verdict": verdict, "at": context.now, "by": context.actor, "sealed": sealed}
    answers = [*change.application["reviews"], answer]
    change.application |= {"reviews": answers, "asked_steps": reviews.open_steps(review, answers)}
    steps = tuple(change.application["asked_steps"])
    change.add_event(
        training.ApplicationReviewed,
        step=step,
        verdict=verdict,
        steps=steps,
        asked_before=tuple(one for one in steps if one in before),
        reviewers=reviews.named_reviewers(review, steps),
        departments=tuple(sorted(departments.judging_departments(access.with_home(deps, change.application)))),
    )
    return change.save()
