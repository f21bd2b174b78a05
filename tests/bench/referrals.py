"""Referrals as agencies write them, about 1 KB of JSON each; the same seed gives the same ones."""

import json
import random
from typing import Any

PEOPLE = [
    ("th", "TH", {"latin": "SOMCHAI Jaidee", "native": "สมชาย ใจดี"}),
    ("vi", "VN", {"latin": "NGUYEN Thi Huong", "native": "Nguyễn Thị Hương"}),
    ("zh", "CN", {"latin": "WANG Xiaoming", "native": "王晓明"}),
    ("ru", "RU", {"latin": "IVANOVA Elena", "native": "Иванова Елена"}),
    ("ar", "AE", {"latin": "AL-HASHIMI Omar", "native": "عمر الهاشمي"}),
    ("mn", "MN", {"latin": "BATBAYAR Enkhtuya", "native": "Батбаяр Энхтуяа"}),
]
DEPARTMENTS = ["cardiology", "orthopedics", "oncology", "neurology", "gastroenterology"]
SUMMARY = (
    "Symptoms for about {months} months, worse on exertion. Echocardiography at the referring clinic on "
    "2026-10-{day:02d}; report and images follow. Medication: amlodipine 5 mg, atorvastatin 20 mg. No known allergies. "
    "The family asks whether an operation is advisable and how long a stay should be planned for; they would travel "
    "with one companion and need an interpreter at every visit."
)


def referral(rng: random.Random, number: int) -> dict[str, Any]:
    """One referral; `number` makes the agency's reference unique."""
    tag, country, name = rng.choice(PEOPLE)
    return {
        "agency_reference": f"BKK-{number:07d}",
        "patient": {
            "name": name,
            "birth_date": f"{rng.randint(1938, 2015)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            "sex": rng.choice(["male", "female"]),
            "nationality": country,
        },
        "languages": [{"tag": tag, "level": "native"}, {"tag": "en", "level": "basic"}],
        "request": {
            "department": rng.choice(DEPARTMENTS),
            "reason": "Second opinion on the findings attached, and an estimate of treatment and length of stay",
            "clinical_summary": SUMMARY.format(months=rng.randint(2, 18), day=rng.randint(1, 28)),
            "urgency": rng.choice(["routine", "routine", "urgent"]),
        },
        "payer": {"kind": "self"},
    }


def bodies(seed: int, count: int, first: int = 0) -> list[bytes]:
    """`count` bodies, ready to be sent."""
    rng = random.Random(seed)
    return [json.dumps(referral(rng, first + place), ensure_ascii=False).encode() for place in range(count)]
