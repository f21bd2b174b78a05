"""Interpreting's day in a real browser: who is without an interpreter, the day by interpreter, the roster; an interpreter's phone; a signed link."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pymongo.database import Database

from services.interpreting.actions import offer_commands
from shared.events.accounts import AccountCreated, DepartmentUpdated
from shared.events.intake import InterpreterNeed, Language
from shared.ids import new_id
from tests.browser.conftest import Opened, serving
from tests.browser.looking import LOOKS, axe, fits, shot, tabs_in_order
from tests.integration.interpreting_office import Desk
from tests.unit.interpreting.world import Visit, at

WORDS = {
    "en": {"assign": "Assign", "booked": "PARK Jisoo is assigned.", "undo": "Undo", "ask": "Send offer to selected", "choose": "Select at least one interpreter",
           "why": "Enter a reason", "asked": "Offer sent to 2 interpreters.", "offered": "Offer sent", "confirmed": "Confirmed",
           "changed": "This booking has changed since", "anew": "Show the current booking", "release": "Release interpreter", "released": "No other interpreter is available",
           "accept": "Accept offer", "decline": "Decline offer", "accepted": "Offer accepted. The booking is yours.", "declined": "Offer declined. Thank you",
           "taken": "Another interpreter accepted this offer first", "expired": "This offer was not answered in time.", "withdrawn": "withdrew this offer",
           "in_an_hour": "in 1 hour", "later": "Enter a time after the start", "costs": "Some bookings will be released",
           "sure": "Save and release bookings", "saved": "Absence saved.", "address": "Create address", "none": "No interpreter matches",
           "hours": "Outside working hours", "speaks": "Does not speak this language", "add": "Add absence"},
    "ja": {"assign": "割り当てる", "booked": "PARK Jisooさんを割り当てました。", "undo": "元に戻す", "ask": "選んだ通訳に打診する", "choose": "通訳を選んでください",
           "why": "理由を入力してください", "asked": "2人に打診しました。", "offered": "打診中", "confirmed": "確定",
           "changed": "この画面を開いた後に、予約が変更されました", "anew": "最新の予約を表示する", "release": "担当を外す", "released": "対応できる通訳がいません。割り当てるか",
           "accept": "承諾する", "decline": "辞退する", "accepted": "担当に確定しました。", "declined": "辞退しました。",
           "taken": "ほかの通訳が先に承諾しました。", "expired": "期限までに回答がなかった", "withdrawn": "打診を取り下げました",
           "in_an_hour": "1 時間後", "later": "開始より後の時刻", "costs": "担当を外れる予約があります",
           "sure": "保存して担当を外す", "saved": "不在を登録しました。", "address": "アドレスを発行する", "none": "に該当する通訳はいません",
           "hours": "勤務時間外", "speaks": "対応言語外", "add": "不在を登録する"},
}  # fmt: skip
BOTH = pytest.mark.parametrize("language", ["ja", "en"])
NONE: list[dict[str, str]] = []
TOMORROW = "2026-11-25"


class Served:
    """Interpreting over HTTP."""

    def __init__(self, desk: Desk, url: str) -> None:
        self.desk, self.url = desk, url

    def sit(self, page: Page, *roles: str, account: str = "acc-1") -> Page:
        token = self.desk.token(*(roles or ("coordinator",)), account=account)
        page.context.add_cookies([{"name": "imc_token", "value": token, "url": self.url}])
        return self.timed(page)

    def own(self, page: Page, account: str) -> Page:
        return self.sit(page, "interpreter", account=account)

    def timed(self, page: Page) -> Page:
        """The browser's clock is the server's: what is said to be so long ahead is right."""
        page.clock.set_fixed_time(self.desk.world.now)
        return page


@pytest.fixture
def served(mongo_url: str, database: Database[dict[str, Any]]) -> Iterator[Served]:
    desk = Desk(mongo_url, database)
    names = {"en": "Cardiology", "ja": "循環器内科"}
    desk.world.consume(
        DepartmentUpdated(code="cardiology", names=names),
        AccountCreated(account_id="acc-1", username="mori", roles=("coordinator",)),
    )
    with serving(desk.client.application) as url:
        yield Served(desk, url)


def speaks(tag: str) -> tuple[Language, ...]:
    return (Language(tag, "native"),)


def a_day(desk: Desk) -> dict[str, str]:
    """Something of everything on the 25th, by name: bookings and interpreters."""
    account = new_id()
    yuki = desk.interpreter(
        name={"latin": "TANAKA Yuki", "written": "田中 ゆき", "kana": "タナカ ユキ"}, account_id=account
    )
    mai = desk.interpreter(
        name={"latin": "NGUYEN Thi Mai"},
        languages=[{"tag": "vi", "level": "native"}, {"tag": "en", "level": "professional"}],
        weekly_hours=[{"day": day, "from": "08:30", "to": "12:30"} for day in ("mon", "tue", "wed", "thu", "fri")]
        + [{"day": "wed", "from": "13:30", "to": "19:00"}],
    )
    ken = desk.interpreter(name={"latin": "SATO Ken"}, weekly_hours=NONE, email=None, gender="male")
    absence = {"from": "2026-11-25T04:00:00Z", "to": "2026-11-25T06:00:00Z", "reason": "training"}
    etag = desk.call("GET", f"/interpreters/{yuki}").headers["ETag"]
    assert desk.call("PATCH", f"/interpreters/{yuki}", {"exceptions": [absence]}, If_Match=etag).status_code == 200
    confirmed = Visit(place="Outpatient 3F, room 12")
    early, late = (
        Visit(start=at(9), end=at(9, 30), languages=speaks("vi")),
        Visit(start=at(18), end=at(19), languages=speaks("vi"), modality="video", place=None),
    )
    wished = Visit(start=at(16), end=at(17), need=InterpreterNeed(required=True, gender_wish="male"))
    nobody, french = Visit(start=at(13, 30), end=at(14, 30)), Visit(start=at(11), end=at(12), languages=speaks("fr"))
    free = Visit(start=at(14), end=at(15), languages=speaks("ko"))
    asked = Visit(start=at(20), end=at(21))
    desk.world.consume(*[visit.booked() for visit in (confirmed, early, late, wished, nobody, french, free, asked)])
    made = desk.world.offer(asked, yuki, ken, override="Agreed to stay on")
    link = f"/interpreting/offers/{desk.world.links()[made[yuki]]}"
    korean = desk.interpreter(
        name={"latin": "PARK Jisoo", "kana": "パク ジス"}, languages=[{"tag": "ko", "level": "certified"}]
    )
    return {
        "yuki": yuki, "mai": mai, "ken": ken, "korean": korean, "account": account,
        "confirmed": confirmed.booking_id, "nobody": nobody.booking_id, "french": french.booking_id,
        "free": free.booking_id, "link": link, "asked": asked.booking_id, "wished": wished.booking_id,
    }  # fmt: skip


def staff_pages(day: dict[str, str]) -> dict[str, str]:
    """Of coordinators, by name."""
    return {
        "desk": f"/interpreting/?date={TOMORROW}",
        "confirmed": f"/interpreting/bookings/{day['confirmed']}",
        "unfilled": f"/interpreting/bookings/{day['nobody']}",
        "asked": f"/interpreting/bookings/{day['asked']}",
        "roster": "/interpreting/roster",
        "entry": f"/interpreting/roster/{day['yuki']}",
        "new": "/interpreting/roster/new",
    }


def own_pages(day: dict[str, str]) -> dict[str, str]:
    """Of an interpreter, by name."""
    return {"mine": "/interpreting/mine", "hours": "/interpreting/mine/hours", "link": day["link"]}


@pytest.mark.parametrize("part", ["desk", "unfilled", "confirmed", "roster", "entry", "new", "mine", "hours", "link"])
def test_every_control_is_reached_by_tab_in_the_order_it_is_read(served: Served, opened: Opened, part: str) -> None:
    day = a_day(served.desk)
    own = part in own_pages(day)
    page = served.own(opened(served.url), day["account"]) if own else served.sit(opened(served.url))
    page.goto((own_pages(day) if own else staff_pages(day))[part])
    tabs_in_order(page)


@BOTH
def test_the_best_match_is_one_press_and_a_colleague_sees_it(served: Served, opened: Opened, language: str) -> None:
    word, day = WORDS[language], a_day(served.desk)
    page, colleague = (served.sit(opened(served.url, language)) for _ in range(2))
    for one in (page, colleague):
        one.goto(f"/interpreting/?date={TOMORROW}")
    row = colleague.locator("#live-open tr", has=colleague.locator(f"a[href='/interpreting/bookings/{day['free']}']"))
    expect(row).to_have_count(1)
    page.evaluate("window.same = true")
    page.locator("#live-open button.main").press("Enter")
    expect(page.locator("#flash")).to_contain_text(word["booked"])
    axe(page)
    shot(page, f"interpreting-assigned-{language}")
    assert page.evaluate("window.same"), "nothing was loaded anew"
    expect(page.locator("#live-open .acts :focus")).to_have_count(1)  # the next row's, where the pressed one is gone
    expect(page.locator("#live-day")).to_contain_text("14:00"), "the same day still"
    expect(row).to_have_count(0)
    booked = colleague.locator(f"#live-day a[href='/interpreting/bookings/{day['free']}']")
    expect(booked).to_be_visible()
    page.locator("#flash").get_by_role("button", name=word["undo"]).click()
    page.wait_for_url("**/interpreting/bookings/*")
    expect(row).to_have_count(1)
    expect(booked).to_have_count(0)


@BOTH
def test_who_comes_second_is_told_who_it_was_given_to(served: Served, opened: Opened, language: str) -> None:
    day = a_day(served.desk)
    page = served.sit(opened(served.url, language))
    page.goto("/interpreting/")
    page.route("**/fragments/open*", lambda route: route.abort())
    answer = served.desk.call(
        "POST", f"/bookings/{day['free']}/assign", {"interpreter_id": day["ken"], "override": "He knows some Korean"}
    )
    assert answer.status_code == 200
    page.locator("#live-open button.main").click()
    expect(page.locator("main")).to_contain_text("SATO Ken")
    axe(page)
    assert served.desk.world.database.bookings.find_one({"_id": day["free"]})["interpreter_id"] == day["ken"]


@BOTH
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_several_are_asked_and_a_refused_form_keeps_who_was_ticked(
    served: Served, opened: Opened, language: str, phone: bool
) -> None:
    word, day = WORDS[language], a_day(served.desk)
    page = served.sit(opened(served.url, language, phone=phone))
    page.goto(f"/interpreting/bookings/{day['nobody']}")
    page.get_by_role("button", name=word["ask"]).click()
    summary = page.locator(".errors")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(word["choose"])
    page.locator("button[formaction$='/assign']").first.click()
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(word["why"])
    for who in ("yuki", "ken"):
        page.locator(f"input[value='{day[who]}']").check()
    page.locator("[name=expires_in_minutes]").select_option("120")
    page.get_by_role("button", name=word["ask"]).click()
    expect(summary).to_be_focused()
    expect(summary).to_contain_text(word["why"])
    axe(page)
    fits(page)
    shot(page, f"interpreting-refused-{language}-{'phone' if phone else 'desk'}")
    for who in ("yuki", "ken"):
        expect(page.locator(f"input[value='{day[who]}']")).to_be_checked()
    expect(page.locator("[name=expires_in_minutes]")).to_have_value("120")
    summary.get_by_role("link").click()
    expect(page.locator("[name=override]")).to_be_focused()
    page.keyboard.type("Agreed by phone")
    page.get_by_role("button", name=word["ask"]).click()
    expect(page.locator("#flash")).to_contain_text(word["asked"])
    expect(page.locator("#live-booking .chip").first).to_have_text(word["offered"])
    axe(page)
    shot(page, f"interpreting-now-asked-{language}-{'phone' if phone else 'desk'}")


@BOTH
def test_why_not_this_one_is_answered_while_one_types(served: Served, opened: Opened, language: str) -> None:
    word, day = WORDS[language], a_day(served.desk)
    page = served.sit(opened(served.url, language))
    page.goto(f"/interpreting/bookings/{day['nobody']}")
    rows = page.locator("#candidates tbody tr")
    expect(rows).to_have_count(4)
    page.evaluate("window.same = true")
    page.locator("#search-name").press_sequentially("sato")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(word["hours"])
    page.locator("#search-name").fill("パク")
    expect(rows).to_contain_text(word["speaks"])
    axe(page)
    page.locator("#search-name").fill("nobody here")
    expect(page.locator("#candidates")).to_contain_text(word["none"])
    assert page.evaluate("window.same")
    axe(page)


@BOTH
def test_what_the_asked_do_is_seen_at_once_by_everybody(served: Served, opened: Opened, language: str) -> None:
    word, day, desk = WORDS[language], a_day(served.desk), served.desk
    other = new_id()
    etag = desk.call("GET", f"/interpreters/{day['ken']}").headers["ETag"]
    assert desk.call("PATCH", f"/interpreters/{day['ken']}", {"account_id": other}, If_Match=etag).status_code == 200
    coordinator = served.sit(opened(served.url, language))
    coordinator.goto(f"/interpreting/bookings/{day['asked']}")
    yuki, ken = (served.own(opened(served.url, language, phone=True), account) for account in (day["account"], other))
    for one in (yuki, ken):
        one.goto("/interpreting/mine")
        expect(one.locator("article.offer")).to_contain_text(word["in_an_hour"])
    ken.route("**/fragments/mine*", lambda route: route.abort())  # a page that has not heard yet
    yuki.get_by_role("button", name=word["accept"]).click()
    expect(yuki.locator("#flash")).to_contain_text(word["accepted"])
    expect(yuki.locator(".assignment")).to_have_count(3)
    expect(yuki.locator("article.offer")).to_have_count(0)
    axe(yuki)
    shot(yuki, f"interpreting-accepted-{language}-phone")
    expect(coordinator.locator("#live-booking .chip").first).to_have_text(word["confirmed"])
    expect(coordinator.locator("#live-booking")).to_contain_text("TANAKA Yuki")
    expect(coordinator.locator("#live-booking")).to_contain_text(word["changed"])
    axe(coordinator)
    shot(coordinator, f"interpreting-moved-on-{language}")
    ken.get_by_role("button", name=word["accept"]).click()
    expect(ken.locator("#flash")).to_contain_text(word["taken"])
    expect(ken.locator("article.offer")).to_have_count(0)
    axe(ken)
    coordinator.get_by_role("link", name=word["anew"]).click()
    coordinator.get_by_role("button", name=word["release"]).first.click()
    panel = coordinator.locator("#release")
    panel.get_by_role("button", name=word["release"]).click()
    expect(coordinator.locator("#release .errors")).to_be_focused()
    axe(coordinator)
    coordinator.locator("#release input[value=ill]").check()
    coordinator.locator("#release .send button").click()
    expect(coordinator.locator("#flash")).to_contain_text(word["released"])
    expect(yuki.locator(".assignment")).to_have_count(2)


@LOOKS
def test_a_signed_link_always_tells_the_outcome(served: Served, opened: Opened, language: str, dark: bool) -> None:
    word, day, world = WORDS[language], a_day(served.desk), served.desk.world
    asked = {
        name: Visit(start=at(hour), end=at(hour + 1)) for hour, name in enumerate(("accept", "decline", "late"), 18)
    }
    world.consume(*[visit.booked() for visit in asked.values()])
    made = {name: world.offer(visit, day["yuki"], day["ken"], override="Agreed") for name, visit in asked.items()}
    links, name = world.links(), f"{language}-{'dark' if dark else 'light'}"

    def link(which: str, who: str) -> str:
        return f"/interpreting/offers/{links[made[which][day[who]]]}"

    page, other = (served.timed(opened(served.url, language, dark, phone=True)) for _ in range(2))
    page.goto(link("accept", "yuki"))
    expect(page.locator("main")).to_contain_text(word["in_an_hour"])
    axe(page)
    fits(page)
    tabs_in_order(page)
    shot(page, f"interpreting-link-{name}")
    other.goto(link("accept", "ken"))
    page.get_by_role("button", name=word["accept"]).click()
    expect(page.locator("#flash")).to_contain_text(word["accepted"])
    expect(page.locator(".answer")).to_have_count(0)
    axe(page)
    fits(page)
    shot(page, f"interpreting-link-accepted-{name}")
    other.get_by_role("button", name=word["accept"]).click()
    expect(other.locator("main")).to_contain_text(word["taken"])
    axe(other)
    fits(other)
    shot(other, f"interpreting-link-taken-{name}")
    page.goto(link("decline", "yuki"))
    page.get_by_role("button", name=word["decline"]).click()
    expect(page.locator("#flash")).to_contain_text(word["declined"])
    page.goto(link("late", "yuki"))
    world.now += timedelta(hours=1)
    page.get_by_role("button", name=word["accept"]).click()
    expect(page.locator("main section")).to_contain_text(word["expired"])
    axe(page)
    shot(page, f"interpreting-link-expired-{name}")
    offer_commands.expire_offers(world.deps, world.now)
    page.reload()
    expect(page.locator("main section")).to_contain_text(word["expired"])
    world.now = at(0, 0, 26)
    answer = page.goto(link("late", "yuki"))
    assert answer is not None and answer.status == 404, "after the visit it opens nothing"
    axe(page)
    shot(page, f"interpreting-link-gone-{name}")


@BOTH
def test_an_absence_is_refused_filled_and_says_what_it_costs(served: Served, opened: Opened, language: str) -> None:
    word, day = WORDS[language], a_day(served.desk)
    page = served.own(opened(served.url, language, phone=True), day["account"])
    page.goto("/interpreting/mine")
    page.get_by_text(word["add"]).click()
    page.locator("#absence-first").fill("2026/11/25")
    page.locator("#absence-last").fill("2026/11/24")
    page.locator("#absence .send button").click()
    expect(page.locator("#absence .errors")).to_be_focused()
    expect(page.locator("#absence .errors")).to_contain_text(word["later"])
    expect(page.locator("#absence-first")).to_have_value("2026/11/25")
    axe(page)
    fits(page)
    shot(page, f"interpreting-absence-refused-{language}-phone")
    page.locator("#absence-last").fill("")
    page.locator("#absence .send button").click()
    expect(page.locator("h1")).to_have_text(word["costs"])
    axe(page)
    fits(page)
    shot(page, f"interpreting-sure-{language}-phone")
    page.get_by_role("button", name=word["sure"]).click()
    expect(page.locator("#flash")).to_contain_text(word["saved"])
    expect(page.locator("#absences li")).to_have_count(2)
    expect(page.locator("#absences")).to_be_in_viewport()


@BOTH
def test_hours_and_an_entry_come_back_filled(served: Served, opened: Opened, language: str) -> None:
    day = a_day(served.desk)
    page = served.own(opened(served.url, language, phone=True), day["account"])
    page.goto("/interpreting/mine/hours")
    page.locator("[name='hours.mon.0.from']").fill("9")
    page.locator("[name='hours.mon.0.to']").fill("８：３０")
    page.locator("#hours .send button").click()
    expect(page.locator("#hours .errors")).to_be_focused()
    expect(page.locator("[name='hours.mon.0.to']")).to_have_value("８：３０")
    axe(page)
    fits(page)
    shot(page, f"interpreting-hours-refused-{language}-phone")
    staff = served.sit(opened(served.url, language))
    staff.goto("/interpreting/roster/new")
    staff.locator("[name='name.written']").fill("田中")
    staff.locator("[name='hours.sun.1.from']").fill("10:00")
    staff.locator("#entry .send button").click()
    summary = staff.locator("#entry .errors")
    expect(summary).to_be_focused()
    expect(staff.locator("[name='name.written']")).to_have_value("田中")
    axe(staff)
    shot(staff, f"interpreting-entry-refused-{language}")
    first = summary.get_by_role("link").first
    first.click()
    expect(staff.locator("[name='name.latin']")).to_be_focused()


@BOTH
def test_the_calendars_address_is_in_sight_when_it_is_made(served: Served, opened: Opened, language: str) -> None:
    day = a_day(served.desk)
    page = served.own(opened(served.url, language, phone=True), day["account"])
    page.goto("/interpreting/mine")
    page.get_by_role("button", name=WORDS[language]["address"]).click()
    address = page.locator("#calendar-link")
    expect(address).to_be_focused()
    expect(address).to_be_in_viewport()
    axe(page)
    fits(page)
    shot(page, f"interpreting-calendar-{language}-phone")
    path = address.input_value().partition("/interpreting/")[2]
    assert page.request.get(f"{served.url}/interpreting/{path}").text().startswith("BEGIN:VCALENDAR")


def test_a_day_with_a_night_in_it_keeps_its_hours_in_one_line(served: Served, opened: Opened) -> None:
    served.desk.interpreter(weekly_hours=[{"day": "wed", "from": "00:00", "to": "24:00"}])
    served.desk.booking(Visit())
    page = served.sit(opened(served.url))
    page.goto(f"/interpreting/?date={TOMORROW}")
    expect(page.locator(".day-line thead th")).to_have_count(25)
    cut = (
        "(cells) => cells.filter((e) => e.scrollWidth > e.clientWidth || e.clientHeight > 40).map((e) => e.textContent)"
    )
    assert page.locator(".day-line thead th").evaluate_all(cut) == []
    assert page.locator(".table-frame").evaluate("(e) => e.scrollWidth <= e.clientWidth"), "without moving it sideways"
    shot(page, "interpreting-night")
