"""Passkeys and recovery codes of staff: set up, used, removed, reset; each challenge and each code once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import Engine, func, select, text

from chassis.database import tables
from chassis.database.engine import reading, transaction
from chassis.demo import demo_id
from gateway.accounts import own_data, passwords
from gateway.accounts.models import Account, SignInSession
from gateway.accounts.personal import PersonalFields
from gateway.audit.models import AuditEntry
from gateway.demo import STAFF_PASSWORD
from gateway.factors import passkeys, recovery_codes
from gateway.factors.models import Ceremony, Passkey, RecoveryCode, TotpEnrolment
from gateway.http.session_cache import SessionCache
from tests.integration.gateway.authenticator import Authenticator
from tests.integration.gateway.browser import Browse, Browser, browse, visit  # noqa: F401 - fixtures
from tests.integration.gateway.conftest import START, AccountsOf, Caller, Clock
from tests.integration.gateway.fake_services import FakeServices
from tests.integration.gateway.samples import page as page_of

SignIn = Callable[[str], Caller]
CLERK = demo_id("account", "clerk")
PASSWORD = {"password": STAFF_PASSWORD}


@pytest.fixture(autouse=True)
def inbox(services: FakeServices) -> None:
    services.on("notify", "list_notifications", page_of() | {"unread_count": 0})
    services.on("cases", "list_cases", page_of())


def set_up(caller: Caller, key: Authenticator, name: str = "办公室电脑") -> Any:
    begun = caller.post("/me/passkeys/options", json=PASSWORD)
    assert begun.status_code == 200, begun.json
    credential = key.create(begun.json["options"])
    return caller.post("/me/passkeys", json={"ceremony": begun.json["ceremony"], "credential": credential, "name": name})


def begin(visitor: Caller) -> tuple[str, dict[str, Any]]:
    begun = visitor.post("/auth/passkeys")
    assert begun.status_code == 200, begun.json
    return begun.json["ceremony"], begun.json["options"]


def enter(visitor: Caller, key: Authenticator, **over: Any) -> Any:
    ceremony, options = begin(visitor)
    return visitor.post("/auth/sessions", json={"passkey": {"ceremony": ceremony, "credential": key.get(options, **over)}})


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json["code"]


def password_sign_in(visitor: Caller, **more: Any) -> Any:
    return visitor.post("/auth/sessions", json={"username": "clerk", **PASSWORD, **more})


def test_a_passkey_signs_in_without_a_password(sign_in: SignIn, visitor: Caller, clock: Clock) -> None:
    clerk, key = sign_in("clerk"), Authenticator()
    made = set_up(clerk, key)
    assert made.status_code == 201 and made.json["last_used_at"] is None, made.json
    clock.forward(hours=1)
    answer = enter(visitor, key)
    assert answer.status_code == 201 and answer.json["account"]["username"] == "clerk", answer.json
    [known] = clerk.get("/me/factors").json["passkeys"]
    assert (known["name"], known["last_used_at"]) == ("办公室电脑", clock.now.isoformat())


def test_a_browser_in_which_a_passkey_signed_in_is_a_known_device(app: Flask, sign_in: SignIn) -> None:
    key, browser = Authenticator(), app.test_client()
    set_up(sign_in("clerk"), key)
    begun = browser.post("/api/v1/auth/passkeys").json
    assert begun is not None
    passkey = {"ceremony": begun["ceremony"], "credential": key.get(begun["options"])}
    answer = browser.post("/api/v1/auth/sessions", json={"passkey": passkey, "cookie": True})
    assert answer.status_code == 201, answer.json
    assert browser.get_cookie("linli_device") is not None


def test_the_options_ask_for_a_verified_person_and_name_nobody(sign_in: SignIn, visitor: Caller) -> None:
    set_up(sign_in("clerk"), Authenticator())
    _, options = begin(visitor)
    assert (options["userVerification"], options["allowCredentials"], options["rpId"]) == ("required", [], "localhost")


def test_with_a_passkey_the_password_alone_is_not_enough(sign_in: SignIn, visitor: Caller) -> None:
    assert password_sign_in(visitor).status_code == 201
    set_up(sign_in("clerk"), Authenticator())
    assert code_of(password_sign_in(visitor)) == (401, "auth.passkey_needed")
    assert code_of(password_sign_in(visitor, totp="123456")) == (401, "auth.passkey_needed")
    assert code_of(visitor.post("/auth/sessions", json={"username": "clerk", "password": "wrong"})) == (
        401, "auth.password_wrong",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "over"),
    [
        ({"verifies": False}, {}),
        ({"origin": "http://linli.evil"}, {}),
        ({"origin": "https://localhost"}, {}),
        ({"id": b"another"}, {}),
        ({}, {"signature": "AAAA"}),
        ({}, {"signature": 7}),
        ({}, {"clientDataJSON": "!"}),
        ({}, {"authenticatorData": None}),
    ],
    ids=["not verified", "phished", "other scheme", "unknown", "signature", "number", "no base64", "nothing"],
)
def test_what_is_not_right_signs_nobody_in(
    sign_in: SignIn, visitor: Caller, database: Engine, change: dict[str, Any], over: dict[str, Any]
) -> None:
    key = Authenticator()
    set_up(sign_in("clerk"), key)
    assert code_of(enter(visitor, replace(key, **change), **over)) == (401, "auth.passkey_wrong")
    assert enter(visitor, key).status_code == 201


@pytest.mark.parametrize("credential", [{}, {"id": 7}, {"id": "é"}, {"id": "AAAA", "response": []}])
def test_nonsense_is_refused_clearly(sign_in: SignIn, visitor: Caller, credential: dict[str, Any]) -> None:
    ceremony, _ = begin(visitor)
    body = {"passkey": {"ceremony": ceremony, "credential": credential}}
    assert code_of(visitor.post("/auth/sessions", json=body)) == (401, "auth.passkey_wrong")
    clerk = sign_in("clerk")
    begun = clerk.post("/me/passkeys/options", json=PASSWORD).json
    body = {"ceremony": begun["ceremony"], "credential": credential, "name": "x"}
    assert code_of(clerk.post("/me/passkeys", json=body)) == (401, "auth.passkey_wrong")


def test_a_challenge_is_used_once_also_for_a_wrong_answer(sign_in: SignIn, visitor: Caller, clock: Clock) -> None:
    key = Authenticator()
    set_up(sign_in("clerk"), key)
    ceremony, options = begin(visitor)
    wrong = {"passkey": {"ceremony": ceremony, "credential": key.get(options, signature="AAAA")}}
    right = {"passkey": {"ceremony": ceremony, "credential": key.get(options)}}
    assert code_of(visitor.post("/auth/sessions", json=wrong)) == (401, "auth.passkey_wrong")
    assert code_of(visitor.post("/auth/sessions", json=right)) == (410, "auth.ceremony_over")
    ceremony, options = begin(visitor)
    clock.forward(minutes=5)
    right = {"passkey": {"ceremony": ceremony, "credential": key.get(options)}}
    assert code_of(visitor.post("/auth/sessions", json=right)) == (410, "auth.ceremony_over")


def test_one_answer_sent_eight_times_at_once_is_one_session(
    app: Flask, sign_in: SignIn, visitor: Caller, database: Engine
) -> None:
    key = Authenticator()
    set_up(sign_in("clerk"), key)
    ceremony, options = begin(visitor)
    body, ready = {"passkey": {"ceremony": ceremony, "credential": key.get(options)}}, Barrier(8)

    def send(_: int) -> int:
        ready.wait()
        return app.test_client(use_cookies=False).post("/api/v1/auth/sessions", json=body).status_code

    with reading(database) as session:
        before = session.scalar(select(func.count()).select_from(SignInSession).where(SignInSession.account_id == CLERK)) or 0
    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [201] + [410] * 7
    with reading(database) as session:
        after = session.scalar(select(func.count()).select_from(SignInSession).where(SignInSession.account_id == CLERK))
    assert after == before + 1


def test_a_registration_belongs_to_its_session(sign_in: SignIn, visitor: Caller) -> None:
    clerk, other, key = sign_in("clerk"), sign_in("clerk"), Authenticator()
    begun = clerk.post("/me/passkeys/options", json=PASSWORD).json
    body = {"ceremony": begun["ceremony"], "credential": key.create(begun["options"]), "name": "x"}
    for caller in (other, sign_in("handler")):
        assert code_of(caller.post("/me/passkeys", json=body)) == (410, "auth.ceremony_over")
    assert clerk.post("/me/passkeys", json=body).status_code == 201, "others did not use it up"
    ceremony, options = begin(visitor)
    body = {"ceremony": ceremony, "credential": key.create({"rp": {"id": "localhost"}, **options}), "name": "x"}
    assert code_of(clerk.post("/me/passkeys", json=body)) == (410, "auth.ceremony_over"), "an assertion is no registration"


def test_a_copied_authenticator_is_noticed(sign_in: SignIn, visitor: Caller) -> None:
    key = Authenticator(counts=5)
    set_up(sign_in("clerk"), key)
    assert enter(visitor, replace(key, counts=6)).status_code == 201
    assert code_of(enter(visitor, replace(key, counts=6))) == (401, "auth.passkey_wrong")
    assert enter(visitor, replace(key, counts=7)).status_code == 201


def test_setting_up_and_removing_need_the_password(sign_in: SignIn, visitor: Caller, database: Engine) -> None:
    clerk, key = sign_in("clerk"), Authenticator()
    assert code_of(clerk.post("/me/passkeys/options", json={"password": "wrong"})) == (401, "auth.password_wrong")
    path = f"/me/passkeys/{set_up(clerk, key).json['id']}"
    assert code_of(clerk.post(f"{path}/remove", json={"password": "wrong"})) == (401, "auth.password_wrong")
    assert code_of(clerk.post("/me/recovery-codes", json={"password": "wrong"})) == (401, "auth.password_wrong")
    assert sign_in("handler").post(f"{path}/remove", json=PASSWORD).status_code == 404
    assert sign_in("handler").patch(path, json={"name": "meins"}).status_code == 404
    assert clerk.patch(path, json={"name": "手机"}).json["name"] == "手机"
    assert clerk.post(f"{path}/remove", json=PASSWORD).status_code == 204
    assert code_of(enter(visitor, key)) == (401, "auth.passkey_wrong")
    assert password_sign_in(visitor).status_code == 201
    assert sign_in("wang").get("/me/factors").status_code == 403, "for staff"


def test_guesses_of_the_password_are_limited(sign_in: SignIn) -> None:
    clerk = sign_in("clerk")
    codes = [clerk.post("/me/recovery-codes", json={"password": "wrong"}).status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2


def test_one_passkey_is_set_up_once(sign_in: SignIn) -> None:
    key = Authenticator()
    assert set_up(sign_in("clerk"), key).status_code == 201
    for name in ("clerk", "handler"):
        assert code_of(set_up(sign_in(name), key)) == (409, "auth.passkey_known")


def test_passkeys_work_at_their_domain_over_https(
    app: Flask, sign_in: SignIn, visitor: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = app.extensions["linli.gateway_settings"]
    monkeypatch.setitem(app.extensions, "linli.gateway_settings", replace(known, passkey_domain="linli.example"))
    for address in ("http://localhost", "http://linli.example", "https://evil-linli.example", "https://192.0.2.1"):
        answer = visitor.client.post("/api/v1/auth/passkeys", base_url=address)
        assert code_of(answer) == (409, "auth.passkeys_elsewhere"), address
    key = Authenticator(origin="https://liuyi.linli.example")
    clerk = sign_in("clerk")

    def post(path: str, body: Any = None, **headers: str) -> Any:
        return clerk.client.post(f"/api/v1{path}", json=body, base_url=key.origin, headers=headers)

    begun = post("/me/passkeys/options", PASSWORD, **clerk.headers).json
    assert begun["options"]["rp"]["id"] == "linli.example"
    credential = key.create(begun["options"])
    body = {"ceremony": begun["ceremony"], "credential": credential, "name": "x"}
    assert post("/me/passkeys", body, **clerk.headers).status_code == 201
    key.origin = "https://yuxin.linli.example"
    begun = post("/auth/passkeys").json
    body = {"passkey": {"ceremony": begun["ceremony"], "credential": key.get(begun["options"])}}
    assert post("/auth/sessions", body).status_code == 201, "made at one community's address, used at another's"


def test_a_disabled_account_does_not_sign_in(sign_in: SignIn, visitor: Caller, database: Engine) -> None:
    key = Authenticator()
    set_up(sign_in("clerk"), key)
    with transaction(database) as session:
        session.execute(text("UPDATE account SET disabled_at = now() WHERE username = 'clerk'"))
    assert code_of(enter(visitor, key)) == (401, "auth.passkey_wrong")


# --- recovery codes ---


def make_codes(caller: Caller) -> list[str]:
    answer = caller.post("/me/recovery-codes", json=PASSWORD)
    assert answer.status_code == 201, answer.json
    codes: list[str] = answer.json["codes"]
    return codes


def test_each_recovery_code_works_once(sign_in: SignIn, visitor: Caller, database: Engine) -> None:
    clerk = sign_in("clerk")
    set_up(clerk, Authenticator())
    codes = make_codes(clerk)
    assert len(set(codes)) == recovery_codes.COUNT == clerk.get("/me/factors").json["recovery_codes_left"]
    assert password_sign_in(visitor, recovery_code=f" {codes[0].upper()} ").status_code == 201
    assert code_of(password_sign_in(visitor, recovery_code=codes[0])) == (401, "auth.password_wrong")
    wrong = visitor.post("/auth/sessions", json={"username": "clerk", "password": "wrong", "recovery_code": codes[1]})
    assert code_of(wrong) == (401, "auth.password_wrong")
    assert clerk.get("/me/factors").json["recovery_codes_left"] == 9, "a wrong password uses none up"
    new = make_codes(clerk)
    assert code_of(password_sign_in(visitor, recovery_code=codes[1])) == (401, "auth.password_wrong"), "the old set ended"
    assert password_sign_in(visitor, recovery_code=new[1]).status_code == 201
    with reading(database) as session:
        stored = session.scalars(select(RecoveryCode.code_hash).where(RecoveryCode.account_id == CLERK)).all()
    assert all(code.replace("-", "").encode() not in hashed for hashed in stored for code in new)


def test_a_code_of_somebody_else_does_not_work(sign_in: SignIn, visitor: Caller) -> None:
    set_up(sign_in("clerk"), Authenticator())
    [theirs, *_] = make_codes(sign_in("handler"))
    assert code_of(password_sign_in(visitor, recovery_code=theirs)) == (401, "auth.password_wrong")


def test_one_code_sent_eight_times_at_once_is_one_session(accounts_of: AccountsOf, sign_in: SignIn, app: Flask) -> None:
    clerk = sign_in("clerk")
    set_up(clerk, Authenticator())
    [code, *_] = make_codes(clerk)
    ready = Barrier(8)

    def send(_: int) -> int:
        ready.wait()
        body = {"username": "clerk", **PASSWORD, "recovery_code": code}
        return app.test_client(use_cookies=False).post("/api/v1/auth/sessions", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(send, range(8))) == [201] + [401] * 7


def test_guesses_of_recovery_codes_are_limited(sign_in: SignIn, visitor: Caller) -> None:
    set_up(sign_in("clerk"), Authenticator())
    codes = [password_sign_in(visitor, recovery_code=f"code-{number}").status_code for number in range(12)]
    assert codes == [401] * 10 + [429] * 2


# --- lost ---


def test_an_admin_removes_the_factors_of_a_colleague_with_a_reason(sign_in: SignIn, visitor: Caller, database: Engine) -> None:
    clerk, admin, key = sign_in("clerk"), sign_in("admin"), Authenticator()
    set_up(clerk, key)
    [code, *_] = make_codes(clerk)
    path, body = f"/staff/{CLERK}/factors/reset", {"reason": "手机丢失，已当面核实"}
    assert clerk.post(path, json=body).status_code == 403
    assert admin.post(path, json={"reason": " "}).status_code == 422
    assert admin.post(f"/staff/{admin.account_id}/factors/reset", json=body).status_code == 422
    assert admin.post(path, json=body).status_code == 204
    assert clerk.get("/me").status_code == 401, "signed out"
    assert code_of(enter(visitor, key)) == (401, "auth.passkey_wrong")
    assert password_sign_in(visitor).status_code == 201, "the password stays"
    with reading(database) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "factors_reset")).one()
        assert entry.after == body and entry.label == "clerk"
        assert [session.scalar(select(func.count()).select_from(one)) for one in (Passkey, RecoveryCode)] == [0, 0]
    del code


@pytest.mark.parametrize("way", ["invitation", "password"])
def test_a_new_invitation_or_password_of_an_admin_ends_them_too(
    sign_in: SignIn, visitor: Caller, database: Engine, way: str
) -> None:
    clerk, admin, key = sign_in("clerk"), sign_in("admin"), Authenticator()
    set_up(clerk, key)
    make_codes(clerk)
    begun = clerk.post("/me/passkeys/options", json=PASSWORD)
    assert begun.status_code == 200
    if way == "invitation":
        admin.post(f"/staff/{CLERK}/invitation")
    else:
        admin.patch(f"/staff/{CLERK}", json={"password": "a-long-new-password"})
    assert code_of(enter(visitor, key)) == (401, "auth.passkey_wrong")
    with reading(database) as session:
        left = [session.scalar(select(func.count()).select_from(one)) for one in (Passkey, RecoveryCode)]
        assert left == [0, 0] and session.scalars(select(Ceremony).where(Ceremony.account_id == CLERK)).all() == []


def reset_by(admin: Caller, way: str) -> None:
    """In a thread of its own: within a request, Flask would take it for a part of that request."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_reset_by, admin, way).result()


def _reset_by(admin: Caller, way: str) -> None:
    if way == "invitation":
        assert admin.post(f"/staff/{CLERK}/invitation").status_code == 201
    elif way == "password":
        assert admin.patch(f"/staff/{CLERK}", json={"password": "a-long-new-password"}).status_code == 200
    else:
        assert admin.post(f"/staff/{CLERK}/factors/reset", json={"reason": "手机丢失"}).status_code == 204


def nothing_is_left(database: Engine) -> bool:
    with reading(database) as session:
        account = session.get_one(Account, CLERK)
        rows = [
            session.scalar(select(func.count()).select_from(one)) for one in (Passkey, RecoveryCode, Ceremony, TotpEnrolment)
        ]
        return rows == [0, 0, 0, 0] and not account.totp_enabled


WAYS = ("reset", "invitation", "password")


@pytest.mark.parametrize("way", WAYS)
def test_a_passkey_whose_challenge_was_used_before_a_reset_is_refused_after_it(
    sign_in: SignIn, database: Engine, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """The reset comes after the ceremony has ended and before the passkey is stored."""
    clerk, admin, key = sign_in("clerk"), sign_in("admin"), Authenticator()
    verify = passkeys.webauthn.verify_registration_response

    def reset_meanwhile(**given: Any) -> Any:
        reset_by(admin, way)
        return verify(**given)

    monkeypatch.setattr(passkeys.webauthn, "verify_registration_response", reset_meanwhile)
    assert code_of(set_up(clerk, key)) == (401, "auth.session_over")
    assert nothing_is_left(database)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("path", ["/me/passkeys/options", "/me/totp", "/me/recovery-codes", "/me/totp/disable"])
def test_what_a_right_password_has_begun_before_a_reset_is_refused_after_it(
    sign_in: SignIn, database: Engine, monkeypatch: pytest.MonkeyPatch, way: str, path: str
) -> None:
    """The reset comes after the password was checked."""
    clerk, admin = sign_in("clerk"), sign_in("admin")
    check = own_data.check_password

    def reset_meanwhile(*given: Any) -> None:
        check(*given)
        reset_by(admin, way)

    monkeypatch.setattr(own_data, "check_password", reset_meanwhile)
    assert code_of(clerk.post(path, json=PASSWORD)) == (401, "auth.session_over")
    assert nothing_is_left(database)


def test_a_cached_session_confirms_no_authenticator_after_a_reset(
    app: Flask, sign_in: SignIn, database: Engine, clock: Clock
) -> None:
    """Another gateway has not heard of the reset yet."""
    clerk, admin = sign_in("clerk"), sign_in("admin")
    app.extensions["linli.session_cache"].clear_on_notification()
    secret = clerk.post("/me/totp", json=PASSWORD).json["secret"]
    begun = clerk.post("/me/passkeys/options", json=PASSWORD).json
    stale = SessionCache()
    stale.clear_on_notification()
    stale._kept.update(app.extensions["linli.session_cache"]._kept)
    reset_by(admin, "reset")
    app.extensions["linli.session_cache"] = stale
    code = pyotp.TOTP(secret).at(clock.now)
    assert code_of(clerk.put("/me/totp", json={"code": code})) == (401, "auth.session_over")
    body = {"ceremony": begun["ceremony"], "credential": Authenticator().create(begun["options"]), "name": "x"}
    assert code_of(clerk.post("/me/passkeys", json=body)) == (410, "auth.ceremony_over")
    assert code_of(clerk.post("/me/passkeys/options", json=PASSWORD)) == (401, "auth.session_over")
    assert nothing_is_left(database)


@pytest.mark.parametrize("way", WAYS)
def test_the_owner_is_told_of_a_reset(sign_in: SignIn, database: Engine, way: str) -> None:
    clerk, admin = sign_in("clerk"), sign_in("admin")
    reset_by(admin, way)
    assert told(database) == [], "there was nothing to remove"
    clerk = sign_in("clerk")
    with transaction(database) as session:
        session.get_one(Account, CLERK).password_hash = passwords.hash_password(STAFF_PASSWORD)
    set_up(clerk, Authenticator())
    make_codes(clerk)
    reset_by(admin, way)
    assert told(database)[-1] == ("removed", ["passkey", "recovery_codes"], "admin")


def told(database: Engine) -> list[tuple[str, list[str], str]]:
    """What the owners were told: (change, kinds, by)."""
    found = (
        select(tables.outbox.c.data).where(tables.outbox.c.type == "account.factor_changed.v1").order_by(tables.outbox.c.seq)
    )
    with reading(database) as session:
        return [(one["change"], one["factors"], one["changed_by"]) for one in session.scalars(found)]


# --- recovery codes and the keys of the installation ---


def with_index_keys(app: Flask, monkeypatch: pytest.MonkeyPatch, *keys: str) -> None:
    config = app.extensions["linli.settings"]
    monkeypatch.setitem(app.extensions, "linli.personal", PersonalFields(config.encryption_keys, keys))


def test_recovery_codes_outlive_the_index_key(
    app: Flask, sign_in: SignIn, visitor: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = sign_in("clerk")
    set_up(clerk, Authenticator())
    with_index_keys(app, monkeypatch, "the-first-key-of-the-index")
    code, again, *_ = make_codes(clerk)
    with_index_keys(app, monkeypatch, "another-key-of-the-index")
    assert clerk.get("/me/factors").json["recovery_codes_outdated"] is False
    assert password_sign_in(visitor, recovery_code=code).status_code == 201
    assert code_of(password_sign_in(visitor, recovery_code=code)) == (401, "auth.password_wrong")
    assert password_sign_in(visitor, recovery_code=again).status_code == 201


def test_codes_of_an_earlier_release_work_until_their_key_ends(
    app: Flask, sign_in: SignIn, visitor: Caller, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk = sign_in("clerk")
    set_up(clerk, Authenticator())
    with_index_keys(app, monkeypatch, "the-first-key-of-the-index")
    personal = app.extensions["linli.personal"]
    with transaction(database) as session:
        for code in ("abcdefghjkmn", "bcdefghjkmnp", "cdefghjkmnpq"):
            code_hash = personal.index(f"recovery code {CLERK} {code}")
            session.add(RecoveryCode(community_id="liuyi", account_id=CLERK, code_hash=code_hash, created_at=START))
    assert clerk.get("/me/factors").json["recovery_codes_outdated"] is True
    assert password_sign_in(visitor, recovery_code="abcd-efgh-jkmn").status_code == 201
    with_index_keys(app, monkeypatch, "another-key", "the-first-key-of-the-index")
    assert password_sign_in(visitor, recovery_code="bcde-fghj-kmnp").status_code == 201
    with_index_keys(app, monkeypatch, "another-key")
    assert password_sign_in(visitor, recovery_code="cdef-ghjk-mnpq").status_code == 401
    make_codes(clerk)
    assert clerk.get("/me/factors").json["recovery_codes_outdated"] is False


# --- pages ---


def send(browser: Browser, path: str, action: str, **typed: Any) -> tuple[int, str]:
    answer = browser.send(browser.get(path).form(action), **typed)
    return answer.status_code, answer.get_data(as_text=True)


def test_the_page_shows_codes_once_and_lists_passkeys(
    browse: Browse,  # noqa: F811
    sign_in: SignIn,
    database: Engine,
) -> None:
    set_up(sign_in("clerk"), Authenticator())
    clerk = browse("clerk")
    page = clerk.get("/mine/factors").text
    assert "办公室电脑" in page and "还没有可用的恢复码" in page
    status, body = send(clerk, "/mine/factors", "/mine/recovery-codes", password="wrong")
    assert status == 422 and "密码" in body
    status, body = send(clerk, "/mine/factors", "/mine/recovery-codes", **PASSWORD)
    assert status == 200 and body.count("<code>") == 10
    assert "还剩 10 个" in clerk.get("/mine/factors").text
    with reading(database) as session:
        known = session.scalars(select(Passkey.id)).one()
    assert send(clerk, "/mine/factors", f"/mine/passkeys/{known}/remove", **PASSWORD)[0] == 303
    assert "还没有通行密钥" in clerk.get("/mine/factors").text


def test_the_sign_in_page_takes_a_recovery_code(visit: Browser, sign_in: SignIn) -> None:  # noqa: F811
    clerk = sign_in("clerk")
    set_up(clerk, Authenticator())
    [code, *_] = make_codes(clerk)
    typed = {"username": "clerk", **PASSWORD}
    answer = visit.send(visit.get("/sign-in/staff").form("/sign-in/staff"), **typed)
    body = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "通行密钥" in body and 'name="recovery_code"' in body and 'name="totp"' not in body
    csrf = body.split('name="csrf_token" value="')[1].split('"')[0]
    answer = visit.client.post("/sign-in/staff", data=typed | {"csrf_token": csrf, "recovery_code": code})
    assert answer.status_code == 303, answer.get_data(as_text=True)[:2000]


def test_the_page_of_a_person_resets(browse: Browse, sign_in: SignIn, visitor: Caller) -> None:  # noqa: F811
    key = Authenticator()
    set_up(sign_in("clerk"), key)
    admin, path = browse("admin"), f"/admin/staff/{CLERK}"
    assert send(admin, path, f"{path}/reset-factors", reason=" ")[0] == 303
    assert enter(visitor, key).status_code == 201
    assert send(admin, path, f"{path}/reset-factors", reason="手机丢失")[0] == 303
    assert "清除二次验证" in admin.get(path).text and "手机丢失" in admin.get(path).text
    assert code_of(enter(visitor, key)) == (401, "auth.passkey_wrong")
