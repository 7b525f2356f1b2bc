"""Second factors of staff: passkeys, the authenticator, recovery codes."""

from typing import Any
from uuid import UUID

from gateway.api import access
from gateway.api.access import ANY_STAFF
from gateway.api.resource import NO_CONTENT, Answer, Resource, created
from gateway.factors.interface import (
    PASSKEY,
    Begun,
    Factors,
    NewPasskey,
    OwnPassword,
    RecoveryCodes,
    RemoveTotp,
    RenamePasskey,
    ResetFactors,
    TotpCode,
    TotpEnrolment,
)
from gateway.operations import factors as work
from gateway.refusals.factors import (
    CeremonyOver,
    PasskeyKnown,
    PasskeysElsewhere,
    SecondFactorRequired,
    TooManyPasskeys,
    TotpOff,
)
from gateway.refusals.staff import WorksElsewhere

factors = Resource("factors", "二次验证 · Second factors")


@factors.get("/me/factors", "See how your account is protected", answer=Factors(), needs=ANY_STAFF)
def get_factors() -> dict[str, Any]:
    return work.read()


@factors.post(
    "/me/passkeys/options",
    "Begin to set up a passkey",
    status=200,
    body=OwnPassword(),
    answer=Begun(),
    needs=ANY_STAFF,
    refuses=(429, PasskeysElsewhere, TooManyPasskeys),
    description="Needs your password. Give `options` to navigator.credentials.create of the browser.",
)
def begin_passkey(body: dict[str, Any]) -> dict[str, Any]:
    ceremony, options = work.begin_passkey(body["password"])
    return {"ceremony": ceremony, "options": options}


@factors.post(
    "/me/passkeys",
    "Set up a passkey",
    body=NewPasskey(),
    answer=PASSKEY,
    needs=ANY_STAFF,
    refuses=(CeremonyOver, PasskeyKnown, TooManyPasskeys),
    description="The authenticator must verify you. From then on the password alone does not sign you in any more.",
)
def add_passkey(body: dict[str, Any]) -> Answer:
    return created(work.add_passkey(**body), "/me/passkeys")


@factors.patch("/me/passkeys/<uuid:passkey_id>", "Rename a passkey", body=RenamePasskey(), answer=PASSKEY, needs=ANY_STAFF)
def rename_passkey(body: dict[str, Any], passkey_id: UUID) -> dict[str, Any]:
    return work.rename_passkey(passkey_id, body["name"])


@factors.post(
    "/me/passkeys/<uuid:passkey_id>/remove",
    "Remove a passkey",
    status=204,
    body=OwnPassword(),
    needs=ANY_STAFF,
    refuses=(429, SecondFactorRequired),
    description="Needs your password.",
)
def remove_passkey(body: dict[str, Any], passkey_id: UUID) -> Answer:
    work.remove_passkey(passkey_id, body["password"])
    return NO_CONTENT


@factors.post(
    "/me/totp",
    "Set up an authenticator",
    body=OwnPassword(),
    answer=TotpEnrolment(),
    needs=ANY_STAFF,
    refuses=(429,),
    description="Needs your password. Show `uri` as a QR code. The authenticator is used after it is confirmed, within ten "
    "minutes and in the same session. It then replaces the one in use.",
)
def enrol_totp(body: dict[str, Any]) -> dict[str, Any]:
    shown = work.begin_totp(body["password"])
    return {"secret": shown.secret, "uri": shown.uri}


@factors.put("/me/totp", "Confirm the authenticator", status=204, body=TotpCode(), needs=ANY_STAFF, refuses=(409, 429, TotpOff))
def confirm_totp(body: dict[str, Any]) -> Answer:
    work.confirm_totp(body["code"])
    return NO_CONTENT


@factors.post(
    "/me/totp/disable",
    "Remove the authenticator",
    status=204,
    body=RemoveTotp(),
    needs=ANY_STAFF,
    refuses=(429, TotpOff, SecondFactorRequired),
    description="Needs your password, or a code.",
)
def disable_totp(body: dict[str, Any]) -> Answer:
    work.remove_totp(**body)
    return NO_CONTENT


@factors.post(
    "/me/recovery-codes",
    "Make new recovery codes",
    body=OwnPassword(),
    answer=RecoveryCodes(),
    needs=ANY_STAFF,
    refuses=(429,),
    description="Ten codes; earlier ones end. Each replaces a lost second factor once: send it as `recovery_code` with user "
    "name and password. Needs your password.",
)
def make_recovery_codes(body: dict[str, Any]) -> dict[str, Any]:
    return {"codes": work.make_recovery_codes(body["password"])}


@factors.post(
    "/staff/<uuid:account_id>/factors/reset",
    "Remove the second factors of a colleague",
    status=204,
    body=ResetFactors(),
    needs=access.staff("admin"),
    refuses=[WorksElsewhere],
    description="For somebody who lost them. Their authenticator, passkeys, recovery codes and sessions end at once; the "
    "password stays. The reason is in the audit log.",
)
def reset_factors(body: dict[str, Any], account_id: UUID) -> Answer:
    work.reset(account_id, body["reason"])
    return NO_CONTENT
