"""The refusals of notify, besides those that every service has."""

from chassis.rpc.refusal import Refusal


class TooManyCodes(Refusal):
    """The phone, the address or the account has reached its limit of one-time codes. `retry_after` is in seconds."""

    code = "notify.too_many_codes"
    kind = "too_many"
    en = "Too many codes were sent; please try again in {retry_after} seconds."
    zh = "验证码发送过于频繁，请在{retry_after}秒后重试。"


class EmailOff(Refusal):
    """LINLI_SMTP_URL is empty: no code can be mailed, so no address can be verified."""

    code = "notify.email_off"
    kind = "conflict"
    en = "E-mail is not set up here."
    zh = "本系统尚未开通邮件。"


class NoSink(Refusal):
    """LINLI_SMS_PROVIDER is not `sink`, or this is not the demo: nobody reads text messages here."""

    code = "notify.no_sink"
    kind = "not_found"
    en = "Text messages can be read in the demo only."
    zh = "只有演示系统才能查看短信。"


class CursorExpired(Refusal):
    """The place is not in the feed (any more), or it is of a time that a restore from a dump took back."""

    code = "messages.cursor_expired"
    kind = "gone"
    en = "The messages after this point are not stored here (any more); start again with Last-Event-ID: 0-0."
    zh = "该位置之后的消息未保留或已过保留期，请用 Last-Event-ID: 0-0 重新开始。"


class AccountErased(Refusal):
    """The account was erased. Nothing is stored about it any more."""

    code = "notify.account_erased"
    kind = "not_found"
    en = "This account was erased."
    zh = "该账号已注销。"


class ReminderLinkVoid(Refusal):
    """No such secret is known, or what it was about has begun, was moved or was cancelled."""

    code = "notify.reminder_link_void"
    kind = "gone"  # so that the gateway counts it as a wrong guess
    en = "This link is not valid (any more). Please sign in to see your bookings."
    zh = "这个链接无效或已失效，请登录后查看您的预约和报名。"
