"""The services of the last release work with the tables of this code: during an upgrade both run."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from chassis import service_registry
from tests import district
from tests.conftest import DatabaseOf
from tests.integration.migrations import last_release

COMMAND_LINE = "-m", "chassis.cli.main"
MISSED = str(Path(__file__).with_name("missed_by_models.py"))
BOOK_AND_CANCEL = str(Path(__file__).with_name("book_and_cancel.py"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the last release."""
    return last_release.extract(tmp_path_factory.mktemp("last") / "release")


@pytest.fixture(scope="module")
def upgraded(tree: Path, home_folder: Callable[[], Path]) -> Iterator[str]:
    """URL of the services of the last release, with data that it wrote, after this code migrated the databases."""
    folder = home_folder()
    home = {"LINLI_HOME": str(folder / "home"), "LINLI_DEMO": "true"}
    last_release.run(tree, *COMMAND_LINE, "migrate", **home)
    last_release.run(tree, *COMMAND_LINE, "seed", **home)
    last_release.run(None, *COMMAND_LINE, "migrate", **home)
    services = last_release.run(tree, "-c", "from chassis import service_registry as s; print(*s.names())").split()
    with district.running(folder, "run", *services, PYTHONPATH=str(tree)) as url:
        yield url


def test_it_is_the_code_of_the_last_release_that_runs(tree: Path) -> None:
    where = last_release.run(tree, "-c", "import chassis, services.booking, gateway; print(chassis.__path__, gateway.__path__)")
    assert where.count(str(tree)) == 2


def test_a_day_goes_well_with_the_last_release(tree: Path, upgraded: str) -> None:
    """Its own tour: a booking, a conflict, a report and its notification, registrations, a waiting list, the feed."""
    assert "The day went well" in last_release.run(tree, "-m", "tour", LINLI_URL=upgraded)


def test_a_booking_is_cancelled_with_the_last_release(tree: Path, upgraded: str) -> None:
    assert last_release.run(tree, BOOK_AND_CANCEL, upgraded).split() == ["confirmed", "cancelled"]


def missed(tree: Path, database_of: DatabaseOf) -> Any:
    urls = [
        f"{name}={database_of(name).url.render_as_string(hide_password=False)}"
        for name in service_registry.names()
        if (tree / "services" / name).exists() or name == "gateway"
    ]
    return json.loads(last_release.run(tree, MISSED, *urls))


def test_the_models_of_the_last_release_find_all_they_need(tree: Path, database_of: DatabaseOf) -> None:
    found = missed(tree, database_of)
    assert set(found) >= {"booking", "cases", "events", "notify", "gateway"}
    assert not any(found.values()), found


BREAKS = {
    "ALTER TABLE booking DROP COLUMN purpose": "the column booking.purpose is gone",
    "ALTER TABLE space RENAME COLUMN section TO part": "the column space.section is gone",
    "DROP TABLE space_exception": "the table space_exception is gone",
    "DROP TABLE idempotency": "the table idempotency is gone",
    "ALTER TABLE booking ADD intent text NOT NULL": "the column booking.intent is new, NOT NULL, and has no default",
    "ALTER TABLE booking ALTER cancel_reason SET NOT NULL": "the column booking.cancel_reason became NOT NULL",
    "ALTER TABLE booking ALTER attendees TYPE text": "the type of booking.attendees changed from Integer() to TEXT()",
}
STANDS = (
    "ALTER TABLE booking ADD note text",
    "ALTER TABLE booking ADD marked boolean NOT NULL DEFAULT false",
    "CREATE TABLE another (id int PRIMARY KEY)",
    "ALTER TABLE booking ALTER created_at DROP NOT NULL",
    "CREATE INDEX another_index ON booking (purpose)",
)


def test_what_the_last_release_cannot_stand_is_found(tree: Path, database_of: DatabaseOf) -> None:
    engine: Engine = database_of("booking")
    with engine.begin() as connection:
        for change in (*STANDS, *BREAKS):
            connection.execute(text(change))
    url = engine.url.render_as_string(hide_password=False)
    found = json.loads(last_release.run(tree, MISSED, f"booking={url}"))["booking"]
    # The section's column has a new name, which is NOT NULL without a default.
    assert found == sorted([*BREAKS.values(), "the column space.part is new, NOT NULL, and has no default"])
