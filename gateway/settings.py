"""The gateway's own settings."""

from dataclasses import dataclass

from environs import validate

from chassis.config import Variable, reader

_PHOTO_STORE = validate.Regexp(
    r"$|file:///[^?#]+$|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?$",
    error="file:///folder, s3://bucket or s3://bucket/prefix, or nothing",
)

VARIABLES = (
    Variable("LINLI_PROXIES", 0, "int", "trusted reverse proxies in front of the gateway; it uses their X-Forwarded-* headers"),
    Variable("LINLI_MAX_BODY", 1_048_576, "int", "largest request body in bytes, except uploads"),
    Variable("LINLI_MAX_UPLOAD", 20_971_520, "int", "largest uploaded photo in bytes"),
    Variable(
        "LINLI_PHOTO_STORE",
        "",
        "str",
        "where photos are stored: file:///folder that all gateways share, s3://bucket/prefix; empty: the gateway's database",
        allowed=_PHOTO_STORE,
    ),
    Variable(
        "LINLI_KEEP_REVEALS_DAYS",
        1096,
        "int",
        "days that the log of who looked at contact data is kept; up to 28 more, because periods of four weeks are deleted",
        allowed=validate.Range(183, 36_500),
    ),
    Variable("LINLI_KEEP_AUDIT_DAYS", 1_095, "int", "days that the audit log is kept", allowed=validate.Range(30, 36_500)),
)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """A field for each of VARIABLES."""

    proxies: int
    max_body: int
    max_upload: int
    photo_store: str
    keep_reveals_days: int
    keep_audit_days: int


gateway_settings = reader(GatewaySettings, VARIABLES)
