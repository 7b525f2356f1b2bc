"""Refusals about other systems, their keys and access tokens."""

from chassis.rpc.refusal import Refusal


class KeyUnknown(Refusal):
    code = "auth.key_unknown"
    kind = "unauthenticated"
    en = "The API key is not valid."
    zh = "接口密钥无效。"


class KeyExpired(KeyUnknown):
    code = "auth.key_expired"
    en = "The API key, or the secret of the client, has expired. Ask your admin for a new one."
    zh = "接口密钥或客户端密码已过期，请联系管理员更换。"


class TokenExpired(Refusal):
    code = "auth.token_expired"
    kind = "unauthenticated"
    en = "The access token is not valid or has expired. Get a new one from POST /oauth/token."
    zh = "访问令牌无效或已过期，请通过 POST /oauth/token 重新获取。"


class SystemOff(Refusal):
    code = "auth.system_off"
    kind = "unauthenticated"
    en = "This system is switched off. Ask the admin of the community."
    zh = "该系统已停用，请联系社区管理员。"


class KeyNotEnough(Refusal):
    """A system has not the right that the operation needs. Details: `needs`, one of these rights is enough; empty if systems
    cannot use the operation at all."""

    code = "auth.key_not_enough"
    kind = "forbidden"
    en = "This system may not do this."
    zh = "该系统无权进行此操作。"


class KeyNotInForce(Refusal):
    code = "systems.key_not_in_force"
    kind = "conflict"
    en = "This key has expired or was revoked. Make a new one."
    zh = "该密钥已过期或已吊销，请新建一把。"


class KeyReplaced(Refusal):
    code = "systems.key_replaced"
    kind = "conflict"
    en = "This key has been replaced already."
    zh = "该密钥已经更换过。"
