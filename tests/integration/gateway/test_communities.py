"""The communities of the district over HTTP: public, cached until the directory changes, and as the document says."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, event

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from gateway.calls import cache
from gateway.directory import use_cases
from gateway.directory.interface import COMMUNITIES, COMMUNITY
from tests.conftest import DatabaseOf
from tests.integration.gateway.conftest import START, Caller

NAME = {"zh-CN": "北关社区", "en": "North Gate"}


def put(database: Engine, id_: str, prefix: str, **more: Any) -> None:
    with transaction(database) as session:
        call = Call(session, START)
        use_cases.put_community(call, id=id_, name=NAME, time_zone="Asia/Shanghai", number_prefix=prefix, **more)


@pytest.fixture
def database(database_of: DatabaseOf) -> Engine:
    """With an empty directory."""
    return database_of("gateway")


@pytest.fixture
def district(database: Engine) -> Engine:
    put(database, "north", "BG", phone="0394-1234567", location={"lat": 33.5, "lon": 114.5})
    put(database, "south", "NG")
    put(database, "west", "XG")
    with transaction(database) as session:
        use_cases.put_grid(Call(session, START), id="north-1", community_id="north", name=NAME, position=0)
    return database


def test_everybody_reads_them_page_by_page(visitor: Caller, district: Engine) -> None:
    first = visitor.get("/communities?limit=2")
    assert COMMUNITIES.validate(first.json) == {}
    assert [item["id"] for item in first.json["items"]] == ["north", "south"]
    assert 'rel="next"' in first.headers["Link"]
    last = visitor.get("/communities", query_string={"limit": 2, "cursor": first.json["next_cursor"]}).json
    assert ([item["id"] for item in last["items"]], last["next_cursor"]) == (["west"], None)


def test_one_is_read_with_its_grids(visitor: Caller, district: Engine) -> None:
    answer = visitor.get("/communities/north")
    assert COMMUNITY.validate(answer.json) == {}
    assert answer.json == {
        "id": "north",
        "version": 1,
        "name": NAME,
        "sub_district": None,
        "time_zone": "Asia/Shanghai",
        "address": None,
        "phone": "0394-1234567",
        "hours": None,
        "location": {"lat": 33.5, "lon": 114.5},
        "number_prefix": "BG",
        "hosts": [],
        "icp_filing": None,
        "police_filing": None,
        "privacy_version": 0,
        "privacy_notice": None,
        "grids": [{"id": "north-1", "version": 1, "name": NAME, "position": 0, "border": None, "active": True}],
    }
    assert answer.headers["ETag"].startswith('W/"v1.')
    assert visitor.get("/communities/north", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


@pytest.mark.parametrize("id_", ["east", "%00", "%E5%8C%97", "x" * 65])
def test_another_one_is_not_found_in_the_readers_language(visitor: Caller, district: Engine, id_: str) -> None:
    english = visitor.get(f"/communities/{id_}")
    assert (english.status_code, english.json["code"]) == (404, "not_found")
    assert english.json["detail"] == "It was not found."
    assert visitor.get(f"/communities/{id_}", headers={"Accept-Language": "zh-CN"}).json["detail"] == "没有找到。"


def test_a_malformed_cursor_is_refused(visitor: Caller, district: Engine) -> None:
    answer = visitor.get("/communities?cursor=x")
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "bad_cursor")


def test_the_answer_is_kept_until_the_directory_changes(app: Flask, visitor: Caller, district: Engine) -> None:
    asked: list[str] = []
    event.listen(district, "before_cursor_execute", lambda *args: asked.append(args[2]))

    def phones() -> tuple[Any, Any]:
        return visitor.get("/communities").json["items"][0]["phone"], visitor.get("/communities/north").json["phone"]

    assert phones() == phones() == ("0394-1234567", "0394-1234567")
    assert len(asked) == 3, "the list, the community and its grids, once"
    put(district, "north", "BG", phone="0394-7654321")
    assert phones() == ("0394-1234567", "0394-1234567")
    with app.app_context():
        cache.of_app().clear((cache.DIRECTORY,))
    assert phones() == ("0394-7654321", "0394-7654321")
