"""Bringing something to the centre: what each channel asks for, who may speak for whom, and the number it gets."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.rpc.communities import Communities
from chassis.rpc.identity import ANONYMOUS
from chassis.rpc.refusal import Forbidden, Invalid, Refusal, Unauthenticated
from services.cases.cases.models import Case, HistoryEntry
from services.cases.intake.use_cases import report_case
from services.cases.interface.refusals import ChannelForStaff, PhotoRequired
from services.cases.reference.models import Channel
from tests.integration.cases.conftest import District, person

STAFF_CHANNELS = ("street_talk", "walk_in", "enterprise_visit")


def nothing_was_written(district: District) -> bool:
    with reading(district.engine) as session:
        return not any(session.scalar(select(func.count()).select_from(t)) for t in (Case, HistoryEntry, tables.outbox))


def test_a_signed_in_report(district: District) -> None:
    report = district.report(district.wang, grid_id="liuyi-1", text="路灯不亮", address="3号楼")
    case = report.case
    assert report.lookup_token is None
    assert (case.number, case.state, case.version) == ("LY-20261122-0001", "reported", 1)
    assert (str(case.reporter_id), case.community_id, case.entered_by) == (district.wang.account_id, "liuyi", None)


def test_a_photo_report_needs_a_photo(district: District) -> None:
    with pytest.raises(PhotoRequired) as refused:
        district.report(district.wang, channel="photo")
    assert (refused.value.code, refused.value.kind) == ("case.photo_required", "invalid")
    [error] = refused.value.details_for("zh-CN")["errors"]
    assert error == {"field": "photo_ids", "code": "required", "message": "请填写此项。"}
    assert refused.value.text("zh-CN") == "该渠道至少需要一张照片。"
    assert nothing_was_written(district)
    photos = [uuid4(), uuid4()]
    assert district.report(district.wang, channel="photo", photo_ids=photos).case.photo_ids == photos


def test_a_petition_needs_a_name(district: District) -> None:
    with pytest.raises(Unauthenticated):
        district.report(ANONYMOUS, channel="petition")
    assert nothing_was_written(district)
    assert district.report(district.wang, channel="petition").case.number


@pytest.mark.parametrize("channel", STAFF_CHANNELS)
def test_staff_channels_are_entered_by_staff(district: District, channel: str) -> None:
    for acting in (ANONYMOUS, district.wang, person("handler"), person("organiser")):
        with pytest.raises(ChannelForStaff):
            district.report(acting, channel=channel)
    assert nothing_was_written(district)
    for acting in (district.clerk, district.grid_worker, district.admin):
        case = district.report(acting, channel=channel).case
        assert (case.reporter_id, str(case.entered_by)) == (None, acting.account_id)


def test_staff_report_for_a_citizen_who_then_follows_the_case(district: District) -> None:
    wang = UUID(district.wang.account_id)
    report = district.report(district.clerk, channel="walk_in", resident_id=wang)
    assert (report.case.reporter_id, report.lookup_token) == (wang, None)
    assert district.do("get_case", district.wang, case_id=report.case.id).number == report.case.number


def test_staff_hand_a_citizen_without_account_the_token(district: District) -> None:
    report = district.report(district.clerk, channel="walk_in")
    assert report.lookup_token
    found = district.do("look_up_case", number=report.case.number, token=report.lookup_token)
    assert found.number == report.case.number


@pytest.mark.parametrize("acting", [person(), person("handler"), person("organiser")])
def test_nobody_else_reports_for_others(district: District, acting: Any) -> None:
    with pytest.raises(Forbidden):
        district.report(acting, resident_id=UUID(district.wang.account_id))
    with pytest.raises(Unauthenticated):
        district.report(ANONYMOUS, resident_id=UUID(district.wang.account_id))
    assert nothing_was_written(district)


def test_the_channel_decides_about_anonymity_where_the_report_does_not(district: District) -> None:
    assert district.report(district.wang, anonymous=None).case.anonymous, "suggestion box"
    assert not district.report(district.wang, channel="petition", anonymous=None).case.anonymous
    assert not district.report(district.wang, anonymous=False).case.anonymous


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channel", "pigeon_post"),
        ("category", "weather"),
        ("grid_id", "liuyi-99"),
        ("grid_id", "hexie-1"),
        ("location", {"lat": 51.5, "lon": -0.12, "datum": "wgs84"}),
    ],
)
def test_what_names_nothing_here_is_refused(district: District, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        district.report(district.wang, **{field: value})
    [error] = refused.value.details_for("en")["errors"]
    code = "out_of_bounds" if field == "location" else "unknown"
    assert (error["field"], error["code"]) == (field, code)
    assert nothing_was_written(district)


def test_what_is_out_of_use_is_refused(district: District) -> None:
    with transaction(district.engine) as session:
        session.execute(update(Channel).where(Channel.code == "petition").values(active=False))
    with pytest.raises(Invalid):
        district.report(district.wang, channel="petition")
    assert "petition" not in [channel.code for channel in district.do("list_channels")]


def test_a_position_is_kept_in_wgs84_with_the_datum_it_came_in(district: District) -> None:
    position = {"lat": 39.91334545536069, "lon": 116.38404722455657, "datum": "gcj02"}
    location = district.report(district.wang, location=position).case.location
    assert location is not None
    assert (location.lat, location.lon) == pytest.approx((39.911954, 116.377817), abs=5e-6)
    assert location.source_datum == "gcj02"


def test_numbers_count_by_community_and_by_the_day_of_the_centre(district: District) -> None:
    first_of_day = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)  # midnight at the centre
    last_of_day = datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC)
    neighbour = person(community="hexie")
    numbers = [
        district.report(district.wang, now=last_of_day).case.number,
        district.report(district.wang, now=first_of_day).case.number,
        district.report(neighbour, now=first_of_day).case.number,
        district.report(person(community="new"), now=first_of_day).case.number,
        district.report(district.wang, now=first_of_day).case.number,
    ]
    assert numbers == ["LY-20261122-0001", "LY-20261123-0001", "HX-20261123-0001", "NEW-20261123-0001", "LY-20261123-0002"]


def test_a_report_that_fails_leaves_no_gap(district: District) -> None:
    class PowerCut(Exception):
        pass

    with pytest.raises(PowerCut), district.call(district.wang) as call:
        report_case(call, channel="suggestion_box", category="other", text="…")
        raise PowerCut
    assert nothing_was_written(district)
    assert district.report(district.wang).case.number == "LY-20261122-0001"


def test_refused_reports_are_refusals_with_codes(district: District) -> None:
    with pytest.raises(Refusal) as refused:
        district.report(district.wang, channel="walk_in")
    assert (refused.value.code, refused.value.kind) == ("case.channel_for_staff", "forbidden")


@pytest.mark.parametrize("channel", ["walk_in", "street_talk"])
def test_staff_write_for_others_only_where_they_work(district: District, channel: str) -> None:
    """They look at another community's pages, but its cases are not theirs."""
    elsewhere = person("clerk", community="north")
    with district.call(elsewhere) as call, pytest.raises(Forbidden):
        of_liuyi = replace(call, communities=Communities.only("liuyi"))
        report_case(of_liuyi, channel=channel, category="facilities-light", text="路灯不亮", anonymous=False)
    assert nothing_was_written(district)
