"""Papers of an application: taken in by content, sealed; accepted, or refused with a reason; asked for again in one act."""

from collections.abc import Iterable, Iterator
from typing import Any

from services.training.actions import standing
from services.training.actions.draft import Draft, draft_of
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import duties, report, requirements, states, stored_papers, validity
from services.training.rules.faults import MoveNotDrawn, NoSuchPaper, NothingMissing, PaperNotTaken, TooMany
from services.training.rules.validity import Reason
from shared.command_context import CommandContext
from shared.documents import formats
from shared.documents.inspection import IncomingDocument
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id
from shared.sealing import DataKey
from shared.stored_files import Put

Document = dict[str, Any]
MOST_PAPERS = 100
MOST_BYTES = 200 * 1024 * 1024
"""Of an application, for each side: who is not known yet fills no disk, and no share of the office's."""
MEDIA = (formats.PDF, formats.PNG, formats.JPEG, formats.DOCX)
DATED = ("issued_on", "valid_from", "valid_until", "doses", "titre_on")


def attach(
    deps: Dependencies, application_id: str, requirement: str, document: IncomingDocument, dates: Document, context: CommandContext,
    sent_by: str = "applicant",
) -> Document:  # fmt: skip
    """Keeps a paper for a requirement; it is the last one of the application returned.

    Raises PaperNotTaken, TooMany, and InvalidInput where its dates serve no stay.
    """
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    reports = draft.status == states.COMPLETED and requirement == report.CODE
    if states.seen_as(draft.application) in states.OVER and not reports:
        raise MoveNotDrawn("application", draft.status, "papers", states.commands(draft.application))
    sent = [paper for paper in draft.application["papers"] if paper["sent_by"] == sent_by]
    if len(sent) >= MOST_PAPERS:
        raise TooMany("documents", MOST_PAPERS)
    if sum(paper["size"] for paper in sent) + document.size > MOST_BYTES:
        raise TooMany("MiB of documents", MOST_BYTES // 1024 // 1024)
    known = known_codes(deps, draft.application) - ({"report"} if draft.status not in states.BEGUN else set())
    if requirement not in known:
        raise PaperNotTaken(f"expected for one of {', '.join(sorted(known))}")
    told = stored_papers.paper_of({"requirement": requirement, **dates})
    today = standing.today_of(deps, context.now)
    _check_dates(validity.unfit_for_any(told, today))
    about = {
        "requirement": requirement,
        "status": "to_check",
        "at": context.now,
        "by": context.actor,
        "sent_by": sent_by,
    }
    key = deps.store.keyring.open(application_id)
    with deps.store.files.until_named() as put:
        paper = _stored(put, key, document, dates) | about
        draft.application["papers"] = [*draft.application["papers"], paper]
        draft.say(training.PaperReceived, paper_id=paper["id"], requirement=requirement, sent_by=sent_by)
        if requirement == report.CODE:
            draft.say(training.ReportReceived)
        return draft.save()


def known_codes(deps: Dependencies, application: Document) -> set[str]:
    """For which requirements a paper may come: the programme's, the law's, the report, anything else as `other`."""
    programme = find_programme(deps, application["programme_id"])
    own = {one["code"] for one in programme["requirements"]}
    return own | {*duties.names(), report.CODE, "other"}


def _stored(put: Put, key: DataKey, document: IncomingDocument, dates: Document) -> Document:
    id_ = new_id()
    told = {name: value for name, value in dates.items() if name in DATED and value}
    return {
        "id": id_,
        "media_type": document.media_type,
        "size": document.size,
        "file": put(key.seal_stream(f"file/{id_}", document.stream)),
        "sealed": key.seal(f"paper/{id_}", {"name": document.name, **told}),
    }


def accept_paper(
    deps: Dependencies, application_id: str, paper_id: str, dates: Document, context: CommandContext
) -> Document:
    """In order; dates read off it are kept, whatever the applicant wrote. Raises InvalidInput, by date, where it does not fit the stay."""
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    paper = _paper(draft, paper_id)
    facts = {name: value for name, value in dates.items() if name in DATED}
    facts["stay"] = [draft.application["first_day"], draft.application["last_day"]]
    _check_fits(deps, draft, paper, facts)
    _checked(deps, draft, paper, "accepted", facts)
    draft.say(training.PaperAccepted, paper_id=paper_id, requirement=paper["requirement"])
    return draft.save()


def _check_fits(deps: Dependencies, draft: Draft, paper: Document, facts: Document) -> None:
    """By the dates it would be kept with, and the rule it is asked by for this stay."""
    application = draft.application
    before = deps.store.keyring.open(application["_id"]).open(f"paper/{paper['id']}", paper["sealed"])
    known = stored_papers.paper_of(paper | before | facts)
    visit, today = standing.visit_of(application), standing.today_of(deps, draft.context.now)
    if visit is None:
        _check_dates(validity.unfit_for_any(known, today))
        return
    rules = standing.requirements_of(find_programme(deps, application["programme_id"]), application, visit)
    asked = next((rule for rule in rules if rule.code == paper["requirement"]), None)
    if asked is None or not requirements.is_needed(asked, visit):
        _check_dates(validity.unfit_for_any(known, today))
        return
    _check_dates(validity.misfits(known, asked.validity, visit, today))


def _check_dates(reasons: Iterable[Reason]) -> None:
    """Raises InvalidInput with the date of each reason, and what it should be."""
    if faults := stored_papers.date_faults(reasons):
        raise InvalidInput(faults)


def refuse_paper(
    deps: Dependencies, application_id: str, paper_id: str, reason: str, context: CommandContext
) -> Document:
    """Not taken: the applicant reads why and sends another."""
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    paper = _paper(draft, paper_id)
    _checked(deps, draft, paper, "refused", {"why": reason})
    draft.say(training.PaperRefused, paper_id=paper_id, requirement=paper["requirement"])
    return draft.save()


def _checked(deps: Dependencies, draft: Draft, paper: Document, status: str, facts: Document) -> None:
    key, id_ = deps.store.keyring.open(draft.application["_id"]), paper["id"]
    before = {name: value for name, value in key.open(f"paper/{id_}", paper["sealed"]).items() if name != "why"}
    sealed = key.seal(f"paper/{id_}", {name: value for name, value in (before | facts).items() if value})
    changed = paper | {
        "status": status,
        "checked_at": draft.context.now,
        "checked_by": draft.context.actor,
        "sealed": sealed,
    }
    draft.application["papers"] = [changed if one["id"] == id_ else one for one in draft.application["papers"]]


def _paper(draft: Draft, paper_id: str) -> Document:
    for paper in draft.application["papers"]:
        if paper["id"] == paper_id:
            return dict(paper)
    raise NoSuchPaper()


def read_paper(deps: Dependencies, application: Document, paper_id: str) -> tuple[str, str, Iterator[bytes], int]:
    """(name, media type, content as it comes, size). Raises NoSuchPaper."""
    for paper in application["papers"]:
        if paper["id"] == paper_id and (sealed := deps.store.files.get(paper["file"])) is not None:
            key = deps.store.keyring.open(application["_id"])
            name = key.open(f"paper/{paper_id}", paper["sealed"])["name"]
            return name, paper["media_type"], key.open_stream(f"file/{paper_id}", sealed), paper["size"]
    raise NoSuchPaper()


def chase(deps: Dependencies, application_id: str, context: CommandContext) -> Document:
    """Reminds the applicant of what is theirs to bring. Raises NothingMissing where nothing is."""
    draft = draft_of(deps.store, application_id, context, deps.settings.time_zone)
    programme = find_programme(deps, draft.application["programme_id"])
    one = standing.opened(draft.application, deps.store.keyring.open(application_id))
    codes = standing.missing_codes(standing.standings(programme, one, standing.today_of(deps, context.now)))
    if not codes or draft.status in states.OVER:
        raise NothingMissing()
    draft.application["chased_at"] = context.now
    draft.say(training.ApplicationChased, papers=tuple(codes))
    return draft.save()
