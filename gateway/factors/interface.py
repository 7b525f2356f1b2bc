"""Requests and answers of the API about second factors: passkeys, the authenticator, recovery codes."""

from typing import Any

from marshmallow import fields, validates_schema

from chassis.rpc.interface import (
    Answer,
    FieldError,
    Pattern,
    Request,
    Rule,
    Secret,
    Text,
    flag,
    identifier,
    moment,
    number,
    text,
)

_CREDENTIAL = {"id": "…", "rawId": "…", "type": "public-key", "response": {"clientDataJSON": "…"}}

NOT_SIX_DIGITS = Rule("not_a_code_of_6", "The code has 6 digits.", "验证码为 6 位数字。")
ONE_PROOF = Rule("one_proof", "Send your password, or a code of the authenticator.", "请提供密码，或验证器的一个动态口令。")


def six_digits(**options: Any) -> Pattern:
    return Pattern(r"[0-9]{6}", NOT_SIX_DIGITS, **options)


class JsonObject(fields.Dict):
    """An object whose members a library checks."""

    def __init__(self, description: str) -> None:
        metadata = {"example": _CREDENTIAL, "description": description}
        super().__init__(keys=fields.String(), required=True, metadata=metadata)


class PasskeyAnswer(Answer):
    id = identifier()
    name = text("办公室电脑")
    created_at = moment()
    last_used_at = moment(maybe=True)


PASSKEY = PasskeyAnswer()


class Factors(Answer):
    required_from = moment(
        maybe=True, description="from then on you need a passkey or an authenticator; null: nobody asks for it"
    )
    totp_enabled = flag(description="whether an authenticator is used")
    totp_since = moment(maybe=True)
    totp_last_used_at = moment(maybe=True, description="with an error of a minute")
    passkeys = fields.List(fields.Nested(PasskeyAnswer), required=True)
    recovery_codes_left = number(10, description="unused ones")
    recovery_codes_outdated = flag(description="an earlier release made them, and they end when the operator changes keys")


class Begun(Answer):
    ceremony = text("9sT…", description="send it back with the credential, within five minutes, once")
    options = fields.Dict(
        required=True,
        metadata={"example": {"challenge": "…"}, "description": "for PublicKeyCredential.parse…OptionsFromJSON of browsers"},
    )


class OwnPassword(Request):
    password = Secret(required=True, most=200, example="old-password")


class TotpEnrolment(Answer):
    secret = text("JBSWY3DPEHPK3PXP")
    uri = text("otpauth://totp/Linli:clerk?secret=JBSWY3DPEHPK3PXP&issuer=Linli")


class TotpCode(Request):
    code = six_digits(required=True, example="492039")


class RemoveTotp(Request):
    """One of `password` and `code`."""

    password = Secret(most=200, example="old-password")
    code = six_digits(example=None)

    @validates_schema
    def _one_proof(self, data: dict[str, Any], **_: Any) -> None:
        if len({"password", "code"} & data.keys()) != 1:
            raise FieldError(ONE_PROOF)


class NewPasskey(Request):
    ceremony = Secret(required=True, most=100, example="a-token-of-a-ceremony")
    credential = JsonObject("PublicKeyCredential.toJSON() of the browser")
    name = Text(required=True, most=60, example="办公室电脑")


class RenamePasskey(Request):
    name = Text(required=True, most=60, example="办公室电脑")


class RecoveryCodes(Answer):
    codes = fields.List(
        fields.String(), required=True, metadata={"example": ["abcd-efgh-jkmn"], "description": "only in this answer"}
    )


class ResetFactors(Request):
    reason = Text(required=True, most=200, example="手机丢失，已当面核实本人。", description="for the audit log")


class PasskeySignIn(Request):
    ceremony = Secret(required=True, most=100, example="a-token-of-a-ceremony")
    credential = JsonObject("PublicKeyCredential.toJSON() of the browser")
