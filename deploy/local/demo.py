"""`imc demo`: simulates a week at the medical center through the public APIs, as agencies, front desk, interpreting office and partner office.

All people are invented; the same `seed` gives the same week. Training's part: demo_training.py.
"""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from deploy.local.caller import Caller
from deploy.local.demo_training import TrainingDemo

AGENCIES = ("Chao Phraya Medical Travel", "Red River Assistance", "Han Health Link")
INTERPRETERS = (
    ("Suda Kaewmanee", "female", ["th"], ["on_site", "video"]),
    ("Nguyen Thi Lan", "female", ["vi"], ["on_site", "phone"]),
    ("Chen Wei", "male", ["zh", "yue"], ["on_site", "video", "phone"]),
    ("Kim Minseo", "female", ["ko"], ["on_site"]),
    ("Putri Wulandari", "female", ["id"], ["on_site", "video"]),
    ("Maria Oliveira", "female", ["pt", "en"], ["on_site", "phone"]),
    ("Anil Sharma", "male", ["ne", "hi", "en"], ["on_site"]),
)
PATIENTS = (
    ("th", "TH", "SOMCHAI Jaidee", "สมชาย ใจดี"),
    ("vi", "VN", "TRAN Van Minh", "Trần Văn Minh"),
    ("zh", "CN", "LI Na", "李娜"),
    ("ko", "KR", "PARK Jihoon", "박지훈"),
    ("id", "ID", "SUHARTI", "Suharti"),
    ("pt", "BR", "SOUZA Ana", "Ana Souza"),
    ("ne", "NP", "GURUNG Maya", "माया गुरुङ"),
    ("ar", "AE", "AL ALI Fatima", "فاطمة العلي"),
)
REASONS = (
    ("cardiology", "Second opinion, aortic stenosis"),
    ("gastroenterology", "Polyp found at screening"),
    ("orthopedics", "Knee pain after a fall"),
    ("oncology", "Staging before treatment"),
    ("general_medicine", "Fever after travel"),
)
SIGNED_BY = [
    {"side": "ours", "name": "KATO Hiroshi", "title": "Hospital director"},
    {"side": "theirs", "name": "Siriporn Wattana", "title": "Dean of medicine"},
]
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


def reasons_here(staff: Caller) -> list[tuple[str, str]]:
    """Departments of this hospital, each with a reason for a visit; trainees go to the first."""
    listed = {row["code"] for row in staff.get("/accounts/api/v1/departments?limit=200")["items"]}
    return [pair for pair in REASONS if pair[0] in listed] or [(min(listed), REASONS[0][1])]


class Demo:
    """One simulated week."""

    def __init__(
        self, agencies: list[Caller], staff: Caller, head: Caller, now: datetime, zone: ZoneInfo, seed: int = 1
    ) -> None:
        self._agencies, self._staff, self._head, self._zone = agencies, staff, head, zone
        self._chance = random.Random(seed)  # noqa: S311  (not for secrets)
        self._today, self._monday = now.astimezone(zone).date(), _next_monday(now.astimezone(zone))
        self._slots: Counter[str] = Counter()
        self.played: Counter[str] = Counter()

    def play(self, cases: int, progress: Callable[[], Any]) -> None:
        """Creates the roster, then case after case; calls `progress` once per case. Raises Refused where an API refuses a request."""
        reasons = reasons_here(self._staff)
        self._roster()
        university = self._agreements()
        TrainingDemo(self._staff, self._head, self._today, self._chance, self.played).play(reasons[0][0], university)
        for number in range(cases):
            department, reason = self._chance.choice(reasons)
            if number % 5 == 4:
                self._walk_in(department, reason)
            else:
                self._referral(number, department, reason)
            progress()

    def _roster(self) -> None:
        known = {
            row["name"]["latin"] for row in self._staff.get("/interpreting/api/v1/interpreters?limit=200")["items"]
        }
        for name, gender, languages, modalities in INTERPRETERS:
            if name in known:
                continue
            hours = [{"day": day, "from": "08:30", "to": "17:15"} for day in WORKDAYS]
            body: dict[str, Any] = {
                "name": {"latin": name},
                "gender": gender,
                "modalities": modalities,
                "weekly_hours": hours,
            }
            body["languages"] = [{"tag": tag, "level": "professional"} for tag in languages]
            body |= {"travel_buffer_minutes": 15, "email": f"{name.split()[-1].lower()}@hospital.example"}
            self._staff.post("/interpreting/api/v1/interpreters", body)
            self.played["interpreters"] += 1

    def _agreements(self) -> str:
        """Makes agreements with a university that sends observers and an agency whose contract ends soon, and one in review. The university's id."""
        university = self._organization("Chiang Mai Medical University", "university", "TH")
        agency = self._organization("Mekong Health Travel", "referring_agency", "VN")
        exchange = {"en": "Clinical observation and exchange of doctors", "ja": "臨床見学および医師交流に関する覚書"}
        terms: dict[str, Any] = {"kind": "mou", "title": exchange, "scopes": ["training", "research"]}
        terms |= {"term": "self_renewing", "renews_months": 12, "notice_months": 6} | self._lasting(-400, 329)
        terms["quota"] = [{"direction": "in", "year": self._today.year + year, "people": 6} for year in (0, 1)]
        self._agreed(university, terms, ("submit", "sign", "activate"))
        referral = {"en": "Referral of patients", "ja": "患者紹介に関する契約"}
        terms = {"kind": "contract", "title": referral, "scopes": ["referral"], "term": "fixed", "notice_months": 3}
        self._agreed(agency, terms | self._lasting(-705, 25), ("submit", "sign", "activate"))
        data = {"en": "Protection of referred patients' data", "ja": "紹介患者の個人データの取扱い"}
        terms = {"kind": "data_processing", "title": data, "scopes": ["referral"], "term": "open_ended"}
        self._agreed(agency, terms | {"starts": self._today.isoformat()}, ("submit",))
        return university

    def _lasting(self, first: int, last: int) -> dict[str, str]:
        """The term of an agreement, from `first` to `last` days after today."""
        days = {"starts": first, "ends": last}
        return {name: (self._today + timedelta(days=from_now)).isoformat() for name, from_now in days.items()}

    def _organization(self, name: str, kind: str, country: str) -> str:
        """The organization's id; a new one is registered and activated."""
        path = "/partners/api/v1/organizations"
        known = self._staff.get(f"{path}?{urlencode({'name': name})}")["items"]
        open_ones = [row for row in known if row["status"] != "closed"]
        if open_ones:
            return str(open_ones[0]["id"])
        made = self._staff.post(path, {"name": name, "kinds": [kind], "country": country})
        self._staff.post(f"{path}/{made['id']}/activate")
        return str(made["id"])

    def _agreed(self, organization_id: str, terms: dict[str, Any], commands: Sequence[str]) -> None:
        """Creates an agreement and runs the commands on it, unless an earlier week did."""
        path = "/partners/api/v1/agreements"
        known = self._staff.get(f"{path}?organization_id={organization_id}&limit=200")["items"]
        if any(row["title"] == terms["title"] for row in known):
            return
        made = self._staff.post(path, terms | {"organization_ids": [organization_id]})
        for command in commands:
            signing = {"signatories": SIGNED_BY, "signed_on": terms["starts"]}
            self._staff.post(f"{path}/{made['id']}/{command}", signing if command == "sign" else None)
        self.played["agreements"] += 1

    def _person(self, department: str, reason: str) -> dict[str, Any]:
        tag, country, latin, own = self._chance.choice(PATIENTS)
        born = f"{self._chance.randint(1940, 2015)}-{self._chance.randint(1, 12):02d}-{self._chance.randint(1, 28):02d}"
        patient = {"name": {"latin": latin, "native": own}, "birth_date": born, "nationality": country}
        patient["sex"] = self._chance.choice(("female", "male"))
        urgency = self._chance.choices(("routine", "urgent"), (4, 1))[0]
        request = {"department": department, "reason": reason, "urgency": urgency}
        return {
            "patient": patient,
            "languages": [{"tag": tag, "level": "native"}],
            "request": request,
            "payer": {"kind": self._chance.choice(("self", "foreign_insurer", "assistance_company"))},
        }

    def _walk_in(self, department: str, reason: str) -> None:
        body = self._person(department, reason) | {"visit": {"department": department, "minutes": 60}}
        case = self._staff.post("/intake/api/v1/cases", body)
        self.played["walk-ins"] += 1
        if self._chance.random() < 0.5:
            self._staff.post(f"/intake/api/v1/visits/{case['visits'][0]['id']}/complete")
            self._staff.post(f"/intake/api/v1/cases/{case['id']}/complete", {"outcome": "treated"})
            self.played["completed"] += 1

    def _referral(self, number: int, department: str, reason: str) -> None:
        agency = self._chance.choice(self._agencies)
        body = self._person(department, reason) | {"agency_reference": f"D-{number:04d}"}
        case = agency.post("/intake/api/v1/referrals", body)
        self.played["referrals"] += 1
        path = f"/intake/api/v1/cases/{case['id']}"
        fate = self._chance.choices(("new", "asked", "declined", "accepted"), (1, 1, 1, 9))[0]
        if fate == "new":
            return
        self._staff.post(f"{path}/review")
        if fate == "declined":
            self._staff.post(f"{path}/decline", {"reason": "no_capacity", "message": "No place this month."})
            self.played["declined"] += 1
            return
        if fate == "asked":
            self._staff.post(f"{path}/request-information", {"message": "Please send the latest report."})
            agency.post(f"/intake/api/v1/referrals/{case['id']}/information", {"message": "It will follow by mail."})
        self._staff.post(f"{path}/accept")
        self._booked(agency, case["id"], path, department)

    def _booked(self, agency: Caller, case_id: str, path: str, department: str) -> None:
        visit = self._staff.post(
            f"{path}/visits", {"department": department, "place": "Outpatient 3F", "modality": "on_site"} | self._slot()
        )
        self.played["visits"] += 1
        fate = self._chance.choices(("stays", "moved", "cancelled", "asked_to_cancel"), (6, 2, 1, 1))[0]
        if fate == "moved":
            move = self._slot() | {"wanted_by": "patient"}
            self._staff.post(f"/intake/api/v1/visits/{visit['id']}/reschedule", move)
            self.played["moved"] += 1
        elif fate == "cancelled":
            self._staff.post(
                f"/intake/api/v1/visits/{visit['id']}/cancel", {"reason": "patient_request", "wanted_by": "patient"}
            )
            self.played["cancelled"] += 1
        elif fate == "asked_to_cancel":
            agency.post(f"/intake/api/v1/referrals/{case_id}/cancellation", {"reason": "travel"})
            self._staff.post(f"{path}/cancel", {"reason": "travel", "wanted_by": "agency"})
            self.played["cancelled"] += 1

    def _slot(self) -> dict[str, str]:
        """A one-hour slot in the coming week, in the hospital's zone."""
        day, hour = self._chance.randrange(5), self._chance.randrange(9, 16)
        start = self._monday + timedelta(days=day, hours=hour)
        return {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}


def _next_monday(now: datetime) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=7 - now.weekday())
