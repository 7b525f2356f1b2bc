"""The checks that every service has."""

from collections.abc import Callable
from typing import Any

import pytest

from chassis.observability import checks


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> dict[str, Callable[[], None]]:
    by_name: dict[str, Callable[[], None]] = {}
    monkeypatch.setattr(checks.health, "register", lambda service, name, check: by_name.update({name: check}))
    return by_name


def test_a_migration_check_that_passed_is_not_asked_again_one_that_failed_is(
    registered: dict[str, Callable[[], None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    missing = ["0007"]

    def pending(service: str, engine: Any) -> list[str]:
        asked.append(service)
        return list(missing)

    monkeypatch.setattr(checks.migrate, "pending", pending)
    no_engine: Any = None
    checks.register_standard("booking", no_engine, "memory://")
    for _ in range(2):
        with pytest.raises(checks.CheckFailed, match="linli migrate booking"):
            registered["migrations"]()
    missing.clear()
    for _ in range(3):
        registered["migrations"]()
    assert asked == ["booking"] * 3
