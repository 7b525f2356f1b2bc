"""An erasure while the machine goes off again and again: nothing is half done, and the receipt arrives once."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.broker import free_port
from tests.e2e.conftest import Person, sign_in
from tests.e2e.test_erasure import engines, unexpected_of
from tests.patience import eventually

KILLS = 4
PHONE, NAME = "19900000003", "张敏"


@contextmanager
def killed(folder: Path) -> Iterator[str]:
    """A district whose processes, the database too, get SIGKILL at the end of the block."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LINLI_")}
    environment |= {"LINLI_HOME": str(folder / "home"), "LINLI_PORT": str(port), "LINLI_DEMO": "true"}
    environment |= {"LINLI_ERASURE_GRACE_DAYS": "0", "LINLI_RPC_TIMEOUT": "2", "LINLI_STATEMENT_TIMEOUT": "4"}
    program = [str(Path(sys.executable).with_name("linli")), "up"]
    with (folder / "up.log").open("ab") as out:
        district = subprocess.Popen(program, env=environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _answers(url), seconds=180, every=0.1)
        yield url
    finally:
        os.killpg(district.pid, signal.SIGKILL)
        district.wait()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/readyz", timeout=5).ok
    except requests.RequestException:
        return False


@contextmanager
def states(folder: Path) -> Iterator[Callable[[], str]]:
    """Gives a function that reads the state of the erasure. The page of the receipt can be asked only so often."""
    for service, engine in engines(folder):
        if service == "gateway":

            def state() -> str:
                with engine.connect() as connection:  # noqa: B023  the loop ends with the gateway
                    return str(connection.exec_driver_sql("SELECT state FROM erasure").scalar())

            yield state
        engine.dispose()


def end_leases(folder: Path) -> None:
    """A kill while the receipt was being sent: nobody knows whether it has arrived, so its sealed address stays for three
    minutes, the lease of the attempt. The test does not wait for them."""
    for service, engine in engines(folder):
        if service == "notify":
            with engine.begin() as connection:
                connection.exec_driver_sql(
                    "UPDATE notification SET lease_until = now() WHERE state = 'sending' AND lease_until > now()"
                )
        engine.dispose()


@pytest.mark.timeout(900)
def test_the_machine_goes_off_again_and_again(home_folder: Callable[[], Path]) -> None:
    folder = home_folder()
    with killed(folder) as url:
        zhang = sign_in(url, "zhang")
        account_id = zhang.account["id"]
        number = zhang.post("/me/erasure")["number"]
        with states(folder) as state:
            seen = {state()}
    for _ in range(KILLS):
        with killed(folder), states(folder) as state:
            # Off in the middle of the next step, whichever it is. It may be over when the district answers.
            eventually(lambda state=state: state() not in seen, seconds=60, every=0.01)  # type: ignore[misc]
            seen.add(state())
        if "done" in seen:
            break
    assert len(seen) > 1, seen
    with killed(folder) as url:
        with states(folder) as state:
            eventually(lambda: state() == "done", seconds=90)
        told: dict[str, Any] = Person(url).get(f"/erasures/{number}")
        assert sorted(one["service"] for one in told["answers"]) == ["booking", "cases", "events", "gateway", "notify"]
        admin = sign_in(url, "admin")

        def receipts() -> list[str]:
            items = admin.get("/sms-sink", params={"phone": PHONE})["items"]
            return [item["body"] for item in items if number in item["body"]]

        assert len(eventually(receipts, seconds=60)) == 1
        end_leases(folder)
        eventually(lambda: not unexpected_of(folder, account_id, (PHONE, NAME, "zhang@example.com")), seconds=30)
        assert unexpected_of(folder, account_id, (PHONE, NAME, "zhang@example.com")) == set()
        for service, engine in engines(folder):
            with engine.connect() as connection:
                parked = connection.exec_driver_sql("SELECT count(*) FROM inbox WHERE state = 'parked'").scalar()
                assert parked == 0, service
            engine.dispose()
