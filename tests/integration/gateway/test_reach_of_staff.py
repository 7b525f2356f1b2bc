"""Where staff work: in a set of communities or in the whole district, given by admins who work there themselves."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import transaction
from chassis.demo import demo_id
from chassis.rpc.call import Call
from chassis.rpc.communities import DISTRICT, Communities
from gateway.accounts.models import Account
from gateway.directory import use_cases as directory
from tests.integration.gateway.conftest import START, Caller
from tests.integration.gateway.fake_services import FakeServices

SignIn = Callable[[str], Caller]
NEW = {"username": "zhao.lei", "name": "赵磊", "password": "a-long-password", "roles": ["handler"]}
CLERK, HANDLER = demo_id("account", "clerk"), demo_id("account", "handler")


@pytest.fixture(autouse=True)
def district(database: Engine, people: None) -> None:
    """Three communities; `north` and `south` have no staff of their own."""
    with transaction(database) as session:
        for community_id, prefix in (("liuyi", "LY"), ("north", "BG"), ("south", "NG")):
            directory.put_community(
                Call(session, START),
                id=community_id,
                name={"zh-CN": community_id},
                time_zone="Asia/Shanghai",
                number_prefix=prefix,
            )


@pytest.fixture
def works_in(database: Engine) -> Callable[..., None]:
    """`works_in("admin", "liuyi", "north")`; without communities: in the whole district."""

    def put(username: str, *communities: str) -> None:
        with database.begin() as connection:
            connection.execute(
                text("UPDATE account SET communities = :ids, whole_district = :all WHERE username = :username"),
                {"ids": list(communities), "all": not communities, "username": username},
            )

    return put


WorksIn = Callable[..., None]


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json
    return [item["username"] for item in answer.json["items"]]


def test_services_hear_where_a_member_of_staff_works(sign_in: SignIn, works_in: WorksIn, services: FakeServices) -> None:
    services.on("booking", "list_bookings", {"items": [], "next_cursor": None})
    clerk = sign_in("clerk")
    for communities, reach in (
        (("north", "south"), Communities.only("north", "south")),
        (("liuyi",), Communities.only("liuyi")),
        ((), DISTRICT),
    ):
        works_in("clerk", *communities)
        clerk.get("/bookings?scope=desk")
        identity = services.calls[-1].context.identity
        assert identity.reach == reach
        assert ("works_in" in identity.to_claims()) == (reach != Communities.only("liuyi"))


def test_a_new_reach_is_in_force_with_the_next_request(sign_in: SignIn, services: FakeServices, works_in: WorksIn) -> None:
    services.on("booking", "list_bookings", {"items": [], "next_cursor": None})
    works_in("admin")
    clerk, admin = sign_in("clerk"), sign_in("admin")
    clerk.get("/bookings")
    answer = admin.patch(f"/staff/{clerk.account_id}", json={"communities": ["south", "north"]})
    assert (answer.json["communities"], answer.json["whole_district"]) == (["north", "south"], False)
    clerk.get("/bookings")
    assert [asked.context.identity.reach for asked in services.calls] == [
        Communities.only("liuyi"),
        Communities.only("north", "south"),
    ]
    assert clerk.get("/me").json["community_id"] == "north", "an account belongs to a community in which it works"


def test_a_district_admin_gives_any_reach(sign_in: SignIn, works_in: WorksIn) -> None:
    works_in("admin")
    admin = sign_in("admin")
    made = admin.post("/staff", json=NEW | {"communities": ["north", "south"]})
    assert (made.status_code, made.json["community_id"], made.json["communities"]) == (201, "north", ["north", "south"])
    path = f"/staff/{made.json['id']}"
    assert admin.patch(path, json={"whole_district": True}).json["whole_district"]
    assert not admin.patch(path, json={"communities": ["south"]}).json["whole_district"]
    assert admin.patch(path, json={"whole_district": False}).json["communities"] == ["south"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"communities": ["nowhere"]}, "communities", "unknown"),
        ({"communities": ["liuyi", "north"]}, "communities", "outside_reach"),
        ({"whole_district": True}, "whole_district", "outside_reach"),
        ({"communities": ["liuyi", "liuyi"]}, "communities", "duplicate"),
        ({"communities": "liuyi"}, "communities", "not_a_list"),
        ({"communities": ["a b"]}, "communities.0", "not_a_code"),
    ],
)
def test_an_admin_gives_no_more_than_they_have(sign_in: SignIn, body: dict[str, Any], field: str, code: str) -> None:
    admin = sign_in("admin")
    for answer in (admin.post("/staff", json=NEW | body), admin.patch(f"/staff/{CLERK}", json=body)):
        assert answer.status_code == 422
        assert [(error["field"], error["code"]) for error in answer.json["errors"]] == [(field, code)]
    assert names(admin.get("/staff?q=zhao")) == []


def test_a_community_admin_neither_sees_nor_changes_staff_outside(sign_in: SignIn, works_in: WorksIn) -> None:
    works_in("clerk", "north")
    works_in("handler", "liuyi", "north")
    works_in("supervisor")
    admin = sign_in("admin")
    assert names(admin.get("/staff")) == ["admin", "grid", "handler", "mediator", "organiser", "supervisor"]
    assert admin.get(f"/staff/{CLERK}").status_code == 404
    assert admin.patch(f"/staff/{CLERK}", json={"disabled": True}).status_code == 404
    for half in ("handler", "supervisor"):
        path = f"/staff/{demo_id('account', half)}"
        assert admin.get(path).status_code == 200
        for change in ({"disabled": True}, {"password": "given-by-an-admin"}, {"roles": ["admin"]}, {"communities": ["liuyi"]}):
            refused = admin.patch(path, json=change)
            assert (refused.status_code, refused.json["code"]) == (403, "staff.works_elsewhere")
    works_in("admin", "liuyi", "north")
    assert admin.patch(f"/staff/{HANDLER}", json={"communities": ["north"]}).status_code == 200


def test_the_list_is_searched_by_name_role_community_and_state(sign_in: SignIn, works_in: WorksIn) -> None:
    works_in("admin")
    works_in("clerk", "north", "south")
    admin = sign_in("admin")
    admin.patch(f"/staff/{HANDLER}", json={"disabled": True})
    assert names(admin.get("/staff?q=刘芳")) == names(admin.get("/staff?q=CLER")) == ["clerk"]
    assert names(admin.get("/staff?q=%25")) == []
    assert names(admin.get("/staff?community_id=south")) == ["admin", "clerk"]
    assert names(admin.get("/staff?state=disabled")) == ["handler"]
    assert names(admin.get("/staff?state=active&role=handler")) == []
    assert names(admin.get("/staff?q=r&limit=1&role=clerk")) == ["clerk"]


def test_a_handler_is_chosen_from_those_who_work_here(sign_in: SignIn, works_in: WorksIn) -> None:
    works_in("handler", "north", "liuyi")
    works_in("mediator", "north")
    clerk = sign_in("clerk")
    assert names(clerk.get("/staff?role=handler")) == ["handler"]
    assert names(clerk.get("/staff?role=mediator")) == []


def test_admins_keep_their_own_role(sign_in: SignIn) -> None:
    admin = sign_in("admin")
    refused = admin.patch(f"/staff/{admin.account_id}", json={"roles": ["clerk"]})
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "own_role")
    assert admin.patch(f"/staff/{admin.account_id}", json={"roles": ["clerk", "admin"]}).status_code == 200


@pytest.mark.parametrize(
    ("party", "communities", "whole_district"), [("resident", [], True), ("resident", ["liuyi"], False), ("staff", ["a"], True)]
)
def test_only_staff_have_a_reach(database: Engine, party: str, communities: list[str], whole_district: bool) -> None:
    put = update(Account).where(Account.party == party).values(communities=communities, whole_district=whole_district)
    with pytest.raises(IntegrityError), database.begin() as connection:
        connection.execute(put)
