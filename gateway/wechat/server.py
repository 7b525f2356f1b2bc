"""Requests to WeChat's server, and what its error codes mean for us.

Every request waits for WeChat, up to TIMEOUT. Call it in a thread (gateway.offload.in_thread). Addresses contain secrets, and
exceptions of `requests` contain addresses. So neither is logged, and no exception is chained.
"""

from collections.abc import Mapping
from typing import Any, Final

import requests

from chassis.observability import telemetry
from gateway.refusals.providers import WeChatAway, WeChatCodeWrong, WeChatRefused
from gateway.refusals.requests import Throttled

TIMEOUT: Final = (3.0, 5.0)  # seconds to connect and to read
CODE_WRONG: Final = frozenset({40029, 40163, 41008})  # invalid or expired, used already, empty
TOKEN_OVER: Final = frozenset({40001, 40014, 42001})  # the access token is not valid, or has expired
TOO_OFTEN: Final = 45011
BLOCKED: Final = 40226  # WeChat takes the person for a risk
BUSY: Final = -1
WAIT: Final = 60  # seconds; the limit behind TOO_OFTEN is one of calls in a minute
log = telemetry.get_logger(__name__)
Json = dict[str, Any]


class AccessTokenOver(Exception):
    """WeChat no longer accepts the access token of the app."""


class Server:
    """WeChat's API at `address`. Threads may share it."""

    def __init__(self, address: str) -> None:
        self._address = address.rstrip("/")

    def get(self, path: str, *, field: str = "code", **query: str) -> Json:
        """WeChat's answer. `field` is the field of our request whose code WeChat checks. Raises WeChatAway if WeChat does not
        answer or our settings are wrong; WeChatCodeWrong, WeChatRefused, Throttled, AccessTokenOver."""
        return self._ask("GET", path, query, None, field)

    def post(self, path: str, body: Mapping[str, Any], *, field: str = "code", **query: str) -> Json:
        """As `get`."""
        return self._ask("POST", path, query, body, field)

    def _ask(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any] | None, field: str) -> Json:
        try:
            answer = requests.request(
                method, f"{self._address}{path}", params=query, json=body, timeout=TIMEOUT, allow_redirects=False
            )
            found = answer.json() if answer.status_code == 200 else None  # its errors come with 200 too
        except (requests.RequestException, ValueError) as error:
            log.warning("WeChat does not answer", path=path, error=type(error).__name__)
            raise WeChatAway() from None
        if not isinstance(found, dict):
            log.warning("WeChat said what is not valid", path=path, status=answer.status_code)
            raise WeChatAway()
        if code := found.get("errcode"):
            _refuse(code, path, field)
        return found


def text_of(answer: Mapping[str, Any], name: str) -> str:
    """A text that must be in an answer. Raises WeChatAway."""
    found = answer.get(name)
    if not isinstance(found, str) or not found:
        log.warning("a field is missing in an answer of WeChat", field=name)
        raise WeChatAway()
    return found


def _refuse(code: object, path: str, field: str) -> None:
    if code in CODE_WRONG:
        raise WeChatCodeWrong(field=field)
    if code in TOKEN_OVER:
        raise AccessTokenOver()
    if code == TOO_OFTEN:
        raise Throttled(retry_after=WAIT)
    if code == BLOCKED:
        raise WeChatRefused()
    if code == BUSY:
        log.warning("WeChat is busy", path=path)
    else:
        # For example 40013 and 40125 (app id, secret), 40164 (our address is not in the app's list), 45009 (quota of the day).
        log.error("WeChat refuses this installation; check LINLI_WECHAT_*", path=path, errcode=code)
    raise WeChatAway()
