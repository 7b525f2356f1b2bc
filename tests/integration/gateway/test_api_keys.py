"""Keys of other systems: shown once, scoped, revoked at once."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.rpc.communities import DISTRICT, Communities
from gateway.http import current
from gateway.systems.models import ApiKey, System
from tests.integration.gateway.conftest import Caller
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOK, REPORT

SignIn = Callable[[str], Caller]
BODY = {"label": "12345 热线", "scopes": ["messages:read"]}


def test_a_key_is_shown_once(sign_in: SignIn, database: Engine) -> None:
    admin = sign_in("admin")
    made = admin.post("/api-keys", json=BODY)
    assert made.status_code == 201
    secret = made.json["secret"]
    assert secret.startswith(made.json["prefix"] + "_") and secret.startswith("lk_")
    listed = admin.get("/api-keys").json["items"]
    assert [(key["id"], key["label"], key["scopes"]) for key in listed] == [(made.json["id"], "12345 热线", ["messages:read"])]
    assert all("secret" not in key for key in listed)
    with Session(database) as session:
        stored = session.scalars(select(ApiKey)).one()
        assert secret.encode() not in stored.secret_hash and len(stored.secret_hash) == 32


def test_another_communitys_keys_are_not_there(sign_in: SignIn, database: Engine) -> None:
    admin = sign_in("admin")
    key_id = admin.post("/api-keys", json=BODY).json["id"]
    with database.begin() as connection:
        connection.execute(text("UPDATE system SET communities = '{next-door}'"))
    assert admin.get("/api-keys").json["items"] == []
    assert admin.get(f"/api-keys/{key_id}").status_code == admin.delete(f"/api-keys/{key_id}").status_code == 404
    with Session(database) as session:
        assert session.scalars(select(ApiKey)).one().revoked_at is None


@pytest.fixture(params=["X-API-Key: {}", "Authorization: Bearer {}", "authorization: bearer {}"])
def sent(request: pytest.FixtureRequest) -> Callable[[str], dict[str, str]]:
    """Headers that send a key, in each of the ways that clients know."""

    def header(secret: str) -> dict[str, str]:
        name, _, value = request.param.format(secret).partition(": ")
        return {name: value}

    return header


Sent = Callable[[str], dict[str, str]]


def test_a_key_acts_for_nobody(sign_in: SignIn, visitor: Caller, services: FakeServices, sent: Sent) -> None:
    secret = sign_in("admin").post("/api-keys", json=BODY).json["secret"]
    key = sent(secret)
    assert visitor.get("/sections", headers=key).status_code == 200
    for path in ("/me", "/bookings", "/notifications/stream", "/api-keys"):
        answer = visitor.get(path, headers=key)
        assert (answer.status_code, answer.json["code"]) == (403, "auth.key_not_enough"), path
    assert services.calls == []


@pytest.mark.parametrize(
    ("path", "body"), [("/cases", REPORT), ("/cases/lookup", {"number": "LY-1", "token": "t"}), ("/bookings", BOOK)]
)
def test_a_key_changes_nothing_that_its_scopes_do_not_name(
    sign_in: SignIn, visitor: Caller, services: FakeServices, sent: Sent, path: str, body: dict[str, Any]
) -> None:
    """Also where visitors may."""
    secret = sign_in("admin").post("/api-keys", json=BODY).json["secret"]
    answer = visitor.post(path, json=body, headers=sent(secret))
    assert (answer.status_code, answer.json["code"]) == (403, "auth.key_not_enough")
    assert services.calls == []


def test_a_revoked_key_is_refused_at_once(sign_in: SignIn, visitor: Caller, sent: Sent) -> None:
    admin = sign_in("admin")
    made = admin.post("/api-keys", json=BODY).json
    for _ in range(2):
        assert admin.delete(f"/api-keys/{made['id']}").status_code == 204
    answer = visitor.get("/sections", headers=sent(made["secret"]))
    assert (answer.status_code, answer.json["code"]) == (401, "auth.key_unknown")
    assert admin.get(f"/api-keys/{made['id']}").json["revoked_at"] is not None


@pytest.mark.parametrize("scopes", [["gateway"], ["messages:read", "gateway"], [], ["everything"], "messages:read"])
def test_no_key_gets_what_is_not_on_offer(sign_in: SignIn, scopes: object) -> None:
    assert sign_in("admin").post("/api-keys", json=BODY | {"scopes": scopes}).status_code == 422


@pytest.mark.parametrize("who", ["wang", "clerk", "supervisor"])
def test_only_an_admin_makes_keys(sign_in: SignIn, who: str) -> None:
    caller = sign_in(who)
    assert caller.post("/api-keys", json=BODY).status_code == 403
    assert caller.get("/api-keys").status_code == 403


def test_a_key_opens_what_its_scope_says(sign_in: SignIn, visitor: Caller, services: FakeServices, sent: Sent) -> None:
    services.on("notify", "read_feed", {"items": [], "place": "0-1-0", "more": False})
    secret = sign_in("admin").post("/api-keys", json=BODY).json["secret"]
    with visitor.get("/messages/stream", headers=sent(secret)) as stream:
        assert (stream.status_code, stream.mimetype) == (200, "text/event-stream")


def test_a_key_needs_no_proof_against_other_sites(sign_in: SignIn, visitor: Caller, sent: Sent) -> None:
    """As a browser adds no key by itself. It may still not make a booking."""
    secret = sign_in("admin").post("/api-keys", json=BODY).json["secret"]
    answer = visitor.post("/bookings", json=BOOK, headers=sent(secret))
    assert (answer.status_code, answer.json["code"]) == (403, "auth.key_not_enough")


@pytest.mark.parametrize(("path", "party"), [("/cases/report", "anonymous"), ("/api/v1/sections", "system")])
def test_a_page_knows_no_keys(sign_in: SignIn, visitor: Caller, sent: Sent, path: str, party: str) -> None:
    secret = sign_in("admin").post("/api-keys", json=BODY).json["secret"]
    app = visitor.client.application
    with app.test_request_context(path, headers=sent(secret)):
        app.preprocess_request()
        assert current.identity().party == party


def test_messages_need_the_scope(sign_in: SignIn, visitor: Caller) -> None:
    assert visitor.get("/messages/stream").status_code == 401
    assert sign_in("admin").get("/messages/stream").status_code == 401


def test_a_key_reads_its_community_or_the_whole_district(sign_in: SignIn, database: Engine) -> None:
    own = sign_in("admin")  # of liuyi
    made = own.post("/api-keys", json=BODY)
    assert made.json["whole_district"] is False
    refused = own.post("/api-keys", json=BODY | {"whole_district": True})
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "whole_district")
    with transaction(database) as session:
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))
    district = sign_in("admin")
    wide = district.post("/api-keys", json=BODY | {"whole_district": True}).json
    assert wide["whole_district"] is True
    with transaction(database) as session:
        reach = {str(key.id): session.get_one(System, key.system_id).reach for key in session.scalars(select(ApiKey))}
        assert reach[made.json["id"]] == Communities.only("liuyi")
        assert reach[wide["id"]] == DISTRICT
        session.execute(text("UPDATE account SET whole_district = false WHERE username = 'admin'"))
    again = sign_in("admin")
    assert [key["id"] for key in again.get("/api-keys").json["items"]] == [made.json["id"]], "the other is not theirs"
    assert again.delete(f"/api-keys/{wide['id']}").status_code == 404
