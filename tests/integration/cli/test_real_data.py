"""The demo is refused where a database holds data that is not the demo's, and personal fields are renewed by a command."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from chassis.cli import demo
from chassis.cli.command_errors import CommandError
from chassis.config import settings
from tests.conftest import DatabaseOf

ACCOUNT = text(
    "INSERT INTO account (id, community_id, version, party, username, key_id, created_at, demo, whole_district)"
    " VALUES (gen_random_uuid(), 'liuyi', 1, 'staff', :name, 'k', now(), :sample, false)"
)


@pytest.fixture
def demo_is(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    def switch(on: bool) -> None:
        monkeypatch.setenv("LINLI_DEMO", str(on))
        settings.cache_clear()

    yield switch
    monkeypatch.undo()
    settings.cache_clear()


def add(engine: Engine, name: str, *, sample: bool) -> None:
    with engine.begin() as connection:
        connection.execute(ACCOUNT, {"name": name, "sample": sample})


def start(engine: Engine) -> None:
    demo.refuse_demo_on_real_data({"gateway": engine})


def test_a_new_database_becomes_the_demos(database_of: DatabaseOf, demo_is: Any) -> None:
    gateway = database_of("gateway")
    demo_is(True)
    start(gateway)
    demo.seed({"gateway": gateway}, again=False, on_seeded=lambda service: None)
    start(gateway)
    add(gateway, "made.while.trying", sample=False)
    start(gateway)


def test_a_database_with_accounts_never_becomes_the_demos(database_of: DatabaseOf, demo_is: Any) -> None:
    gateway = database_of("gateway")
    add(gateway, "he.wei", sample=False)
    demo_is(True)
    with pytest.raises(CommandError, match="LINLI_DEMO is on, and the database of gateway holds data"):
        start(gateway)
    demo_is(False)
    start(gateway)


def test_a_database_that_went_from_the_demo_to_real_use_does_not_go_back(database_of: DatabaseOf, demo_is: Any) -> None:
    gateway = database_of("gateway")
    demo_is(True)
    demo.seed({"gateway": gateway}, again=False, on_seeded=lambda service: None)
    demo_is(False)
    start(gateway)
    demo_is(True)
    start(gateway)  # nobody of its own has worked with it
    add(gateway, "he.wei", sample=False)
    demo_is(False)
    start(gateway)
    demo_is(True)
    with pytest.raises(CommandError, match="holds data that is not the demo's"):
        start(gateway)


def test_renew_says_when_no_row_of_an_older_key_is_left(linli: Any, database_of: DatabaseOf) -> None:
    urls = {
        f"LINLI_DATABASE_URL_{name.upper()}": database_of(name).url.render_as_string(hide_password=False)
        for name in ("gateway", "notify")
    }
    add(database_of("gateway"), "he.wei", sample=False)
    first, second = linli("renew", "gateway", "notify", **urls), linli("renew", "gateway", "notify", **urls)
    assert first.returncode == 0, first.stderr
    assert "gateway  1 renewed; none of an older key is left" in first.stdout
    assert "notify   0 renewed" in second.stdout and "gateway  0 renewed" in second.stdout
