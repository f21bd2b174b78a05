"""One story for all pages: a week as `imc demo` plays it, and two days at the desk told in full; through public interfaces alone.

It is always a morning in the hospital, so that the same pages show the same states at any hour, and no midnight passes: the system's
Asia/Tokyo has the offset of a place where it is a morning just now.
"""

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pymongo
import pyotp
import requests
from aiosmtpd.controller import Controller

from shared.ids import new_id
from tests.browser import long_words
from tests.browser.looking import pictures_wanted
from tests.integration.dead_letters import dead_letter_department
from tests.journeys.play import Cast, Person, Receiver, until
from tests.mailbox import Keep
from tests.sample_files import PDF
from tests.system import System, free_base_port
from tests.visitor import form_to

MORNING = 10
TOKYO = "Asia/Tokyo"  # the hospital's zone, and the one of those who look at its pages
AGENCY = "Gulf Care Navigation"
STAFF = {  # role: (user name, name)
    "front_desk": ("mori.aiko", "森 愛子"),
    "coordinator": ("abe.kenji", "阿部 健二"),
    "interpreter": ("karim.hassan", "Hassan Karim"),
    "operator": ("ueda.sho", "上田 翔"),
    "training": ("ono.yuka", "小野 由佳"),
    "reviewer": ("hara.makoto", "原 誠"),
    "chief": ("ito.mari", "伊藤 真理"),
    "department": ("doi.satoshi", "土井 聡"),
}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
APPLICANT = {
    "birth_date": "1988-03-02", "nationality": "MN", "residence": "MN", "profession": "doctor",
    "institution": "Steppe Heart Hospital", "motivation": "To learn how valves are mended without opening the chest.",
}  # fmt: skip


@dataclass
class Story:
    """`names` fills the addresses of pages: the id of every record that the story has a name for. `cookies` are those of browsers
    in which applications were begun."""

    system: System
    people: dict[str, dict[str, str]]
    names: dict[str, str]
    cookies: dict[str, str]

    @property
    def url(self) -> str:
        return self.system.url


def where_it_is_morning(now: datetime) -> str:
    """Tokyo before noon; else the zone in which it is just ten o'clock. All have a fixed offset."""
    if MORNING <= now.astimezone(ZoneInfo(TOKYO)).hour < 12:
        return TOKYO
    ahead = MORNING - now.astimezone(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead > -12 else f"Etc/GMT-{ahead + 24}"


def time_zones(folder: Path, zone: str) -> Path:
    """A directory for PYTHONTZPATH in which TOKYO has the offset of `zone`; other zones are those of the tzdata package."""
    tokyo = folder / "zones" / TOKYO
    tokyo.parent.mkdir(parents=True)
    tokyo.write_bytes(files("tzdata").joinpath("zoneinfo", zone).read_bytes())
    return folder / "zones"


@contextmanager
def told(folder: Path) -> Iterator[Story]:
    """A system of its own in which all of it has happened and been heard."""
    zone = where_it_is_morning(datetime.now(UTC))
    environ = {"IMC_TIME_ZONE": TOKYO, "PYTHONTZPATH": str(time_zones(folder, zone))}
    port = free_base_port(1)
    (folder / "mails").mkdir()
    mail = Controller(Keep(folder / "mails"), hostname="127.0.0.1", port=port)
    mail.start()
    system = System(folder / "data", folder / "mails")
    try:
        system.up(IMC_SMTP_URL=f"smtp://127.0.0.1:{port}", IMC_RATE_LIMIT="0", **environ)
        done = system.imc("demo", "--cases", "12", seconds=180, **environ)
        assert done.status == 0, f"{done.out}\n{done.err}"
        yield _Telling(system, zone).all()
    finally:
        system.down()
        mail.stop()


class _Telling:
    """Who does it, and what has a name so far."""

    def __init__(self, system: System, zone: str) -> None:
        self.system = system
        self.today = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        self.cookies: dict[str, str] = {}
        self.names: dict[str, str] = {"today": f"{self.today:%Y-%m-%d}"}
        self.admin = admin = Person(system, _token(system, system.state["admin"]))
        self.people = {role: _account(admin, role, *who) for role, who in STAFF.items()}
        desk, coordinator = (
            Person(system, _token(system, self.people[role])) for role in ("front_desk", "coordinator")
        )
        issued = system.key(AGENCY)
        agency = Person(system, issued["key"])
        self.cast = Cast(system, agency, desk, coordinator, issued["organization_id"], issued["key_id"], Receiver())

    def all(self) -> Story:
        try:
            self._roster()
            self._tomorrow()
            self._today()
            self._trainees()
            self._triage()
            self._records()
            self._applicants()
            self._house()
            if not pictures_wanted():
                long_words.tell(self)
            self._kept()
        finally:
            self.cast.receiver.close()
        return Story(self.system, self.people, self.names, self.cookies)

    def _roster(self) -> None:
        """Three beside those of the demo: one signs in, one works only in the morning, one is away."""
        entries: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
            ("interpreter", "Hassan Karim", "ar", {"account_id": self.people["interpreter"]["id"], "gender": "male"}),
            ("mornings", "Jose Reyes", "fil", {"weekly_hours": _hours("08:30", "12:00"), "gender": "male"}),
            ("away", "Oksana Bondar", "uk", {"exceptions": [self._period(0, "00:00", 3 * 24 * 60, "from", "to")]}),
        )
        for name, latin, language, more in entries:
            mail = {"email": f"{latin.split()[-1].lower()}@hospital.example", "name": {"latin": latin}}
            self.names[name] = self.cast.interpreter(
                language, **{"weekly_hours": _hours("07:00", "21:00")} | mail | more
            )

    def _tomorrow(self) -> None:
        """One sure, one who was asked, one whom nobody fits; and what the first has as a case."""
        fatima = self._accepted(
            "case", ("AL ALI Fatima", "فاطمة العلي", "AE", "ar"), "GCN-1041", payer="foreign_insurer"
        )
        self.names["visit"] = self._book(fatima, 1, "10:00")
        until(lambda: self.cast.interpreter_of(fatima, self.names["visit"])["status"] == "confirmed")
        self.names["booking"] = self._booking(fatima)
        self._talk(fatima)
        maria = self._accepted("asked_case", ("DELA CRUZ Maria", None, "PH", "fil"), "GCN-1042")
        asked = self._book(maria, 1, "15:00")
        until(lambda: self.cast.interpreter_of(maria, asked)["status"] == "unfilled")
        self.names["offered"] = self._booking(maria)
        self._offer(self.names["offered"], "mornings", "offer")
        self._evening()
        min_aung = self._accepted("unfilled_case", ("MIN Aung", "မင်းအောင်", "MM", "my"), "GCN-1043")
        self.names["unfilled_visit"] = self._book(min_aung, 1, "13:30")
        until(lambda: self.cast.interpreter_of(min_aung, self.names["unfilled_visit"])["status"] == "unfilled")
        self.names["unfilled"] = self._booking(min_aung)

    def _evening(self) -> None:
        """Outside the hours of the one who signs in, who is asked all the same."""
        omar = self._accepted("evening_case", ("HADDAD Omar", "عمر حداد", "JO", "ar"), "GCN-1044")
        visit = self._book(omar, 1, "21:30")
        until(lambda: self.cast.interpreter_of(omar, visit)["status"] == "unfilled")
        self._offer(self._booking(omar), "interpreter")

    def _talk(self, case_id: str) -> None:
        agency, desk = f"/intake/api/v1/referrals/{case_id}", f"/intake/api/v1/cases/{case_id}"
        self.cast.agency.post(
            f"{agency}/messages", {"text": "Ms Al Ali arrives the evening before. A wheelchair, please."}, 201
        )
        self.cast.desk.post(f"{desk}/messages", {"text": "A wheelchair will stand at the entrance."}, 201)
        self._attach(agency, self.cast.agency.credential, {"kind": "referral_letter"})
        self.names["document"] = self.cast.case(case_id)["documents"][0]["id"]
        needs = {"religion": "Prayer room", "diet": "Halal", "interpreter": {"gender_wish": "male"}}
        self._edit(case_id, {"needs": needs})

    def _today(self) -> None:
        """Somebody who came, is here, is late, is to come, never came; a walk-in from the street."""
        people = (
            ("seen", ("KIM Jiwoo", "김지우", "KR", "ko"), "08:30", ("arrive", "complete")),
            ("here", ("OKAFOR Grace", None, "NG", "en"), "09:15", ("arrive",)),
            ("absent", ("NGUYEN Van Hai", "Nguyễn Văn Hải", "VN", "vi"), "08:45", ("no-show",)),
            ("late", ("SHEVCHENKO Olena", "Олена Шевченко", "UA", "uk"), "09:30", ()),
            ("coming", ("AL HARBI Noor", "نور الحربي", "SA", "ar"), "14:00", ()),
        )
        for number, (name, who, start, moves) in enumerate(people):
            case_id = self._accepted(f"{name}_case", who, f"GCN-10{20 + number}")
            self.names[name] = self._book(case_id, 0, start)
            for move in moves:
                self.cast.desk.post(f"/intake/api/v1/visits/{self.names[name]}/{move}")
        self._walk_in("walk_in_case", ("SMITH John", None, "US", "en"), "Sprained ankle at Kyoto station")
        self.cast.agency.post(
            f"/intake/api/v1/referrals/{self.names['coming_case']}/cancellation", {"reason": "travel"}, 202
        )

    def _triage(self) -> None:
        """A referral in each state before a visit; one that is urgent, one declined."""
        command = self.cast.desk.post
        self._refer("new", ("CHEN Yulan", "陈玉兰", "CN", "zh-Hans"), "GCN-1051")
        self._refer("urgent", ("RAI Sunita", "सुनिता राई", "NP", "ne"), "GCN-1052", urgency="urgent")
        reviewed = self._refer("reviewed", ("SANTOS Ana", "Ana Santos", "BR", "pt"), "GCN-1053")
        waiting = self._refer("waiting", ("PHAM Thi Mai", "Phạm Thị Mai", "VN", "vi"), "GCN-1054")
        answered = self._refer("answered", ("SITI Rahayu", "Siti Rahayu", "ID", "id"), "GCN-1055")
        declined = self._refer("declined", ("PETROVA Anna", "Анна Петрова", "KZ", "ru"), "GCN-1056")
        for case_id in (reviewed, waiting, answered, declined):
            command(f"/intake/api/v1/cases/{case_id}/review")
        for case_id in (waiting, answered):
            message = {"message": "Please send the latest echocardiography report."}
            command(f"/intake/api/v1/cases/{case_id}/request-information", message)
        said = {"message": "The report of November is attached; the cardiologist can be called."}
        self.cast.agency.post(f"/intake/api/v1/referrals/{answered}/information", said)
        command(
            f"/intake/api/v1/cases/{declined}/decline", {"reason": "no_capacity", "message": "No place this month."}
        )

    def _records(self) -> None:
        """One person registered three times: two records merged, the third still beside them."""
        who = ("NGUYEN Thi Huong", "Nguyễn Thị Hương", "VN", "vi")
        first, second, third = (self._walk_in(f"walk_in_{n}", who, "Stomach ache since yesterday") for n in (1, 2, 3))
        self.names |= {"patient": first["patient_id"], "merged": second["patient_id"], "double": third["patient_id"]}
        why = {"into": first["patient_id"], "reason": "The same passport"}
        self.cast.desk.post(f"/intake/api/v1/patients/{second['patient_id']}/merge", why)

    def _applicants(self) -> None:
        """One who has begun, and one whom a place is offered, both by the public's form."""
        programme = self.admin.get("/training/api/v1/catalogue")["items"][0]
        self.names["programme"] = programme["id"]
        days = {"first_day": self._day(70), "last_day": self._day(90), "period_id": programme["periods"][0]["id"]}
        begun = self._begun("applying", programme["id"], "สมชาย ใจดี")
        self._patch(begun, days | {"nationality": "TH", "profession": "doctor"})
        self._attach(
            f"/training/api/v1/applications/{begun}", self.admin.credential, {"requirement": "cv"}, "papers", 200
        )
        offered = self._offered_place(programme)
        self._patch(offered, days | {"period_id": self.names["period"]} | APPLICANT)
        path = f"/training/api/v1/applications/{offered}"
        self._attach(path, self.admin.credential, {"requirement": "cv"}, "papers", 200)
        for command in ("submit", "check", "review"):
            self.admin.post(f"{path}/{command}")
        for step in ("department", "chief"):
            self.admin.post(f"{path}/give-review", {"step": step, "verdict": "approve"})
        self.admin.post(f"{path}/accept", {})
        self.admin.post(f"{path}/announce")

    def _offered_place(self, known: dict[str, Any]) -> str:
        """A draft of a programme that has a place to offer."""
        body: dict[str, Any] = {
            "kind": "hands_on", "title": {"ja": "循環器内科 臨床修練", "en": "Cardiology, hands-on training"}, "department": known["department"],
            "text": {"ja": "許可を受けた医師が診療に参加します。", "en": "For doctors who hold the permission."},
            "requirements": known["requirements"], "professions": ["doctor", "nurse"],
            "periods": [{"from": self._day(60), "until": self._day(150), "slots": 1}],
        }  # fmt: skip
        made = self.admin.post("/training/api/v1/programmes", body, 201)
        self.names["period"] = made["periods"][0]["id"]
        self.admin.post(f"/training/api/v1/programmes/{made['id']}/publish")
        return self._begun("place_offered", made["id"], "OYUN Batbayar")

    def _begun(self, name: str, programme_id: str, person: str) -> str:
        """The id of an application begun by the form; its link gets a name."""
        browser, path = requests.Session(), f"/training/programmes/{programme_id}/apply"
        form = form_to(browser.get(self.system.url + path, timeout=20).text, path)
        typed = form.values() | {"name": person, "email": f"{name}@applicant.example", "language": "en"}
        headers = {"Origin": self.system.url}
        answer = browser.post(self.system.url + path, typed, headers=headers, timeout=20, allow_redirects=False)
        assert answer.status_code == 303, answer.text
        self.names[name] = answer.headers["Location"].rpartition("/")[2]
        kept = ("imc_opened",) if name == "place_offered" else ("imc_opened", "imc_known")  # one is asked who they are
        for one in kept:
            self.cookies[one] = ".".join(filter(None, (browser.cookies[one], self.cookies.get(one))))
        token = self.names[name]
        return str(UUID(bytes=base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[1:17]))

    def _patch(self, application_id: str, changes: dict[str, Any]) -> None:
        path, headers = f"/training/api/v1/applications/{application_id}", {"Idempotency-Key": new_id()}
        answer = self.system.call("PATCH", path, self.admin.credential, json=changes, headers=headers)
        assert answer.status_code == 200, answer.text

    def _day(self, days: int) -> str:
        return f"{self.today + timedelta(days=days):%Y-%m-%d}"

    def _trainees(self) -> None:
        """Those of the demo at their stages; one who is here since today, one to be decided, one decided and not told."""
        for name, status in (("check", "document_check"), ("review", "under_review"), ("confirmed", "confirmed")):
            found = self.admin.get("/training/api/v1/applications", status=status)["items"][0]
            self.names[f"training_{name}"] = found["id"]
        days = {"first_day": f"{self.today:%Y-%m-%d}", "last_day": f"{self.today + timedelta(days=20):%Y-%m-%d}"}
        body = {
            "kind": "observation", "title": {"ja": "手術室 見学", "en": "The operating theatre, looking on"}, "department": "cardiology",
            "text": {"ja": "手術室を見学します。", "en": "For those who want to see how a team works."},
            "periods": [{"from": days["first_day"], "until": days["last_day"], "slots": 3}],
        }  # fmt: skip
        programme = self.admin.post("/training/api/v1/programmes", body, 201)
        self.names["training_programme"] = programme["id"]
        self.admin.post(f"/training/api/v1/programmes/{programme['id']}/publish")
        people = (("active", "TENZIN Dorji", "BT"), ("ready", "SOK Dara", "KH"), ("untold", "PEREIRA Ines", "PT"))
        for name, latin, country in people:
            self.names[f"training_{name}"] = self._reviewed(programme, latin, country, days)
        self._command("training_active", "accept", "announce", "confirm", "start")
        self._command("training_untold", "accept")

    def _reviewed(self, programme: dict[str, Any], latin: str, country: str, days: dict[str, str]) -> str:
        """Handed in, checked, and every review speaks for it."""
        body = days | {
            "programme_id": programme["id"], "period_id": programme["periods"][0]["id"], "name": {"latin": latin},
            "birth_date": "1991-05-06", "nationality": country, "residence": country, "profession": "nurse",
            "institution": "Riverside Hospital", "motivation": "To see how a theatre is run.",
            "email": f"{latin.split()[0].lower()}@applicant.example",
            "passport": {"number": f"Q{latin[:3]}77", "country": country, "expires_on": f"{self.today.year + 5}-01-01"},
        }  # fmt: skip
        application_id = str(self.admin.post("/training/api/v1/applications", body, 201)["id"])
        path = f"/training/api/v1/applications/{application_id}"
        for command in ("submit", "check", "review"):
            self.admin.post(f"{path}/{command}")
        for step in ("department", "chief"):
            self.admin.post(f"{path}/give-review", {"step": step, "verdict": "approve"})
        return application_id

    def _command(self, name: str, *commands: str) -> None:
        for command in commands:
            self.admin.post(f"/training/api/v1/applications/{self.names[name]}/{command}")

    def _house(self) -> None:
        """A nomination of two people; a limit of a department; somebody whose dates may be moved."""
        path = "/training/api/v1"
        programme = self.admin.get(f"{path}/catalogue")["items"][0]
        self.admin.post(f"{path}/departments/{programme['department']}/places", {"per_day": 2})
        confirmed = self.admin.get(f"{path}/applications", status="confirmed")["items"]
        self.names["confirmed"] = next(one["id"] for one in confirmed if one["direction"] == "in")
        period = programme["periods"][0]
        body = {
            "name": "Harbour University, spring", "programme_id": programme["id"], "period_id": period["id"],
            "first_day": period["from"], "last_day": period["until"], "organization_id": self.cast.organization_id,
        }  # fmt: skip
        self.names["group"] = self.admin.post(f"{path}/groups", body, 201)["id"]
        people = [
            {"name": {"latin": "RAI Sunita", "native": "सुनिता राई"}, "birth_date": "1991-02-03", "nationality": "NP"},
            {"name": {"latin": "TRAN Van An"}, "birth_date": "1990-01-02", "nationality": "VN"},
        ]
        self.admin.post(f"{path}/groups/{self.names['group']}/people", {"people": people})

    def _kept(self) -> None:
        """An event that intake could not handle, once all others are heard; another was given up."""
        until(lambda: self.system.answer("status")["healthy"])
        client: Any = pymongo.MongoClient(self.system.state["mongo_url"], tz_aware=True)
        with client:
            self.names["event"] = dead_letter_department(client["imc_intake"], "ward_north", new_id())
            given_up = dead_letter_department(client["imc_intake"], "ward_south", new_id())
        done = self.system.imc("dead", "discard", given_up, "--service", "intake", "--why", "The ward was closed")
        assert done.status == 0, done.err

    def _refer(self, name: str, who: tuple[str, str | None, str, str], reference: str, **more: str) -> str:
        body = _person(who) | {"agency_reference": reference, "payer": {"kind": more.get("payer", "self")}}
        body["request"] = {"department": "cardiology", "reason": "Second opinion, aortic stenosis"}
        body["request"]["urgency"] = more.get("urgency", "routine")
        self.names[name] = str(self.cast.agency.post("/intake/api/v1/referrals", body, 201)["id"])
        return self.names[name]

    def _accepted(self, name: str, who: tuple[str, str | None, str, str], reference: str, **more: str) -> str:
        case_id = self._refer(name, who, reference, **more)
        self.cast.desk.post(f"/intake/api/v1/cases/{case_id}/review")
        self.cast.desk.post(f"/intake/api/v1/cases/{case_id}/accept")
        return case_id

    def _walk_in(self, name: str, who: tuple[str, str | None, str, str], reason: str) -> Any:
        body = _person(who) | {"request": {"department": "general_medicine", "reason": reason}, "channel": "walk_in"}
        case = self.cast.desk.post("/intake/api/v1/cases", body | {"visit": {"department": "general_medicine"}}, 201)
        self.names[name] = case["id"]
        return case

    def _book(self, case_id: str, day: int, start: str, place: str = "Outpatient 3F") -> str:
        body = {"department": "cardiology", "place": place, "modality": "on_site"}
        body |= self._period(day, start, 60, "start", "end")
        return str(self.cast.desk.post(f"/intake/api/v1/cases/{case_id}/visits", body, 201)["id"])

    def _booking(self, case_id: str) -> str:
        found = self.cast.desk.get("/interpreting/api/v1/bookings", case_id=case_id)["items"]
        return str(found[0]["id"])

    def _offer(self, booking_id: str, interpreter: str, name: str = "") -> None:
        """Asks by hand; `name` is that of the signed link in the mail."""
        body = {
            "interpreter_ids": [self.names[interpreter]],
            "expires_in_minutes": 480,
            "override": "Asked by phone first",
        }
        self.cast.coordinator.post(f"/interpreting/api/v1/bookings/{booking_id}/offer", body)
        if name:
            self.names[name] = until(self._link)

    def _link(self) -> str | None:
        for mail in self.system.mails():
            body = mail.get_body(("plain",))
            found = body and re.search(r"/interpreting/offers/([\w-]+)", body.get_content())
            if found:
                return found.group(1)
        return None

    def _attach(
        self,
        path: str,
        credential: str,
        about: dict[str, str],
        to: str = "documents",
        status: int = 201,
        name: str = "referral letter.pdf",
    ) -> None:
        files = {"file": (name, PDF, "application/pdf")}
        headers = {"Idempotency-Key": new_id()}
        answer = self.system.call("POST", f"{path}/{to}", credential, data=about, files=files, headers=headers)
        assert answer.status_code == status, answer.text

    def _edit(self, case_id: str, changes: dict[str, Any]) -> None:
        answer = self.system.call("GET", f"/intake/api/v1/cases/{case_id}", self.cast.desk.credential)
        headers = {"Idempotency-Key": new_id(), "If-Match": answer.headers["ETag"]}
        path = f"/intake/api/v1/cases/{case_id}"
        answer = self.system.call("PATCH", path, self.cast.desk.credential, json=changes, headers=headers)
        assert answer.status_code == 200, answer.text

    def _period(self, day: int, start: str, minutes: int, since: str, until: str) -> dict[str, str]:
        hour, minute = (int(part) for part in start.split(":"))
        begin = self.today + timedelta(days=day, hours=hour, minutes=minute)
        return {since: begin.isoformat(), until: (begin + timedelta(minutes=minutes)).isoformat()}


def _hours(since: str, until: str) -> list[dict[str, str]]:
    return [{"day": day, "from": since, "to": until} for day in DAYS]


def _person(who: tuple[str, str | None, str, str]) -> dict[str, Any]:
    latin, native, country, language = who
    name = {"latin": latin} | ({"native": native} if native else {})
    patient = {"name": name, "birth_date": "1968-05-17", "sex": "female", "nationality": country}
    return {"patient": patient, "languages": [{"tag": language, "level": "native"}]}


def _account(admin: Person, role: str, username: str, name: str) -> dict[str, str]:
    """Somebody who signs in, by the API, so that they have a name."""
    work = ["cardiology"] if role in ("reviewer", "department") else []
    who = {"username": username, "roles": [role], "name": name, "departments": work, "second_factor": "now"}
    made: dict[str, str] = admin.post("/accounts/api/v1/accounts", who, 201)
    return made


def _token(system: System, person: dict[str, str]) -> str:
    body = {"username": person["username"], "password": person["password"]}
    body["one_time_code"] = pyotp.TOTP(person["totp_secret"]).now()
    answer = requests.post(f"{system.url}/accounts/api/v1/tokens", json=body, timeout=20)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["access_token"])
