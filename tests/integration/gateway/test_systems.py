"""Systems: what they may do, their keys, and the admins who give them both."""

import re
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import Engine, event, select, text, update
from sqlalchemy.orm import Session

from chassis.database.engine import transaction
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.identity import Identity
from gateway.http.session_cache import CHANNEL
from gateway.systems.models import ApiKey, System
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import BOOKING_ID, CASE_ID, REPORT, case, page

SignIn = Callable[[str], Caller]
ALL = ["bookings:read", "bookings:write", "cases:read", "cases:write", "messages:read"]
NEW = {"name": "12345 热线", "contact": "值班室 赵女士", "rights": ["cases:write", "messages:read:case.*"]}


@pytest.fixture
def admin(sign_in: SignIn) -> Caller:
    return sign_in("admin")


MakeSystem = Callable[..., tuple[Caller, dict[str, Any]]]


@pytest.fixture
def made(admin: Caller, app: Flask) -> MakeSystem:
    """`made("cases:read")`: a system with these rights that sends its key, and its JSON."""

    def make(*rights: str, **more: Any) -> tuple[Caller, dict[str, Any]]:
        answer = admin.post("/systems", json=NEW | {"rights": list(rights)} | more)
        assert answer.status_code == 201, answer.json
        system = answer.json
        key = admin.post(f"/systems/{system['id']}/keys", json={}).json
        headers = {"Accept-Language": "en", "Authorization": f"Bearer {key['secret']}"}
        return Caller(app.test_client(use_cookies=False), headers, system["id"]), system | {"key": key}

    return make


def refused(answer: Any) -> tuple[int, str, list[str]]:
    return answer.status_code, answer.json["code"], answer.json["details"]["needs"]


# --- rights ---

NEEDS = {
    "GET /bookings": ["bookings:read"],
    f"GET /bookings/{BOOKING_ID}": ["bookings:read", "bookings:write"],
    "POST /bookings": ["bookings:write"],
    f"POST /bookings/{BOOKING_ID}/cancel": ["bookings:write"],
    f"POST /bookings/{BOOKING_ID}/reschedule": ["bookings:write"],
    "GET /cases": ["cases:read", "cases:write"],
    f"GET /cases/{CASE_ID}": ["cases:read", "cases:write"],
    f"GET /cases/{CASE_ID}/history": ["cases:read", "cases:write"],
    f"POST /cases/{CASE_ID}/close": ["cases:write"],
    "POST /cases": ["cases:write"],
    "POST /photos": ["cases:write"],
    "GET /messages/stream": ["messages:read"],
}


@pytest.mark.parametrize("operation", NEEDS)
def test_an_operation_names_the_right_that_a_key_lacks(made: MakeSystem, services: FakeServices, operation: str) -> None:
    others = [right for right in ALL if right not in NEEDS[operation]]
    system, _ = made(*others)
    method, path = operation.split(" ")
    answer = system._send(method, path, {"json": {}} if method == "POST" else {})
    assert refused(answer) == (403, "auth.key_not_enough", NEEDS[operation])
    assert f'scope="{" ".join(NEEDS[operation])}"' in answer.headers["WWW-Authenticate"]
    assert services.calls == []


def test_every_operation_is_closed_to_a_system_without_its_right(
    app: Flask, made: MakeSystem, services: FakeServices, database: Engine
) -> None:
    """All operations of the document, also those that will be added. What visitors may read is open."""
    system, _ = made(requests_per_minute=100_000)
    document = orjson.loads(app.extensions["linli.openapi"])
    closed = set()
    for path, item in document["paths"].items():
        address = re.sub(r"\{(community_id|grid_id|sub_district_id)\}", "liuyi", path.removeprefix("/api/v1"))
        address = re.sub(r"\{\w+\}", CASE_ID, address)
        for method, operation in ((name, one) for name, one in item.items() if name != "parameters"):
            ways = operation["security"]
            if method == "get" and (not ways or {} in ways):
                continue
            answer = system._send(method.upper(), address, {"json": {}} if method not in ("get", "delete") else {})
            needs = [right for way in ways for right in way.get("oauth2", ())]
            assert refused(answer) == (403, "auth.key_not_enough", needs), f"{method} {path}"
            closed.add(operation["operationId"])
    assert services.calls == [] and len(closed) > 60
    assert {"reportCase", "bookSpace", "addStaff", "makeSystemKey", "openSession", "streamMessages"} <= closed


def test_a_system_without_rights_reads_what_visitors_read(made: MakeSystem, services: FakeServices) -> None:
    system, _ = made()
    assert system.get("/sections").status_code == 200
    for method, path in (
        ("GET", "/me"),
        ("POST", f"/bookings/{BOOKING_ID}/attendees"),
        ("GET", "/staff"),
        ("GET", "/systems"),
        ("POST", "/api-keys"),
    ):
        answer = system._send(method, path, {"json": {}} if method == "POST" else {})
        assert refused(answer) == (403, "auth.key_not_enough", []), path
    assert services.calls == []


def test_the_services_hear_which_system_asks_and_what_it_may(made: MakeSystem, services: FakeServices) -> None:
    services.on("cases", "report_case", {"case": case(), "lookup_token": "t"})
    system, known = made("cases:write", "cases:read@liuyi")
    assert system.post("/cases", json=REPORT).status_code == 201
    [asked] = services.of("report_case")
    identity = asked.context.identity
    assert (identity.party, identity.account_id, identity.system_id) == ("system", None, known["id"])
    assert identity.scopes == {"cases:write", "cases:read@liuyi"}
    assert identity.works_in == Communities.only("liuyi")
    assert identity.reach_of("cases:read") == identity.reach_of("cases:write") == Communities.only("liuyi")
    assert identity.reach_of("bookings:read") == Communities.only()
    assert Identity.from_claims(identity.to_claims()) == identity


def test_a_system_has_no_limit_of_visitors_and_one_of_its_own(
    made: MakeSystem, services: FakeServices, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()  # stands still: on a slow machine 71 requests take so long that the window gives some back
    for module in ("limits.storage.memory", "limits.strategies"):
        monkeypatch.setattr(f"{module}.time", SimpleNamespace(time=lambda: now))
    services.on("cases", "report_case", {"case": case(), "lookup_token": "t"})
    system, _ = made("cases:write", requests_per_minute=70)
    answers = [system.post("/cases", json=REPORT) for _ in range(71)]
    assert [answer.status_code for answer in answers[:70]] == [201] * 70, "visitors may send 60"
    assert answers[70].status_code == 429 and answers[70].json["code"] == "too_many_requests"
    first, last = answers[0].headers, answers[70].headers
    assert first["RateLimit-Policy"] == last["RateLimit-Policy"] == '"system";q=70;w=60'
    assert first["RateLimit"].startswith('"system";r=69;t=')
    assert last["RateLimit"] == f'"system";r=0;t={last["Retry-After"]}'


@pytest.mark.parametrize(
    ("rights", "field"),
    [
        (["gateway"], "rights.0"),
        (["cases:everything"], "rights"),
        (["staff:write"], "rights"),
        (["cases:read:case.*"], "rights"),
        (["cases:read@yuxin"], "rights"),
        (["cases:read", "cases:read@"], "rights.1"),
        ("cases:read", "rights"),
        ([7], "rights.0"),
        (["cases:read"] * 61, "rights"),
    ],
)
def test_no_system_gets_a_right_that_does_not_exist(admin: Caller, rights: Any, field: str, database: Engine) -> None:
    answer = admin.post("/systems", json=NEW | {"rights": rights})
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == field, answer.json
    with Session(database) as session:
        assert session.scalars(select(System)).all() == []


def test_rights_that_others_cover_are_left_out(admin: Caller) -> None:
    wide = ["messages:read:case.*@liuyi", "messages:read:case.closed.v1", "messages:read:case.*", "cases:read@liuyi"]
    made = admin.post("/systems", json=NEW | {"rights": wide}).json
    assert made["rights"] == ["cases:read@liuyi", "messages:read:case.*"]


# --- messages ---


def test_messages_are_narrowed_by_type_and_community(made: MakeSystem, services: FakeServices) -> None:
    def read_feed(payload: dict[str, Any], _: Any) -> dict[str, Any]:
        items = [
            {"place": f"1-{n}-0", "type": type_, "event": {"communityid": community, "n": n}}
            for n, (type_, community) in enumerate(
                [("case.closed.v1", "liuyi"), ("case.closed.v1", "yuxin"), ("booking.confirmed.v1", "liuyi")], 1
            )
        ]
        return {"items": items, "place": "1-3-0", "more": False}

    services.on("notify", "read_feed", read_feed)
    system, _ = made("messages:read:case.*")
    with system.get("/messages/stream", headers={"Last-Event-ID": "0-0"}, buffered=False) as stream:
        chunks = iter(stream.response)
        next(chunks)
        sent = next(chunks).decode()
    assert "event: case.closed.v1" in sent and '"n":1' in sent, "and nothing else, whatever a service of another release sends"
    for types in ("booking.*", "case.closed.v1,booking.*"):
        answer = system.get(f"/messages/stream?types={types}")
        assert refused(answer) == (403, "forbidden", ["messages:read:booking.*"])


# --- keys ---


def test_a_key_is_shown_once_and_stored_as_a_hash(admin: Caller, made: MakeSystem, database: Engine) -> None:
    _, known = made("cases:read")
    secret = known["key"]["secret"]
    shown = admin.get(f"/systems/{known['id']}")
    assert secret not in shown.text and shown.json["keys"][0]["prefix"] == secret.rsplit("_", 1)[0][:11]
    with Session(database) as session:
        everything = str(session.execute(text("SELECT system::text, api_key::text FROM system, api_key")).all())
        everything += str(session.execute(text("SELECT audit_entry::text FROM audit_entry")).all())
    for hidden in (secret, "赵女士"):
        assert hidden not in everything


def test_a_key_expires(admin: Caller, made: MakeSystem, clock: Clock) -> None:
    system, known = made("cases:read")
    assert known["key"]["expires_at"] == "2027-03-02T09:00:00+00:00", "the default is a year"
    clock.forward(days=365, seconds=-1)
    assert system.get("/sections").status_code == 200
    clock.forward(seconds=1)
    answer = system.get("/sections")
    assert (answer.status_code, answer.json["code"]) == (401, "auth.key_expired")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("days", [0, 1096, "30", 10**9])
def test_a_key_is_not_made_for_ever(admin: Caller, made: MakeSystem, days: Any) -> None:
    _, known = made()
    answer = admin.post(f"/systems/{known['id']}/keys", json={"days": days})
    assert answer.status_code == 422 and answer.json["errors"][0]["field"] == "days"
    assert len(admin.get(f"/systems/{known['id']}").json["keys"]) == 1


def test_both_keys_work_while_one_replaces_the_other(admin: Caller, made: MakeSystem, clock: Clock, sign_in: SignIn) -> None:
    old, known = made("cases:read")
    path = f"/systems/{known['id']}/keys/{known['key']['id']}/replacement"
    answer = admin.post(path, json={"overlap_hours": 48})
    assert answer.status_code == 201
    new = Caller(old.client, {"X-API-Key": answer.json["secret"]})
    assert old.get("/sections").status_code == new.get("/sections").status_code == 200
    assert admin.post(path, json={}).json["code"] == "systems.key_replaced", "two admins do not replace it twice"
    clock.forward(hours=1)
    assert new.get("/sections").status_code == 200
    [second, first] = admin.get(f"/systems/{known['id']}").json["keys"]
    assert [(key["state"], key["last_used_at"]) for key in (first, second)] == [
        ("ending", "2026-03-02T09:00:00+00:00"),
        ("active", "2026-03-02T10:00:00+00:00"),
    ]
    clock.forward(hours=47)
    admin = sign_in("admin")
    assert (old.get("/sections").status_code, new.get("/sections").status_code) == (401, 200)
    assert admin.get(f"/systems/{known['id']}").json["keys"][1]["state"] == "expired"
    assert admin.post(path, json={}).json["code"] == "systems.key_not_in_force"


def test_a_replacement_does_not_make_the_old_key_live_longer(sign_in: SignIn, made: MakeSystem, clock: Clock) -> None:
    _, known = made()
    clock.forward(days=364)
    admin = sign_in("admin")
    key = known["key"]
    admin.post(f"/systems/{known['id']}/keys/{key['id']}/replacement", json={"overlap_hours": 720})
    assert admin.get(f"/systems/{known['id']}").json["keys"][1]["expires_at"] == key["expires_at"]


def test_the_last_use_is_written_at_most_once_a_minute(made: MakeSystem, database: Engine, clock: Clock) -> None:
    system, _ = made("cases:read")

    def stored() -> Any:
        with Session(database) as session:
            return session.execute(text("SELECT last_used_at, xmin::text FROM api_key")).one()

    assert stored().last_used_at is None
    system.get("/sections")
    first = stored()
    assert first.last_used_at == clock.now
    clock.forward(seconds=59)
    system.get("/sections")
    assert stored() == first, "the row is not written"
    clock.forward(seconds=1)
    system.get("/me")  # also by a request that is refused
    assert stored().last_used_at == clock.now


def test_a_revoked_key_and_a_system_that_is_off_end_at_once(admin: Caller, made: MakeSystem) -> None:
    system, known = made("cases:read")
    path = f"/systems/{known['id']}"
    assert admin.patch(path, json={"disabled": True}).json["disabled"] is True
    assert system.get("/sections").json["code"] == "auth.system_off"
    admin.patch(path, json={"disabled": False})
    assert system.get("/sections").status_code == 200
    for _ in range(2):
        assert admin.delete(f"{path}/keys/{known['key']['id']}").status_code == 204
    assert (system.get("/sections").status_code, system.get("/sections").json["code"]) == (401, "auth.key_unknown")


@pytest.mark.parametrize(
    ("change", "is_told"),
    [
        ("UPDATE api_key SET revoked_at = now()", True),
        ("UPDATE api_key SET expires_at = now()", True),
        ("UPDATE system SET rights = '{}'", True),
        ("UPDATE system SET communities = '{yuxin}'", True),
        ("UPDATE system SET disabled_at = now()", True),
        ("UPDATE api_key SET last_used_at = now()", False),
        ("UPDATE system SET name = 'x'", False),
    ],
)
def test_every_replica_hears_of_what_ends_a_stream(made: MakeSystem, database: Engine, change: str, is_told: bool) -> None:
    """Its open streams ask then whether they may go on. The last use is written all the time, and is no reason."""
    made("messages:read")
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as listening:
        listening.execute(text(f"LISTEN {CHANNEL}"))
        with transaction(database) as session:
            session.execute(text(change))
        listening.execute(text("SELECT 1"))
        raw: Any = listening.connection.driver_connection
        told = [one.channel for one in raw.notifies(timeout=0)]
    assert bool(told) is is_told and set(told) <= {CHANNEL}


def test_what_is_taken_away_is_taken_away_with_the_next_request(
    admin: Caller, made: MakeSystem, services: FakeServices
) -> None:
    services.on("cases", "list_cases", page())
    system, known = made("cases:read")
    assert system.get("/cases").status_code == 200
    admin.patch(f"/systems/{known['id']}", json={"rights": ["bookings:read"]})
    assert system.get("/cases").status_code == 403


def test_a_system_has_at_most_twenty_keys(admin: Caller, made: MakeSystem) -> None:
    _, known = made()
    path = f"/systems/{known['id']}/keys"
    assert [admin.post(path, json={}).status_code for _ in range(20)] == [201] * 19 + [422]


def test_a_repeated_request_makes_one_key(admin: Caller, made: MakeSystem) -> None:
    _, known = made()
    path, headers = f"/systems/{known['id']}/keys", {"Idempotency-Key": "the-same-key-twice"}
    first, second = (admin.post(path, json={}, headers=headers).json for _ in range(2))
    assert first == second and len(admin.get(f"/systems/{known['id']}").json["keys"]) == 2


# --- admins ---


def test_a_change_on_an_older_version_is_refused(admin: Caller, made: MakeSystem) -> None:
    _, known = made()
    path, tag = f"/systems/{known['id']}", {"If-Match": f'W/"v{known["version"]}"'}
    assert admin.patch(path, json={"name": "新名字"}, headers=tag).json["version"] == known["version"] + 1
    assert admin.patch(path, json={"name": "另一个"}, headers=tag).status_code == 412
    assert admin.get(path).json["name"] == "新名字"


@pytest.mark.parametrize("who", ["wang", "clerk", "supervisor"])
def test_only_an_admin_handles_systems(sign_in: SignIn, made: MakeSystem, who: str) -> None:
    _, known = made()
    caller, path = sign_in(who), f"/systems/{known['id']}"
    key = f"{path}/keys/{known['key']['id']}"
    for method, address in (
        ("GET", "/systems"),
        ("POST", "/systems"),
        ("GET", path),
        ("PATCH", path),
        ("POST", f"{path}/keys"),
        ("POST", f"{key}/replacement"),
        ("DELETE", key),
    ):
        assert caller._send(method, address, {"json": {}} if method in ("POST", "PATCH") else {}).status_code == 403


@pytest.mark.parametrize(("communities", "whole"), [(["yuxin"], False), (["liuyi", "yuxin"], False), ([], True)])
def test_an_admin_sees_only_systems_within_the_own_reach(
    admin: Caller, made: MakeSystem, database: Engine, communities: list[str], whole: bool
) -> None:
    system, known = made("cases:read")
    with transaction(database) as session:
        session.execute(update(System).values(communities=communities, whole_district=whole))
    path = f"/systems/{known['id']}"
    assert admin.get("/systems").json["items"] == [] and admin.get("/api-keys").json["items"] == []
    key = f"{path}/keys/{known['key']['id']}"
    for method, address in (
        ("GET", path),
        ("PATCH", path),
        ("POST", f"{path}/keys"),
        ("POST", f"{key}/replacement"),
        ("DELETE", key),
        ("GET", f"/api-keys/{known['key']['id']}"),
        ("DELETE", f"/api-keys/{known['key']['id']}"),
    ):
        assert admin._send(method, address, {"json": {}} if method in ("POST", "PATCH") else {}).status_code == 404
    assert system.get("/sections").status_code == 200


def test_the_key_of_another_system_is_not_found(admin: Caller, made: MakeSystem) -> None:
    (_, one), (_, two) = made(), made()
    key = f"/systems/{one['id']}/keys/{two['key']['id']}"
    assert admin.delete(key).status_code == admin.post(f"{key}/replacement", json={}).status_code == 404


def test_an_admin_gives_no_more_than_the_own_reach(admin: Caller, made: MakeSystem, database: Engine) -> None:
    _, known = made()
    for wrong in ({"whole_district": True}, {"communities": ["yuxin"]}, {"communities": ["liuyi", "nowhere"]}):
        field = next(iter(wrong))
        for answer in (admin.post("/systems", json=NEW | wrong), admin.patch(f"/systems/{known['id']}", json=wrong)):
            assert answer.status_code == 422 and answer.json["errors"][0]["field"] == field


def test_a_wider_system_is_for_admins_of_the_district(sign_in: SignIn, database: Engine) -> None:
    with transaction(database) as session:
        session.execute(text("UPDATE account SET whole_district = true WHERE username = 'admin'"))
    admin = sign_in("admin")
    made = admin.post("/systems", json=NEW | {"whole_district": True}).json
    assert (made["communities"], made["community_id"]) == ([], "")
    with Session(database) as session:
        assert session.scalars(select(System)).one().reach == DISTRICT
    narrowed = admin.patch(f"/systems/{made['id']}", json={"communities": ["liuyi"]}).json
    assert (narrowed["communities"], narrowed["whole_district"], narrowed["community_id"]) == (["liuyi"], False, "liuyi")


def test_a_list_of_many_systems_costs_no_more_queries(admin: Caller, made: MakeSystem, database: Engine) -> None:
    statements: list[str] = []

    def count(*execution: Any) -> None:
        statements.append(str(execution[2]))

    def queries() -> int:
        statements.clear()
        assert admin.get("/systems").status_code == 200
        return len(statements)

    made("cases:read")
    event.listen(database, "before_cursor_execute", count)
    try:
        queries()  # the first request also reads the directory
        one = queries()
        for _ in range(4):
            made("cases:read")
        assert queries() == one
    finally:
        event.remove(database, "before_cursor_execute", count)


def test_the_log_says_who_changed_what(admin: Caller, made: MakeSystem) -> None:
    _, known = made("cases:read")
    path = f"/systems/{known['id']}"
    admin.patch(path, json={"rights": ["cases:write"], "contact": "李先生"})
    admin.patch(path, json={"rights": ["cases:write"]})  # nothing new
    admin.patch(path, json={"disabled": True})
    admin.post(f"{path}/keys/{known['key']['id']}/replacement", json={})
    found = list(reversed(admin.get("/audit-log").json["items"]))
    assert [(one["kind"], one["action"]) for one in found] == [
        ("system", "created"),
        ("api_key", "created"),
        ("system", "changed"),
        ("system", "disabled"),
        ("api_key", "replaced"),
        ("api_key", "created"),
    ]
    assert found[2]["before"] == {"rights": ["cases:read"], "contact": "(old)"}
    assert found[2]["after"] == {"rights": ["cases:write"], "contact": "(new)"}


def test_a_key_that_the_last_release_makes_gets_a_system(database: Engine, visitor: Caller, sign_in: SignIn) -> None:
    """Its gateway may run beside this one during an upgrade, and knows no systems."""
    sign_in("admin")
    with transaction(database) as session:
        session.execute(
            text(
                "INSERT INTO api_key (id, community_id, version, label, prefix, secret_hash, scopes, created_by, created_at)"
                " SELECT gen_random_uuid(), 'liuyi', 1, '旧', 'lk_0', sha256('lk_0_secret'), '[\"messages:read\"]', id, now()"
                " FROM account WHERE username = 'admin'"
            )
        )
        system = session.scalars(select(System)).one()
        key = session.scalars(select(ApiKey)).one()
        assert (system.id, key.system_id, system.name, system.rights) == (key.id, key.id, "旧", ["messages:read"])
        assert system.reach == Communities.only("liuyi") and key.expires_at is None
    assert visitor.get("/sections", headers={"X-API-Key": "lk_0_secret"}).status_code == 200


def test_its_keys_are_what_the_last_release_reads(admin: Caller, made: MakeSystem, database: Engine) -> None:
    _, known = made("messages:read")
    admin.patch(f"/systems/{known['id']}", json={"rights": ["messages:read:case.*"]})
    with Session(database) as session:
        key = session.scalars(select(ApiKey)).one()
        assert (key.scopes, key.community_id, key.whole_district) == (["messages:read:case.*"], "liuyi", False)
