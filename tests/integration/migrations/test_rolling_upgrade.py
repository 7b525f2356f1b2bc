"""The last release and this one side by side, on one broker: the gateway and the services are replaced in any order."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from chassis.config import settings
from chassis.database.engine import connect
from chassis.database.migrate import CHASSIS, apply
from chassis.rpc import old_calls
from tests import district
from tests.conftest import CopyOf
from tests.integration.migrations import last_release
from tests.patience import eventually

COMMAND_LINE = "-m", "chassis.cli.main"
BOOK_AND_CANCEL = str(Path(__file__).with_name("book_and_cancel.py"))


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the last release."""
    return last_release.extract(tmp_path_factory.mktemp("last") / "release")


@pytest.fixture(scope="module")
def upgraded(tree: Path, home_folder: Callable[[], Path], module_vhost_uri: str) -> dict[str, str]:
    """The settings of an installation of the last release, after this code migrated it."""
    folder = home_folder()
    home = {"LINLI_HOME": str(folder / "home"), "LINLI_DEMO": "true", "LINLI_AMQP_URI": module_vhost_uri}
    home["LINLI_COMMUNITY"] = "liuyi"  # the last release had no directory
    for release in (tree, None):
        last_release.run(release, *COMMAND_LINE, "migrate", **home)
        last_release.run(release, *COMMAND_LINE, "topology", **home)
        if release:
            last_release.run(release, *COMMAND_LINE, "seed", **home)
    return home


@contextmanager
def services(release: Path | None, home: dict[str, str]) -> Iterator[None]:
    """The services of a release in a process, without the gateway."""
    environment = last_release.environment_of(release, home | {"LINLI_SIDE_PORT": "0"})
    log = Path(home["LINLI_HOME"]).parent / "services.log"
    command = [sys.executable, *COMMAND_LINE, "run", "booking", "cases", "events", "notify"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, cwd=release or last_release.ROOT, stdout=output, stderr=output)
    try:
        eventually(lambda: b'"serving"' in log.read_bytes() or process.poll() is not None, seconds=90)
        assert process.poll() is None, log.read_text()[-3000:]
        yield
    finally:
        process.terminate()
        process.wait(60)


@contextmanager
def gateway(release: Path | None, home: dict[str, str]) -> Iterator[str]:
    """URL of the gateway of a release."""
    more = {"PYTHONPATH": str(release)} if release else {}
    with district.running(Path(home["LINLI_HOME"]).parent, "run", "gateway", **home, **more) as url:
        yield url


@pytest.mark.parametrize("first", ["the services", "the gateway"])
def test_one_half_is_replaced_before_the_other(tree: Path, upgraded: dict[str, str], first: str) -> None:
    of_services, of_gateway = (None, tree) if first == "the services" else (tree, None)
    with services(of_services, upgraded), gateway(of_gateway, upgraded) as url:
        assert last_release.run(tree, BOOK_AND_CANCEL, url).split() == ["confirmed", "cancelled"]


# --- how long, and only then ---


def _tables(engine: Engine) -> None:
    apply([CHASSIS], engine)


def _until(engine: Engine, monkeypatch: pytest.MonkeyPatch, **variables: str) -> float:
    monkeypatch.setenv("LINLI_DATABASE_URL_UPGRADED", engine.url.render_as_string(hide_password=False))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    old_calls.engine_of.cache_clear()
    try:
        return old_calls.until("upgraded")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        old_calls.engine_of.cache_clear()


def test_a_new_installation_never_takes_calls_that_others_can_sign(copy_of: CopyOf, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(copy_of("chassis", _tables), application="test", pool_size=2, statement_timeout=10)
    assert _until(engine, monkeypatch) == 0
    engine.dispose()


def test_an_installation_in_use_takes_them_for_a_week(copy_of: CopyOf, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = connect(copy_of("chassis", _tables), application="test", pool_size=2, statement_timeout=10)
    with engine.begin() as connection:  # as it was before the upgrade
        connection.execute(text("DROP TABLE erased_account"))
        connection.execute(text("UPDATE alembic_version_chassis SET version_num = 'chassis_0004'"))
        connection.execute(text("INSERT INTO relay_state VALUES ('drained', now())"))
    apply([CHASSIS], engine)
    week = datetime.now(UTC) + timedelta(days=7)
    assert abs(_until(engine, monkeypatch) - week.timestamp()) < 60
    assert _until(engine, monkeypatch, LINLI_OLD_CALLS="false") == 0
    engine.dispose()
