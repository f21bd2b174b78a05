"""Somebody tries to sign in as a person: that person is told, in their inbox and by mail, of nothing but that."""

from datetime import UTC, datetime

import pytest

from services.notify.rules.audience import is_urgent, page_of
from services.notify.rules.causes import Cause
from services.notify.rules.drafts import DraftContext, drafts_for_people
from services.notify.rules.texts import LANGUAGES, Texts
from shared.events.accounts import AccountLocked

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TEXT = "person.account.locked"


def drafts(password_known: bool = False, mail: bool = True):
    event = AccountLocked(account_id="acc-1", until="2026-11-23T09:15:00.000Z", password_known=password_known)
    return list(
        drafts_for_people(
            Cause("event-1", AccountLocked.TYPE, NOW, 7, event), DraftContext("https://imc.example", mail, NOW)
        )
    )


def test_they_are_notified_by_both_channels_and_nobody_else_is():
    assert [(one["recipient"], one["channel"], one["text"]) for one in drafts()] == [
        ("account:acc-1", "inbox", TEXT),
        ("account:acc-1", "email", TEXT),
    ]
    assert is_urgent(TEXT) and page_of(TEXT, None) == "/accounts/me"


def test_without_a_mail_server_mail_is_not_queued():
    assert [one["status"] for one in drafts(mail=False)] == ["delivered", "suppressed"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("password_known", [False, True])
def test_it_says_what_to_do(language, password_known):
    texts = Texts()
    fields = drafts(password_known)[1]["fields"] | {"reference": None, "link": "https://imc.example/accounts/me"}
    written = texts.render_email(TEXT, language, fields, {})
    assert ("password" in written.title or "パスワード" in written.title) == password_known
    assert "https://imc.example/accounts/me" in written.text and "None" not in written.text
    assert "\n\n\n" not in written.text
