"""Both programmes from publication to certificate, over everybody's screens at the whole system: real files, a real mail server.

Found by where things lead, not by words, so that both languages go the same way; axe looks at the pages on it.
"""

import base64
import io
import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from pypdf import PdfReader

from tests.browser.conftest import Opened, SignedIn
from tests.browser.looking import axe, fits, shot
from tests.journeys import play
from tests.journeys.play import Cast
from tests.sample_files import PDF
from tests.system import System

LIVE = 30_000
EVERY = ["ja", "en"] if os.environ.get("IMC_EVERY_LANGUAGE") else []
"""A journey takes a minute: in a usual run each is played in one language, with IMC_EVERY_LANGUAGE=1 both in both."""
TOKEN = re.compile(r"/training/application/([A-Za-z0-9_-]{60,})")
NAMES = {"ja": ("TRAN Thi Mai", "Trần Thị Mai"), "en": ("Maya GURUNG", "माया गुरुङ")}


@pytest.fixture
def cast(system: System) -> Iterator[Cast]:
    made = play.gather(system)
    yield made
    made.receiver.close()


class Training:
    """The office's, the reviewer's and the chief's screens, and what they do on them."""

    def __init__(self, system: System, signed_in: SignedIn, language: str) -> None:
        self.system, self.language = system, language
        self.office, self.reviewer, self.chief = (
            signed_in(role, language=language, departments=["cardiology"]) for role in ("training", "reviewer", "chief")
        )
        self.today = datetime.now(UTC).astimezone(ZoneInfo("Asia/Tokyo")).date()
        self.mark = uuid4().hex[:8]

    def day(self, from_now: int) -> str:
        return (self.today + timedelta(days=from_now)).isoformat()

    def publishes(self, kind: str, papers: tuple[str, ...], **more: str) -> str:
        """A programme made and published in the forms; its id."""
        page = self.office
        page.goto("/training/manage/new")
        page.locator("[name=kind]").select_option(kind)
        for name, text in {
            "title.ja": f"研修 {self.mark}",
            "title.en": f"Training {self.mark}",
            "text.ja": "見学します。",
            "text.en": "Looking on.",
        }.items():
            page.locator(f"[name='{name}']").fill(text)
        if kind == "overseas":
            page.locator("details:has([name=organization_id]) > summary").click()
        for name, value in more.items():
            page.locator(f"[name={name}]").select_option(value)
        for name, value in {"from": self.day(0), "until": self.day(30), "slots": "2"}.items():
            page.locator(f"[name='periods.0.{name}']").fill(value)
        for box in page.locator("[name$='.selected']").all():  # those usual are ticked already
            box.uncheck()
        for code in papers:
            at = page.locator(f"input[type=hidden][value='{code}'][name$='.code']").get_attribute("name") or ""
            page.locator(f"[name='{at.removesuffix('code')}selected']").check()
        for step in ("department", "chief"):
            page.locator(f"input[name^='steps'][value='{step}']").check()
        axe(page)
        page.locator("#programme .send button.main").click()
        page.wait_for_url(re.compile(r"/training/manage/[0-9a-f-]{36}"))
        programme_id = page.url.rpartition("/")[2].partition("?")[0].partition("#")[0]
        to(page, "/publish").click()
        expect(to(page, "/close")).to_be_visible()
        return programme_id

    def file(self, application_id: str) -> Page:
        """The office looks at an application."""
        self.office.goto(f"/training/applications/{application_id}")
        return self.office

    def commands(self, application_id: str, *names: str) -> None:
        """One after the other, each seen done."""
        for name in names:
            page = self.file(application_id)
            if not to(page, f"/do/{name}").is_visible():
                page.locator(".next-step details.menu > summary").click()
            sent(page, to(page, f"/do/{name}"))

    def accepts_papers(self, application_id: str) -> None:
        """Every paper is looked at and found in order."""
        page = self.file(application_id)
        while (waiting := page.locator("button.main[popovertarget^='do-paper-']")).count():
            count = waiting.count()
            waiting.first.click()
            panel = page.locator(".panel:popover-open")
            sent(page, to(panel, "/accept"))
            expect(page.locator("button.main[popovertarget^='do-paper-']")).to_have_count(count - 1, timeout=LIVE)

    def approves(self, application_id: str) -> None:
        """Department, then chief."""
        for page in (self.reviewer, self.chief):
            page.goto("/training/reviews")
            card = page.locator(f"#r-{application_id}")
            expect(card).to_be_visible(timeout=LIVE)
            axe(page)
            card.locator("button[value=approve]").first.click()
            expect(page.locator(f"#r-{application_id}")).to_have_count(0)

    def decides_and_announces(self, application_id: str) -> None:
        """One act decides, another tells."""
        for act in ("accept", "announce"):
            self.chief.goto("/training/decisions")
            box = self.chief.locator(f"input[name=chosen][value='{application_id}']")
            form = self.chief.locator("form", has=box)
            box.check()
            form.locator("[name=count]").fill("1")
            axe(self.chief)
            sent(self.chief, form.locator(f"button[formaction$='/{act}']"))

    def attends_today(self, application_id: str) -> None:
        page = self.file(application_id)
        sent(page, page.locator("form[action$='/attendance'] button.main").first)


class Applicant:
    """Somebody with a browser and a mail address, no account needed."""

    def __init__(self, system: System, page: Page, language: str) -> None:
        self.system, self.page, self.language = system, page, language
        self.address = f"a{uuid4().hex[:10]}@applicant.example"

    def begins(self, programme_id: str, name: str) -> None:
        self.page.goto(f"/training/programmes/{programme_id}")
        axe(self.page)
        self.page.locator("a.apply").click()
        self.name = name
        self.page.locator("[name=name]").fill(name)
        self.page.locator("[name=email]").fill(self.address)
        self.page.locator("main form button.main").click()
        self.page.wait_for_url("**/training/application/**")

    @property
    def token(self) -> str:
        found = TOKEN.search(self.page.url)
        assert found, self.page.url
        return found[1]

    @property
    def application_id(self) -> str:
        return str(UUID(bytes=base64.urlsafe_b64decode(self.token + "=" * (-len(self.token) % 4))[1:17]))

    def mails(self) -> list[str]:
        """What the mail server took for this address, as text."""
        mine = [mail for mail in self.system.mails() if self.address in str(mail["To"])]
        return [body.get_content() for mail in mine if (body := mail.get_body(("plain",))) is not None]

    def awaits_mail(self, count: int) -> str:
        """The newest of at least so many."""
        self.system.until(lambda: len(self.mails()) >= count)
        return self.mails()[-1]

    def comes_back(self, page: Page) -> None:
        """By the link in the mail, in another browser, which asks a second thing before it shows what was written."""
        link = TOKEN.search(self.awaits_mail(1))
        assert link
        self.page = page
        page.goto(f"{link[0]}?step=you")
        axe(page)
        shot(page, f"training-known-{self.language}")
        page.locator("#known [name=answer]").fill(self.name.split()[0])
        sent(page, page.locator("#known button.main"))
        expect(page.locator("#you")).to_be_visible()

    def writes(self, step: str, **fields: str) -> None:
        """A step of the form, saved."""
        if f"step={step}" not in self.page.url:
            self.page.goto(f"/training/application/{self.token}?step={step}")
        form = self.page.locator(f"#{step}")
        for name, value in fields.items():
            field = form.locator(f"[name='{name}']")
            if field.evaluate("one => one.tagName") == "SELECT":
                field.select_option(value)
            elif field.first.get_attribute("type") == "radio":
                field.first.check()
            else:
                field.fill(value)
        axe(self.page)
        fits(self.page)
        sent(self.page, form.locator("button.main"))

    def hands_in(self, folder: Path, code: str, **dates: str) -> None:
        file = folder / f"{code}.pdf"
        file.write_bytes(PDF)
        form = self.page.locator(f"#upload-{code}")
        form.locator("[name=file]").set_input_files(file)
        for name, value in dates.items():
            form.locator(f"[name='{name}']").fill(value)
        sent(self.page, form.locator("button").last)

    def here(self, way: str = "") -> Page:
        self.page.goto(f"/training/application/{self.token}{way}")
        return self.page

    def presses(self, command: str) -> None:
        sent(self.here(), to(self.page, command))

    def certificate(self) -> str:
        """Waits until it is made, saves it, and gives its text."""
        link = self.here().locator("#live-certificate a.button")
        expect(link).to_be_visible(timeout=LIVE)
        axe(self.page)
        shot(self.page, f"training-certificate-{self.language}")
        with self.page.expect_download() as saved:
            link.click()
        return " ".join(PdfReader(io.BytesIO(saved.value.path().read_bytes())).pages[0].extract_text().split())

    def verifies(self, text: str, name: str) -> None:
        """What is printed on it tells anybody that it is genuine; a code a letter off does not."""
        code = re.search(r"[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3}", text)
        assert code, text
        wrong = code[0][:-1] + ("0" if code[0][-1] != "0" else "1")
        for typed, genuine in ((wrong, False), (code[0], True)):
            self.page.goto("/training/verify")
            self.page.locator("[name=code]").fill(typed)
            self.page.locator("main form button.main").click()
            if genuine:
                expect(self.page.locator("main")).to_contain_text(name)
            else:
                expect(self.page.locator("#verify-code-fault")).to_be_visible()
                expect(self.page.locator("main")).not_to_contain_text(name)


def sent(page: Page, button: Locator) -> None:
    """A form is sent, taken, and the page it leads to is there."""
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        button.click()
    assert answered.value.status == 303, answered.value.text()
    page.wait_for_load_state("load")
    expect(page.locator("#flash .message")).to_be_visible()


def to(where: Page | Locator, address: str) -> Locator:
    """The button that sends to an address ending so."""
    return where.locator(f"button[formaction$='{address}'], form[action$='{address}'] button").first


@pytest.mark.parametrize("language", EVERY or ["ja"])
def test_an_observer_from_publication_to_certificate(
    system: System, opened: Opened, signed_in: SignedIn, tmp_path: Path, language: str
) -> None:
    latin, native = NAMES[language]
    training = Training(system, signed_in, language)
    programme_id = training.publishes("observation", ("cv", "tb_test"), department="cardiology")
    applicant = Applicant(system, opened(system.url, language), language)
    applicant.begins(programme_id, latin)
    applicant.comes_back(opened(system.url, language, phone=True))
    person = {
        "name.native": native,
        "birth_date": "1991-04-05",
        "nationality": "TH",
        "residence": "TH",
        "profession": "nurse",
    }
    applicant.writes(
        "you",
        **person,
        institution="Lotus Hospital",
        **{"passport.number": "C7654321", "passport.expires_on": training.day(900)},
    )
    applicant.writes(
        "plan", period_id="", first_day=training.day(0), last_day=training.day(0), motivation="To see how a team works."
    )
    applicant.here("?step=papers")
    applicant.hands_in(tmp_path, "cv")
    applicant.here("?step=send")
    sent(applicant.page, applicant.page.locator("form[action$='/send'] button.main").first)
    id_ = applicant.application_id
    applicant.awaits_mail(2)
    training.commands(id_, "check")
    training.accepts_papers(id_)
    training.commands(id_, "review")
    training.approves(id_)
    training.decides_and_announces(id_)
    applicant.awaits_mail(3)
    applicant.presses("/confirm")
    applicant.awaits_mail(4)
    applicant.here()
    applicant.hands_in(tmp_path, "tb_test", issued_on=training.day(-30))
    training.accepts_papers(id_)
    training.commands(id_, "start")
    training.attends_today(id_)
    training.commands(id_, "complete")
    axe(training.office)
    shot(training.office, f"training-completed-{language}")
    text = applicant.certificate()
    assert latin in text and training.mark in text
    applicant.awaits_mail(5)
    applicant.verifies(text, latin)


@pytest.mark.parametrize("language", EVERY or ["en"])
def test_one_of_ours_abroad_is_held_by_an_agreement_that_ends_within_the_stay(
    system: System, cast: Cast, opened: Opened, signed_in: SignedIn, tmp_path: Path, language: str
) -> None:
    training = Training(system, signed_in, language)
    host = f"Harbour University {training.mark}"
    partner = Partner(system, training, host)
    first = partner.agrees(-300, 60)
    system.until(lambda: partner.known_to_training(training.office))
    programme_id = training.publishes("overseas", ("liability_insurance",), organization_id=partner.id, country="DE")
    nurse = Applicant(system, signed_in("front_desk", language=language), language)
    nurse.begins(programme_id, "MORI Aya")
    contact = {"emergency_contact.name": "MORI Ken", "emergency_contact.phone": "+81 3-3456-7890"}
    passport = {"passport.number": "TK1234567", "passport.expires_on": training.day(3)}
    nurse.writes("you", birth_date="1990-02-03", nationality="JP", profession="nurse", **contact, **passport)
    nurse.writes(
        "plan",
        period_id="",
        first_day=training.day(0),
        last_day=training.day(5),
        risk_note="No travel warning in force.",
    )
    expect(nurse.page.locator("main .notice")).to_be_visible()
    nurse.here("?step=send")
    sent(nurse.page, nurse.page.locator("form[action$='/send'] button.main").first)
    id_ = nurse.application_id
    nurse.awaits_mail(2)
    training.commands(id_, "check", "review")
    training.approves(id_)
    partner.is_named(training.file(id_), first)
    nurse.here()
    nurse.hands_in(tmp_path, "travel_insurance", valid_from=training.day(-1), valid_until=training.day(40))
    training.accepts_papers(id_)
    nurse.here()
    nurse.page.locator("#later [name='passport.expires_on']").fill(training.day(900))
    sent(nurse.page, nurse.page.locator("#later button").last)
    training.decides_and_announces(id_)
    nurse.awaits_mail(3)
    nurse.presses("/confirm")
    nurse.here()
    nurse.hands_in(tmp_path, "liability_insurance", valid_from=training.day(-1), valid_until=training.day(40))
    training.accepts_papers(id_)
    page = training.file(id_)
    page.evaluate("window.same = true")
    partner.ends(first, training.day(3))
    expect(page.locator("p.notice.bad").first).to_be_visible(timeout=LIVE)
    assert page.evaluate("window.same"), "seen without anything loaded anew"
    axe(page)
    shot(page, f"training-held-{language}")
    mails = len(nurse.mails())
    with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        to(training.file(id_), "/do/start").click()
    assert refused.value.status == 409, refused.value.text()
    page.wait_for_load_state("load")
    expect(training.office.locator(".errors, .notice").first).to_be_visible()
    assert system.call("GET", f"/training/api/v1/applications/{id_}", partner.token).json()["status"] == "confirmed"
    second = partner.agrees(-1, 400)
    system.until(lambda: partner.offered(training.file(id_), second))
    partner.is_named(training.file(id_), second)
    expect(training.file(id_).locator("p.notice.bad")).to_have_count(0, timeout=LIVE)
    nurse.awaits_mail(mails + 1)
    training.commands(id_, "start")
    training.attends_today(id_)
    training.commands(id_, "complete")
    text = nurse.certificate()
    assert "MORI Aya" in text
    nurse.verifies(text, "MORI Aya")


class Partner:
    """The host abroad and its agreements, by the partners' office's API."""

    def __init__(self, system: System, training: Training, name: str) -> None:
        self.system, self.training = system, training
        self.token = system.token("admin")
        self.id = self.post("/organizations", {"name": name, "kinds": ["university"], "country": "DE"})["id"]
        self.post(f"/organizations/{self.id}/activate", {})

    def post(self, path: str, body: dict[str, Any]) -> Any:
        answer = self.system.call("POST", f"/partners/api/v1{path}", self.token, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def agrees(self, first: int, last: int) -> str:
        """A fixed agreement of scope training, signed and active; its id."""
        title = {"en": f"Exchange {self.training.mark}", "ja": f"交流協定 {self.training.mark}"}
        terms = {"kind": "mou", "title": title, "scopes": ["training"], "term": "fixed", "organization_ids": [self.id]}
        made = self.post("/agreements", terms | {"starts": self.training.day(first), "ends": self.training.day(last)})
        signed = [{"side": side, "name": "KATO Hiroshi", "title": "Director"} for side in ("ours", "theirs")]
        self.post(f"/agreements/{made['id']}/submit", {})
        self.post(f"/agreements/{made['id']}/sign", {"signatories": signed, "signed_on": self.training.day(first)})
        self.post(f"/agreements/{made['id']}/activate", {})
        return str(made["id"])

    def ends(self, agreement_id: str, on: str) -> None:
        self.post(f"/agreements/{agreement_id}/terminate", {"on": on, "reason": "A new one is drawn up"})

    def known_to_training(self, page: Page) -> bool:
        page.goto("/training/manage/new")
        return page.locator(f"[name=organization_id] option[value='{self.id}']").count() == 1

    def offered(self, page: Page, agreement_id: str) -> bool:
        return page.locator(f"#do-agreement option[value='{agreement_id}']").count() == 1

    def is_named(self, page: Page, agreement_id: str) -> None:
        """The office puts the stay under the agreement."""
        page.locator("[popovertarget='do-agreement']").first.click()
        panel = page.locator("#do-agreement")
        panel.locator("select").select_option(agreement_id)
        to(panel, "/agreement").click()
        expect(page.locator("#flash .message")).to_be_visible()
