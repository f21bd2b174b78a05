"""Papers of an application: taken in by content, sealed; accepted, or refused with a reason; asked for again in one act."""

from collections.abc import Iterable, Iterator
from typing import Any

from services.training.actions import standing
from services.training.actions.draft import Draft, draft_of
from services.training.actions.parts import Parts
from services.training.actions.programmes import find_programme
from services.training.rules import duties, report, requirements, states, stored_papers, validity
from services.training.rules.faults import MoveNotDrawn, NoSuchPaper, NothingMissing, PaperNotTaken, TooMany
from services.training.rules.validity import Reason
from shared.documents import formats
from shared.documents.inspection import IncomingDocument
from shared.errors import InvalidInput
from shared.events import training
from shared.ids import new_id
from shared.origin import Origin
from shared.sealing import DataKey
from shared.stored_files import Put

Document = dict[str, Any]
MOST_PAPERS = 100
MOST_BYTES = 200 * 1024 * 1024
"""Of an application, for each side: who is not known yet fills no disk, and no share of the office's."""
MEDIA = (formats.PDF, formats.PNG, formats.JPEG, formats.DOCX)
DATED = ("issued_on", "valid_from", "valid_until", "doses", "titre_on")


def attach(
    parts: Parts, application_id: str, requirement: str, document: IncomingDocument, dates: Document, origin: Origin,
    sent_by: str = "applicant",
) -> Document:  # fmt: skip
    """Keeps a paper for a requirement; it is the last one of the application returned.

    Raises PaperNotTaken, TooMany, and InvalidInput where its dates serve no stay.
    """
    draft = draft_of(parts.store, application_id, origin, parts.settings.time_zone)
    reports = draft.status == states.COMPLETED and requirement == report.CODE
    if states.seen_as(draft.application) in states.OVER and not reports:
        raise MoveNotDrawn("application", draft.status, "papers", states.commands(draft.application))
    sent = [paper for paper in draft.application["papers"] if paper["sent_by"] == sent_by]
    if len(sent) >= MOST_PAPERS:
        raise TooMany("documents", MOST_PAPERS)
    if sum(paper["size"] for paper in sent) + document.size > MOST_BYTES:
        raise TooMany("MiB of documents", MOST_BYTES // 1024 // 1024)
    known = known_codes(parts, draft.application) - ({"report"} if draft.status not in states.BEGUN else set())
    if requirement not in known:
        raise PaperNotTaken(f"expected for one of {', '.join(sorted(known))}")
    told = stored_papers.paper_of({"requirement": requirement, **dates})
    today = standing.today_of(parts, origin.now)
    _check_dates(validity.unfit_for_any(told, today))
    about = {"requirement": requirement, "status": "to_check", "at": origin.now, "by": origin.actor, "sent_by": sent_by}
    key = parts.store.keyring.open(application_id)
    with parts.store.files.until_named() as put:
        paper = _stored(put, key, document, dates) | about
        draft.application["papers"] = [*draft.application["papers"], paper]
        draft.say(training.PaperReceived, paper_id=paper["id"], requirement=requirement, sent_by=sent_by)
        if requirement == report.CODE:
            draft.say(training.ReportReceived)
        return draft.save()


def known_codes(parts: Parts, application: Document) -> set[str]:
    """For which requirements a paper may come: the programme's, the law's, the report, anything else as `other`."""
    programme = find_programme(parts, application["programme_id"])
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


def accept_paper(parts: Parts, application_id: str, paper_id: str, dates: Document, origin: Origin) -> Document:
    """In order; dates read off it are kept, whatever the applicant wrote. Raises InvalidInput, by date, where it does not fit the stay."""
    draft = draft_of(parts.store, application_id, origin, parts.settings.time_zone)
    paper = _paper(draft, paper_id)
    facts = {name: value for name, value in dates.items() if name in DATED}
    facts["stay"] = [draft.application["first_day"], draft.application["last_day"]]
    _check_fits(parts, draft, paper, facts)
    _checked(parts, draft, paper, "accepted", facts)
    draft.say(training.PaperAccepted, paper_id=paper_id, requirement=paper["requirement"])
    return draft.save()


def _check_fits(parts: Parts, draft: Draft, paper: Document, facts: Document) -> None:
    """By the dates it would be kept with, and the rule it is asked by for this stay."""
    application = draft.application
    before = parts.store.keyring.open(application["_id"]).open(f"paper/{paper['id']}", paper["sealed"])
    known = stored_papers.paper_of(paper | before | facts)
    visit, today = standing.visit_of(application), standing.today_of(parts, draft.origin.now)
    if visit is None:
        _check_dates(validity.unfit_for_any(known, today))
        return
    rules = standing.requirements_of(find_programme(parts, application["programme_id"]), application, visit)
    asked = next((rule for rule in rules if rule.code == paper["requirement"]), None)
    if asked is None or not requirements.is_needed(asked, visit):
        _check_dates(validity.unfit_for_any(known, today))
        return
    _check_dates(validity.misfits(known, asked.validity, visit, today))


def _check_dates(reasons: Iterable[Reason]) -> None:
    """Raises InvalidInput with the date of each reason, and what it should be."""
    if faults := stored_papers.date_faults(reasons):
        raise InvalidInput(faults)


def refuse_paper(parts: Parts, application_id: str, paper_id: str, reason: str, origin: Origin) -> Document:
    """Not taken: the applicant reads why and sends another."""
    draft = draft_of(parts.store, application_id, origin, parts.settings.time_zone)
    paper = _paper(draft, paper_id)
    _checked(parts, draft, paper, "refused", {"why": reason})
    draft.say(training.PaperRefused, paper_id=paper_id, requirement=paper["requirement"])
    return draft.save()


def _checked(parts: Parts, draft: Draft, paper: Document, status: str, facts: Document) -> None:
    key, id_ = parts.store.keyring.open(draft.application["_id"]), paper["id"]
    before = {name: value for name, value in key.open(f"paper/{id_}", paper["sealed"]).items() if name != "why"}
    sealed = key.seal(f"paper/{id_}", {name: value for name, value in (before | facts).items() if value})
    changed = paper | {
        "status": status,
        "checked_at": draft.origin.now,
        "checked_by": draft.origin.actor,
        "sealed": sealed,
    }
    draft.application["papers"] = [changed if one["id"] == id_ else one for one in draft.application["papers"]]


def _paper(draft: Draft, paper_id: str) -> Document:
    for paper in draft.application["papers"]:
        if paper["id"] == paper_id:
            return dict(paper)
    raise NoSuchPaper()


def read_paper(parts: Parts, application: Document, paper_id: str) -> tuple[str, str, Iterator[bytes], int]:
    """(name, media type, content as it comes, size). Raises NoSuchPaper."""
    for paper in application["papers"]:
        if paper["id"] == paper_id and (sealed := parts.store.files.get(paper["file"])) is not None:
            key = parts.store.keyring.open(application["_id"])
            name = key.open(f"paper/{paper_id}", paper["sealed"])["name"]
            return name, paper["media_type"], key.open_stream(f"file/{paper_id}", sealed), paper["size"]
    raise NoSuchPaper()


def chase(parts: Parts, application_id: str, origin: Origin) -> Document:
    """Reminds the applicant of what is theirs to bring. Raises NothingMissing where nothing is."""
    draft = draft_of(parts.store, application_id, origin, parts.settings.time_zone)
    programme = find_programme(parts, draft.application["programme_id"])
    one = standing.opened(draft.application, parts.store.keyring.open(application_id))
    codes = standing.missing_codes(standing.standings(programme, one, standing.today_of(parts, origin.now)))
    if not codes or draft.status in states.OVER:
        raise NothingMissing()
    draft.application["chased_at"] = origin.now
    draft.say(training.ApplicationChased, papers=tuple(codes))
    return draft.save()
