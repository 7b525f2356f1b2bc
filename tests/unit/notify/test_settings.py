"""The settings that only notify has."""

from collections.abc import Iterator
from dataclasses import fields

import pytest
from environs import EnvError

from chassis.config import settings
from services.notify.settings import VARIABLES, NotifySettings, notify_settings


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_every_setting_has_a_variable_and_every_variable_a_setting() -> None:
    assert [v.name.removeprefix("LINLI_").lower() for v in VARIABLES] == [field.name for field in fields(NotifySettings)]


def test_a_mail_server_that_means_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_SMTP_URL", "abc")
    with pytest.raises(EnvError, match="LINLI_SMTP_URL"):
        notify_settings()


def test_a_changed_environment_is_read_after_the_cache_was_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    assert notify_settings().sms_provider == "sink"
    monkeypatch.setenv("LINLI_SMS_PROVIDER", "acme")
    assert notify_settings().sms_provider == "sink", "it is read once"
    settings.cache_clear()
    assert notify_settings().sms_provider == "acme"
