import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from threading import Barrier

import pytest
from environs import EnvError

from chassis import service_registry
from chassis.cli.config import as_markdown, shown
from chassis.config import DERIVED, VARIABLES, Settings, every_variable, read_settings, settings

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for variable in every_variable():
        monkeypatch.delenv(variable.name, raising=False)
    for service in service_registry.names():
        monkeypatch.delenv(f"LINLI_DATABASE_URL_{service.upper()}", raising=False)
    monkeypatch.setenv("LINLI_HOME", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_the_page_is_current() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8") == as_markdown(), "run: linli config --markdown"


def test_every_setting_has_a_variable_and_every_variable_a_setting() -> None:
    assert [v.name.removeprefix("LINLI_").lower() for v in VARIABLES] == [field.name for field in fields(Settings)]


def test_defaults_are_for_one_machine() -> None:
    config = read_settings()
    assert config.embedded_broker and config.embedded_database and not config.demo
    assert config.public_address == config.bind == "127.0.0.1"


@pytest.mark.parametrize("name", ["LINLI_DATABASE_URL", "LINLI_DATABASE_URL_CASES"])
def test_a_database_named_for_all_or_for_one_service_leaves_no_place_for_an_embedded_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "postgresql://postgres/cases")
    assert not read_settings().embedded_database


def test_a_value_that_does_not_parse_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_PORT", "eighty")
    with pytest.raises(EnvError, match="LINLI_PORT"):
        read_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LINLI_PORT", "99999"),
        ("LINLI_SIDE_PORT", "-1"),
        ("LINLI_AMQP_URI", "foo://x"),
        ("LINLI_DATABASE_URL", "mysql://x"),
        ("LINLI_LOG_LEVEL", "LOUD"),
        ("LINLI_LOG_FORMAT", "xml"),
    ],
)
def test_a_value_that_means_nothing_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(EnvError, match=name):
        read_settings()


def test_generated_secrets_stay_and_are_private(tmp_path: Path) -> None:
    first, second = read_settings(), read_settings()
    assert first.secret == second.secret and len(first.secret) >= 32
    assert first.encryption_keys == second.encryption_keys
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_threads_that_start_together_agree_on_the_generated_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    both_have_written, link = Barrier(2), os.link

    def link_together(*args: Path) -> None:
        both_have_written.wait(timeout=10)
        link(*args)

    monkeypatch.setattr("os.link", link_together)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: read_settings(), range(2)))
    found = {(config.secret, config.encryption_keys, config.index_keys) for config in both}
    assert len(found) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == ["encryption-keys", "index-keys", "secret"]


def test_only_a_new_installation_gets_an_index_key_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The rows of others were indexed with keys that were derived from their secrets."""
    (new,) = read_settings().index_keys
    assert new not in (DERIVED, read_settings().secret) and read_settings().index_keys == (new,)
    monkeypatch.setenv("LINLI_SECRET", "s" * 40)
    assert read_settings().index_keys == (new,), "the file stays when other secrets are set"
    for name in ("secret", "encryption-keys"):
        home = tmp_path / f"old {name}"
        home.mkdir()
        (home / name).write_text("W6d1dFQ0c5Mr2M0Gd0rVQ5hCY4u5kM2jHHR2v5dKxqg=")
        monkeypatch.delenv("LINLI_SECRET", raising=False)
        monkeypatch.setenv("LINLI_HOME", str(home))
        assert read_settings().index_keys == (DERIVED,)
        assert not (home / "index-keys").exists()


@pytest.mark.parametrize("name", ["LINLI_SECRET", "LINLI_ENCRYPTION_KEYS"])
def test_a_home_that_does_not_last_gets_no_index_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """With secrets from the environment, a container may start with an empty home each time."""
    monkeypatch.setenv(name, "W6d1dFQ0c5Mr2M0Gd0rVQ5hCY4u5kM2jHHR2v5dKxqg=")
    assert read_settings().index_keys == (DERIVED,)
    monkeypatch.setenv("LINLI_INDEX_KEYS", " new , derived,")
    assert read_settings().index_keys == ("new", "derived")


def test_database_url_per_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINLI_DATABASE_URL", "postgresql://u:p@host/{service}")
    monkeypatch.setenv("LINLI_DATABASE_URL_CASES", "postgresql://other/cases")
    config = read_settings()
    assert config.database_url_of("booking") == "postgresql+psycopg://u:p@host/booking"
    assert config.database_url_of("cases") == "postgresql+psycopg://other/cases"


def test_without_a_database_it_says_so() -> None:
    with pytest.raises(LookupError, match="LINLI_DATABASE_URL"):
        read_settings().database_url_of("booking")


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    by_name = {variable.name: variable for variable in VARIABLES}
    monkeypatch.setenv("LINLI_SECRET", "very-secret-value")
    monkeypatch.setenv("LINLI_PORT", "9000")
    assert "very" not in shown(by_name["LINLI_SECRET"])
    assert shown(by_name["LINLI_PORT"]) == "9000"
    assert shown(by_name["LINLI_BIND"]) == "127.0.0.1"
