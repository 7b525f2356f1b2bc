"""Sign-in of residents with WeChat, and the links of their accounts. WeChat is asked in a thread, and not inside a
transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import cache
from typing import Final
from uuid import UUID

from flask import request

from gateway.accounts import sign_in as sessions
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account
from gateway.accounts.sign_in import SignedIn
from gateway.http import current, limits, sealed
from gateway.http.metrics import sign_ins
from gateway.offload import in_thread
from gateway.refusals.providers import WeChatCodeWrong, WeChatOff, WeChatPhoneNeeded, WeChatRefused
from gateway.refusals.requests import Throttled
from gateway.refusals.residents import PhoneNotYet
from gateway.refusals.sign_in import ProofNeeded, SignUpClosed
from gateway.settings import GatewaySettings
from gateway.wechat import authorize, linking
from gateway.wechat.apps import App, MiniProgram, OfficialAccount, Person
from gateway.wechat.interface import MINI_PROGRAM, OFFICIAL_ACCOUNT
from gateway.wechat.models import WeChatLink
from gateway.wechat.server import Server

PERSON_WAITS_FOR: Final = 900  # seconds between WeChat's answer and the code of the text message
_PURPOSE: Final = "person of wechat"


def sign_in(app: str, code: str, phone_code: str | None = None) -> SignedIn:
    """Sign in the resident who has got `code` in the app (mini_program or official_account). Raises WeChatOff, WeChatAway,
    WeChatCodeWrong, WeChatRefused, WeChatPhoneNeeded, SignUpClosed, Throttled; InvalidField for a phone that is not of our
    regions, or if a new resident has chosen no community."""
    known = _app(app)
    with _counted():
        return _enter(in_thread(known.identify, code, phone_code))


def offered_here() -> bool:
    """Whether the browser of this request can sign in with WeChat."""
    own = current.gateway_settings()
    return bool(own.wechat_official_app_id) and authorize.is_wechat(request.headers.get("User-Agent", ""))


def authorize_address(return_to: str, state: str) -> str:
    """Where WeChat asks the person, and from where it redirects to `return_to`."""
    own = current.gateway_settings()
    app_id, scope = own.wechat_official_app_id, own.wechat_official_scope
    return authorize.address(own.wechat_authorize, app_id=app_id, scope=scope, return_to=return_to, state=state)


def enter_page(code: str) -> tuple[SignedIn | None, Person]:
    """As `sign_in` in the official account. A person whose account is not known yet is no error: the page asks for the phone
    next. Raises WeChatOff, WeChatAway, WeChatCodeWrong, WeChatRefused, Throttled."""
    known = _app(OFFICIAL_ACCOUNT)
    with _counted():
        person = in_thread(known.identify, code, None)
        try:
            return _enter(person), person
        except WeChatPhoneNeeded:
            return None, person


def sealed_person(person: Person) -> str:
    """`person` as text that the browser keeps until the phone is proved. Nobody else can make or read it."""
    return sealed.seal(_PURPOSE, asdict(person))


def person_of(text: str) -> Person | None:
    """The person of `sealed_person`. None if there is none, or if too much time has passed."""
    said = sealed.opened(_PURPOSE, text, seconds=PERSON_WAITS_FOR)
    return Person(**said) if said is not None else None


def owner_of(person: Person, phone: str) -> sessions.Find:
    """A function that finds the account of the owner of `phone` (E.164), who has proved it by a code, and links it with
    `person`. It raises WeChatRefused."""

    def find(call: AccountCall) -> Account:
        return linking.resident_of(call, replace(person, phone=phone))

    return find


def list_own() -> list[WeChatLink]:
    """The links of the acting account. Raises Unauthenticated."""
    with current.accounts().reading() as call:
        return linking.list_of(call, UUID(call.acting.signed_in()))


def link_own(app: str, code: str) -> list[WeChatLink]:
    """Link the acting account with the person who has got `code` in the app. Raises Unauthenticated, Forbidden, ProofNeeded,
    WeChatOff, WeChatAway, WeChatCodeWrong, WeChatRefused, Throttled."""
    known = _app(app)
    with current.accounts().reading() as call:
        linking.check_may_link(call)  # before the code is used up
    with limits.guess(limits.SIGN_IN_FAILURES, right=(ProofNeeded, Throttled)):
        person = in_thread(known.identify, code, None)
        with current.accounts().transaction() as call:
            return linking.link_own(call, person)


def link_own_page(code: str) -> None:
    link_own(OFFICIAL_ACCOUNT, code)


def unlink_own(link_id: UUID) -> None:
    """Raises Unauthenticated, NotFound."""
    with current.accounts().transaction() as call:
        linking.unlink_own(call, link_id)


def _enter(person: Person) -> SignedIn:
    def find(call: AccountCall) -> Account:
        return linking.resident_of(call, person)

    return sessions.with_wechat(current.accounts(), find)


@contextmanager
def _counted() -> Iterator[None]:
    """Count a guess of a code, and the outcome in the metrics."""
    # These people have shown a code that WeChat accepts, or WeChat has not looked at it.
    with limits.guess(limits.SIGN_IN_FAILURES, right=(WeChatPhoneNeeded, SignUpClosed, PhoneNotYet, Throttled)):
        try:
            yield
        except (WeChatCodeWrong, WeChatRefused, WeChatPhoneNeeded, SignUpClosed, PhoneNotYet):
            sign_ins.labels("wechat", "refused").inc()
            raise
    sign_ins.labels("wechat", "ok").inc()


def _app(name: str) -> App:
    return _of(current.gateway_settings(), name)


@cache
def _of(own: GatewaySettings, name: str) -> App:
    if name == MINI_PROGRAM and own.wechat_mini_app_id:
        return MiniProgram(Server(own.wechat_api), own.wechat_mini_app_id, own.wechat_mini_secret)
    if name != MINI_PROGRAM and own.wechat_official_app_id:
        return OfficialAccount(Server(own.wechat_api), own.wechat_official_app_id, own.wechat_official_secret)
    raise WeChatOff()
