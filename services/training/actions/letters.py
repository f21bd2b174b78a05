"""Letters as PDF for one person: what is known put into the shapes of rules/letters.py and set by shared/pdf.

Made when somebody asks, kept nowhere: they say what is true on that day. For a whole group see batches.py.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

from services.training.actions import applying, standing, verifying
from services.training.actions.parts import Parts
from services.training.actions.programmes import find_programme
from services.training.rules import letters, papers, requirements
from services.training.rules.faults import NameNotWritten
from shared.pdf import MissingGlyphs, render

Document = dict[str, Any]
TEMPLATES = Path(__file__).parents[1] / "papers"
CERTIFICATES = "/training/verify?code="
"""Where whoever holds a certificate looks whether it is genuine."""


def letter(parts: Parts, application: Document, kind: str) -> tuple[str, bytes]:
    """(file name, PDF). Raises NoLetterYet, NameNotWritten, NoSuchCertificate. Takes 0.2 to 1 s of computing."""
    letters.check(application, kind)
    if kind == letters.CERTIFICATE:
        name, _, content, _ = verifying.certificate_file(parts, application)
        return name, b"".join(content)
    paper = letters.paper(kind, facts(parts, application, kind))
    return f"{application['reference']} {kind}.pdf", _set(parts, paper)


def certificate(parts: Parts, application: Document, in_latin: bool) -> bytes:
    """A certificate's PDF, its name in its own script unless `in_latin`. Raises MissingGlyphs: it is never issued half."""
    paper = letters.paper(letters.CERTIFICATE, facts(parts, application, letters.CERTIFICATE))
    return _rendered(parts, _in_latin(paper) if in_latin else paper)


def certified(parts: Parts, application: Document) -> Document:
    """What the certificate's check tells for ever, whatever is edited later: name and title."""
    about = facts(parts, application, letters.CERTIFICATE)
    return {"name": about.written.get("name") or {}, "title": dict(about.programme["title"])}


def _set(parts: Parts, paper: papers.Paper) -> bytes:
    """A name in a script that no font here has is set in Latin letters alone."""
    try:
        return _rendered(parts, paper)
    except MissingGlyphs:
        try:
            return _rendered(parts, _in_latin(paper))
        except MissingGlyphs as missing:
            raise NameNotWritten() from missing


def _rendered(parts: Parts, paper: papers.Paper) -> bytes:
    return render(TEMPLATES / papers.template(paper), papers.data(paper), parts.clock())


def _in_latin(paper: papers.Paper) -> papers.Paper:
    return replace(paper, person=replace(paper.person, own=""))


def facts(parts: Parts, application: Document, kind: str) -> letters.Facts:
    """What a letter may say of an application."""
    programme = find_programme(parts, application["programme_id"])
    partner, funder = application.get("organization_id"), application.get("funder_id")
    organizations = parts.store.copies.organizations(id_ for id_ in (partner, funder) if id_)
    agreement = parts.store.copies.agreement(application.get("agreement_id"))
    return letters.Facts(
        application=application,
        written=applying.body_of(parts, application),
        programme=programme,
        departments={code: row["names"] for code, row in parts.store.copies.departments().items()},
        partner=organizations[partner]["name"] if partner in organizations else None,
        funder=organizations[funder]["name"] if funder in organizations else None,
        agreement=agreement["reference"] if agreement else None,
        house=_house(parts),
        signer=papers.Signer(
            papers.Words(*parts.settings.hospital.signer), papers.Words(*parts.settings.hospital.signer_title)
        ),
        today=standing.today_of(parts, parts.clock()),
        open_papers=_open_papers(parts, programme, application) if kind == "letter" else (),
        certificate=_code(parts, application) if kind == letters.CERTIFICATE else None,
        certificates_at=f"{parts.settings.public_url}{CERTIFICATES}",
    )


def _open_papers(parts: Parts, programme: Document, application: Document) -> tuple[dict[str, str], ...]:
    """As they stand today for this person, those of the law too."""
    visit, today = standing.visit_of(application), standing.today_of(parts, parts.clock())
    if visit is None:
        return ()
    named = {rule.code: dict(rule.name) for rule in standing.requirements_of(programme, application, visit)}
    one = standing.open_all(parts, [application])[0]
    rows = standing.standings(programme, one, today)
    unsettled = [row for row in rows if row.stage == "post_decision" and row.state not in requirements.SETTLED]
    passport = [letters.PASSPORT] if standing.passport_faults(one, visit) else []
    return (*passport, *(named[row.code] for row in unsettled))


def _house(parts: Parts) -> papers.House:
    hospital = parts.settings.hospital
    return papers.House(
        papers.Words(*hospital.name),
        letters.CENTER,
        papers.Words(*hospital.address),
        parts.settings.hospital_phone,
        hospital.mail,
        parts.settings.public_url,
    )


def _code(parts: Parts, application: Document) -> str:
    sealed = application["certificate"]["sealed"]
    return str(parts.store.keyring.open(application["_id"]).open("certificate", sealed)["code"])
