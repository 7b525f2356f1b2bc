"""Refusals about second factors: authenticator codes and passkeys."""

from chassis.rpc.refusal import Refusal


class TotpNeeded(Refusal):
    code = "auth.totp_needed"
    kind = "unauthenticated"
    en = "Please also enter the code of your authenticator."
    zh = "请输入动态口令。"


class PasskeyNeeded(Refusal):
    code = "auth.passkey_needed"
    kind = "unauthenticated"
    en = "The password is not enough: sign in with a passkey, or enter a recovery code."
    zh = "仅有密码还不能登录，请使用通行密钥，或输入恢复码。"


class PasskeyWrong(Refusal):
    code = "auth.passkey_wrong"
    kind = "unauthenticated"
    en = "This passkey was not accepted here. Try again, or sign in another way."
    zh = "通行密钥未能通过验证，请重试或换一种方式登录。"


class PasskeyKnown(Refusal):
    code = "auth.passkey_known"
    kind = "conflict"
    en = "This passkey is set up already."
    zh = "该通行密钥已经设置过。"


class TooManyPasskeys(Refusal):
    code = "auth.too_many_passkeys"
    kind = "conflict"
    en = "There are {most} passkeys already; remove one first."
    zh = "已有 {most} 个通行密钥，请先删除一个。"


class CeremonyOver(Refusal):
    code = "auth.ceremony_over"
    kind = "gone"
    en = "This took too long, or was used already; please begin again."
    zh = "操作已超时或已用过，请重新开始。"


class PasskeysElsewhere(Refusal):
    code = "auth.passkeys_elsewhere"
    kind = "conflict"
    en = "Passkeys work only over HTTPS at addresses of {domain}."
    zh = "通行密钥只能在 {domain} 的 HTTPS 网址上使用。"


class TotpOff(Refusal):
    code = "auth.totp_off"
    kind = "conflict"
    en = "There is no authenticator, or its set-up took too long; please begin again."
    zh = "还没有验证器，或设置已超时，请重新开始。"


class SecondFactorNeeded(Refusal):
    code = "auth.second_factor_needed"
    kind = "forbidden"
    en = "Your account needs a second factor. Set up a passkey or an authenticator first."
    zh = "您的账户须有二次验证，请先设置通行密钥或验证器。"


class SecondFactorRequired(Refusal):
    code = "auth.second_factor_required"
    kind = "conflict"
    en = "Your account must have a second factor. Set up another one before you remove this one."
    zh = "您的账户须有二次验证，请先设置另一种，再删除这一种。"
