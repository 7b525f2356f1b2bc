"""Refusals about signing in and being signed in."""

from chassis.rpc.refusal import Refusal


class SessionOver(Refusal):
    code = "auth.session_over"
    kind = "unauthenticated"
    en = "You are no longer signed in; please sign in again."
    zh = "登录已失效，请重新登录。"


class CredentialsUnknown(Refusal):
    code = "auth.credentials_unknown"
    kind = "unauthenticated"
    en = "Send `Authorization: Bearer` with the token of a session, an API key or an access token, or `X-API-Key` with a key."
    zh = "请使用 Authorization: Bearer 发送会话令牌、接口密钥或访问令牌，或使用 X-API-Key 发送接口密钥。"


class CodeWrong(Refusal):
    code = "auth.code_wrong"
    kind = "unauthenticated"
    en = "The code is wrong or has expired; please request a new one."
    zh = "验证码错误或已过期，请重新获取。"


class PasswordWrong(Refusal):
    code = "auth.password_wrong"
    kind = "unauthenticated"
    en = "The user name, password or authenticator code is wrong."
    zh = "用户名、密码或动态口令错误。"


class TooManyCodes(Refusal):
    code = "auth.too_many_codes"
    kind = "too_many"
    en = "Too many codes were requested; please wait before you request another one."
    zh = "获取验证码过于频繁，请稍后再试。"


class InvitationUnknown(Refusal):
    code = "auth.invitation_unknown"
    kind = "unauthenticated"
    en = "This link is not valid. It may have been replaced by a newer one; please ask your admin."
    zh = "链接无效，可能已被新的链接取代，请联系管理员。"


class InvitationExpired(Refusal):
    code = "auth.invitation_expired"
    kind = "gone"
    en = "This link has expired; please ask your admin for a new one."
    zh = "链接已过期，请联系管理员重新发送。"


class InvitationUsed(Refusal):
    code = "auth.invitation_used"
    kind = "gone"
    en = "This link has been used already; please sign in, or ask your admin for a new one."
    zh = "链接已使用过，请直接登录，或联系管理员重新发送。"


class SignUpClosed(Refusal):
    code = "auth.sign_up_closed"
    kind = "forbidden"
    en = "Nobody has an account with this phone yet. Please have it added at the counter of the centre."
    zh = "这个手机号还没有账号，请到中心窗口登记。"


class ProofNeeded(Refusal):
    code = "auth.proof_needed"
    kind = "forbidden"
    en = "Please prove again that the phone is yours: ask for a code and enter it."
    zh = "请再次验证手机：获取验证码并输入。"


class NoPhone(Refusal):
    code = "auth.no_phone"
    kind = "conflict"
    en = "This account has no phone to which a code can be sent; sign in again instead."
    zh = "该账号没有可接收验证码的手机，请重新登录。"
