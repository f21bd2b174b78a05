"""Letters as PDF for one person: what is known put into the shapes of rules/letters.py and set by shared/pdf.

Made when somebody asks, kept nowhere: they say what is true on that day. For a whole group see batches.py.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from services.training.actions import applying, standing, verifying
from services.training.actions.programmes import find_programme
from services.training.dependencies import Dependencies
from services.training.rules import letters, papers, requirements
from services.training.rules.faults import NameNotWritten
from shared.pdf import MissingGlyphs, render

Document = dict[str, Any]
TEMPLATES = Path(__file__).parents[1] / "papers"
CERTIFICATES = "/training/verify?code="
"""Where whoever holds a certificate looks whether it is genuine."""


def letter(deps: Dependencies, application: Document, kind: str) -> tuple[str, bytes]:
    """(file name, PDF). Raises NoLetterYet, NameNotWritten, NoSuchCertificate. Takes 0.2 to 1 s of computing."""
    letters.check(application, kind)
    if kind == letters.CERTIFICATE:
        name, _, content, _ = verifying.certificate_file(deps, application)
        return name, b"".join(content)
    paper = letters.paper(kind, facts(deps, application, kind))
    return f"{application['reference']} {kind}.pdf", _set(deps, paper)


def certificate(deps: Dependencies, application: Document, in_latin: bool) -> bytes:
    """A certificate's PDF, its name in its own script unless `in_latin`. Raises MissingGlyphs: it is never issued half."""
    paper = letters.paper(letters.CERTIFICATE, facts(deps, application, letters.CERTIFICATE))
    return _rendered(deps, _in_latin(paper) if in_latin else paper)


def certified(deps: Dependencies, application: Document) -> Document:
    """What the certificate's check tells for ever, whatever is edited later: name and title."""
    about = facts(deps, application, letters.CERTIFICATE)
    return {"name": about.written.get("name") or {}, "title": dict(about.programme["title"])}


def _set(deps: Dependencies, paper: papers.Paper) -> bytes:
    """A name in a script that no font here has is set in Latin letters alone."""
    try:
        return _rendered(deps, paper)
    except MissingGlyphs:
        try:
            return _rendered(deps, _in_latin(paper))
        except MissingGlyphs as missing:
            raise NameNotWritten() from missing


def _rendered(deps: Dependencies, paper: papers.Paper) -> bytes:
    return render(TEMPLATES / papers.template(paper), papers.data(paper), deps.clock())


def _in_latin(paper: papers.Paper) -> papers.Paper:
    return replace(paper, person=replace(paper.person, own=""))


def facts(deps: Dependencies, application: Document, kind: str) -> letters.Facts:
    """What a letter may say of an application."""
    programme = find_programme(deps, application["programme_id"])
    partner, funder = application.get("organization_id"), application.get("funder_id")
    organizations = deps.store.copies.organizations(id_ for id_ in (partner, funder) if id_)
    agreement = deps.store.copies.agreement(application.get("agreement_id"))
    return letters.Facts(
        application=application,
        written=applying.body_of(deps, application),
        programme=programme,
        departments={code: row["names"] for code, row in deps.store.copies.departments().items()},
        partner=organizations[partner]["name"] if partner in organizations else None,
        funder=organizations[funder]["name"] if funder in organizations else None,
        agreement=agreement["reference"] if agreement else None,
        house=_house(deps),
        signer=papers.Signer(
            papers.Words(*deps.settings.hospital.signer), papers.Words(*deps.settings.hospital.signer_title)
        ),
        today=standing.today_of(deps, deps.clock()),
        open_papers=_open_papers(deps, programme, application) if kind == "letter" else (),
        certificate=_code(deps, application) if kind == letters.CERTIFICATE else None,
        certificates_at=f"{deps.settings.public_url}{CERTIFICATES}",
    )


def _open_papers(deps: Dependencies, programme: Document, application: Document) -> tuple[dict[str, str], ...]:
    """As they stand today for this person, those of the law too."""
    visit, today = standing.visit_of(application), standing.today_of(deps, deps.clock())
    if visit is None:
        return ()
    named = {rule.code: dict(rule.name) for rule in standing.requirements_of(programme, application, visit)}
    one = standing.open_all(deps, [application])[0]
    rows = standing.standings(programme, one, today)
    unsettled = [row for row in rows if row.stage == "post_decision" and row.state not in requirements.SETTLED]
    passport = [letters.PASSPORT] if standing.passport_faults(one, visit) else []
    return (*passport, *(named[row.code] for row in unsettled))


def _house(deps: Dependencies) -> papers.House:
    hospital = deps.settings.hospital
    return papers.House(
        papers.Words(*hospital.name),
        letters.CENTER,
        papers.Words(*hospital.address),
        deps.settings.hospital_phone,
        hospital.mail,
        deps.settings.public_url,
    )


def _code(deps: Dependencies, application: Document) -> str:
    sealed = application["certificate"]["sealed"]
    return str(deps.store.keyring.open(application["_id"]).open("certificate", sealed)["code"])
