"""The settings that only notify has."""

from dataclasses import dataclass

from environs import validate

from chassis.config import Variable, reader, settings

_SITE = validate.Regexp("$|https?://[^/?#]+/?$", error="https://linli.example or nothing")
_SMTP = validate.Regexp("$|smtps?://", error="smtp://…, smtps://… or nothing")

VARIABLES = (
    Variable("LINLI_SMTP_URL", "", "str", "smtp://user:password@host:port or smtps://…; empty: e-mail is off", True, _SMTP),
    Variable("LINLI_SMTP_FROM", "linli@localhost", "str", "sender of e-mails"),
    Variable(
        "LINLI_SITE",
        "",
        "str",
        "address of the pages for links in e-mails and text messages, https://…; empty: no links (in a demo: this computer)",
        allowed=_SITE,
    ),
    Variable("LINLI_SMS_PROVIDER", "sink", "str", "sink (kept in a local file) or the name of an installed provider"),
    Variable(
        "LINLI_KEEP_NOTIFICATIONS_DAYS",
        365,
        "int",
        "days after which a notification is deleted, at least 90; up to 28 more, because periods of four weeks are deleted",
        allowed=validate.Range(90, 36_500),
    ),
    Variable(
        "LINLI_KEEP_FEED_DAYS",
        7,
        "int",
        "days that other systems can read a message in the stream of messages; up to 7 more, because whole weeks are deleted",
        allowed=validate.Range(1, 365),
    ),
)


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """A field for each of VARIABLES."""

    smtp_url: str
    smtp_from: str
    site: str
    sms_provider: str
    keep_notifications_days: int
    keep_feed_days: int


notify_settings = reader(NotifySettings, VARIABLES)


def link_to(*parts: str) -> str:
    """The address of a page for people outside. Empty if nobody has said under which address they reach the pages."""
    site = notify_settings().site or (f"http://localhost:{settings().port}" if settings().demo else "")
    return "/".join((site.rstrip("/"), *parts)) if site else ""
