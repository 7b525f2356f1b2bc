"""What holds for every page and every reader."""

from collections.abc import Callable

import pytest

from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict

COURT = centre.uid("space", "badminton-1")
PUBLIC = [
    "/",
    "/spaces",
    "/spaces/find",
    "/spaces/find?day=2026-03-11&start=10:00&length=60",
    f"/spaces/{COURT}",
    f"/spaces/{COURT}/month",
    "/lotteries",
    "/lotteries?over=1",
    f"/lotteries/{centre.uid('lottery', 'open')}",
    f"/lotteries/{centre.uid('lottery', 'drawn')}",
    "/events",
    "/clubs",
    "/cases/report",
    "/cases/lookup",
    "/sign-in",
    "/sign-in/staff",
]
PUBLIC += [f"/events/{centre.uid('club_event', 'tt-fun')}"]
RESIDENTS = [
    "/mine",
    f"/d/{'a' * 48}",
    "/mine/bookings",
    "/mine/bookings?which=all",
    "/mine/notifications",
    "/mine/email",
    "/mine/reminders",
    "/series",
    f"/series/{centre.uid('series', 'wang-1')}",
    f"/waits/{centre.uid('wait', 'wang-1')}",
    f"/spaces/{COURT}/wait?start=2026-03-11T15:00:00%2B08:00",
    f"/bookings/{centre.uid('booking', 'wang-1')}",
    f"/bookings/{centre.uid('booking', 'wang-1')}/move",
    f"/cases/{centre.uid('case', '3')}",
    f"/spaces/{COURT}/book?start=2026-03-11T13:00:00%2B08:00",
]
STAFF = [
    ("clerk", "/desk/cases"),
    ("clerk", f"/desk/cases/{centre.uid('case', '1')}"),
    ("clerk", "/desk/bookings"),
    ("clerk", "/desk/blocks/new"),
    ("clerk", "/desk/lotteries"),
    ("clerk", f"/desk/lotteries/{centre.uid('lottery', 'open')}"),
    ("clerk", "/desk/series"),
    ("clerk", "/desk/waits"),
    ("clerk", "/desk/check-in"),
    ("clerk", "/desk/walk-in"),
    ("clerk", "/desk/equipment"),
    ("admin", "/admin/equipment"),
    ("admin", "/admin/equipment/new"),
    ("admin", "/admin/lotteries"),
    ("admin", "/admin/lotteries/new"),
    ("admin", f"/admin/lotteries/{centre.uid('lottery', 'open')}"),
    ("clerk", "/desk/appeals"),
    ("admin", "/admin/spaces"),
    ("admin", "/admin/spaces/new"),
    ("admin", "/admin/calendar_days"),
    ("admin", "/admin/no-shows"),
    ("admin", "/admin/calendar-days/day"),
    ("admin", f"/admin/spaces/{COURT}/days"),
    ("admin", f"/admin/spaces/{COURT}/door"),
    ("admin", f"/admin/spaces/{COURT}/door/poster"),
    ("admin", f"/admin/spaces/{COURT}/told"),
    ("admin", f"/admin/spaces/{COURT}/lock"),
    ("admin", f"/admin/spaces/{COURT}/photos"),
    ("admin", "/admin/locks"),
    ("admin", "/admin/locks/new"),
    ("admin", f"/admin/locks/{centre.uid('lock', 'front')}"),
    ("clerk", "/desk/door-codes"),
    ("organiser", "/desk/events"),
    ("organiser", "/desk/events/new"),
    ("organiser", f"/desk/events/{centre.uid('club_event', 'tt-fun')}"),
    ("organiser", f"/desk/events/{centre.uid('club_event', 'tt-fun')}/edit"),
    ("organiser", f"/desk/events/{centre.uid('club_event', 'tt-fun')}/sessions/{centre.uid('session', 'tt-fun')}/move"),
]
EVERY = [("visitor", path) for path in PUBLIC] + [("wang", path) for path in RESIDENTS] + STAFF


@pytest.mark.parametrize(("who", "path"), EVERY)
def test_pages_are_whole_in_both_languages(browser_as: Callable[[str], Browser], who: str, path: str) -> None:
    browser = browser_as(who)
    chinese = browser.get(path)
    assert chinese.language == "zh-CN"
    browser.client.set_cookie("linli_language", "en")
    english = browser.get(path)
    assert english.language == "en"
    chrome = english.text.replace("中文", "")
    untranslated = {line.strip() for line in chrome.splitlines() if any("一" <= sign <= "鿿" for sign in line)}
    # What people wrote stays as they wrote it: places, purposes, cases, notifications.
    own_words = (
        "二楼",
        "六一路",
        "球友",
        "路灯",
        "垃圾",
        "楼道",
        "灯具",
        "预约成功",
        "您已订好",
        "事项已受理",
        "编号",
        "王秀英",
        "周师傅",
        "老少皆宜",
        "活动免费，名额有限",
    )
    assert not {line for line in untranslated if not any(word in line for word in own_words)}


@pytest.mark.parametrize(("who", "path"), EVERY)
def test_every_form_that_changes_something_is_guarded(browser_as: Callable[[str], Browser], who: str, path: str) -> None:
    for form in browser_as(who).get(path).forms:
        if form.method == "post":
            assert form.fields.get("csrf_token"), form.action
            if not form.action.startswith(("/preferences", "/sign-", "/cases/lookup")):
                assert len(form.fields.get("idempotency_key", "")) == 36, form.action


@pytest.mark.parametrize(("who", "path"), EVERY)
def test_nothing_is_styled_or_scripted_in_place(browser_as: Callable[[str], Browser], who: str, path: str) -> None:
    page = browser_as(who).get(path)
    for tag, attributes in page.tags:
        assert "style" not in attributes and not any(name.startswith("on") for name in attributes), (tag, attributes)
        assert tag != "style" and (tag != "script" or attributes.get("src")), (tag, attributes)


@pytest.mark.parametrize(("who", "path"), EVERY)
def test_fields_have_labels_and_ids_are_unique(browser_as: Callable[[str], Browser], who: str, path: str) -> None:
    tags = browser_as(who).get(path).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids)), sorted(id_ for id_ in ids if ids.count(id_) > 1)
    labelled = {attributes.get("for") for tag, attributes in tags if tag == "label"}
    for tag, attributes in tags:
        if tag in {"input", "select", "textarea"} and attributes.get("type") not in {"hidden", "radio", "checkbox"}:
            assert attributes.get("id") in labelled, attributes


@pytest.mark.parametrize("path", RESIDENTS)
def test_visitors_sign_in_first_and_come_back(visitor: Browser, path: str) -> None:
    answer = visitor.client.get(path)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sign-in?next=/")


@pytest.mark.parametrize(("role", "path"), STAFF)
def test_the_desk_is_for_staff(browser_as: Callable[[str], Browser], role: str, path: str) -> None:
    browser_as("wang").get(path, status=403)
    assert "/desk" not in browser_as("wang").get("/").html


def test_each_role_sees_its_own_parts_of_the_desk(browser_as: Callable[[str], Browser]) -> None:
    clerk, handler = browser_as("clerk").get("/clubs"), browser_as("handler").get("/clubs")
    assert "/desk/bookings" in clerk.html and "/desk/cases" in clerk.html
    assert "/desk/cases" in handler.html and "/desk/bookings" not in handler.html


def test_pages_are_private_and_assets_are_kept_for_ever(visitor: Browser) -> None:
    page = visitor.client.get("/")
    assert page.headers["Cache-Control"] == "private, no-cache"
    sheet = next(a["href"] for tag, a in visitor.get("/").tags if tag == "link" and a["rel"] == "stylesheet")
    asset = visitor.client.get(sheet, headers={"Accept-Encoding": "gzip"})
    assert asset.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert asset.headers["Content-Encoding"] == "gzip"
    stale = visitor.client.get(sheet.replace(sheet.split("/")[2], "0123456789"))
    assert stale.status_code == 200 and stale.headers["Cache-Control"] == "no-cache"


def test_the_first_load_is_light(visitor: Browser) -> None:
    """Page, style, scripts, icons as they travel: less than 60 KB."""
    page = visitor.get("/")
    addresses = {a.get("src") or a.get("href", "").split("#")[0] for tag, a in page.tags if tag in {"script", "link", "use"}}
    sheet = visitor.client.get(next(address for address in addresses if address and address.endswith("site.css")))
    addresses |= {
        f"/assets/{part.split(')')[0].removeprefix('../')}" for part in sheet.get_data(as_text=True).split("url(")[1:]
    }
    packed = [visitor.client.get(address, headers={"Accept-Encoding": "gzip"}) for address in addresses if address]
    assert all(answer.status_code == 200 for answer in packed)
    assert len(packed) >= 7
    assert len(page.html.encode()) + sum(len(answer.data) for answer in packed) < 60_000


def test_large_type_and_language_are_remembered(visitor: Browser) -> None:
    form = visitor.get("/spaces?section=elders").form("/preferences")
    page = visitor.send_and_follow(form, large_type="on", language="en")
    assert ("html", {"lang": "en", "class": "large"}) in page.tags
    assert 'name="next" value="/spaces?section=elders"' in page.html


def test_a_form_from_another_site_is_refused(visitor: Browser) -> None:
    answer = visitor.client.post("/preferences", data={"language": "en"})
    assert answer.status_code == 403
    assert "linli_language" not in str(answer.headers.getlist("Set-Cookie"))


def test_notifications_follow_the_language_of_who_is_signed_in(wang: Browser, district: FakeDistrict) -> None:
    district.down = {"notify"}  # the page follows even where they cannot
    assert wang.send_and_follow(wang.get("/clubs").form("/preferences"), language="en").language == "en"
    assert district.asked("set_language") == [{"language": "en"}]
    assert district.asked("own.change") == [{"language": "en"}]


def test_what_one_is_called(wang: Browser, district: FakeDistrict) -> None:
    page = wang.get("/mine")
    assert "早上好，王秀英" in page.text
    assert "已保存。" in wang.send_and_follow(page.form("/mine/name"), name=" 王奶奶 ").text
    assert district.asked("own.change")[0]["name"] == "王奶奶"
