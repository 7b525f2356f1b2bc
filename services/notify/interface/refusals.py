"""How notify says no, besides the refusals that every service knows."""

from chassis.rpc.refusal import Refusal


class TooManyCodes(Refusal):
    """A phone, an address or an account has had its share of one-time codes; `retry_after` in seconds."""

    code = "notify.too_many_codes"
    kind = "too_many"
    en = "Too many codes were sent; please try again in {retry_after} seconds."
    zh = "验证码发送过于频繁，请在{retry_after}秒后重试。"


class EmailOff(Refusal):
    """No mail server is set up, so no address could ever be proven or used."""

    code = "notify.email_off"
    kind = "conflict"
    en = "E-mail is not set up here."
    zh = "本系统尚未开通邮件。"


class NoSink(Refusal):
    """The SMS of this installation go to real phones, so there is nothing to look at."""

    code = "notify.no_sink"
    kind = "not_found"
    en = "Text messages are not kept here: the SMS provider is not the demo's sink."
    zh = "本系统的短信服务商不是演示通道，短信不在此保存。"
