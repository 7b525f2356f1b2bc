"""Sign-in with an OpenID provider, against a real one (oidc-provider-mock), over HTTP."""

import base64
import hashlib
import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import oidc_provider_mock
import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import User
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import IntegrityError

from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from gateway.accounts.models import Account
from gateway.audit.models import AuditEntry
from gateway.carried.models import CarriedForm
from gateway.oidc.models import LinkedIdentity
from gateway.oidc.provider import Provider
from gateway.refusals.providers import ProviderAway, ProviderRefused
from tests.integration.gateway.browser import Browse, Browser, Page, browse  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import page as page_of

SignIn = Callable[[str], Caller]
CLERK, HANDLER = demo_id("account", "clerk"), demo_id("account", "handler")
USERS = [
    User(sub="u-clerk", claims={"preferred_username": "clerk", "name": "刘芳"}),
    User(sub="u-wang", claims={"phone_number": "+86 199 0000 0001", "phone_number_verified": True}),
    User(sub="u-new", claims={"phone_number": "+86 138 0013 8000", "phone_number_verified": True}),
    User(sub="u-unproved", claims={"phone_number": "+86 199 0000 0002", "phone_number_verified": False}),
    User(sub="u-nobody", claims={"preferred_username": "nobody"}),
]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread(user_claims=USERS, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def configure(app: Flask, issuer: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`configure(oidc_for="both")`: the settings of the gateway."""

    def put(**over: Any) -> None:
        known = app.extensions["linli.gateway_settings"]
        settings = {"oidc_issuer": issuer, "oidc_client_id": "linli", "oidc_client_secret": "secret", "oidc_for": "both"}
        monkeypatch.setitem(app.extensions, "linli.gateway_settings", replace(known, **settings | over))

    put()
    return put


Configure = Callable[..., None]


@pytest.fixture
def client(app: Flask, people: None, configure: Configure, services: FakeServices) -> FlaskClient:
    services.on("notify", "list_notifications", page_of() | {"unread_count": 0})
    services.on("cases", "list_cases", page_of())
    return app.test_client()


def at_provider(
    client: FlaskClient, subject: str, start: str = "/sign-in/oidc?next=/mine/devices"
) -> tuple[str, dict[str, Any]]:
    """The address to which the provider sends the browser, and what it was asked."""
    sent = client.get(start)
    assert sent.status_code == 303, sent.get_data(as_text=True)[:500]
    address = sent.headers["Location"]
    back = requests.post(address, data={"sub": subject}, allow_redirects=False, timeout=10)
    assert back.status_code in (302, 303), back.text[:500]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}", asked


def enter(client: FlaskClient, subject: str) -> Any:
    return client.get(at_provider(client, subject)[0])


def who(client: FlaskClient) -> dict[str, Any]:
    """Also of a resident who has not agreed to the privacy notice yet."""
    answer = client.get("/api/v1/auth/session")
    return answer.json["account"] if answer.status_code == 200 else {}  # type: ignore[return-value]


def test_staff_sign_in_whom_an_admin_has_linked(client: FlaskClient, sign_in: SignIn, database: Engine) -> None:
    refused = enter(client, "u-clerk")
    assert refused.status_code == 403 and "还没有关联" in refused.get_data(as_text=True) and who(client) == {}
    admin = sign_in("admin")
    assert admin.put(f"/staff/{CLERK}/subject", json={"subject": "u-clerk"}).status_code == 204
    answer = enter(client, "u-clerk")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/mine/devices"), answer.get_data(as_text=True)[:500]
    assert who(client)["username"] == "clerk"
    assert client.get_cookie("linli_device") is not None, "strangers' guesses do not lock out this device"
    taken = admin.put(f"/staff/{HANDLER}/subject", json={"subject": "u-clerk"})
    assert (taken.status_code, taken.json["code"]) == (409, "staff.subject_taken")
    assert admin.put(f"/staff/{CLERK}/subject", json={"subject": None}).status_code == 204
    assert enter(client, "u-clerk").status_code == 403
    with reading(database) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "changed").order_by(AuditEntry.id)).all()
        assert [(entry.before, entry.after) for entry in entries] == [
            ({"subject": None}, {"subject": "u-clerk"}),
            ({"subject": "u-clerk"}, {"subject": None}),
        ]


def test_the_user_name_links_if_a_setting_says_so_and_only_once(
    client: FlaskClient, configure: Configure, database: Engine
) -> None:
    configure(oidc_username_claim="preferred_username")
    assert enter(client, "u-clerk").status_code == 303 and who(client)["username"] == "clerk"
    assert enter(app_client(client), "u-nobody").status_code == 403, "nobody is made by it"
    with transaction(database) as session:
        session.execute(text("UPDATE linked_identity SET subject = 'somebody else'"))
    assert enter(app_client(client), "u-clerk").status_code == 403, "the account is linked with another subject"


def app_client(client: FlaskClient) -> FlaskClient:
    """Another browser."""
    return client.application.test_client()


def test_residents_sign_in_with_the_phone_that_the_provider_has_verified(client: FlaskClient, database: Engine) -> None:
    assert enter(client, "u-wang").status_code == 303 and who(client)["id"] == str(demo_id("account", "wang"))
    other = app_client(client)
    assert enter(other, "u-new").status_code == 303 and who(other)["phone"] == "+8613800138000"
    other = app_client(client)
    assert enter(other, "u-unproved").status_code == 403 and who(other) == {}
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(LinkedIdentity)) == 0


def test_it_is_offered_to_those_for_whom_it_is(client: FlaskClient, configure: Configure) -> None:
    for value, staff, residents in (("staff", True, False), ("residents", False, True), ("both", True, True)):
        configure(oidc_for=value)
        shown = ["/sign-in/oidc" in client.get(path).get_data(as_text=True) for path in ("/sign-in/staff", "/sign-in")]
        assert shown == [staff, residents]
    configure(oidc_for="staff")
    assert enter(client, "u-wang").status_code == 403
    configure(oidc_issuer="")
    assert client.get("/sign-in/oidc").status_code == 404


def test_a_disabled_account_does_not_sign_in(client: FlaskClient, sign_in: SignIn, database: Engine) -> None:
    sign_in("admin").put(f"/staff/{CLERK}/subject", json={"subject": "u-clerk"})
    with transaction(database) as session:
        session.execute(text("UPDATE account SET disabled_at = now() WHERE username = 'clerk'"))
    assert enter(client, "u-clerk").status_code == 403 and who(client) == {}


def test_an_answer_belongs_to_the_browser_that_asked_and_counts_once(client: FlaskClient) -> None:
    back, _ = at_provider(client, "u-wang")
    stranger = app_client(client)
    assert stranger.get(back).status_code == 401, "another browser"
    at_provider(stranger, "u-wang")
    assert stranger.get(back).status_code == 401, "with a sign-in of its own"
    back, _ = at_provider(client, "u-wang")  # with a code that nobody has used
    assert client.get(back.replace("state=", "state=x")).status_code == 401
    assert client.get(back).status_code == 401, "the state was used up"
    back, _ = at_provider(client, "u-wang")
    assert client.get(back).status_code == 303
    assert app_client(client).get(back).status_code == 401
    assert client.get("/sign-in/oidc/callback?error=access_denied&state=x").status_code == 401


def test_it_asks_with_pkce_state_and_nonce(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    original = requests.Session.request

    def request(self: Any, method: str, url: str, **more: Any) -> Any:
        if url.endswith("/oauth2/token"):
            sent.append(more["data"] if isinstance(more["data"], str) else json.dumps(dict(more["data"])))
        return original(self, method, url, **more)

    monkeypatch.setattr(requests.Session, "request", request)
    back, asked = at_provider(client, "u-wang")
    assert asked["code_challenge_method"] == "S256" and len(asked["state"]) >= 32 and len(asked["nonce"]) >= 32
    assert client.get(back).status_code == 303
    [body] = sent
    [verifier] = parse_qs(body).get("code_verifier") or [json.loads(body)["code_verifier"]]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert challenge == asked["code_challenge"]


def test_signing_out_offers_to_sign_out_there_too(client: FlaskClient, issuer: str) -> None:
    enter(client, "u-wang")
    page = client.get("/mine").get_data(as_text=True)
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = client.post("/sign-out", data={"csrf_token": csrf})
    assert "/sign-in/oidc/out" in answer.get_data(as_text=True) and who(client) == {}
    there = client.get("/sign-in/oidc/out")
    assert there.headers["Location"].startswith(f"{issuer}/oauth2/end_session?client_id=linli")
    assert client.get("/sign-in/oidc/out").headers["Location"] == "/"


def test_while_the_provider_is_away_the_other_ways_stay(client: FlaskClient, configure: Configure) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        configure(oidc_issuer=f"http://127.0.0.1:{free.getsockname()[1]}")
        answer = client.get("/sign-in/oidc")
    assert answer.status_code == 503 and "暂时没有响应" in answer.get_data(as_text=True)
    assert 'href="/sign-in/staff"' in answer.get_data(as_text=True) and client.get("/sign-in").status_code == 200


# --- what was typed ---


def form_after_the_session(browse_: Browse, clock: Clock, services: FakeServices) -> tuple[Browser, Page]:
    """A clerk whose sign-in has ended has sent a form. The browser, and the sign-in page that it shows."""
    services.on("booking", "list_spaces", page_of())
    services.on("booking", "list_bookings", page_of())
    clerk = browse_("clerk")
    form = clerk.get("/desk/residents").forms[-1]
    clock.forward(hours=13)
    answer = clerk.send(form, name="李奶奶", contact_phone="13900139000", birth_year="1938")
    assert answer.status_code == 401
    return clerk, Page(answer.get_data(as_text=True))


def waiting(database: Engine) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(CarriedForm.content)))


def test_what_was_typed_survives_a_sign_in_with_the_provider(
    client: FlaskClient,
    browse: Browse,  # noqa: F811
    clock: Clock,
    services: FakeServices,
    database: Engine,
    configure: Configure,
) -> None:
    configure(oidc_username_claim="preferred_username")
    clerk, sign_in_page = form_after_the_session(browse, clock, services)
    left = clerk.send(sign_in_page.form("/sign-in/ways/oidc"))
    leaving_page = left.get_data(as_text=True)
    assert left.status_code == 200 and "Location" not in left.headers, "a form may not redirect to another site"
    assert 'http-equiv="refresh" content="0; url=/sign-in/oidc"' in leaving_page
    [content] = waiting(database)
    assert "李奶奶" not in content and "李奶奶" not in leaving_page
    cookie = clerk.client.get_cookie("linli_form")
    assert cookie is not None and len(cookie.value) < 1000, "what was typed is too long for a cookie"
    answer = clerk.client.get(at_provider(clerk.client, "u-clerk", "/sign-in/oidc")[0])
    assert answer.status_code == 200 and who(clerk.client)["username"] == "clerk"
    again = clerk.send(Page(answer.get_data(as_text=True)).form("/desk/residents"))
    filled = Page(again.get_data(as_text=True)).forms[-1]
    kept = [filled.fields[name] for name in ("name", "contact_phone", "birth_year")]
    assert kept == ["李奶奶", "13900139000", "1938"]
    assert clerk.send(filled).status_code == 303 and waiting(database) == []


def test_what_was_typed_waits_also_after_the_provider_has_failed(
    client: FlaskClient, browse: Browse, clock: Clock, services: FakeServices, database: Engine  # noqa: F811
) -> None:  # fmt: skip
    clerk, sign_in_page = form_after_the_session(browse, clock, services)
    clerk.send(sign_in_page.form("/sign-in/ways/oidc"))
    refused = clerk.client.get(at_provider(clerk.client, "u-nobody", "/sign-in/oidc")[0])
    assert refused.status_code == 403 and "您写的内容还在" in refused.get_data(as_text=True)
    other_way = clerk.get("/sign-in/staff")
    assert "您写的内容还在" in other_way.text
    answer = clerk.send(other_way.form("/sign-in/staff"), username="clerk", password="linli-demo")
    assert Page(answer.get_data(as_text=True)).form("/desk/residents") and waiting(database) == []


def test_what_waits_is_of_one_browser_for_half_an_hour_and_can_be_thrown_away(
    client: FlaskClient, browse: Browse, clock: Clock, services: FakeServices, database: Engine  # noqa: F811
) -> None:  # fmt: skip
    clerk, sign_in_page = form_after_the_session(browse, clock, services)
    clerk.send(sign_in_page.form("/sign-in/ways/phone"))
    assert "您写的内容还在" in clerk.get("/sign-in").text
    assert "您写的内容还在" not in app_client(client).get("/sign-in").get_data(as_text=True)
    clock.forward(minutes=31)
    assert "您写的内容还在" not in clerk.get("/sign-in").text
    clock.forward(minutes=-31)
    clerk.send(clerk.get("/sign-in").form("/sign-in/forget"))
    assert "您写的内容还在" not in clerk.get("/sign-in").text and waiting(database) == []


def test_visitors_cannot_fill_the_table(
    client: FlaskClient, browse: Browse, clock: Clock, services: FakeServices, database: Engine  # noqa: F811
) -> None:  # fmt: skip
    clerk, sign_in_page = form_after_the_session(browse, clock, services)
    form = sign_in_page.form("/sign-in/ways/oidc")
    for _ in range(3):
        clerk.send(form)
    assert len(waiting(database)) == 1, "a browser has one"
    with transaction(database) as session:
        fill = "INSERT INTO carried_form SELECT gen_random_uuid(), 'x', :until FROM generate_series(1, 500)"
        session.execute(text(fill), {"until": clock.now + timedelta(minutes=1)})
    assert clerk.send(form).status_code == 200, "signing in works as ever"
    assert len(waiting(database)) == 500
    with transaction(database) as session, pytest.raises(IntegrityError, match="carried_form_length"):
        session.execute(text("INSERT INTO carried_form VALUES (gen_random_uuid(), repeat('x', 100001), now())"))


# --- the API ---

APP = "cn.linli.app:/signed-in"


def begin(visitor: Caller, **over: Any) -> Any:
    return visitor.post("/auth/oidc", json={"return_to": APP} | over)


def approved(begun: Any, subject: str) -> dict[str, str]:
    """What the provider gives the app back, with the ceremony: the body of the next request."""
    back = requests.post(begun.json["address"], data={"sub": subject}, allow_redirects=False, timeout=10)
    address = back.headers["Location"]
    assert address.startswith(f"{APP}?"), address
    given = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    return {"ceremony": begun.json["ceremony"], "code": given["code"], "state": given["state"]}


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


@pytest.fixture
def program(client: FlaskClient, visitor: Caller, configure: Configure) -> Caller:
    """A client that is no page."""
    configure(oidc_return_to=f"https://kiosk.example/back, {APP}", oidc_username_claim="preferred_username")
    return visitor


def test_a_program_signs_people_in(program: Caller) -> None:
    for subject, account in (("u-wang", "wang"), ("u-clerk", "clerk")):
        begun = begin(program)
        assert begun.status_code == 200 and begun.json["state"] in begun.json["address"]
        body = approved(begun, subject)
        assert body["state"] == begun.json["state"]
        answer = program.post("/auth/oidc/sessions", json=body)
        assert answer.status_code == 201 and answer.json["account"]["id"] == str(demo_id("account", account))
        own = program.get("/auth/session", headers={"Authorization": f"Bearer {answer.json['token']}"})
        assert own.json["account"]["id"] == str(demo_id("account", account))


def test_a_code_counts_once_and_with_its_own_state_and_ceremony(program: Caller) -> None:
    one, other = begin(program), begin(program)
    body, of_other = approved(one, "u-wang"), approved(other, "u-new")
    refused = (401, "auth.provider_refused")
    assert told(program.post("/auth/oidc/sessions", json=body | {"state": "x"})) == refused
    assert told(program.post("/auth/oidc/sessions", json=body | {"ceremony": of_other["ceremony"]})) == refused
    mixed = of_other | {"code": body["code"]}
    assert told(program.post("/auth/oidc/sessions", json=mixed)) == refused, "PKCE and the nonce belong to a ceremony"
    assert told(program.post("/auth/oidc/sessions", json=body | {"ceremony": "x"})) == (410, "auth.ceremony_over")
    fresh = approved(begin(program), "u-wang")
    assert program.post("/auth/oidc/sessions", json=fresh).status_code == 201
    assert told(program.post("/auth/oidc/sessions", json=fresh)) == refused


def test_a_ceremony_ends_after_ten_minutes(program: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    body = approved(begin(program), "u-wang")
    start = time.time()
    monkeypatch.setattr(time, "time", lambda: start + 601)
    assert told(program.post("/auth/oidc/sessions", json=body)) == (410, "auth.ceremony_over")


def test_the_provider_sends_people_to_known_addresses_only(program: Caller, configure: Configure) -> None:
    for wrong in ("https://evil.example/", f"{APP}/", APP.upper(), "https://kiosk.example/back, "):
        answer = begin(program, return_to=wrong)
        assert (answer.status_code, answer.json["errors"][0]["field"]) == (422, "return_to"), wrong
    assert begin(program, return_to="https://kiosk.example/back").status_code == 200
    configure(oidc_return_to="")
    assert begin(program).status_code == 422
    configure(oidc_issuer="")
    assert told(begin(program)) == (409, "auth.no_provider")
    assert told(program.post("/auth/oidc/sessions", json={"ceremony": "x", "code": "c", "state": "s"})) in (
        (409, "auth.no_provider"), (410, "auth.ceremony_over"),
    )  # fmt: skip


def test_who_is_not_linked_is_refused_over_the_api_too(program: Caller) -> None:
    assert told(program.post("/auth/oidc/sessions", json=approved(begin(program), "u-nobody"))) == (403, "auth.not_linked")


# --- what a provider may not do ---


class Answers:
    """A provider that says what a test wants, instead of requests."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.key, self.issuer, self.claims, self.header = RSAKey.generate_key(2048), "https://idp.example", {}, {}
        self.published, self.fetched = [self.key], 0
        monkeypatch.setattr(requests.Session, "request", self._request)

    def _request(self, method: str, url: str, **more: Any) -> requests.Response:
        bodies: dict[str, Callable[[], Any]] = {
            ".well-known/openid-configuration": lambda: {
                "issuer": self.issuer, "authorization_endpoint": f"{self.issuer}/a",
                "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/jwks",
            },
            "token": lambda: {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token()},
            "jwks": lambda: {"keys": [key.as_dict(private=False) | {"use": "sig"} for key in self.published]},
        }  # fmt: skip
        self.fetched += url.endswith("jwks")
        answer = requests.Response()
        answer.status_code, answer.url = 200, url
        answer._content = json.dumps(bodies[url.removeprefix(f"{self.issuer}/")]()).encode()
        answer.headers["Content-Type"] = "application/json"
        return answer

    def id_token(self) -> str:
        now = int(time.time())
        good = {"iss": self.issuer, "aud": "linli", "sub": "u", "exp": now + 300, "iat": now, "nonce": "n"}
        claims = {name: value for name, value in (good | self.claims).items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": self.key.thumbprint()} | self.header, claims, self.key)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    return Answers(monkeypatch)


@pytest.fixture
def now() -> list[float]:
    return [1000.0]


@pytest.fixture
def provider(answers: Answers, now: list[float]) -> Provider:
    known = {"issuer": answers.issuer, "client_id": "linli", "client_secret": "s", "scopes": "openid"}
    return Provider(**known, clock=lambda: now[0])


def finish(provider: Provider) -> Any:
    return provider.finish("https://linli.example/back", code="c", nonce="n", verifier="v" * 43)["sub"]


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"aud": "another"}, {"nonce": "other"}, {"nonce": None}, {"exp": 1}, {"sub": None},
        {"azp": "another"}, {"iat": None},
    ],
    ids=str,
)  # fmt: skip
def test_an_id_token_that_is_not_for_us_is_refused(provider: Provider, answers: Answers, claims: dict[str, Any]) -> None:
    assert finish(provider) == "u"
    answers.claims = claims
    with pytest.raises(ProviderRefused):
        finish(provider)


def test_keys_may_change_but_not_be_made_up(provider: Provider, answers: Answers, now: list[float]) -> None:
    assert finish(provider) == "u" and answers.fetched == 1
    answers.key = RSAKey.generate_key(2048)
    with pytest.raises(ProviderRefused):
        finish(provider)
    answers.published = [answers.key]
    now[0] += 31
    assert finish(provider) == "u" and answers.fetched == 2
    answers.key = RSAKey.generate_key(2048)
    for _ in range(5):
        with pytest.raises(ProviderRefused):
            finish(provider)
    assert answers.fetched == 2, "wrong signatures do not make us ask the provider again and again"


def test_a_provider_of_another_name_is_refused(provider: Provider, answers: Answers) -> None:
    answers.issuer = "https://idp.example"
    renamed = Provider(issuer="https://idp.example/", client_id="linli", client_secret="s", scopes="openid")
    with pytest.raises(ProviderRefused):
        renamed.start("https://linli.example/back")


def test_errors_of_the_provider_are_told_apart(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Any, method: str, url: str, **more: Any) -> Any:
        assert more["timeout"] is not None
        raise requests.ConnectTimeout()

    finish(provider)
    monkeypatch.setattr(requests.Session, "request", fails)
    with pytest.raises(ProviderAway):
        finish(provider)


def test_the_page_of_a_person_links(browse: Browse, client: FlaskClient, database: Engine) -> None:  # noqa: F811
    admin, path = browse("admin"), f"/admin/staff/{CLERK}"
    answer = admin.send(admin.get(path).form(f"{path}/subject"), subject=" u-clerk ")
    assert answer.status_code == 303
    assert admin.get(path).form(f"{path}/subject").fields["subject"] == "u-clerk"
    with reading(database) as session:
        assert session.scalars(select(LinkedIdentity.subject)).all() == ["u-clerk"]
        assert session.get_one(Account, CLERK).version == 2
