"""Register: one box to find whoever is known, then a short form; who the person may be already stands beside it, and stops nobody.

What is looked for is posted, never in an address. Not here: merging (patient.py), the search terms (rules/search_terms.py).
"""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request

from services.intake.actions import names, patients, record_search, registration
from services.intake.current import dependencies
from services.intake.pages import choices
from services.intake.rules import birth_dates, search_query, values
from services.intake.rules.name_normalization import words
from services.intake.rules.records import Case, CaseBody, Person
from services.intake.rules.values import Unfit
from services.intake.schemas.forms import registration as forms
from shared.command_context import Answer
from shared.ui.blueprint import pages_blueprint, takes_form
from shared.ui.commands import submit
from shared.ui.flash import Undo, flash
from shared.ui.names import country_name, language_name
from shared.ui.shell import page, t
from shared.ui.showing import fragment, go, show
from shared.web.access import query, rights

blp = pages_blueprint("intake", __file__)
ROWS = 2
Typed = dict[str, Any]


@blp.get("/register")
@rights("front_desk")
@query(forms.RegisterQuery)
def register_page(query: Typed) -> Response:
    """The box and the form; with `patient` filled with what is known, to be confirmed."""
    return _register_page(patient_id=query.get("patient"))


@blp.post("/register/search")
@rights("front_desk")
@takes_form(forms.SearchForm, page=register_page)
def search(form: Typed) -> Response:
    """Who fits what is typed: a part for a page that asks by itself, else the whole page."""
    found = record_search.search(dependencies(), form["query"]) if form["query"] else None
    fields = {"found": found, "query": form["query"], "typed": _as_typed(search_query.read(form["query"]))}
    return fragment("intake/parts/found.html", **fields) if _by_script() else _register_page(**fields)


@blp.post("/register/known")
@rights("front_desk")
@takes_form(forms.DuplicatesForm)
def hints_part(form: Typed) -> Response:
    """Who the person in the form may be already."""
    return fragment("intake/parts/known.html", **_duplicate_hints(form["patient"], form["patient_id"]))


@blp.post("/register")
@rights("front_desk")
@takes_form(forms.RegisterForm, page=register_page)
def register(form: CaseBody) -> Response:
    """Registers; the case's page follows, where the slip is."""

    def then(case: Case) -> Answer:
        back = Undo(f"/intake/cases/{case['_id']}/take-back-registration", {}, case["version"])
        return go(f"/intake/cases/{case['_id']}", flash("register.done", reference=case["reference"], undo=back))

    return submit(lambda context: registration.register_case(dependencies(), form, context), then)


def _duplicate_hints(patient: Any, chosen: Any) -> Typed:
    """Who a person as typed so far may be. Who was chosen stays among them, whatever was typed since."""
    hints = [hint | {"who": _who(hint)} for hint in record_search.duplicates(dependencies(), _so_far(patient))]
    if isinstance(chosen, str) and chosen not in ("", "new", *(hint["who"] for hint in hints)):
        hints = [*(hint | {"who": _who(hint)} for hint in record_search.patient_hint(dependencies(), chosen)), *hints]
    return {"hints": hints, "chosen": chosen}


def _who(hint: Typed) -> str | None:
    """The patient a hint stands for; None for a case that is linked to nobody."""
    found: str | None = hint["merged_into"] or hint["id"] if hint["kind"] == "patient" else hint["patient_id"]
    return found


def _by_script() -> bool:
    return request.headers.get("HX-Request") == "true"


def _register_page(
    found: Typed | None = None, query: str = "", typed: Typed | None = None, patient_id: str | None = None
) -> Response:
    reader = page().reader.language
    patient = patients.read_patient(dependencies(), patient_id) if patient_id else None
    refused = page().refused
    hints: Typed = {"hints": [], "chosen": None}
    if refused and not patient:
        hints = _duplicate_hints(refused.typed.tree.get("patient"), refused.typed.values.get("patient_id"))
    return show(
        "intake/register.html",
        found=found,
        query=query,
        typed=typed or {},
        patient=patient,
        values=_initial_values(patient, reader),
        rows=max(ROWS, len(patient["languages"]) if patient else 0),
        codes=choices.codes(),
        channels=[(each, t(f"code.channel.{each}")) for each in values.CHANNELS],
        japanese=[
            ("none", t("register.no_japanese")),
            *((each, t(f"code.level.{each}")) for each in forms.JAPANESE[1:]),
        ],
        departments=[*names.departments(dependencies(), reader).choices, ("undecided", t("register.undecided"))],
        spoken=choices.languages(),
        nearest=choices.nearest,
        **hints,
    )


def _initial_values(patient: Typed | None, reader: str) -> Typed:
    """What stands in the form before anything is typed; a known patient's data, countries and languages by name."""
    initial: Typed = {"channel": "walk_in", "minutes": "60", "payer": {"kind": "self"}, "patient_id": "new"}
    initial |= {"request": {"urgency": "routine"}, "languages": [{"level": "native"}]}
    if patient is None:
        return initial
    person = dict(patient["person"]) | {"phone": (patient["person"].get("phone") or {}).get("typed")}
    for place in (person, person.get("passport") or {}):
        for field in {"nationality", "country"} & place.keys():
            place[field] = country_name(place[field], reader)
    spoken = [each | {"tag": language_name(each["tag"], reader)} for each in patient["languages"]]
    return initial | {"patient": person, "languages": spoken, "patient_id": patient["merged_into"] or patient["id"]}


def _as_typed(parsed: search_query.SearchQuery) -> Typed:
    """What of a question may go into the form: the name, by its letters, and the birth date."""
    fields: Typed = {}
    if parsed.name:
        first = (words(parsed.name) or [""])[0][:1]
        kind = "latin" if first.isascii() else "kana" if "ァ" <= first <= "ヺ" else "native"
        fields[kind] = parsed.name
    births = [born for one in parsed.terms for born in one.births]
    return fields | ({"birth_date": births[0]} if len(births) == 1 else {})


def _so_far(typed: Any) -> Person:
    """The person as far as the form can be read already."""
    given: Mapping[str, Any] = typed if isinstance(typed, Mapping) else {}
    name = given.get("name")
    person: Any = {"name": {k: v for k, v in name.items() if isinstance(v, str)} if isinstance(name, Mapping) else {}}
    readers: dict[str, Callable[[str], Any]] = {
        "birth_date": birth_dates.birth_date,
        "nationality": forms.nationality,
        "sex": str,
        "phone": lambda text: values.phone(text, "JP"),
        "hospital_number": lambda text: values.number(text, 40),
    }
    for field, read in readers.items():
        try:
            person[field] = read(given[field])
        except (KeyError, TypeError, AttributeError, Unfit):
            continue
    passport = given.get("passport")
    number = passport.get("number") if isinstance(passport, Mapping) else None
    return person | ({"passport": {"number": number}} if isinstance(number, str) else {})
