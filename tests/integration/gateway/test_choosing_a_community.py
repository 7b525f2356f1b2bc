"""Requests of the API say which community they are about. Nothing of another community is answered for it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select, text

from chassis.database.engine import transaction
from chassis.rpc.call import Call
from gateway.accounts.models import Account
from gateway.directory import known, use_cases
from gateway.directory.known import MAX_AGE, KnownCommunities
from tests.integration.gateway.conftest import START, Caller
from tests.integration.gateway.fake_services import FakeServices

HOST = "north.example.cn"
EMPTY: dict[str, Any] = {"items": [], "next_cursor": None}


@pytest.fixture
def north(database: Engine) -> None:
    """A second community beside liuyi."""
    with transaction(database) as session:
        use_cases.put_community(
            Call(session, START),
            id="north",
            name={"zh-CN": "北关社区"},
            time_zone="Asia/Shanghai",
            number_prefix="BG",
            hosts=[HOST],
            privacy_notice={"zh-CN": "北关社区这样使用您的信息。"},
        )


@pytest.fixture
def services(services: FakeServices) -> FakeServices:
    for service, verb in (("booking", "list_spaces"), ("events", "list_clubs"), ("events", "list_club_events")):
        services.on(service, verb, EMPTY)
    services.on("cases", "list_grids", {"items": []})
    services.on("notify", "send_code", {})
    return services


def looked_at(services: FakeServices) -> list[list[str] | None]:
    return [asked.context.communities.to_claim() for asked in services.calls]


@pytest.mark.parametrize("path", ["/spaces", "/clubs", "/club-events", "/grids"])
def test_a_public_list_names_a_community_unless_there_is_only_one(
    visitor: Caller, services: FakeServices, database: Engine, path: str
) -> None:
    assert visitor.get(path).status_code == 200
    assert looked_at(services) == [["liuyi"]]


@pytest.mark.parametrize("path", ["/spaces", "/clubs", "/club-events", "/grids"])
def test_with_several_communities_a_visitor_names_one(visitor: Caller, services: FakeServices, north: None, path: str) -> None:
    refused = visitor.get(path)
    assert refused.status_code == 422
    assert [(one["field"], one["code"]) for one in refused.json["errors"]] == [("community_id", "one_community")]
    assert visitor.get(f"{path}?community_id=north").status_code == 200
    assert looked_at(services) == [["north"]]


def test_an_unknown_community_is_refused(visitor: Caller, services: FakeServices, north: None) -> None:
    for name in ("south", "", "%00"):
        refused = visitor.get(f"/spaces?community_id={name}")
        assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "community_id"), name
    assert services.calls == []


def test_the_host_name_says_which(visitor: Caller, services: FakeServices, north: None) -> None:
    assert visitor.get("/spaces", headers={"Host": f"{HOST}:8000"}).status_code == 200
    assert visitor.get("/spaces", headers={"Host": HOST}).status_code == 200, "a kept answer"
    assert visitor.get("/spaces?community_id=liuyi", headers={"Host": HOST}).status_code == 200
    assert visitor.get("/spaces", headers={"Host": "elsewhere.example.cn"}).status_code == 422
    assert looked_at(services) == [["north"], ["liuyi"]]


def test_who_is_signed_in_sees_their_own_or_names_another(
    sign_in: Callable[[str], Caller], services: FakeServices, north: None
) -> None:
    wang = sign_in("wang")
    wang.get("/clubs")
    wang.get("/clubs?community_id=north")
    assert looked_at(services) == [["liuyi"], ["north"]]


def test_kept_answers_are_kept_by_community(visitor: Caller, services: FakeServices, north: None) -> None:
    for community in ("liuyi", "north", "liuyi", "north"):
        visitor.get(f"/spaces?community_id={community}")
    assert looked_at(services) == [["liuyi"], ["north"]]


def test_other_operations_have_no_such_field(sign_in: Callable[[str], Caller], services: FakeServices, north: None) -> None:
    refused = sign_in("wang").get("/notifications?community_id=north")
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "unknown_field")


def test_a_new_resident_belongs_to_the_community_of_the_request(
    visitor: Caller, services: FakeServices, north: None, database: Engine
) -> None:
    phone = {"phone": "13800138000"}
    refused = visitor.post("/auth/codes", json=phone)
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "one_community")
    known = visitor.post("/auth/codes", json={"phone": "19900000001"})
    assert known.status_code == 422, "the answer does not tell who has an account"
    assert visitor.post("/auth/codes?community_id=north", json=phone).status_code == 202
    code = services.of("send_code")[-1].payload["code"]
    signed_in = visitor.post("/auth/sessions?community_id=north", json=phone | {"code": code})
    assert signed_in.status_code == 201
    with transaction(database) as session:
        assert session.scalars(select(Account.community_id)).all() == ["north"]


def test_the_centre_and_its_privacy_notice_are_shown(app: Flask, north: None) -> None:
    client = app.test_client()
    client.get("/c/liuyi")
    centre = client.get("/centre").text
    assert "六一社区党群服务中心" in centre and "第一网格" in centre
    assert "六一社区党群服务中心用您的姓名" in client.get("/privacy").text
    client.get("/c/north")
    assert "北关社区这样使用您的信息。" in client.get("/privacy").text
    assert client.get("/accessibility").status_code == 200


def test_the_directory_is_read_once_and_again_after_a_change(database: Engine, north: None) -> None:
    seconds = [0.0]
    known = KnownCommunities(clock=lambda: seconds[0])
    assert set(known.get(database).by_id) == {"liuyi", "north"}
    with transaction(database) as session:
        session.execute(text("UPDATE community SET hosts = '[\"other.example.cn\"]' WHERE id = 'north'"))
    assert set(known.get(database).by_host) == {HOST}
    known.forget()
    assert set(known.get(database).by_host) == {"other.example.cn"}
    with transaction(database) as session:
        session.execute(text("UPDATE community SET hosts = '[]' WHERE id = 'north'"))
    seconds[0] = MAX_AGE
    assert set(known.get(database).by_host) == set()


def test_a_slow_reader_does_not_bring_the_old_directory_back(
    database: Engine, north: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    communities, read = KnownCommunities(), known._read

    def slowly(engine: Engine) -> known.Snapshot:
        """Another reader comes in between, after a change."""
        monkeypatch.setattr(known, "_read", read)
        old = read(engine)
        with transaction(engine) as session:
            session.execute(text("UPDATE community SET hosts = '[\"new.example.cn\"]' WHERE id = 'north'"))
        communities.forget()
        assert "new.example.cn" in communities.get(engine).by_host
        return old

    communities.get(database)
    communities.forget()
    monkeypatch.setattr(known, "_read", slowly)
    communities.get(database)
    assert "new.example.cn" in communities.get(database).by_host


@pytest.mark.parametrize(
    ("path", "form"),
    [("/communities?q=%00", None), ("/sign-in/staff", {"username": "a\0b", "password": "x"}), ("/spaces?q=a%00", None)],
)
def test_nul_is_refused(app: Flask, path: str, form: dict[str, str] | None) -> None:
    client = app.test_client()
    csrf = client.get("/sign-in/staff").text.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.get(path) if form is None else client.post(path, data=form | {"csrf_token": csrf})
    assert answer.status_code == 400
