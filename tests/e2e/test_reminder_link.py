"""From a booking to the SMS of its reminder, and from the link in it to the free time, without signing in."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine, text

from gateway.demo import COMMUNITY
from tests.district import running
from tests.e2e.conftest import Person, sign_in
from tests.e2e.test_erasure import engines
from tests.patience import eventually
from tests.unit.gateway.pages.reading import Page


@pytest.fixture(scope="module")
def folder(home_folder: Callable[[], Path]) -> Path:
    return home_folder()


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """A district of its own, because the test changes what time it is there."""
    with running(folder) as address:
        yield address


def booked(person: Person) -> dict[str, Any]:
    """A booking of the first free time from the day after tomorrow on."""
    first = datetime.now(UTC) + timedelta(days=2)
    for space in person.get("/spaces", params={"kind": "court"})["items"]:
        window = {"from": first.isoformat(), "to": (first + timedelta(days=5)).isoformat()}
        for span in person.get(f"/spaces/{space['id']}/availability", params=window)["free"]:
            start = datetime.fromisoformat(span["starts_at"])
            times = {"starts_at": start.isoformat(), "ends_at": (start + timedelta(minutes=space["min_minutes"])).isoformat()}
            answer = person("POST", "/bookings", json={"space_id": space["id"], **times})
            if answer.status_code == 201:
                made: dict[str, Any] = answer.json()
                return made
    raise AssertionError("nothing is free")


def make_due(notify: Engine, booking_id: str) -> bool:
    """Make the reminder due, and noon in the community, because nobody is reminded at night. False while notify has not heard
    of the booking."""
    offset = datetime.now(UTC).hour - 12  # Etc/GMT has the signs of POSIX
    with notify.begin() as connection:
        zone = {"id": COMMUNITY, "zone": f"Etc/GMT{offset:+d}"}
        connection.execute(text("UPDATE community SET time_zone = :zone WHERE id = :id"), zone)
        due = "UPDATE reminder SET due_at = now() WHERE subject_id = :id AND state = 'waiting'"
        return connection.execute(text(due), {"id": booking_id}).rowcount == 1


@pytest.mark.timeout(300)
def test_one_tap_without_signing_in(url: str, folder: Path) -> None:
    chen, admin = sign_in(url, "chen"), sign_in(url, "admin")
    assert chen("PUT", "/me/reminders", json={"reminders": "sms"}).json() == {"reminders": "sms"}
    booking = booked(chen)
    notify = dict(engines(folder))["notify"]
    eventually(lambda: make_due(notify, booking["id"]), seconds=30)

    def sms() -> list[str]:
        bodies = (one["body"] for one in admin.get("/sms-sink")["items"])
        return [body for body in bodies if body.startswith("【邻里】提醒：您预约了") and "/r/" in body]

    [body] = eventually(sms, seconds=60)
    path = body[body.index("/r/") :].strip()

    stranger = requests.Session()
    for _ in range(2):  # a scanner, and the person
        answer = stranger.get(url + path, timeout=15)
        assert answer.status_code == 200, answer.text
    page = Page(answer.text)
    assert booking["space_name"]["zh-CN"] in page.text and chen.account["name"] not in page.text
    assert chen.get(f"/bookings/{booking['id']}")["state"] == "confirmed"

    form = page.form(path)
    done = stranger.post(url + form.action, data=form.fields, timeout=15)
    assert done.status_code == 200 and "已取消预约" in done.text
    found = chen.get(f"/bookings/{booking['id']}")
    assert (found["state"], found["cancelled_by"], found["cancel_reason"]) == ("cancelled", "resident", "通过提醒里的链接取消")
    assert stranger.get(url + path, timeout=15).status_code == 410
    waits = "SELECT 1 FROM reminder WHERE subject_id = :id AND state = 'dropped' AND secret_hash IS NULL"
    with notify.connect() as connection:
        eventually(lambda: connection.execute(text(waits), {"id": booking["id"]}).first(), seconds=30)
    titles = [one["template"] for one in chen.get("/notifications")["items"]]
    assert titles.count("booking_reminder") == 1
