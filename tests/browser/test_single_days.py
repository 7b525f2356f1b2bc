"""A provisional holiday: an admin finds and confirms it, and closes a space for one day; residents and the desk see both."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open

TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()


@pytest.mark.parametrize(("phone", "language"), [(True, "zh-CN"), (False, "en")], ids=["phone-zh", "desk-en"])
def test_the_pages_of_single_days_are_whole(open_as: Open, phone: bool, language: str) -> None:
    admin = open_as("admin", phone=phone, language=language)
    admin.go("/admin/spaces")
    admin.page.locator('main td a[href^="/admin/spaces/"]').first.click()
    admin.page.locator('main a[href$="/days"]').click()
    admin.check_page()


def test_an_admin_confirms_a_provisional_holiday(open_as: Open) -> None:
    admin = open_as("admin")
    far = TODAY.year + 2  # no notice is published two years ahead
    admin.go(f"/admin/calendar_days?year={far}")
    first = admin.page.locator("main tbody tr").first
    expect(first).to_contain_text("元旦")
    expect(first).to_contain_text("暂定")
    if date(far, 1, 1) > TODAY + timedelta(days=731):
        return
    first.locator("a").click()
    admin.sees("国务院还没有公布")
    admin.check_page()
    admin.press("保存")
    admin.sees("已保存，居民现在就能看到。")
    expect(admin.page.locator("main tbody tr").first).to_contain_text("已定")
    admin.page.locator("main tbody tr").first.locator("a").click()
    admin.press("撤回，按全区的安排")
    admin.sees("已撤回")
    expect(admin.page.locator("main tbody tr").first).to_contain_text("暂定")


def test_a_day_on_which_a_space_is_closed_is_seen_by_residents_and_at_the_desk(open_as: Open) -> None:
    admin, clerk, visitor = open_as("admin"), open_as("clerk"), open_as()
    day = TODAY + timedelta(days=6)
    admin.go("/admin/spaces?q=VR")
    admin.page.locator('main td a[href^="/admin/spaces/"]').first.click()
    name = admin.page.locator("main h1").inner_text()
    admin.page.locator('main a[href$="/days"]').click()
    admin.page.locator("#day").fill(day.isoformat())
    admin.page.locator("#note_zh").fill("设备检修")
    admin.press("保存")
    if admin.page.get_by_role("button", name="仍然保存").count():
        admin.press("仍然保存")
    admin.sees("已保存，居民现在就能看到。")
    admin.sees("设备检修")
    clerk.go(f"/desk/bookings?date={day}")
    row = clerk.page.locator(".day-table tr", has=clerk.page.get_by_role("rowheader", name=name, exact=True))
    expect(row.locator("td.closed").first).to_be_visible()
    clerk.check_page()
    visitor.go("/spaces?q=VR")
    visitor.page.locator("main a.space-card").first.click()
    visitor.page.wait_for_url("**/spaces/*")
    visitor.go(f"{visitor.page.url.split('?')[0].split('#')[0]}?date={day}")
    visitor.sees("这一天没有空闲时段。")
    visitor.check_page()
