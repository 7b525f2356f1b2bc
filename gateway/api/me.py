"""The caller's own account."""

from typing import Any
from uuid import UUID

from gateway.accounts.interface import DEVICES, REVEALS, Account, ChangeMe, ChangePassword, ListReveals, TotpCode, TotpEnrolment
from gateway.api.access import ANY_STAFF, SIGNED_IN
from gateway.api.answers import expected_version
from gateway.api.resource import NO_CONTENT, Answer, Resource
from gateway.calls import client
from gateway.operations import own_account

me = Resource("me", "我的账户 · Your own account")


@me.get("/me", "Read your own account", answer=Account(), needs=SIGNED_IN)
def get_me() -> dict[str, Any]:
    return own_account.read()


@me.patch("/me", "Change your name or language", body=ChangeMe(), answer=Account(), needs=SIGNED_IN, versioned=True)
def change_me(body: dict[str, Any]) -> dict[str, Any]:
    language = body.get("language")
    account = own_account.change(name=body.get("name"), language=language, **expected_version())
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


@me.put("/me/password", "Change your password", status=204, body=ChangePassword(), needs=ANY_STAFF, refuses=(429,))
def change_password(body: dict[str, Any]) -> Answer:
    own_account.change_password(body["password"], body["new_password"])
    return NO_CONTENT


@me.post(
    "/me/totp",
    "Set up an authenticator",
    answer=TotpEnrolment(),
    needs=ANY_STAFF,
    description="Show `uri` as a QR code. The authenticator is used after it is confirmed.",
)
def enrol_totp() -> dict[str, Any]:
    return own_account.enrol_totp()


@me.put("/me/totp", "Confirm the authenticator", status=204, body=TotpCode(), needs=ANY_STAFF, refuses=(409, 429))
def confirm_totp(body: dict[str, Any]) -> Answer:
    own_account.confirm_totp(body["code"])
    return NO_CONTENT


@me.post("/me/totp/disable", "Switch the authenticator off", status=204, body=TotpCode(), needs=ANY_STAFF, refuses=(429,))
def disable_totp(body: dict[str, Any]) -> Answer:
    own_account.disable_totp(body["code"])
    return NO_CONTENT
