"""Visitors of a district with several communities see one of them: by their choice, by the host name, or by a link."""

from collections.abc import Callable

import pytest
from flask import Flask

from gateway.http.community import COOKIE
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser, Directory
from tests.unit.gateway.pages.district import FakeDistrict

BEIGUAN = centre.community("beiguan", "北关社区", "North Gate", phone="0394-0000002", hosts=("beiguan.example.cn",))
JIANSHE = centre.community("jianshe", "建设社区", "Jianshe", sub_district_id="qiyi", sub_district={"zh-CN": "七一路街道"})


@pytest.fixture
def several(one_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    communities = {one.id: one for one in (BEIGUAN, centre.LIUYI, JIANSHE)}
    monkeypatch.setitem(one_app.extensions, "linli.communities", Directory(communities))


def seen(district: FakeDistrict) -> set[str | None]:
    """The communities that the services were asked about."""
    return {community for _, _, context in district.calls if context for community in context.communities.ids or {None}}


@pytest.mark.parametrize(
    "address", ["/", "/spaces?kind=court", "/spaces/find", "/events", "/clubs", "/cases/report", "/sign-in"]
)
def test_a_visitor_without_a_community_chooses_one_and_goes_on(visitor: Browser, several: None, address: str) -> None:
    asked = visitor.client.get(address)
    assert asked.status_code == 303
    page = visitor.get(asked.headers["Location"])
    assert "您在哪个社区？" in page.text
    chosen = visitor.client.get(page.link("/c/beiguan"))
    assert (chosen.status_code, chosen.headers["Location"]) == (303, address)
    assert "北关社区党群服务中心" in visitor.get(address).text


def test_the_choice_is_remembered_and_reaches_the_services(visitor: Browser, several: None, district: FakeDistrict) -> None:
    visitor.client.get("/c/jianshe")
    visitor.get("/")
    assert seen(district) == {"jianshe"}


def test_a_host_name_shows_its_community_until_another_is_chosen(app: Flask, visitor: Browser, several: None) -> None:
    host = {"Host": "beiguan.example.cn:8000"}
    assert "北关社区党群服务中心" in visitor.client.get("/", headers=host).text
    visitor.client.set_cookie(COOKIE, "jianshe", domain="beiguan.example.cn")
    assert "建设社区党群服务中心" in visitor.client.get("/", headers=host).text


def test_a_cookie_of_a_community_that_is_gone_counts_for_nothing(visitor: Browser, several: None) -> None:
    visitor.client.set_cookie(COOKIE, "nowhere")
    assert visitor.client.get("/").status_code == 303
    assert visitor.client.get("/c/nowhere").status_code == 404


def test_a_link_leads_to_our_pages_only(visitor: Browser, several: None) -> None:
    assert visitor.client.get("/c/beiguan?next=//evil.example").headers["Location"] == "/"


def test_residents_see_their_own_community_first(browser_as: Callable[[str], Browser], several: None) -> None:
    wang = browser_as("wang")
    assert "六一社区党群服务中心" in wang.get("/").text
    wang.client.get("/c/beiguan")
    assert "北关社区党群服务中心" in wang.get("/").text


def test_a_shared_link_needs_no_choice_and_shows_whom_to_call(visitor: Browser, several: None) -> None:
    page = visitor.get(f"/spaces/{centre.uid('space', 'reading')}")  # a space of liuyi
    assert "0394-0000001" in page.text
    assert "六一社区党群服务中心" in visitor.get("/").text, "the visitor stays there"


def test_something_of_another_community_changes_only_its_page(visitor: Browser, several: None) -> None:
    visitor.client.get("/c/beiguan")
    assert "0394-0000001" in visitor.get(f"/spaces/{centre.uid('space', 'reading')}").text
    assert "北关社区党群服务中心" in visitor.get("/").text


def test_communities_are_listed_by_sub_district_and_found_by_name(visitor: Browser, several: None) -> None:
    page = visitor.get("/communities")
    assert page.text.index("陈州街回族街道") < page.text.index("北关社区") < page.text.index("七一路街道")
    found = visitor.get("/communities?q=%E5%BB%BA%E8%AE%BE").text
    assert "建设社区" in found and "北关社区" not in found
    assert "没有找到" in visitor.get("/communities?q=%E6%97%A0").text


def test_times_are_those_of_the_community(
    visitor: Browser, several: None, one_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    urumqi = centre.community("urumqi", "远方社区", "Far away", time_zone="America/Anchorage")
    monkeypatch.setitem(one_app.extensions, "linli.communities", Directory({"urumqi": urumqi}))
    assert "2026年3月10日" in visitor.get("/").text  # 09:40 on 11 March in Shanghai


def test_a_district_of_one_community_asks_nobody(visitor: Browser) -> None:
    page = visitor.get("/")
    assert "六一社区党群服务中心" in page.text and "换社区" not in page.text
