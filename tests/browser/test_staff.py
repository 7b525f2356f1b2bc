"""The desk at work, and the resident who watches."""

from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.free_times import go_to_day_with_free_time
from tests.browser.reader import Reader
from tests.browser.test_residents import fill_report, photo


def step(reader: Reader, verb: str, **fields: str) -> None:
    """Takes one step on the case that is open."""
    form = reader.page.locator(f'form[action$="/{verb}"]')
    if not form.is_visible():
        reader.page.locator("details.step", has=form).locator("summary").click()
    for name, text in fields.items():
        form.locator(f"[name={name}]").fill(text)
    form.locator("button").click()


def test_a_case_goes_its_way_and_its_reporter_hears_of_it_live(open_as: Open) -> None:
    resident, clerk = open_as("wang", phone=True), open_as("clerk")
    fill_report(resident, "六一路井盖松动，请尽快处理。", [photo()])
    resident.sees("已提交，编号")
    own = resident.page.url
    resident.go("/mine/notifications")
    if resident.page.get_by_role("button", name="全部标为已读").count():
        resident.press("全部标为已读")
    badge = resident.page.locator("#unread")
    with resident.page.expect_response(lambda answer: "notifications/stream" in answer.url and answer.status == 200):
        resident.go("/mine")
    expect(badge).to_have_text("")

    clerk.go(f"/desk/cases/{own.rsplit('/', 1)[1]}")
    step(clerk, "accept", note="已电话联系")
    clerk.sees("：已受理。")
    expect(badge).to_contain_text("1", timeout=15_000)
    expect(resident.page.locator("#inbox")).to_contain_text("已受理")
    clerk.page.locator("#dispatch-department_id").select_option(index=1)
    step(clerk, "dispatch")
    clerk.sees("：已派单。")
    step(clerk, "settle", settlement="井盖已更换并加固。")
    clerk.sees("：已办结。")
    clerk.check_page()
    expect(badge).to_contain_text("3", timeout=15_000)

    resident.page.locator("#inbox button").first.click()
    resident.sees("井盖已更换并加固。")
    resident.check_page()
    resident.page.get_by_label("满意", exact=True).check()
    step(resident, "close", comment="很快")
    resident.sees("：已结案。")
    clerk.page.reload()
    clerk.sees("居民满意")
    clerk.sees("现在没有需要您做的步骤。")


def test_a_step_without_its_reason_is_not_taken(open_as: Open) -> None:
    clerk = open_as("clerk", scripts=False)
    clerk.go("/desk/cases?state=reported")
    clerk.page.locator("main a.list-row").first.click()
    step(clerk, "decline")
    expect(clerk.page.locator("#decline-reason-error")).to_contain_text("请填写此项。")


def test_a_grid_worker_books_for_an_elder_by_phone(open_as: Open) -> None:
    worker = open_as("grid", phone=True)
    worker.go("/spaces?q=日间照料室")
    worker.page.locator("main a.space-card").first.click()
    starts = go_to_day_with_free_time(worker)
    start = next(time for time in starts if time + timedelta(minutes=30) in starts)  # so that an hour is free
    worker.go(f"/desk/bookings?date={start.date()}")
    worker.page.locator("#phone").fill("199 0000 0001")
    worker.page.locator("#space_id").select_option(label="日间照料室")
    worker.page.locator("#start").select_option(f"{start:%H:%M}")
    worker.page.locator("#length").select_option("60")
    worker.page.locator("#purpose").fill("按摩椅")
    worker.press("代为预约")
    worker.sees("已代为预约：日间照料室")
    expect(worker.page.locator("td.taken", has_text="按摩椅").first).to_be_visible()
    worker.page.locator("#phone").fill("199 9999 9999")
    worker.press("代为预约")
    expect(worker.page.locator("#phone-error1")).to_contain_text("没有登记过这个号码")
    worker.check_page()
    elder = open_as("wang")
    elder.go("/mine")
    elder.sees("日间照料室")


def test_an_organiser_drafts_publishes_and_reads_the_list(open_as: Open) -> None:
    organiser, resident = open_as("organiser"), open_as("li", phone=True)
    organiser.go("/desk/events/new")
    organiser.page.locator("#title").fill("秋日读书会")
    organiser.page.locator("#description").fill("带一本想推荐的书。")
    organiser.page.locator("#location").fill("图书阅览室")
    organiser.page.locator("#capacity").fill("1")
    organiser.press("保存草稿")
    organiser.sees("草稿已保存")
    event = organiser.page.url.replace("/desk", "")
    resident.go(event)
    resident.sees("没有找到这个页面")  # a draft is nobody else's
    organiser.press("发布")
    organiser.sees("已发布，居民现在可以报名。")
    resident.go(event)
    resident.press("报名")
    resident.sees("报名成功")
    second = open_as("zhang")
    second.go(event)
    second.press("排候补")
    second.sees("您排在第 1 位")
    organiser.page.reload()
    organiser.sees("李建国")
    organiser.sees("199 0000 0002")
    organiser.check_page()
    organiser.page.locator("details.reveal summary").click()
    organiser.page.locator("#reason").fill("场地维修")
    organiser.press("确定取消活动")
    organiser.sees("活动已取消，报名的人会收到通知。")
    resident.go(event)
    resident.sees("活动已取消。")


def test_the_desk_is_closed_to_residents(open_as: Open) -> None:
    resident = open_as("chen")
    answer = resident.page.goto("/desk/cases")
    assert answer is not None and answer.status == 403
    resident.sees("您没有权限")
    expect(resident.page.locator(".desk-nav")).to_have_count(0)
