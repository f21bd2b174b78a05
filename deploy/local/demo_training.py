"""Training's part of `imc demo`: a programme for observers and one abroad, with applicants at every stage. All people are invented."""

import base64
import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

from deploy.local.caller import Caller

OBSERVERS = (
    ("TH", "doctor", "Siriporn WONGSAKUL", "ศิริพร วงศ์สกุล"),
    ("NP", "nurse", "Sunita THAPA", "सुनीता थापा"),
    ("VN", "doctor", "LE Quang Huy", "Lê Quang Huy"),
    ("BR", "physiotherapist", "Rafael COSTA", "Rafael Costa"),
    ("MN", "doctor", "BATBAYAR Oyun", "Батбаяр Оюун"),
    ("ID", "nurse", "WIRATNO", "Wiratno"),
    ("EG", "doctor", "Mona HASSAN", "منى حسن"),
)
STAGES = ("draft", "submitted", "document_check", "under_review", "confirmed", "accepted", "waitlisted")
PAPERS: list[dict[str, Any]] = [
    {"code": "cv", "name": {"ja": "履歴書", "en": "Curriculum vitae"}, "stage": "application"},
    {
        "code": "tb_test",
        "name": {"ja": "結核検査の結果", "en": "Tuberculosis test"},
        "stage": "post_decision",
        "due_days_before_start": 30,
        "validity": {"within_days_of_start": 365},
    },
    {
        "code": "influenza_vaccine",
        "name": {"ja": "インフルエンザ予防接種", "en": "Influenza vaccination"},
        "stage": "post_decision",
        "validity": {"season": {"from": "11-01", "to": "04-30", "valid_from": "09-01"}},
    },
    {
        "code": "liability_insurance",
        "name": {"ja": "賠償責任保険", "en": "Liability insurance"},
        "stage": "post_decision",
        "validity": {"covers_visit": True, "from_start": True},
    },
]
PATH = "/training/api/v1"
SCAN = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg==")
"""One white dot: what every paper of the demo shows."""


class TrainingDemo:
    """Uses the public API as a person with training's roles, and as the head of a department."""

    def __init__(self, staff: Caller, head: Caller, today: date, chance: random.Random, played: Counter[str]) -> None:
        self._staff, self._head, self._today = staff, head, today
        self._chance, self._played = chance, played

    def play(self, department: str, university: str) -> None:
        """Creates an observership with two places and seven applicants, and a stay abroad under the university's agreement."""
        observation = self._programme(self._observation(department))
        for person, stage in zip(OBSERVERS, STAGES, strict=True):
            self._applicant(observation, person, stage, university)
        overseas = self._programme(self._overseas(university))
        self._abroad(overseas, university)

    def _programme(self, body: dict[str, Any]) -> dict[str, Any]:
        """The programme, drafted and published unless an earlier week did that."""
        known = self._staff.get(f"{PATH}/programmes?status=published&limit=200")["items"]
        found = next((one for one in known if one["title"] == body["title"]), None)
        if found:
            return dict(found)
        made = self._staff.post(f"{PATH}/programmes", body)
        self._played["programmes"] += 1
        return dict(self._staff.post(f"{PATH}/programmes/{made['id']}/publish"))

    def _period(self, slots: int) -> dict[str, Any]:
        return {"from": self._day(60), "until": self._day(150), "slots": slots, "group_size": 3}

    def _observation(self, department: str) -> dict[str, Any]:
        return {
            "kind": "observation",
            "title": {"ja": "臨床見学プログラム", "en": "Clinical observation"},
            "text": {
                "ja": "病棟・外来・カンファレンスを見学します。診療行為は行いません。",
                "en": "Observe wards, clinics and conferences. Observers do not touch patients.",
            },
            "department": department,
            "languages": ["en", "ja"],
            "deadline": f"{self._day(40)}T15:00:00Z",
            "requirements": PAPERS,
            "periods": [self._period(2)],
            "supervisor": {"name": "KATO Hiroshi"},
        }

    def _overseas(self, university: str) -> dict[str, Any]:
        return {
            "kind": "overseas",
            "title": {"ja": "海外派遣（短期）", "en": "Short stay abroad"},
            "text": {"ja": "協定校での臨床研修です。", "en": "Clinical training at a partner university."},
            "organization_id": university,
            "country": "TH",
            "purpose": "clinical",
            "periods": [self._period(1)],
        }

    def _applicant(
        self, programme: dict[str, Any], person: tuple[str, str, str, str], stage: str, university: str
    ) -> None:
        country, profession, latin, own = person
        body = self._written(programme, latin, own, country, profession)
        body |= {
            "residence": country,
            "institution": "Chiang Mai Medical University",
            "motivation": "To see how teams work here.",
        }
        made = self._staff.post(f"{PATH}/applications", body | {"organization_id": university})
        self._played["applications"] += 1
        self._as_far_as(made["id"], stage)

    def _written(
        self, programme: dict[str, Any], latin: str, own: str, country: str, profession: str
    ) -> dict[str, Any]:
        first = 70 + self._chance.randrange(20)
        number = self._chance.randrange(10**7)
        return {
            "programme_id": programme["id"],
            "name": {"latin": latin, "native": own},
            "birth_date": f"{self._chance.randint(1975, 1998)}-{self._chance.randint(1, 12):02d}-{self._chance.randint(1, 28):02d}",
            "nationality": country,
            "profession": profession,
            "email": f"{latin.split()[0].lower()}.{number}@applicant.example",
            "passport": {"number": f"X{number:07d}", "country": country, "expires_on": self._day(2000)},
            "period_id": programme["periods"][0]["id"],
            "first_day": self._day(first),
            "last_day": self._day(first + 20),
        }

    def _as_far_as(self, application_id: str, stage: str) -> None:
        """Takes an application to this stage. Places are offered while there are any; other accepted applicants are on the waiting list."""
        path = f"{PATH}/applications/{application_id}"
        reached = STAGES.index(stage) if stage in STAGES[:4] else len(STAGES)
        if reached:
            self._brings(path)
        for at, command in enumerate(("submit", "check", "review"), start=1):
            if at <= reached:
                self._staff.post(f"{path}/{command}")
        if reached < len(STAGES):
            return
        for step, reviewer in (("department", self._head), ("chief", self._staff)):
            reviewer.post(f"{path}/give-review", {"step": step, "verdict": "approve"})
        self._insured(path)
        decided = self._staff.post(f"{path}/accept", {})
        self._staff.post(f"{path}/announce")
        if stage == "confirmed" and decided["status"] == "accepted":
            self._staff.post(f"{path}/confirm")

    def _brings(self, path: str) -> None:
        """Provides the documents required with the application."""
        for row in self._staff.get(path)["standings"]:
            if row["stage"] == "application" and row["turn"] == "applicant":
                self._staff.upload(f"{path}/papers", {"requirement": row["code"]}, f"{row['code']}.png", SCAN)

    def _insured(self, path: str) -> None:
        """Provides the documents required before the decision: the insurance for a stay abroad."""
        known = self._staff.get(path)
        for row in known["standings"]:
            if row["stage"] == "decision" and row["turn"] == "applicant":
                days = {"valid_from": known["first_day"], "valid_until": known["last_day"]}
                uploaded = self._staff.upload(
                    f"{path}/papers", {"requirement": row["code"]} | days, "insurance.png", SCAN
                )
                paper = self._staff.get(f"{PATH}/applications/{uploaded['id']}")["papers"][-1]
                self._staff.post(f"{path}/papers/{paper['id']}/accept", days)

    def _abroad(self, programme: dict[str, Any], university: str) -> None:
        """An application of one of our trainees, under the agreement with the host."""
        agreements = self._staff.get(f"/partners/api/v1/agreements?organization_id={university}&scope=training")[
            "items"
        ]
        body = self._written(programme, "MORI Aya", "森 彩", "JP", "nurse")
        body |= {"risk_note": "No travel warning in force.", "language": "ja"}
        body["emergency_contact"] = {"name": "MORI Ken", "relation": "father", "phone": "+81 3-3456-7890"}
        made = self._staff.post(f"{PATH}/applications", body)
        self._played["applications"] += 1
        if agreements:
            self._staff.post(f"{PATH}/applications/{made['id']}/agreement", {"agreement_id": agreements[0]["id"]})
            self._as_far_as(made["id"], "confirmed")

    def _day(self, days: int) -> str:
        return (self._today + timedelta(days=days)).isoformat()
