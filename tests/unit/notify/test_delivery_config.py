"""What notify refuses to start with: a wrong key, a malformed list of exempt addresses; how an owner away is remembered."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.secret_files import make_secrets
from services.notify.rules.circuit_breaker import TrainingCircuitBreaker
from services.notify.settings import DeliveryConfig
from shared.settings import BadSetting
from tests.unit.notify.world import settings_of


def test_it_starts_with_the_secrets_that_setup_makes(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    DeliveryConfig(settings_of(tmp_path / "notify", ("10.0.0.0/8", "agency.example:8443"), "")).check()


@pytest.mark.parametrize("content", ["no key", ""])
def test_a_wrong_private_key_stops_it(tmp_path: Path, content: str) -> None:
    (tmp_path / "notify_private_key").write_text(content)
    with pytest.raises(BadSetting, match="notify_private_key: expected"):
        DeliveryConfig(settings_of(tmp_path, (), "")).check()


def test_a_key_of_another_kind_stops_it(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    (tmp_path / "notify" / "notify_private_key").write_bytes((tmp_path / "accounts" / "token_private_key").read_bytes())
    with pytest.raises(BadSetting, match="an X25519 private key"):
        DeliveryConfig(settings_of(tmp_path / "notify", (), "")).check()


def test_a_malformed_exemption_stops_it(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    with pytest.raises(BadSetting, match="IMC_WEBHOOK_ALLOW: expected"):
        DeliveryConfig(settings_of(tmp_path / "notify", ("not a host!",), "")).check()


def test_without_a_key_to_ask_with_it_does_not_start(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    (tmp_path / "notify" / "notify_token_key").unlink()
    with pytest.raises(BadSetting, match="notify_token_key: expected"):
        DeliveryConfig(settings_of(tmp_path / "notify", (), "")).check()


def test_a_key_that_signs_nothing_stops_it(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    pem = (tmp_path / "notify" / "notify_private_key").read_bytes()
    (tmp_path / "notify" / "notify_token_key").unlink()
    (tmp_path / "notify" / "notify_token_key").write_bytes(pem)
    with pytest.raises(BadSetting, match="an Ed25519 private key"):
        DeliveryConfig(settings_of(tmp_path / "notify", (), "")).check()


def test_while_training_is_away_one_mail_probes_and_the_others_wait() -> None:
    breaker, now = TrainingCircuitBreaker(), datetime(2026, 11, 24, tzinfo=UTC)
    assert not breaker.is_open(now) and not breaker.record_success()
    assert breaker.record_failure(now) and breaker.is_open(now + timedelta(seconds=4))
    later = now + timedelta(seconds=5)
    assert [breaker.is_open(later) for _ in range(3)] == [False, True, True]
    assert not breaker.record_failure(later), "said once"
    assert breaker.record_success() and not breaker.is_open(later) and not breaker.record_success()
