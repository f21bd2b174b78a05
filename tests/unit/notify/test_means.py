"""What notify refuses to start with: a wrong key, a malformed list of exempt addresses."""

from pathlib import Path

import pytest

from deploy.secret_files import make_secrets
from services.notify.actions import Means
from shared.settings import BadSetting
from tests.unit.notify.world import settings_of


def test_it_starts_with_the_secrets_that_setup_makes(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    Means(settings_of(tmp_path / "notify", ("10.0.0.0/8", "agency.example:8443"), "")).check()


@pytest.mark.parametrize("content", ["no key", ""])
def test_a_wrong_private_key_stops_it(tmp_path: Path, content: str) -> None:
    (tmp_path / "notify_private_key").write_text(content)
    with pytest.raises(BadSetting, match="notify_private_key: expected"):
        Means(settings_of(tmp_path, (), "")).check()


def test_a_key_of_another_kind_stops_it(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    (tmp_path / "notify" / "notify_private_key").write_bytes((tmp_path / "accounts" / "token_private_key").read_bytes())
    with pytest.raises(BadSetting, match="an X25519 private key"):
        Means(settings_of(tmp_path / "notify", (), "")).check()


def test_a_malformed_exemption_stops_it(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    with pytest.raises(BadSetting, match="IMC_WEBHOOK_ALLOW: expected"):
        Means(settings_of(tmp_path / "notify", ("not a host!",), "")).check()
