"""The two kinds of WeChat apps behind one interface: a code that WeChat gave to the app becomes a person."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from chassis.observability import telemetry
from gateway.accounts import phones
from gateway.refusals.providers import WeChatAway, WeChatRefused
from gateway.wechat.interface import MINI_PROGRAM, OFFICIAL_ACCOUNT
from gateway.wechat.server import AccessTokenOver, Server, text_of

EARLY: Final = 300.0  # seconds before its end at which an access token is fetched anew
log = telemetry.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom WeChat has identified. `openid` is the person's id in the app `app_id`; `unionid` is the id in all apps of
    one WeChat Open Platform account, None if WeChat does not tell it. `phone` (E.164) is a number that WeChat has verified."""

    app: str
    app_id: str
    openid: str
    unionid: str | None = None
    phone: str | None = None


class App(Protocol):
    """`identify` waits for WeChat. Threads may share an app."""

    def identify(self, code: str, phone_code: str | None = None) -> Person:
        """Raises WeChatAway, WeChatCodeWrong, WeChatRefused, Throttled; InvalidField for a phone that is not of our regions."""


class MiniProgram:
    """`clock` returns seconds."""

    def __init__(self, server: Server, app_id: str, secret: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._server, self._app_id, self._secret = server, app_id, secret
        self._clock, self._lock = clock, threading.Lock()
        self._token: tuple[str, float] | None = None  # the token, and when it is fetched anew

    def identify(self, code: str, phone_code: str | None = None) -> Person:
        found = _without_token(
            lambda: self._server.get(
                "/sns/jscode2session",
                appid=self._app_id,
                secret=self._secret,
                js_code=code,
                grant_type="authorization_code",
            )
        )
        phone = self._phone(phone_code) if phone_code else None
        return Person(MINI_PROGRAM, self._app_id, text_of(found, "openid"), _unionid(found), phone)

    def _phone(self, phone_code: str) -> str:
        """The number (E.164). An access token that WeChat refuses is fetched anew once."""
        token = self._access_token()
        try:
            answer = self._ask_phone(phone_code, token)
        except AccessTokenOver:
            answer = _without_token(lambda: self._ask_phone(phone_code, self._access_token(instead_of=token)))
        told = answer.get("phone_info")
        if not isinstance(told, dict):
            raise WeChatAway()
        watermark = told.get("watermark")
        if not isinstance(watermark, dict) or watermark.get("appid") != self._app_id:
            log.warning("WeChat told the phone number of another app")
            raise WeChatRefused()
        # The country code is a number or a text.
        return phones.normalised(f"+{told.get('countryCode')}{text_of(told, 'purePhoneNumber')}", "phone_code")

    def _ask_phone(self, phone_code: str, token: str) -> dict[str, Any]:
        return self._server.post(
            "/wxa/business/getuserphonenumber", {"code": phone_code}, field="phone_code", access_token=token
        )

    def _access_token(self, *, instead_of: str | None = None) -> str:
        """The access token of the app. stable_token gives all replicas the same one. The older endpoint would end the token of
        the other replicas with each call."""
        with self._lock:
            if self._token is None or self._token[1] <= self._clock() or self._token[0] == instead_of:
                body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
                answer = _without_token(lambda: self._server.post("/cgi-bin/stable_token", body))
                lasts = answer.get("expires_in")
                if not isinstance(lasts, int):
                    raise WeChatAway()
                self._token = (text_of(answer, "access_token"), self._clock() + max(0.0, lasts - EARLY))
            return self._token[0]


class OfficialAccount:
    """Web pages in WeChat's browser. WeChat tells no phone number there, and the unionid only for the scope snsapi_userinfo."""

    def __init__(self, server: Server, app_id: str, secret: str) -> None:
        self._server, self._app_id, self._secret = server, app_id, secret

    def identify(self, code: str, phone_code: str | None = None) -> Person:
        found = _without_token(
            lambda: self._server.get(
                "/sns/oauth2/access_token",
                appid=self._app_id,
                secret=self._secret,
                code=code,
                grant_type="authorization_code",
            )
        )
        if found.get("is_snapshotuser") == 1:  # a made-up id for people who only look at a page
            raise WeChatRefused()
        openid, unionid = text_of(found, "openid"), _unionid(found)
        if unionid is None and "snsapi_userinfo" in str(found.get("scope", "")).split(","):
            token = text_of(found, "access_token")
            more = _without_token(lambda: self._server.get("/sns/userinfo", access_token=token, openid=openid, lang="zh_CN"))
            unionid = _unionid(more) if more.get("openid") == openid else None
        return Person(OFFICIAL_ACCOUNT, self._app_id, openid, unionid)


def _unionid(answer: Mapping[str, Any]) -> str | None:
    found = answer.get("unionid")
    return found if isinstance(found, str) and found else None


def _without_token(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A wrong access token, where there is no other to try, is no fault of the person."""
    try:
        return ask()
    except AccessTokenOver:
        log.error("WeChat refuses the secret or the access token of the app; check LINLI_WECHAT_*")
        raise WeChatAway() from None
