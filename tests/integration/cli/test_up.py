"""`linli up` as a process: the whole district, from nothing."""

import re
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, text

Run = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[..., Any]


def test_from_nothing_to_a_page_and_back(serve: Serve, linli: Run, tmp_path: Path) -> None:
    up = serve("up")
    said = up.said()
    assert re.search(rf"ready after [\d.]+ s: http://localhost:{up.port}", said)
    for account in ("19900000001", "246810", "supervisor", "linli-demo"):
        assert account in said
    assert requests.get(f"http://127.0.0.1:{up.port}/", timeout=10).ok
    assert requests.get(f"http://127.0.0.1:{up.port}/api/openapi.json", timeout=10).json()["openapi"].startswith("3.1")

    second = linli("up")
    assert second.returncode == 1
    assert f"running already on {tmp_path / 'home'} (process {up.process.pid})" in second.stderr
    doctor = linli("doctor")
    assert doctor.returncode == 0, doctor.stdout

    assert up.stop(signal.SIGINT) == 0, up.said()
    assert "Traceback" not in up.said()
    assert not (tmp_path / "home" / "postgres" / "postmaster.pid").exists()


@pytest.mark.usefixtures("migrated")
def test_killed_it_comes_back_with_what_was_there(serve: Serve, tmp_path: Path) -> None:
    up = serve("up")
    with _database(tmp_path) as connection:
        before = connection.execute(text("SELECT count(*) FROM account")).scalar()
    up.process.kill()
    up.process.wait()
    again = serve("up")
    with _database(tmp_path) as connection:
        assert connection.execute(text("SELECT count(*) FROM account")).scalar() == before
        assert before
    assert again.stop() == 0, again.said()


@pytest.mark.usefixtures("migrated")
def test_without_the_demo_there_is_nobody(serve: Serve, tmp_path: Path) -> None:
    up = serve("up", LINLI_DEMO="false")
    assert "Sign in as" not in up.said()
    with _database(tmp_path) as connection:
        assert connection.execute(text("SELECT count(*) FROM account")).scalar() == 0
    assert up.stop() == 0, up.said()


def _database(folder: Path) -> Any:
    folder = (folder / "home" / "postgres").resolve()
    return create_engine(f"postgresql+psycopg://postgres@/gateway?host={folder}").connect()
