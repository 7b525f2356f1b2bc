"""One's own account."""

from typing import Any

from gateway.accounts import own, views
from gateway.accounts.interface import Account, ChangeMe, ChangePassword, TotpCode, TotpEnrolment
from gateway.api.access import ANY_STAFF, SIGNED_IN
from gateway.api.answers import expected_version
from gateway.api.resource import NOTHING, Answer, Resource
from gateway.calls import client
from gateway.http import current, idempotency, limits

me = Resource("me", "我的账户 · One's own account")


@me.get("/me", "Read one's own account", answer=Account(), needs=SIGNED_IN)
def get_me() -> dict[str, Any]:
    return views.to_oneself(own.own_account())


@me.patch("/me", "Change one's name or language", body=ChangeMe(), answer=Account(), needs=SIGNED_IN, versioned=True)
def change_me(body: dict[str, Any]) -> dict[str, Any]:
    name, language = body.get("name"), body.get("language")
    account = own.change(name=name, language=language, expected_version=expected_version().get("expected_version"))
    if language is not None:
        # Notifications follow; asked last, so that a refusal here changes nothing there.
        client.notify.set_language(language=language)
    return views.to_oneself(account)


@me.put("/me/password", "Change one's password", status=204, body=ChangePassword(), needs=ANY_STAFF, refuses=(429,))
def change_password(body: dict[str, Any]) -> Answer:
    limits.spend(limits.ACCOUNT_FAILURES, f"password of {current.identity().account_id}")
    own.change_password(body["password"], body["new_password"])
    return NOTHING


@me.post(
    "/me/totp",
    "Set up an authenticator",
    answer=TotpEnrolment(),
    needs=ANY_STAFF,
    description="Show `uri` as a QR code; it takes effect once confirmed.",
)
def enrol_totp() -> dict[str, Any]:
    def enrol(session: Any) -> dict[str, Any]:
        secret, uri = own.enrol_totp(session)
        return {"secret": secret, "uri": uri}

    return idempotency.once(enrol)


@me.put("/me/totp", "Confirm the authenticator", status=204, body=TotpCode(), needs=ANY_STAFF, refuses=(409, 429))
def confirm_totp(body: dict[str, Any]) -> Answer:
    limits.spend(limits.ACCOUNT_FAILURES, f"totp of {current.identity().account_id}")
    own.confirm_totp(body["code"])
    return NOTHING


@me.post("/me/totp/disable", "Switch the authenticator off", status=204, body=TotpCode(), needs=ANY_STAFF, refuses=(429,))
def disable_totp(body: dict[str, Any]) -> Answer:
    limits.spend(limits.ACCOUNT_FAILURES, f"totp of {current.identity().account_id}")

    def disable(session: Any) -> dict[str, Any]:
        own.disable_totp(session, body["code"])
        return {}

    idempotency.once(disable)
    return NOTHING
