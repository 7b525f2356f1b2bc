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

from tests.patience import eventually

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
def test_other_commands_find_it_and_its_operator_sees_the_codes(serve: Serve, linli: Run, tmp_path: Path) -> None:
    """Without its port, and without its home: only one instance runs here (TMPDIR is that of the test)."""
    here = {"TMPDIR": str(tmp_path)}
    up = serve("up", **here)
    found = linli("doctor", **here, LINLI_HOME="")
    assert found.returncode == 0 and f"http://localhost:{up.port} runs" in found.stdout, found.stdout
    assert "in the running process" in found.stdout

    phone = "+8613912345678"
    asked = requests.post(
        f"http://127.0.0.1:{up.port}/api/v1/auth/codes?community_id=liuyi",
        json={"phone": phone},
        headers={"Idempotency-Key": "the-first-one"},
        timeout=10,
    )
    assert asked.ok, asked.text
    eventually(lambda: phone in up.said(), seconds=20)
    (code,) = re.findall(rf"{re.escape(phone)}: .*?(\d{{6}})", up.said())
    listed = linli("sms", "--last", "100", **here, LINLI_HOME="").stdout  # the demo's residents get messages too
    assert phone in listed and code in listed


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
