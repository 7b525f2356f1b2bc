"""An admin makes closures of an outside calendar."""

from collections.abc import Callable
from html import unescape
from io import BytesIO
from typing import Any

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Page

COURT = centre.uid("space", "badminton-1")
PAGE = "/admin/closures/import"


def calendar(*entries: tuple[str, str, str]) -> bytes:
    text = "".join(
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nSUMMARY:考试{uid}\r\nDTSTART:{start}\r\nDTEND:{end}\r\nEND:VEVENT\r\n"
        for uid, start, end in entries
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{text}END:VCALENDAR\r\n".encode()


A = ("a", "20260312T090000", "20260312T110000")
B = ("b", "20260313T090000", "20260313T110000")


def upload(admin: Browser, content: bytes) -> str:
    form = admin.get(PAGE).form(PAGE)
    answer = admin.send(form, name="学校课表", spaces=COURT, file=(BytesIO(content), "school.ics"))
    return str(answer.get_data(as_text=True))


def known(uid: str, start: str, end: str) -> dict[str, Any]:
    return {
        "id": centre.uid("closure", uid), "version": 1, "community_id": "liuyi", "spaces": [], "whole": True, "state": "coming",
        "reason": "event", "note": None, "moved": 0, "cancelled": 0, "starts_at": start, "ends_at": end,
        "outside_uid": f"学校课表#{uid}",
    }  # fmt: skip


def test_nothing_is_closed_before_the_admin_has_seen_what_would_be(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    district.closures = [
        known("a", "2026-03-12T09:00:00+08:00", "2026-03-12T11:00:00+08:00"),
        known("b", "2026-03-13T08:00:00+08:00", "2026-03-13T11:00:00+08:00"),
        known("gone", "2026-03-14T08:00:00+08:00", "2026-03-14T11:00:00+08:00"),
    ]
    district.closures[2]["outside_uid"] = "学校课表#gone"
    admin = browser_as("admin")
    page = upload(admin, calendar(A, B, ("c", "20260315T090000", "20260315T110000")))
    assert district.asked("close_spaces") == []
    for words in ("已经关闭", "时间变了", "日历里没有了", "新的", "考试c"):
        assert words in page
    assert "outside_uid=" in page, "the assistant knows the entry"


def test_ticked_rows_are_closed_and_those_with_bookings_are_left_for_the_assistant(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    admin = browser_as("admin")
    page = upload(admin, calendar(A, B))
    rows = [box.split('"')[0] for box in page.split('name="rows" value="')[1:]]
    rows = [unescape(row) for row in rows]
    done = admin.send_and_follow(Page(page).form(PAGE), name="学校课表", spaces=COURT, decided="yes", rows=rows)
    assert "已更新 2 个闭馆" in done.text
    sent = district.asked("close_spaces")
    assert [one["outside_uid"] for one in sent] == ["学校课表#a", "学校课表#b"] and sent[0]["note"] is None
    district.refusals["close_spaces"] = Refused("booking.closure_plan_outdated", "conflict", "有预约。", {})
    left = admin.send(Page(page).form(PAGE), name="学校课表", spaces=COURT, decided="yes", rows=rows[:1])
    assert "请逐个打开" in left.text and "安排预约" in left.text


def test_titles_become_public_only_if_the_admin_says_so(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    page = upload(admin, calendar(A))
    assert "note_zh=%E8" not in page, "the assistant gets no title either"
    row = unescape(page.split('name="rows" value="')[1].split('"')[0])
    admin.send(Page(page).form(PAGE), name="学校课表", spaces=COURT, decided="yes", rows=row, titles="y")
    assert [one["note"] for one in district.asked("close_spaces")] == [{"zh-CN": "考试a"}]


def test_an_entry_that_is_there_twice_is_closed_once(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    page = upload(
        admin,
        calendar(A, B)
        .replace(b"UID:a\r\n", b"")
        .replace(
            b"END:VCAL",
            b"".join(
                b"BEGIN:VEVENT\r\nSUMMARY:\xe8\x80\x83\xe8\xaf\x95a\r\nDTSTART:20260312T090000\r\nDTEND:20260312T1%d0000\r\nEND:VEVENT\r\n"
                % end
                for end in (1, 2)
            )
            + b"END:VCAL",
        ),
    )
    rows = [unescape(box.split('"')[0]) for box in page.split('name="rows" value="')[1:]]
    assert len(rows) == 2
    admin.send_and_follow(Page(page).form(PAGE), name="学校课表", spaces=COURT, decided="yes", rows=[rows[0], *rows])
    assert len(district.asked("close_spaces")) == 2


def test_odd_files_and_odd_rows_are_refused_in_words(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    admin = browser_as("admin")
    assert "这不是日历文件" in upload(admin, b"<html>")
    assert "请选择文件" in admin.send(admin.get(PAGE).form(PAGE), name="x", spaces=COURT).text
    form = admin.get(PAGE).form(PAGE)
    assert admin.send(form, name="x", spaces=COURT, decided="yes", rows='{"uid": 1').status_code == 303
    assert district.asked("close_spaces") == []
    browser_as("clerk").get(PAGE, 403)
