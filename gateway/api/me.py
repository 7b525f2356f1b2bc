"""The caller's own account."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from gateway.accounts.interface.own_account import (
    DEVICES,
    REVEALS,
    ChangeMe,
    ChangePassword,
    ListReveals,
)
from gateway.accounts.interface.sign_in import Account
from gateway.api.access import ANY_STAFF, SIGNED_IN
from gateway.api.answers import expected_version
from gateway.api.resource import NO_CONTENT, Answer, Resource
from gateway.calls import client
from gateway.operations import own_account, wechat
from gateway.refusals.providers import WeChatAway, WeChatCodeWrong, WeChatOff, WeChatRefused
from gateway.refusals.residents import CommunityClosed
from gateway.refusals.sign_in import ProofNeeded
from gateway.wechat.interface import LINKS, LinkWeChat
from gateway.wechat.models import WeChatLink

me = Resource("me", "我的账户 · Your own account")


@me.get("/me", "Read your own account", answer=Account(), needs=SIGNED_IN)
def get_me() -> dict[str, Any]:
    return own_account.read()


@me.patch(
    "/me",
    "Change your name, language or community",
    body=ChangeMe(),
    answer=Account(),
    needs=SIGNED_IN,
    versioned=True,
    refuses=[CommunityClosed],
    description="Bookings and registrations stay when a resident moves to another community; the right to book spaces that are "
    "open to one community follows from the new one. A community in which residents cannot make accounts by themselves is "
    "entered at its counter only.",
)
def change_me(body: dict[str, Any]) -> dict[str, Any]:
    language = body.get("language")
    account = own_account.change(
        name=body.get("name"), language=language, community_id=body.get("community_id"), **expected_version()
    )
    if language is not None:
        # notify uses the language too. It is called last, so that nothing changes there if the account refuses the change.
        client.notify.set_language(language=language)
    return account


@me.get(
    "/me/reveals",
    "See who looked at your data",
    query=ListReveals(),
    answer=REVEALS,
    needs=SIGNED_IN,
    description="The newest first. They are kept for LINLI_KEEP_REVEALS_DAYS.",
)
def list_reveals(query: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = REVEALS.dump(own_account.seen_by(query["limit"], query.get("cursor")))
    return answer


@me.get("/me/sessions", "List the devices on which you are signed in", answer=DEVICES, needs=SIGNED_IN)
def list_sessions() -> dict[str, Any]:
    answer: dict[str, Any] = DEVICES.dump({"items": own_account.signed_in_devices(), "next_cursor": None})
    return answer


@me.delete("/me/sessions/<uuid:session_id>", "Sign one device out", needs=SIGNED_IN)
def end_session(session_id: UUID) -> Answer:
    own_account.sign_out_device(session_id)
    return NO_CONTENT


@me.delete("/me/sessions", "Sign all other devices out", needs=SIGNED_IN)
def end_other_sessions() -> Answer:
    own_account.sign_out_others()
    return NO_CONTENT


@me.get("/me/wechat-links", "List the apps of WeChat that sign you in", answer=LINKS, needs=SIGNED_IN)
def list_wechat_links() -> dict[str, Any]:
    return _links(wechat.list_own())


@me.post(
    "/me/wechat-links",
    "Link WeChat with your account",
    body=LinkWeChat(),
    answer=LINKS,
    needs=SIGNED_IN,
    refuses=(403, 429, ProofNeeded, WeChatOff, WeChatCodeWrong, WeChatRefused, WeChatAway),
    description="Residents only. From then on POST /auth/wechat signs the person in without a phone number. It needs a proof "
    "that is at most ten minutes old: signing in, or PUT /me/proofs. The person is no longer linked with other accounts, and "
    "other people no longer with yours. The answer has all your links.",
)
def link_wechat(body: dict[str, Any]) -> dict[str, Any]:
    return _links(wechat.link_own(body["app"], body["code"]))


@me.delete(
    "/me/wechat-links/<uuid:link_id>",
    "End a link with WeChat",
    needs=SIGNED_IN,
    description="The next sign-in with WeChat needs the phone number again.",
)
def unlink_wechat(link_id: UUID) -> Answer:
    wechat.unlink_own(link_id)
    return NO_CONTENT


def _links(found: Sequence[WeChatLink]) -> dict[str, Any]:
    answer: dict[str, Any] = LINKS.dump(found)
    return answer


@me.put("/me/password", "Change your password", status=204, body=ChangePassword(), needs=ANY_STAFF, refuses=(429,))
def change_password(body: dict[str, Any]) -> Answer:
    own_account.change_password(body["password"], body["new_password"])
    return NO_CONTENT
