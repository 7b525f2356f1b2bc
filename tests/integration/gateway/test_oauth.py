"""Access tokens: POST /oauth/token as RFC 6749 says, and what a token may do."""

from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import page

SignIn = Callable[[str], Caller]
GRANT = {"grant_type": "client_credentials"}
RIGHTS = ["cases:read", "cases:write", "messages:read:case.*"]


@pytest.fixture
def admin(sign_in: SignIn) -> Caller:
    return sign_in("admin")


@pytest.fixture
def known(admin: Caller) -> dict[str, Any]:
    """A system with an OAuth client: `client` has its JSON."""
    system = admin.post("/systems", json={"name": "12345 热线", "rights": RIGHTS}).json
    return system | {"client": admin.post(f"/systems/{system['id']}/keys", json={"kind": "client"}).json}


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def basic(known: dict[str, Any], secret: str | None = None) -> dict[str, str]:
    pair = f"{known['client']['prefix']}:{secret or known['client']['secret']}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def in_body(known: dict[str, Any]) -> dict[str, str]:
    return {"client_id": known["client"]["prefix"], "client_secret": known["client"]["secret"]}


def bearer(client: FlaskClient, answer: Any) -> Caller:
    return Caller(client, {"Authorization": f"Bearer {answer.json['access_token']}"})


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_a_client_gets_a_token(client: FlaskClient, known: dict[str, Any], services: FakeServices, way: str) -> None:
    services.on("cases", "list_cases", page())
    if way == "client_secret_basic":
        answer = client.post("/oauth/token", data=GRANT, headers=basic(known))
    else:
        answer = client.post("/oauth/token", data=GRANT | in_body(known))
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    assert answer.json.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 3600)
    assert answer.json["scope"].split() == RIGHTS
    assert bearer(client, answer).get("/cases").status_code == 200
    assert services.of("list_cases")[0].context.identity.system_id == known["id"]


def test_a_token_can_have_fewer_rights(client: FlaskClient, known: dict[str, Any], services: FakeServices) -> None:
    scope = "messages:read:case.closed.v1@liuyi cases:write"
    answer = client.post("/oauth/token", data=GRANT | {"scope": scope}, headers=basic(known))
    assert answer.json["scope"] == scope
    caller = bearer(client, answer)
    refused = caller.get("/bookings")
    assert (refused.status_code, refused.json["details"]["needs"]) == (403, ["bookings:read"])
    services.on("cases", "list_cases", page())
    caller.get("/cases")
    assert services.calls[-1].context.identity.scopes == {"messages:read:case.closed.v1@liuyi", "cases:write"}


@pytest.mark.parametrize(
    "scope", ["bookings:read", "cases:read bookings:read", "messages:read", "gateway", "cases:read  x", "@"]
)
def test_a_token_never_has_more_rights_than_the_system(client: FlaskClient, known: dict[str, Any], scope: str) -> None:
    answer = client.post("/oauth/token", data=GRANT | {"scope": scope}, headers=basic(known))
    assert (answer.status_code, answer.json["error"]) == (400, "invalid_scope")


def test_a_token_loses_what_the_system_loses(
    client: FlaskClient, admin: Caller, known: dict[str, Any], services: FakeServices
) -> None:
    services.on("cases", "list_cases", page())
    caller = bearer(client, client.post("/oauth/token", data=GRANT, headers=basic(known)))
    assert caller.get("/cases").status_code == 200
    path = f"/systems/{known['id']}"
    admin.patch(path, json={"rights": ["messages:read"]})
    assert caller.get("/cases").status_code == 403
    admin.patch(path, json={"rights": RIGHTS, "disabled": True})
    assert (caller.get("/cases").status_code, caller.get("/cases").json["code"]) == (401, "auth.system_off")
    assert client.post("/oauth/token", data=GRANT, headers=basic(known)).json["error"] == "invalid_client"
    admin.patch(path, json={"disabled": False})
    assert caller.get("/cases").status_code == 200
    admin.delete(f"{path}/keys/{known['client']['id']}")
    assert caller.get("/cases").status_code == 401
    answer = client.post("/oauth/token", data=GRANT, headers=basic(known))
    assert (answer.status_code, answer.json["error"]) == (401, "invalid_client")


def test_a_token_ends_after_an_hour_or_with_the_secret(
    client: FlaskClient, admin: Caller, known: dict[str, Any], services: FakeServices, clock: Clock
) -> None:
    services.on("cases", "list_cases", page())
    caller = bearer(client, client.post("/oauth/token", data=GRANT, headers=basic(known)))
    clock.forward(hours=1, seconds=-1)
    assert caller.get("/cases").status_code == 200
    clock.forward(seconds=1)
    answer = caller.get("/cases")
    assert (answer.status_code, answer.json["code"]) == (401, "auth.token_expired")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="linli", error="invalid_token"'
    clock.forward(days=365, hours=-1, minutes=-10)
    assert client.post("/oauth/token", data=GRANT, headers=basic(known)).json["expires_in"] == 600


def test_a_client_keeps_its_id_when_its_secret_is_replaced(client: FlaskClient, admin: Caller, known: dict[str, Any]) -> None:
    path = f"/systems/{known['id']}/keys/{known['client']['id']}/replacement"
    new = admin.post(path, json={"overlap_hours": 1}).json
    assert new["prefix"] == known["client"]["prefix"] and new["secret"] != known["client"]["secret"]
    for secret in (known["client"]["secret"], new["secret"]):
        assert client.post("/oauth/token", data=GRANT, headers=basic(known, secret)).status_code == 200


CLIENT = {"client_id": "lc_0123456789abcdef", "client_secret": "wrong"}


@pytest.mark.parametrize(
    ("data", "headers", "status", "error"),
    [
        ({}, None, 400, "invalid_request"),
        (GRANT, "text/plain", 400, "invalid_request"),
        ({"grant_type": "password"}, None, 400, "unsupported_grant_type"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, None, 400, "invalid_request"),
        (GRANT | {"scope": ["cases:read", "cases:write"]}, None, 400, "invalid_request"),
        (GRANT | {"client_secret": "also in the body"}, None, 400, "invalid_request"),
        (GRANT, "Bearer x", 401, "invalid_client"),
        (GRANT, "Basic !!", 401, "invalid_client"),
        (GRANT, "no credentials", 401, "invalid_client"),
        (GRANT | CLIENT, "no credentials", 401, "invalid_client"),
        (GRANT | CLIENT | {"client_id": "lc_\0"}, "no credentials", 401, "invalid_client"),
        (GRANT | CLIENT | {"client_id": "lk_12345000"}, "no credentials", 401, "invalid_client"),
    ],
)
def test_errors_are_those_of_the_rfc(
    client: FlaskClient, known: dict[str, Any], data: Any, headers: str | None, status: int, error: str
) -> None:
    sent, kind = basic(known), "application/x-www-form-urlencoded"
    if headers == "text/plain":
        kind, data = headers, "grant_type=client_credentials"
    elif headers == "no credentials":
        sent = {}
    elif headers:
        sent = {"Authorization": headers}
    answer = client.post("/oauth/token", data=data, headers=sent, content_type=kind)
    assert (answer.status_code, answer.json["error"]) == (status, error), answer.json
    assert answer.json["error_description"].isascii() and answer.headers["Cache-Control"] == "no-store"
    assert answer.headers.get("WWW-Authenticate") == ('Basic realm="linli"' if status == 401 else None)


def test_credentials_do_not_belong_into_the_address(client: FlaskClient, known: dict[str, Any]) -> None:
    answer = client.post("/oauth/token", query_string=GRANT | in_body(known), data={})
    assert answer.json["error"] == "invalid_request"
    assert client.get("/oauth/token").status_code == 405


def test_a_secret_of_a_client_is_no_api_key_and_the_other_way_round(
    client: FlaskClient, admin: Caller, known: dict[str, Any]
) -> None:
    answer = Caller(client, {"X-API-Key": known["client"]["secret"]}).get("/cases")
    assert answer.json["code"] == "auth.credentials_unknown"
    key = admin.post(f"/systems/{known['id']}/keys", json={}).json
    answer = client.post("/oauth/token", data=GRANT, headers=basic({"client": key}))
    assert answer.json["error"] == "invalid_client"
    other = admin.post(f"/systems/{known['id']}/keys", json={"kind": "client"}).json
    answer = client.post("/oauth/token", data=GRANT, headers=basic(known, other["secret"]))
    assert answer.json["error"] == "invalid_client", "the secret of another client"


def test_guessing_is_limited(client: FlaskClient, known: dict[str, Any]) -> None:
    answers = [client.post("/oauth/token", data=GRANT, headers=basic(known, f"wrong-{n}")) for n in range(31)]
    assert [answer.status_code for answer in answers] == [401] * 30 + [429]
    assert answers[30].headers["Retry-After"] and answers[30].mimetype == "application/problem+json"
    assert client.post("/oauth/token", data=GRANT, headers=basic(known)).status_code == 429


def test_right_secrets_are_no_guesses(client: FlaskClient, known: dict[str, Any]) -> None:
    answers = [client.post("/oauth/token", data=GRANT, headers=basic(known)) for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429], "60 tokens in a minute are enough for one client"
    assert answers[0].headers["RateLimit-Policy"] == '"tokens";q=60;w=60'


def test_tokens_are_stored_as_hashes(client: FlaskClient, known: dict[str, Any], database: Engine) -> None:
    token = client.post("/oauth/token", data=GRANT, headers=basic(known)).json["access_token"]
    with Session(database) as session:
        [row] = session.execute(text("SELECT system_token::text AS row FROM system_token")).all()
    assert token not in row.row and known["client"]["secret"] not in row.row


def test_clients_find_the_token_endpoint(client: FlaskClient) -> None:
    answer = client.get("/.well-known/oauth-authorization-server", base_url="https://linli.example")
    assert answer.status_code == 200 and answer.mimetype == "application/json"
    assert answer.json["issuer"] == "https://linli.example"
    assert answer.json["token_endpoint"] == "https://linli.example/oauth/token"
    assert answer.json["grant_types_supported"] == ["client_credentials"]
    assert set(answer.json["token_endpoint_auth_methods_supported"]) == {"client_secret_basic", "client_secret_post"}
    assert "cases:write" in answer.json["scopes_supported"]
