"""Records whose words have no place to break: names, references, places, addresses, links, file names as others write them."""

from typing import Any

from tests.journeys.play import Person, until

NAME = "Wolfeschlegelsteinhausenbergerdorff" * 3
NATIVE = "สมชายใจดีนามสกุลยาวมากไม่มีเว้นวรรค" * 3
REFERENCE = "6f1c2f0e-5d0f-4a52-9f0e-2f9a1b7c3d4e_6f1c2f0e-5d0f-4a52-9f0e-2f9a1b7c3d4e"
PLACE = "OutpatientClinicEastWingThirdFloorReceptionCounterNumberTwelve" * 2
LINK = "https://viewer.agency.example/studies/" + "1.2.840.113619.2.55.3.604688119.868.1267017104.399/" * 4
WORDS = f"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft {LINK} {'長い言葉' * 30}"
MAIL = f"{'night.desk.of.the.assistance.company.' + 'a' * 27}@{'medical-assistance-' * 3}agency.example"
FILE = f"{'scan_of_the_referral_letter_with_all_findings_' * 4}.pdf"
LANGUAGE, NOBODYS = "et", "mt"


def tell(story: Any) -> None:
    """All of them, with names that begin with `long_`."""
    issued = story.system.key(NAME)
    agency = Person(story.system, issued["key"])
    _interpreted(story, agency)
    _trained(story, issued["organization_id"])


def _interpreted(story: Any, agency: Person) -> None:
    desk, names = story.cast.desk, story.names
    names["long_interpreter"] = story.cast.interpreter(
        LANGUAGE,
        name={"latin": NAME},
        email=MAIL,
        weekly_hours=[
            {"day": day, "from": "00:00", "to": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
        ],
        certifications=[{"language": LANGUAGE, "name": NAME}],
    )
    names["long_new"] = agency.post("/intake/api/v1/referrals", _referral(LANGUAGE), 201)["id"]
    for name, language in (("long_case", LANGUAGE), ("long_unfilled_case", NOBODYS)):
        names[name] = case_id = agency.post("/intake/api/v1/referrals", _referral(language), 201)["id"]
        for command in ("review", "accept"):
            desk.post(f"/intake/api/v1/cases/{case_id}/{command}")
        referral = f"/intake/api/v1/referrals/{case_id}"
        agency.post(f"{referral}/messages", {"text": WORDS}, 201)
        desk.post(f"/intake/api/v1/cases/{case_id}/messages", {"text": WORDS}, 201)
        story._attach(referral, agency.credential, {"kind": "referral_letter"}, name=FILE)
        names[f"{name}_visit"] = visit_id = story._book(case_id, 0 if name == "long_case" else 1, "16:30", PLACE)
        story._book(case_id, 1, "18:00", PLACE)
        ends = "confirmed" if language == LANGUAGE else "unfilled"
        until(lambda case=case_id, visit=visit_id, ends=ends: story.cast.interpreter_of(case, visit)["status"] == ends)
        names[f"{name}_booking"] = story._booking(case_id)
    names["long_patient"] = story.cast.case(names["long_case"])["patient_id"]
    until(lambda: story.cast.interpreter_of(names["long_case"], names["long_case_visit"])["name"])


def _referral(language: str) -> dict[str, Any]:
    return {
        "agency_reference": REFERENCE,
        "patient": {
            "name": {"latin": NAME, "native": NATIVE, "family": NAME, "preferred": NAME},
            "birth_date": "1968-05-17",
            "sex": "female",
            "nationality": "EE",
            "email": MAIL,
            "address": WORDS,
            "allergies": WORDS,
            "passport": {"number": "K" * 40, "country": "EE"},
            "emergency_contact": {"name": NAME, "relation": "Schwippschwägerinnen" * 4, "phone": "+372 5123 4567"},
        },
        "languages": [{"tag": language, "level": "native"}],
        "needs": {"religion": WORDS, "diet": WORDS, "access": WORDS},
        "request": {"department": "cardiology", "reason": WORDS, "clinical_summary": WORDS, "urgency": "routine"},
        "payer": {"kind": "assistance_company", "company": NAME, "policy_number": REFERENCE},
    }


def _trained(story: Any, organization_id: str) -> None:
    admin, path, names = story.admin, "/training/api/v1", story.names
    body = {
        "kind": "observation",
        "title": {"ja": "循環器内科見学" * 12, "en": NAME},
        "text": {"ja": WORDS, "en": WORDS},
        "department": "cardiology",
        "languages": ["en", "ja"],
        "periods": [{"from": story._day(40), "until": story._day(120), "slots": 3, "group_size": 3}],
        "requirements": [
            {"code": "letter", "name": {"ja": "推薦状" * 30, "en": NAME}, "owner": "applicant", "stage": "application"}
        ],
    }
    programme = admin.post(f"{path}/programmes", body, 201)
    names["long_programme"] = programme["id"]
    admin.post(f"{path}/programmes/{programme['id']}/publish")
    written = {
        "first_day": story._day(50), "last_day": story._day(60), "period_id": programme["periods"][0]["id"],
        "birth_date": "1988-03-02", "nationality": "EE", "residence": "EE", "profession": "doctor",
        "institution": NAME, "motivation": WORDS, "name": {"latin": NAME, "native": NATIVE},
        "passport": {"number": "K" * 40, "country": "EE", "expires_on": story._day(3000)},
        "emergency_contact": {"name": NAME, "relation": "Schwippschwägerin", "phone": "+372 5123 4567"},
    }  # fmt: skip
    story._patch(story._begun("long_applying", programme["id"], NAME), written)
    story._patch(submitted := story._begun("long_applied", programme["id"], NAME), written)
    names["long_application"] = submitted
    about = {"requirement": "letter"}
    story._attach(f"{path}/applications/{submitted}", admin.credential, about, "papers", 200, name=FILE)
    for command in ("submit", "check"):
        admin.post(f"{path}/applications/{submitted}/{command}")
    group = {"name": NAME, "programme_id": programme["id"], "organization_id": organization_id}
    group |= {name: written[name] for name in ("first_day", "last_day", "period_id")}
    names["long_group"] = admin.post(f"{path}/groups", group, 201)["id"]
    people = [
        {"name": {"latin": NAME, "native": NATIVE}, "birth_date": "1991-02-03", "nationality": "EE", "email": MAIL}
    ]
    admin.post(f"{path}/groups/{names['long_group']}/people", {"people": people})
