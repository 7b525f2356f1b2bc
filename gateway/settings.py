"""The settings that only the gateway has."""

from dataclasses import dataclass

from environs import validate

from chassis.config import Variable, reader

_PHOTO_STORE = validate.Regexp(
    r"$|file:///[^?#]+$|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?$",
    error="file:///folder, s3://bucket or s3://bucket/prefix, or nothing",
)

VARIABLES = (
    Variable(
        "LINLI_PHOTO_STORE",
        "",
        "str",
        "where photos are stored: file:///folder that all gateways share, s3://bucket/prefix; empty: the gateway's database",
        allowed=_PHOTO_STORE,
    ),
)


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """A field for each of VARIABLES."""

    photo_store: str


gateway_settings = reader(GatewaySettings, VARIABLES)
