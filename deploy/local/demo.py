"""`imc demo`: a believable week at the centre, played through the public APIs by agencies, the desk and the roster.

Invented people; the same `seed` plays the same week. Not here: training and agreements, which have no API yet.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from deploy.local.caller import Caller

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
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


class Demo:
    """One week. `progress()` is called once per case."""

    def __init__(self, agencies: list[Caller], staff: Caller, now: datetime, zone: ZoneInfo, seed: int = 1) -> None:
        self._agencies, self._staff, self._zone = agencies, staff, zone
        self._chance = random.Random(seed)  # noqa: S311  (decides nothing secret)
        self._monday = _next_monday(now.astimezone(zone))
        self._slots: Counter[str] = Counter()
        self.played: Counter[str] = Counter()

    def play(self, cases: int, progress: Callable[[], Any]) -> None:
        """Roster first, then case after case; raises Refused where an API does not do as documented."""
        listed = {row["code"] for row in self._staff.get("/accounts/api/v1/departments?limit=200")["items"]}
        reasons = [pair for pair in REASONS if pair[0] in listed] or [(min(listed), REASONS[0][1])]
        self._roster()
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
        """An hour of the coming week, in the hospital's zone."""
        day, hour = self._chance.randrange(5), self._chance.randrange(9, 16)
        start = self._monday + timedelta(days=day, hours=hour)
        return {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}


def _next_monday(now: datetime) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(days=7 - now.weekday())
