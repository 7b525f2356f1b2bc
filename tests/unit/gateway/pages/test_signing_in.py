"""Two steps for residents, one for staff, and back to where one was, on this site only."""

from types import SimpleNamespace

import pytest

from chassis.rpc.refusal import InvalidField
from gateway.operations import sign_in as signing
from gateway.refusals.factors import TotpNeeded
from gateway.refusals.sign_in import CodeWrong, PasswordWrong, TooManyCodes
from gateway.web.guards import local_target
from services.notify.interface.addresses import BAD_ADDRESS
from tests.unit.gateway.pages import centre
from tests.unit.gateway.pages.conftest import Browser
from tests.unit.gateway.pages.reading import Form

STAFF = SimpleNamespace(party="staff", community_id="liuyi", totp_enabled=True)
OWNER = SimpleNamespace(id=centre.WANG, party="resident", community_id="liuyi")
SIGNED_IN = SimpleNamespace(token="ls_token", expires_at=centre.at("09:40", 30), account=OWNER)


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The account functions, replaced by ones that know one phone, one code and one member of staff."""
    asked: list[tuple[str, ...]] = []

    def ask_code(phone: str) -> None:
        asked.append((phone,))
        if phone == "busy":
            raise TooManyCodes(retry_after=60)
        if not phone.isdigit():
            raise InvalidField(BAD_ADDRESS["sms"], "phone")

    def with_code(phone: str, code: str, link: None = None) -> SimpleNamespace:
        asked.append((phone, code))
        if code != "246810":
            raise CodeWrong()
        return SIGNED_IN

    def with_password(
        username: str, password: str, totp_code: str | None = None, recovery_code: str | None = None
    ) -> SimpleNamespace:
        if password != "linli-demo":
            raise PasswordWrong()
        if totp_code is None:
            raise TotpNeeded()
        return SimpleNamespace(**vars(SIGNED_IN) | {"account": STAFF})

    for function in (ask_code, with_code, with_password):
        monkeypatch.setattr(signing, function.__name__, function)
    return asked


def code_form(visitor: Browser, start: str = "/sign-in") -> Form:
    return visitor.send_and_follow(visitor.get(start).form("/sign-in"), phone="19900000001").form("/sign-in/code")


def test_phone_then_code_then_back(visitor: Browser, accounts: list[tuple[str, ...]]) -> None:
    answer = visitor.send(code_form(visitor, "/sign-in?next=/clubs%3Fx=1"), code="246810")
    assert answer.status_code == 303 and answer.headers["Location"] == "/clubs?x=1"
    cookie = next(cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("linli_session="))
    assert "ls_token" in cookie and "HttpOnly" in cookie and "SameSite=Lax" in cookie
    assert accounts == [("19900000001",), ("19900000001", "246810")]


def test_a_wrong_code_can_be_typed_again(visitor: Browser, accounts: list[tuple[str, ...]]) -> None:
    answer = visitor.send(code_form(visitor), code="000000")
    assert answer.status_code == 422 and "验证码错误或已过期" in answer.get_data(as_text=True)
    assert "linli_session" not in str(answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize(
    ("phone", "status", "said"),
    [("abc", 422, "这不像一个手机号"), ("busy", 429, "获取验证码过于频繁"), ("", 422, "请填写手机号。")],
)
@pytest.mark.usefixtures("accounts")
def test_what_is_wrong_with_the_phone_is_told(visitor: Browser, phone: str, status: int, said: str) -> None:
    answer = visitor.send(visitor.get("/sign-in").form("/sign-in"), phone=phone)
    assert answer.status_code == status and said in answer.get_data(as_text=True)


@pytest.mark.usefixtures("accounts")
def test_who_has_a_code_already_goes_on_to_type_it(visitor: Browser) -> None:
    assert "已经收到验证码" not in visitor.get("/sign-in").text
    answer = visitor.send(visitor.get("/sign-in").form("/sign-in"), phone="busy")
    assert answer.status_code == 429 and 'href="/sign-in/code"' in answer.get_data(as_text=True)
    assert visitor.send(visitor.get("/sign-in/code").form("/sign-in/code"), code="246810").status_code == 303


def test_the_second_step_needs_the_first(visitor: Browser) -> None:
    assert visitor.client.get("/sign-in/code?next=/mine").headers["Location"] == "/sign-in?next=/mine"


def test_staff_are_asked_for_the_authenticator_only_then(visitor: Browser, accounts: list[tuple[str, ...]]) -> None:
    form = visitor.get("/sign-in/staff").form("/sign-in/staff")
    assert "totp" not in form.fields
    asked = visitor.send(form, username="clerk", password="linli-demo")
    assert asked.status_code == 422 and 'name="totp"' in asked.get_data(as_text=True)
    answer = visitor.send(form, username="clerk", password="linli-demo", totp="123456")
    assert answer.status_code == 303 and answer.headers["Location"] == "/desk"
    visitor.client.delete_cookie("linli_session")
    assert "totp" in visitor.get("/sign-in/staff").form("/sign-in/staff").fields, "at once, the next time in this browser"


def test_a_wrong_password_is_never_sent_back(visitor: Browser, accounts: list[tuple[str, ...]]) -> None:
    answer = visitor.send(visitor.get("/sign-in/staff").form("/sign-in/staff"), username="clerk", password="s3cret")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "s3cret" not in html and 'value="clerk"' in html


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "/\t/evil.example", "/a\\b", "/\n", "", None],
)
def test_nobody_is_sent_elsewhere(target: str | None) -> None:
    assert local_target(target, "/safe") == "/safe"


def test_own_paths_are_kept() -> None:
    assert local_target("/spaces?section=elders#slots", "/") == "/spaces?section=elders#slots"


def test_the_own_community_replaces_an_earlier_choice(visitor: Browser, accounts: list[tuple[str, ...]]) -> None:
    answer = visitor.send(code_form(visitor), code="246810")
    assert "linli_community=liuyi" in " ".join(answer.headers.getlist("Set-Cookie"))


def test_another_code_can_be_asked_for_on_the_second_page(visitor: Browser, accounts: list[tuple[str, ...]]) -> None:
    page = visitor.send_and_follow(visitor.get("/sign-in?next=/mine").form("/sign-in"), phone="19900000001")
    [another] = [form for form in page.forms if form.action == "/sign-in"]
    again = visitor.send(another)
    assert (again.status_code, again.headers["Location"]) == (303, "/sign-in/code?next=/mine")
    assert accounts == [("19900000001",), ("19900000001",)]
    assert "autofocus" in page.html
