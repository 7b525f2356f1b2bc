"""Reporting, following, looking up, and the desk's steps."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from chassis.rpc.refusal import Refused
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.district import FakeDistrict
from tests.unit.gateway.pages.reading import Page

REPORT = {"channel": "suggestion_box", "category": "facilities-light", "text": "东门路灯不亮"}
FIRST, SECOND, SETTLED = (centre.uid("case", n) for n in "123")


def test_visitors_get_a_number_and_a_token_to_keep(visitor: Browser) -> None:
    page = visitor.send_and_follow(visitor.get("/cases/report").form("/cases/report"), **REPORT)
    assert "LY-20260311-0009" in page.text and "right-token" in page.text
    assert "right-token" in visitor.get("/cases/receipt").text  # a reload still shows it


def test_residents_land_on_their_case(wang: Browser, district: FakeDistrict) -> None:
    typed = REPORT | {"latitude": "33.61", "longitude": "114.65", "address": "东门", "grid_id": "liuyi-2"}
    page = wang.send_and_follow(wang.get("/cases/report").form("/cases/report"), **typed)
    assert "已提交，编号 LY-20260311-0009" in page.text and "东门路灯不亮" in page.text
    sent = district.asked("report_case")[0]
    assert sent["location"] == {"lat": 33.61, "lon": 114.65} and sent["grid_id"] == "liuyi-2" and sent["anonymous"] is False


def test_staff_channels_are_for_staff(visitor: Browser, browser_as: Callable[[str], Browser]) -> None:
    assert "接访" not in visitor.get("/cases/report").text
    assert "接访" in browser_as("clerk").get("/cases/report").text


def test_a_missing_photo_is_told_beside_the_photos(visitor: Browser, district: FakeDistrict) -> None:
    district.refusals["report_case"] = Refused("case.photo_required", "invalid", "该渠道至少需要一张照片。", {"errors": []})
    answer = visitor.send(visitor.get("/cases/report").form("/cases/report"), **REPORT)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422 and 'id="photos-error1"' in html and "请至少拍一张照片。" in html
    assert "东门路灯不亮" in html


def test_what_is_missing_is_listed_and_linked(visitor: Browser, district: FakeDistrict) -> None:
    answer = visitor.send(visitor.get("/cases/report").form("/cases/report"), text="", category="")
    html = answer.get_data(as_text=True)
    assert '<a href="#text">发生了什么</a>' in html and '<a href="#category">是哪一类事</a>' in html
    assert not district.asked("report_case")


def test_a_nonsense_position_is_left_out(wang: Browser, district: FakeDistrict) -> None:
    wang.send(wang.get("/cases/report").form("/cases/report"), **REPORT, latitude="95", longitude="nan")
    assert "location" not in district.asked("report_case")[0]


def test_looking_up_changes_nothing_and_keeps_the_token_out_of_addresses(visitor: Browser) -> None:
    form = visitor.get("/cases/lookup").form("/cases/lookup")
    assert form.method == "post"
    found = visitor.send(form, number="LY-20260311-0002", token="right-token")
    assert found.status_code == 200 and "已受理" in found.get_data(as_text=True)
    assert found.headers.get("Location") is None


def test_a_wrong_token_and_a_wrong_number_sound_the_same(visitor: Browser) -> None:
    form = visitor.get("/cases/lookup").form("/cases/lookup")
    answers = [
        visitor.send(form, number=number, token=token)
        for number, token in (("LY-20260311-0002", "no"), ("LY-1", "right-token"))
    ]
    said = [answer.get_data(as_text=True).split('id="problems"')[1].split("</div>")[0] for answer in answers]
    assert [answer.status_code for answer in answers] == [422, 422] and said[0] == said[1]


def test_the_reporter_closes_with_a_verdict(wang: Browser, district: FakeDistrict) -> None:
    page = wang.get(f"/cases/{SETTLED}")
    assert "已更换灯具，请查看。" in page.text
    wang.send_and_follow(page.form("/close"), satisfied="yes", comment="很快")
    taken = {"case_id": SETTLED, "step": "close", "satisfied": True, "comment": "很快", "expected_version": 1}
    assert district.asked("take_step") == [taken]


def test_the_desk_offers_only_the_steps_that_are_allowed(browser_as: Callable[[str], Browser]) -> None:
    page = browser_as("clerk").get(f"/desk/cases/{FIRST}")
    steps = {form.action.rsplit("/", 1)[1] for form in page.forms if "/desk/cases/" in form.action}
    assert steps - {"contact"} == {"accept", "decline"}


def test_accepting_says_so_and_hands_on_the_version(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    page = clerk.send_and_follow(clerk.get(f"/desk/cases/{FIRST}").form("/accept"), note="已联系", category="")
    assert "LY-20260311-0001：已受理。" in page.text
    assert district.asked("take_step") == [{"case_id": FIRST, "step": "accept", "note": "已联系", "expected_version": 1}]


def test_declining_needs_a_reason(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    answer = clerk.send(clerk.get(f"/desk/cases/{FIRST}").form("/decline"), reason="  ")
    assert answer.status_code == 422 and 'id="decline-reason-error"' in answer.get_data(as_text=True)
    assert district.cases[0]["state"] == "reported"


def test_somebody_was_faster(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    clerk = browser_as("clerk")
    district.refusals["take_step"] = Refused("version_mismatch", "precondition", "内容已被更新，请刷新后重试。", {})
    district.cases[0]["version"] = 1
    form = clerk.get(f"/desk/cases/{FIRST}").form("/accept")
    district.cases[0]["version"] = 2
    answer = clerk.send(form, note="已联系报修人")
    page = Page(answer.get_data(as_text=True))
    assert answer.status_code == 409
    assert "内容已被更新，请刷新后重试。" in page.text and page.form("/accept").fields["note"] == "已联系报修人"
    assert page.form("/accept").fields["version"] == "2", "what the page shows now"


def test_what_was_typed_is_kept_if_a_colleague_took_the_step(
    browser_as: Callable[[str], Browser], district: FakeDistrict
) -> None:
    clerk = browser_as("clerk")
    form = clerk.get(f"/desk/cases/{FIRST}").form("/decline")
    district.refusals["take_step"] = Refused("case.illegal_transition", "conflict", "当前状态不能进行此操作。", {})
    district.cases[0]["allowed_actions"] = ["dispatch"]
    page = Page(clerk.send(form, reason="不属于社区职责，已转区住建局").get_data(as_text=True))
    assert "当前状态不能进行此操作。" in page.text and "不属于社区职责，已转区住建局" in page.text


def test_a_mistake_does_not_hide_what_a_colleague_changes(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    """The form that is shown again because a reason is missing still has the version that the clerk saw first."""
    clerk = browser_as("clerk")
    form = clerk.get(f"/desk/cases/{FIRST}").form("/decline")
    before = form.fields["version"]
    district.cases[0]["version"] += 1
    assert Page(clerk.send(form, reason="").get_data(as_text=True)).form("/decline").fields["version"] == before


def test_filters_reach_the_service_and_nonsense_does_not(browser_as: Callable[[str], Browser], district: FakeDistrict) -> None:
    browser_as("clerk").get(
        "/desk/cases?state=accepted&q=+&category=order&grid_id=&cursor=&community_id=mars&handler_id=7&view=x"
    )
    assert district.asked("list_cases")[-1] == {"scope": "desk", "limit": 30, "state": "accepted", "category": "order"}


def send_photos(visitor: Browser, files: list[tuple[bytes, str]], kept: list[str]) -> TestResponse:
    """The report form with files in it, as browsers without scripts send it."""
    form = visitor.get("/cases/report").form("/cases/report")
    photos = [(BytesIO(content), name) for content, name in files]
    return visitor.client.post(form.action, data=form.fields | REPORT | {"new_photos": photos, "photo_ids": kept})


def test_a_file_that_is_no_photo_is_named(visitor: Browser, district: FakeDistrict) -> None:
    answer = send_photos(visitor, [(b"<script>", "x.jpg")], [])
    assert answer.status_code == 422 and "“x.jpg”不是能识别的照片" in answer.get_data(as_text=True)
    assert not district.asked("report_case")


def test_a_photo_that_is_too_large_is_named(visitor: Browser, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    small = replace(app.extensions["linli.gateway_settings"], max_upload=2**20)
    monkeypatch.setitem(app.extensions, "linli.gateway_settings", small)
    answer = send_photos(visitor, [(b"x" * (2**20 + 1), "panorama.jpg")], [])
    assert answer.status_code == 422 and "“panorama.jpg”超过 1 MB" in answer.get_data(as_text=True)
    whole = send_photos(visitor, [(b"x" * 2**20, "a.jpg")] * 4, [])
    assert whole.status_code == 413
    assert "每张 1 MB 以内，一次提交合计不超过 3 MB" in whole.get_data(as_text=True)


def test_too_many_photos_are_refused_and_those_sent_before_kept(visitor: Browser, district: FakeDistrict) -> None:
    kept = [centre.uid("photo", str(n)) for n in range(6)]
    answer = send_photos(visitor, [(b"", "one-more.jpg")], kept)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "照片最多 6 张" in html
    assert all(f'name="photo_ids" value="{one}"' in html for one in kept)
    assert not district.asked("report_case")


def test_ids_that_are_none_are_left_out(wang: Browser, district: FakeDistrict) -> None:
    wang.send(wang.get("/cases/report").form("/cases/report"), **REPORT, photo_ids="../../etc/passwd")
    assert "photo_ids" not in district.asked("report_case")[0]


def test_the_holder_of_a_slip_rates_without_an_account(visitor: Browser, district: FakeDistrict) -> None:
    number = next(case["number"] for case in district.cases if case["state"] == "settled")
    page = visitor.send(visitor.get("/cases/lookup").form("/cases/lookup"), number=number, token="right-token")
    assert page.headers["Cache-Control"] == "no-store", "the code is in the forms"
    closed = visitor.send(Page(page.get_data(as_text=True)).form("/cases/lookup/close"), satisfied="yes", solved="yes")
    assert (closed.status_code, "已结案" in closed.get_data(as_text=True)) == (200, True)
    assert "right-token" not in str(closed.headers)


def test_a_receipt_has_a_code_that_no_server_reads(visitor: Browser) -> None:
    visitor.send_and_follow(visitor.get("/cases/report").form("/cases/report"), **REPORT)
    page = visitor.get("/cases/receipt").text
    assert "打开查进度页面的二维码" in page and "token=" not in page
