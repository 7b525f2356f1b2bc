"""The e-bike plate counter of the demo, over its pages and the API: visitors, residents, clerks, admins and the wall."""

import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from chassis.demo import demo_id
from tests.e2e.conftest import People, Person

QUEUE = str(demo_id("ticket_queue", "e-bike"))
PLATES = str(demo_id("counter_service", "e-bike-A"))
WINDOW = str(demo_id("counter_window", "e-bike-1"))
BOARD = f"/desk/counters/{QUEUE}"


class Browser:
    """Pages, by forms and links, as a browser without scripts."""

    def __init__(self, url: str, name: str | None = None, password: str = "linli-demo", language: str = "zh-CN") -> None:  # noqa: S107
        self.url, self.session = url, requests.Session()
        self.session.headers["Accept-Language"] = language
        if name is not None:
            self.send("/sign-in/staff", "/sign-in/staff", username=name, password=password)

    def get(self, path: str, *, status: int = 200) -> str:
        answer = self.session.get(path if path.startswith("http") else self.url + path, timeout=15)
        assert answer.status_code == status, f"{path}: {answer.status_code}"
        return answer.text

    def send(self, page: str, action: str, **fields: Any) -> requests.Response:
        """Send a form of `page`. Returns the page to which it leads."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page))
        assert token is not None
        answer = self.session.post(self.url + action, data={"csrf_token": token[1], **fields}, timeout=15)
        assert answer.ok, f"{action}: {answer.status_code}"
        return answer


@pytest.fixture(scope="module")
def clerk(district_url: str) -> Browser:
    return Browser(district_url, "clerk")


def number_on(text: str) -> str:
    found = re.search(r'class="ticket-number"[^>]*>([A-Z]\d{3})<', text)
    assert found is not None
    return found[1]


def test_a_visitor_takes_a_number_follows_it_and_gives_it_up(district_url: str) -> None:
    phone = Browser(district_url)
    assert "电动车上牌" in phone.get("/c/liuyi?next=/queues")
    page = f"/queues/{QUEUE}"
    taken = phone.send(page, f"{page}/tickets", service_id=PLATES)
    number = number_on(taken.text)
    assert re.fullmatch(rf"{district_url}/t/[\w-]{{22}}", taken.url)
    assert (taken.headers["Cache-Control"], taken.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert number_on(phone.send(page, f"{page}/tickets", service_id=PLATES).text) == number, "a device has one"
    secret_page = taken.url.removeprefix(district_url)
    relative = Browser(district_url, language="en")
    assert "people before you" in relative.get(secret_page)
    assert "<svg" in relative.get(f"{secret_page}/slip")
    assert "Left" in relative.send(secret_page, f"{secret_page}/give-up").text
    relative.get(f"/t/{'x' * 22}", status=404)


def test_a_clerk_works_at_the_window(clerk: Browser, district_url: str) -> None:
    slip = clerk.send(BOARD, f"/queues/{QUEUE}/tickets", service_id=PLATES, at_desk="1")
    assert slip.url.endswith("/slip")
    opened = clerk.send(BOARD, f"{BOARD}/windows/{WINDOW}/open").text
    assert "叫号" in opened and "call-next" in opened
    called = clerk.send(BOARD, f"{BOARD}/windows/{WINDOW}/next").text
    number = number_on(called)
    field = {name: _hidden(called, name) for name in ("finished_ticket_id", "version")}
    ticket_id = field["finished_ticket_id"]
    started = clerk.send(BOARD, f"{BOARD}/tickets/{ticket_id}/steps", step="start", version=field["version"]).text
    assert number_on(started) == number and "办理中" in started
    again = clerk.send(BOARD, f"{BOARD}/tickets/{ticket_id}/steps", step="start", version=field["version"]).text
    assert 'role="alert"' in again, "the ticket has moved on"
    after = number_on(clerk.send(BOARD, f"{BOARD}/windows/{WINDOW}/next", finished_ticket_id=ticket_id).text)
    assert after != number
    twice = number_on(clerk.send(BOARD, f"{BOARD}/windows/{WINDOW}/next", finished_ticket_id=ticket_id).text)
    assert twice == after, "pressed twice, called once"
    assert "windows/" in clerk.send(BOARD, f"{BOARD}/windows/{WINDOW}/close").text
    later = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%H}:59"
    clerk.send(BOARD, f"{BOARD}/today", until=later)
    figures = clerk.session.get(f"{district_url}{BOARD}/figures.csv", timeout=15)
    assert figures.text.startswith("\ufeff日期,窗口,办结") and len(figures.text.splitlines()) >= 2
    assert "等候中位数" in clerk.get(f"{BOARD}/figures")


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_the_wall_and_what_admins_set(district_url: str) -> None:
    admin = Browser(district_url, "admin")
    page = f"/admin/queues/{QUEUE}"
    known = admin.get(page)
    old = re.search(r'href="[^"]*(/wall/[\w-]{22})"', known)
    assert old is not None and "<svg" in known
    wall = Browser(district_url).get(old[1])
    assert "现在取号要等" in wall and 'id="wall-live"' in wall
    renewed = admin.send(page, f"{page}/wall").text
    new = re.search(r'href="[^"]*(/wall/[\w-]{22})"', renewed)
    assert new is not None and new[1] != old[1]
    admin.get(old[1], status=404)
    admin.get(new[1])
    assert "电动车上牌" in admin.get("/admin/queues")


def test_an_admin_adds_and_changes_a_queue(district_url: str) -> None:
    admin = Browser(district_url, "admin")
    row = {"service_letter": "a", "service_zh": "老年卡", "service_en": "", "service_minutes": "5", "service_state": "on"}
    window = {"window_number": "1", "window_letters": "a", "window_state": "on"}
    plain = {"name_zh": "养老窗口", "early_minutes": "15", "grace_minutes": "5", "most_waiting": "50"}
    about = {"space_id": str(demo_id("space", "counter-elder-care")), **plain, **row, **window}
    made = admin.send("/admin/queues/new", "/admin/queues/new", **about)
    page = made.url.removeprefix(district_url)
    assert re.fullmatch(r"/admin/queues/[0-9a-f-]{36}", page) and 'value="老年卡"' in made.text
    fields = plain | row | window | {"version": _hidden(made.text, "version"), "active": "y", "service_minutes": "7"}
    assert 'value="7"' in admin.send(page, page, **fields).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', admin.get(page))
    assert token is not None
    bad = {"csrf_token": token[1], **fields, "window_letters": "Z"}
    stale = admin.session.post(district_url + page, data=bad, timeout=15)
    assert stale.status_code in (412, 422) and 'id="problems"' in stale.text


def test_other_communities_and_residents_are_kept_out(person: People, visitor: Person, district_url: str) -> None:
    other = person("clerk.yuxin")
    for method, path in (
        ("GET", f"/ticket-queues/{QUEUE}/board"),
        ("POST", f"/counter-windows/{WINDOW}/open"),
        ("POST", f"/counter-windows/{WINDOW}/call-next"),
    ):
        body = {"json": {}} if method == "POST" else {}
        assert other(method, path, **body).status_code == 404
        assert person("chen")(method, path, **body).status_code == 403
        assert visitor(method, path, **body).status_code == 401
    Browser(district_url, "clerk.yuxin").get(BOARD, status=404)


def test_a_resident_takes_a_number_by_the_api(person: People, visitor: Person) -> None:
    chen, clerk = person("chen"), person("clerk")
    until = (datetime.now().astimezone() + timedelta(seconds=1)).isoformat()
    assert clerk("PUT", f"/ticket-queues/{QUEUE}/today", json={"closes_at": until}).status_code == 200
    end = datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=23, minute=59).isoformat()
    clerk("PUT", f"/ticket-queues/{QUEUE}/today", json={"closes_at": end})
    first = chen.post(f"/ticket-queues/{QUEUE}/tickets", {"service_id": PLATES})
    assert chen.post(f"/ticket-queues/{QUEUE}/tickets", {"service_id": PLATES})["id"] == first["id"]
    assert [one["id"] for one in chen.get("/tickets")["items"]] == [first["id"]]
    assert visitor.get(f"/tickets/{first['secret']}")["ticket"] == first["ticket"]
    forged = chen("POST", f"/ticket-queues/{QUEUE}/tickets", json={"service_id": PLATES, "visitor": "a" * 32})
    assert forged.status_code == 422, "clients cannot say which device they are"
    chen.post(f"/tickets/{first['secret']}/give-up")
    assert chen.get("/tickets")["items"] == []
