"""The door of pages: who comes in and by what, that a form came from here, that one form is one effect, that nothing typed is lost."""

import gzip
import re
from pathlib import Path

import pytest
from flask import Response
from pymongo.database import Database

from shared.errors import NotFound
from tests.integration.toy import BED, BEDS, TickingClock, Toy
from tests.integration.toy_pages import toy_pages
from tests.visitor import Visitor, form_to, forms_of

NEW = "/intake/beds/new"


@pytest.fixture
def clock() -> TickingClock:
    return TickingClock()


@pytest.fixture
def toy(mongo_url: str, database: Database, tmp_path: Path, clock: TickingClock) -> Toy:
    return Toy(mongo_url, database.name, tmp_path, clock, pages=[toy_pages()])


@pytest.fixture
def desk(toy: Toy) -> Visitor:
    return visitor(toy, "front_desk")


def visitor(toy: Toy, *roles: str, **claims: object) -> Visitor:
    made = Visitor(toy.app.test_client())
    made.cookie("imc_token", toy.token(*roles, **claims).removeprefix("Bearer "))
    return made


def bed(toy: Toy) -> str:
    return str(toy.client.post(BEDS, json=BED, headers={"Authorization": toy.token("front_desk")}).json["id"])


def test_without_a_token_a_page_goes_to_renewal_and_comes_back(toy: Toy) -> None:
    answer = Visitor(toy.app.test_client()).get("/intake/?status=taken&x=%E3%81%82")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/accounts/renew?next=/intake/%3Fstatus%3Dtaken%26x%3D%25E3%2581%2582"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_part_without_a_token_is_told_401(toy: Toy) -> None:
    answer = Visitor(toy.app.test_client()).get("/intake/fragments/beds", **{"HX-Request": "true"})
    assert answer.status_code == 401
    assert "<html" not in answer.text


def test_an_expired_token_is_no_token(toy: Toy, clock: TickingClock, desk: Visitor) -> None:
    assert desk.get("/intake/").status_code == 200
    clock.forward(seconds=901)
    assert desk.get("/intake/").status_code == 303


def test_a_header_opens_no_page_and_a_cookie_no_api(toy: Toy, desk: Visitor) -> None:
    answer = toy.app.test_client().get("/intake/", headers={"Authorization": toy.token("front_desk")})
    assert answer.status_code == 303
    assert desk.client.get(BEDS).status_code == 401


def test_without_the_right_a_page_says_so_in_the_readers_language(toy: Toy) -> None:
    other = visitor(toy, "interpreter")
    assert other.get("/intake/").status_code == 403
    assert "You do not have access to this page" in other.get("/intake/").text
    other.language = "ja"
    shown = other.get("/intake/")
    assert "権限がありません" in shown.text
    assert 'lang="ja"' in shown.text


def test_a_page_has_its_headers_and_no_inline_script_or_style(desk: Visitor) -> None:
    answer = desk.get("/intake/", **{"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer.headers, "the gateway compresses"
    assert answer.headers["Cache-Control"] == "no-store"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy
    text = desk.get("/intake/").text
    assert "style=" not in text
    assert re.findall(r"<script(?![^>]*src=)", text) == []
    assert re.findall(r"\son[a-z]+=", text) == []


def test_a_page_shows_no_placeholder(toy: Toy, desk: Visitor) -> None:
    bed(toy)
    shell = toy.app.extensions["imc-pages"]
    for path in ("/intake/", NEW, "/intake/open"):
        text = desk.get(path).text
        assert shell.csrf.csrf_placeholder not in text
        assert shell.csrf.key_placeholder not in text
    keys = re.findall(r'name="idempotency_key" value="([^"]+)"', desk.get("/intake/").text)
    assert len(keys) == len(set(keys)) >= 1


def test_a_form_makes_one_record_and_says_so_once(toy: Toy, desk: Visitor) -> None:
    form = desk.form(NEW, NEW)
    answer = desk.send(
        form, **{"name.latin": "A", "places": "2", "since": "平成2年1月2日", "window": "on", "wards": ["a", "b"]}
    )
    assert answer.status_code == 303
    shown = desk.get(answer.headers["Location"]).text
    assert "A bed of 2 was made." in shown
    assert "A bed of 2 was made." not in desk.get(answer.headers["Location"]).text
    kept = toy.database["beds"].find_one({})
    assert kept is not None
    assert (kept["name"], kept["places"]) == ({"latin": "A"}, 2)


def test_the_same_form_twice_is_one_effect_and_leads_to_the_same_page(toy: Toy, desk: Visitor) -> None:
    form = desk.form(NEW, NEW)
    first, again = (desk.send(form, **{"name.latin": "A"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert toy.database["beds"].count_documents({}) == 1


def test_another_content_under_the_same_key_is_no_second_record(toy: Toy, desk: Visitor) -> None:
    form = desk.form(NEW, NEW)
    desk.send(form, **{"name.latin": "A"})
    other = desk.send(form, **{"name.latin": "B"})
    assert other.status_code == 422
    assert "This page has already sent another request" in other.text
    assert toy.database["beds"].count_documents({}) == 1


def test_a_refused_form_comes_back_filled_with_a_word_at_each_fault(toy: Toy, desk: Visitor) -> None:
    form = desk.form(NEW, NEW)
    typed = {"places": "many", "since": "2026-02-31", "wards": ["b"], "languages.2.tag": "th-is-far-too-long"}
    answer = desk.send(form, **typed)
    assert answer.status_code == 422
    again = form_to(answer.text, NEW)
    assert again.values() | {"wards": "b"} == again.values()
    assert again.values()["languages.2.tag"] == "th-is-far-too-long"
    assert again.values()["since"] == "2026-02-31"
    assert 'href="#new-name-latin"' in answer.text
    assert 'id="new-name-latin-fault">Fill in this field' in answer.text
    assert 'id="new-languages-2-tag-fault"' in answer.text, "a fault of the second row, which stands in the third"
    assert 'id="new-languages-2-level-fault"' in answer.text
    assert "Check 5 fields" in answer.text
    listed = re.findall(r'<li><a href="#([^"]+)"', answer.text)
    assert listed == sorted(listed, key=lambda name: answer.text.index(f'id="{name}"')), "as they stand on the page"
    assert toy.database["beds"].count_documents({}) == 0


@pytest.mark.parametrize("asked", ["", "?status=taken", "?status=nonsense", "?status=taken&status=free&other=1"])
def test_a_fault_that_no_form_lists_is_said_on_top_of_the_page_as_it_was_asked_for(
    toy: Toy, desk: Visitor, asked: str
) -> None:
    page = f"/intake/beds/{bed(toy)}"
    form = desk.form(page, f"{page}/take")
    form.action = f"{page}/sign{asked}"
    answer = desk.send(form)
    assert answer.status_code == 422
    listed = answer.text.partition('class="errors"')[2].partition("</div>")[0]
    assert "Fill in this field" in listed and 'tabindex="-1"' in listed, "and gets the focus by script"
    assert ("SOMCHAI" in answer.text) != asked.startswith("?status=taken"), "the board of the same filter"


@pytest.mark.parametrize(
    ("act", "shows"),
    [("rename", "/beds/{}/rename"), ("take", "/beds/{}/take"), ("papers", "/beds/{}/papers"), ("sign", "/beds/{}")],
)
def test_a_forms_address_that_is_opened_shows_the_page_the_form_stands_on(
    toy: Toy, desk: Visitor, act: str, shows: str
) -> None:
    """After a refusal it stands in the browser: another language, a new sign-in and the address bar come back to it."""
    bed_id = bed(toy)
    address = f"/intake/beds/{bed_id}/{act}"
    answer = desk.get(address)
    assert answer.status_code == 200 and shows.format(bed_id) in answer.text and 'class="errors"' not in answer.text
    assert desk.client.head(address, headers={"Accept": "text/html"}).status_code == 200
    assert desk.get(f"/intake/beds/none/{act}").status_code == (200 if act == "sign" else 404)
    assert visitor(toy, "interpreter").get(address).status_code == 403
    stranger = Visitor(toy.app.test_client()).get(f"{address}?x=1")
    assert stranger.headers["Location"] == f"/accounts/renew?next={address}%3Fx%3D1"
    assert toy.database["beds"].find_one()["version"] == 1, "nothing is done by looking"  # type: ignore[index]


@pytest.mark.parametrize("act", ["rename", "take", "papers", "sign"])
def test_a_forms_address_that_is_opened_is_audited_as_what_it_is(toy: Toy, act: str) -> None:
    bed_id = bed(toy)
    for id_, status in ((bed_id, 200), ("none", 200 if act == "sign" else 404)):
        toy.database["audit"].delete_many({})
        assert visitor(toy, "admin").get(f"/intake/beds/{id_}/{act}").status_code == status
        entries = list(toy.database["audit"].find())
        told = [(entry["route"], entry["method"], entry["targets"]) for entry in entries]
        assert told == [(f"/intake/beds/<bed_id>/{act}", "GET", {"bed_id": id_})] * (status == 200)


@pytest.mark.parametrize("act", ["rename", "take", "papers"])
def test_a_forms_address_that_is_opened_is_the_pages_blueprint_s(
    mongo_url: str, database: Database, tmp_path: Path, clock: TickingClock, act: str
) -> None:
    """Its errors are told as the blueprint tells them, and its answers leave as the blueprint's do."""
    blp = toy_pages()
    blp.register_error_handler(NotFound, lambda error: Response("No such bed, as these pages say it", 404))

    @blp.after_request
    def marked(answer: Response) -> Response:
        answer.headers["X-Of-These-Pages"] = "yes"
        return answer

    toy = Toy(mongo_url, database.name, tmp_path, clock, pages=[blp])
    for id_, status in ((bed(toy), 200), ("none", 404)):
        answer = visitor(toy, "front_desk").get(f"/intake/beds/{id_}/{act}")
        assert answer.status_code == status and answer.headers["X-Of-These-Pages"] == "yes"
        assert (answer.text == "No such bed, as these pages say it") == (status == 404)


def test_what_no_form_is_sent_to_stays_nobodys_address(toy: Toy, desk: Visitor) -> None:
    assert desk.get("/intake/beds/x/nothing").status_code == 404
    assert desk.client.delete("/intake/beds/new").status_code == 405


def test_a_form_is_answered_in_japanese_to_who_reads_japanese(desk: Visitor) -> None:
    desk.language = "ja"
    answer = desk.send(desk.form(NEW, NEW), places="9")
    assert "1〜4の数値を入力してください" in answer.text
    assert "2か所の入力を確認してください" in answer.text


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null"])
def test_a_form_from_elsewhere_does_nothing(toy: Toy, desk: Visitor, origin: str) -> None:
    answer = desk.send(desk.form(NEW, NEW), origin=origin, **{"name.latin": "A"})
    assert answer.status_code == 403
    assert "<form" not in answer.text or NEW not in [form.action for form in forms_of(answer.text)]
    assert toy.database["beds"].count_documents({}) == 0


def test_cross_site_is_believed_over_a_good_looking_origin(toy: Toy, desk: Visitor) -> None:
    answer = desk.send(desk.form(NEW, NEW), headers={"Sec-Fetch-Site": "cross-site"}, **{"name.latin": "A"})
    assert answer.status_code == 403


@pytest.mark.parametrize("token", [None, "", "00" * 28, "zz"])
def test_a_form_without_its_token_does_nothing(toy: Toy, desk: Visitor, token: str | None) -> None:
    form = desk.form(NEW, NEW)
    silent = desk.send(form, origin=None, csrf=token, **{"name.latin": "A"})
    assert silent.status_code == 403
    held = desk.send(form, csrf=token, **{"name.latin": "A"})
    assert held.status_code == 401
    assert form_to(held.text, NEW).values()["name.latin"] == "A", (
        "from here, but of another sign-in: held, to be sent by hand"
    )
    assert toy.database["beds"].count_documents({}) == 0


def test_a_token_is_good_for_its_session_alone(toy: Toy, desk: Visitor) -> None:
    other = visitor(toy, "front_desk", sid="ses-2")
    form = desk.form(NEW, NEW)
    assert other.send(form, origin=None, **{"name.latin": "A"}).status_code == 403
    assert desk.send(form, origin=None, **{"name.latin": "A"}).status_code == 303


def test_an_expired_sign_in_keeps_what_was_typed_and_its_key(toy: Toy, clock: TickingClock, desk: Visitor) -> None:
    form = desk.form(NEW, NEW)
    clock.forward(seconds=901)
    held = desk.send(form, **{"name.latin": "<Ａ> & “B”", "wards": ["a", "b"]})
    assert held.status_code == 401
    kept = form_to(held.text, NEW)
    assert kept.values()["name.latin"] == "<Ａ> & “B”"
    assert [value for name, value in kept.fields if name == "wards"] == ["a", "b"]
    assert kept.values()["idempotency_key"] == form.values()["idempotency_key"]
    assert 'whose="acc-1"' in held.text
    desk.cookie("imc_token", toy.token("front_desk").removeprefix("Bearer "))
    told = desk.get("/intake/again").json
    assert told["person"] == "acc-1"
    assert desk.send(kept, csrf=told["csrf"]).status_code == 303
    assert toy.database["beds"].count_documents({}) == 1


def test_a_form_from_elsewhere_is_not_held(toy: Toy) -> None:
    stranger = Visitor(toy.app.test_client())
    form = visitor(toy, "front_desk").form(NEW, NEW)
    for origin in (None, "https://elsewhere.example"):
        answer = stranger.send(form, origin=origin, **{"name.latin": "A"})
        assert answer.status_code in (401, 403)
        assert "name.latin" not in answer.text


def test_a_failing_server_keeps_what_was_typed(toy: Toy, desk: Visitor) -> None:
    form = desk.form(NEW, NEW)

    def fail() -> None:
        raise RuntimeError("SECRET-PATIENT-NAME")

    toy.deps.hooks["before create"] = fail
    held = desk.send(form, **{"name.latin": "A"})
    assert held.status_code == 500
    assert "SECRET" not in held.text
    del toy.deps.hooks["before create"]
    assert desk.send(form_to(held.text, NEW)).status_code == 303
    assert toy.database["beds"].count_documents({}) == 1


def test_a_clash_shows_who_and_when_and_offers_both(toy: Toy, clock: TickingClock, desk: Visitor) -> None:
    toy.deps.hooks["now"] = clock  # type: ignore[assignment]
    page = f"/intake/beds/{bed(toy)}"
    mine, theirs = (desk.form(page, f"{page}/rename") for _ in range(2))
    assert desk.send(theirs, latin="Theirs").status_code == 303
    clash = desk.send(mine, latin="Mine")
    assert clash.status_code == 412
    assert "changed it after 1" in clash.text
    assert "Mon 23 Nov 2026 12:00" in clash.text
    over = form_to(clash.text, f"{page}/rename")
    assert over.values()["latin"] == "Mine"
    assert over.values()["idempotency_key"] != mine.values()["idempotency_key"]
    assert desk.send(over).status_code == 303
    assert toy.database["beds"].find_one({})["name"] == {"latin": "Mine"}  # type: ignore[index]


def test_a_move_that_is_not_possible_any_more_is_said_on_the_page(toy: Toy, desk: Visitor) -> None:
    page = f"/intake/beds/{bed(toy)}"
    form = desk.form(page, f"{page}/take")
    assert desk.send(form).status_code == 303
    late = desk.send(form, version=None, idempotency_key="another")
    assert late.status_code == 409
    assert "This cannot be done in the current state" in late.text
    assert "SOMCHAI" in late.text


def test_undo_is_offered_with_the_message(toy: Toy, desk: Visitor) -> None:
    page = f"/intake/beds/{bed(toy)}"
    desk.send(desk.form(page, f"{page}/take"))
    shown = desk.get(page).text
    undo = next(form for form in forms_of(shown) if form.action == f"{page}/rename")
    assert undo.values()["latin"] == "back"
    assert desk.send(undo).status_code == 303


def test_a_message_that_somebody_altered_is_not_said(desk: Visitor) -> None:
    desk.cookie("imc_flash", "AAAA", path="/intake")
    assert "flash-message" not in desk.get("/intake/").text


def test_a_part_that_did_not_change_is_not_sent_again(toy: Toy, desk: Visitor) -> None:
    bed(toy)
    page = desk.get("/intake/").text
    inside = re.search(r'src="/intake/fragments/beds" etag="([^"]+)"', page)
    assert inside
    tag = inside[1].replace("&#34;", '"')
    part = desk.get("/intake/fragments/beds", **{"HX-Request": "true"})
    assert part.headers["ETag"] == tag, "the part is the same inside its page and alone"
    same = desk.get("/intake/fragments/beds", **{"HX-Request": "true", "If-None-Match": tag})
    assert (same.status_code, same.data) == (304, b"")
    bed(toy)
    other = desk.get("/intake/fragments/beds", **{"HX-Request": "true", "If-None-Match": tag})
    assert other.status_code == 200
    assert other.headers["ETag"] != tag


def test_uploads_come_with_their_fields_and_count_as_content(toy: Toy, desk: Visitor) -> None:
    page = f"/intake/beds/{bed(toy)}"
    form = desk.form(page, f"{page}/rename")
    import io

    data = {"csrf": form.values()["csrf"], "idempotency_key": "k", "kind": "scan"}
    sent = [
        desk.client.post(
            f"{page}/papers",
            data=data | {"file": [(io.BytesIO(content), "x.pdf") for content in contents]},
            headers={"Origin": "http://localhost"},
        ).status_code
        for contents in ([b"12", b"345"], [b"12", b"345"], [b"12", b"346"])
    ]
    assert sent == [303, 303, 422]
    assert toy.database["beds"].find_one({})["name"] == {"latin": "scan [2, 3]"}  # type: ignore[index]


def test_before_sign_in_a_form_proves_itself_by_its_cookie(toy: Toy) -> None:
    anyone = Visitor(toy.app.test_client())
    form = anyone.form("/intake/open", "/intake/open")
    assert anyone.send(form, latin="A").headers["Location"] == "/intake/open?A"
    stranger = Visitor(toy.app.test_client())
    assert stranger.send(form, latin="A").status_code == 403


@pytest.mark.parametrize(
    ("path", "status"), [("/intake/nowhere", 404), ("/intake/beds/0", 404), ("/intake/broken", 500)]
)
def test_what_cannot_be_shown_is_a_page_for_people(toy: Toy, desk: Visitor, path: str, status: int) -> None:
    answer = desk.get(path)
    assert answer.status_code == status
    assert answer.content_type == "text/html; charset=utf-8"
    assert "SECRET" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


def test_for_programs_an_unknown_address_stays_a_problem(toy: Toy, desk: Visitor) -> None:
    assert desk.client.get("/intake/nowhere").content_type == "application/problem+json"
    assert desk.get("/intake/api/v1/nowhere").content_type == "application/problem+json"


def test_an_admins_call_is_audited_and_an_unchanged_part_is_not(toy: Toy) -> None:
    admin = visitor(toy, "admin")
    tag = admin.get("/intake/fragments/beds").headers["ETag"]
    admin.get("/intake/fragments/beds", **{"If-None-Match": tag})
    entries = list(toy.database["audit"].find())
    assert [entry["route"] for entry in entries] == ["/intake/fragments/beds"]


def test_static_files_are_kept_for_a_year_under_their_digest(desk: Visitor) -> None:
    address = re.search(r'href="(/intake/static/imc.css\?v=[0-9a-f]{16})"', desk.get("/intake/").text)
    assert address
    answer = desk.get(address[1], **{"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Content-Encoding" not in answer.headers, "the gateway compresses"
    assert desk.get(address[1], **{"If-None-Match": f"W/{answer.headers['ETag']}"}).status_code == 304, (
        "as nginx weakens it"
    )
    assert desk.get("/intake/static/imc.css?v=old").headers["Cache-Control"] == "no-cache"
    for name in ("../catalogue.py", "nothing.css", "%2e%2e/catalogue.py"):
        assert desk.get(f"/intake/static/{name}").status_code == 404


def test_the_first_visit_is_light(desk: Visitor) -> None:
    page = desk.get("/intake/")
    names = re.findall(r'(?:href|src)="(/intake/static/[^"]+)"', page.text)
    assert len(names) > 2
    sizes = [len(gzip.compress(desk.get(name).data, 6)) for name in names]
    assert len(gzip.compress(page.data, 6)) + sum(sizes) < 60_000


def test_a_reader_abroad_reads_times_in_their_zone_with_its_name(toy: Toy, desk: Visitor) -> None:
    page = f"/intake/beds/{bed(toy)}"
    assert "Mon 23 Nov 2026 12:00<" in desk.get(page).text
    desk.cookie("imc_zone", "Europe/Paris")
    assert "Mon 23 Nov 2026 04:00 (Central European Standard Time)" in desk.get(page).text
    desk.cookie("imc_zone", "../../etc/passwd")
    assert "12:00<" in desk.get(page).text
