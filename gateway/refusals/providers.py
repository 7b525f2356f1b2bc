"""Refusals about signing in with an OpenID provider or with WeChat."""

from chassis.rpc.refusal import Refusal


class ProviderAway(Refusal):
    code = "auth.provider_away"
    kind = "unavailable"
    en = "The sign-in service of the district does not answer. Try again in a moment, or sign in another way."
    zh = "统一身份认证暂时没有响应，请稍后再试，或换一种方式登录。"


class ProviderRefused(Refusal):
    code = "auth.provider_refused"
    kind = "unauthenticated"
    en = "You were not signed in. Please try again, or sign in another way."
    zh = "没有登录成功，请重试，或换一种方式登录。"


class NoProvider(Refusal):
    code = "auth.no_provider"
    kind = "conflict"
    en = "This installation uses no OpenID provider (LINLI_OIDC_ISSUER)."
    zh = "本系统没有配置统一身份认证（LINLI_OIDC_ISSUER）。"


class NotLinked(Refusal):
    code = "auth.not_linked"
    kind = "forbidden"
    en = "Your account of the district is not linked with an account here. Ask your admin."
    zh = "您的统一身份账号还没有关联本系统的账户，请联系管理员。"


class SubjectTaken(Refusal):
    code = "staff.subject_taken"
    kind = "conflict"
    en = "This account of the district is linked with somebody else."
    zh = "该统一身份账号已关联其他人员。"


class WeChatOff(Refusal):
    code = "auth.wechat_off"
    kind = "not_found"
    en = "This app of WeChat is not set up here. Please sign in another way."
    zh = "本系统没有开通该微信应用的登录，请换一种方式登录。"


class WeChatAway(Refusal):
    code = "auth.wechat_away"
    kind = "unavailable"
    en = "Sign-in with WeChat does not work at the moment. Try again in a moment, or sign in another way."
    zh = "微信登录暂时不可用，请稍后再试，或换一种方式登录。"


class WeChatCodeWrong(Refusal):
    """Details: `field`, the field with the code that WeChat did not accept: code or phone_code."""

    code = "auth.wechat_code_wrong"
    kind = "unauthenticated"
    en = "WeChat did not accept the code. It has expired or was used already; please begin again."
    zh = "微信凭证已过期或已用过，请重新操作。"


class WeChatRefused(Refusal):
    code = "auth.wechat_refused"
    kind = "unauthenticated"
    en = "You were not signed in with WeChat. Please sign in another way."
    zh = "未能用微信登录，请换一种方式登录。"


class WeChatPhoneNeeded(Refusal):
    code = "auth.wechat_phone_needed"
    kind = "forbidden"
    en = "We do not know yet whose account this is. Please allow the mini-program to tell us your phone number."
    zh = "还不知道您是哪位居民，请在小程序中授权手机号。"
