"""The gateway's own settings."""

from dataclasses import dataclass

from environs import validate

from chassis.config import Variable, reader
from gateway.wechat.authorize import SCOPES

_DOMAIN = validate.Regexp(
    r"$|[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$", error="a domain such as linli.example, or nothing"
)
_PHOTO_STORE = validate.Regexp(
    r"$|file:///[^?#]+$|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^?#]*)?$",
    error="file:///folder, s3://bucket or s3://bucket/prefix, or nothing",
)

_DAYS = validate.Range(1, 36_500)
_ORIGIN = r"https?://[A-Za-z0-9.\-]{1,253}(:[0-9]{1,5})?"
_ORIGINS = validate.Regexp(
    rf"$|{_ORIGIN}( *, *{_ORIGIN})*$",
    error="origins without a path, such as https://map.example, separated by commas; neither * nor null",
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
    Variable(
        "LINLI_ERASURE_GRACE_DAYS",
        30,
        "int",
        "days between the request to erase an account and its erasure; until then it can be kept",
        allowed=validate.Range(0, 365),
    ),
    Variable(
        "LINLI_PASSKEY_DOMAIN",
        "",
        "str",
        "domain for which passkeys are made (RP ID); they work at its host names only; empty: the host name of each request",
        allowed=_DOMAIN,
    ),
    Variable(
        "LINLI_OIDC_ISSUER",
        "",
        "str",
        "address of the district's OpenID provider, exactly as it calls itself; empty: nobody signs in with it",
        allowed=validate.Regexp(r"$|https?://[^?#]+$", error="an address that begins with https://, or nothing"),
    ),
    Variable("LINLI_OIDC_CLIENT_ID", "", "str", "what the OpenID provider calls this platform"),
    Variable("LINLI_OIDC_CLIENT_SECRET", "", "str", "the platform's secret at the OpenID provider; empty: it needs none", True),
    Variable("LINLI_OIDC_SCOPES", "openid profile phone", "str", "scopes that are asked for"),
    Variable("LINLI_OIDC_NAME", "统一身份认证", "str", "name of the OpenID provider on the sign-in pages"),
    Variable(
        "LINLI_OIDC_FOR",
        "staff",
        "str",
        "who signs in with it: staff, residents or both",
        allowed=validate.OneOf(["staff", "residents", "both"]),
    ),
    Variable(
        "LINLI_OIDC_USERNAME_CLAIM",
        "",
        "str",
        "claim with the user name of staff, which links an account at the first sign-in; empty: admins link accounts",
    ),
    Variable(
        "LINLI_OIDC_RETURN_TO",
        "",
        "str",
        "where the provider may send people back to who sign in over the API, such as cn.linli.app:/signed-in; "
        "comma-separated; our pages need none",
    ),
    Variable(
        "LINLI_WECHAT_API",
        "https://api.weixin.qq.com",
        "str",
        "address of WeChat's API",
        allowed=validate.Regexp(r"https?://[^?#]+$", error="an address that begins with https://"),
    ),
    Variable(
        "LINLI_WECHAT_MINI_APP_ID", "", "str", "app id of the WeChat mini-program of residents; empty: nobody signs in with it"
    ),
    Variable("LINLI_WECHAT_MINI_SECRET", "", "str", "secret of the mini-program at WeChat", True),
    Variable(
        "LINLI_WECHAT_OFFICIAL_APP_ID", "", "str", "app id of the WeChat official account; empty: nobody signs in with it"
    ),
    Variable("LINLI_WECHAT_OFFICIAL_SECRET", "", "str", "secret of the official account at WeChat", True),
    Variable(
        "LINLI_WECHAT_AUTHORIZE",
        "https://open.weixin.qq.com/connect/oauth2/authorize",
        "str",
        "page of WeChat where people agree to sign in to our pages",
        allowed=validate.Regexp(r"https?://[^?#]+$", error="an address that begins with https://"),
    ),
    Variable(
        "LINLI_WECHAT_OFFICIAL_SCOPE",
        "snsapi_base",
        "str",
        "what our pages ask WeChat for; snsapi_userinfo asks the person first, and tells the unionid",
        allowed=validate.OneOf(SCOPES),
    ),
    Variable("LINLI_KEY_DAYS", 365, "int", "days after which a new key of a system expires", allowed=_DAYS),
    Variable("LINLI_KEY_DAYS_MOST", 1_095, "int", "longest time in days for which a key can be made", allowed=_DAYS),
    Variable(
        "LINLI_SYSTEM_REQUESTS",
        600,
        "int",
        "requests that a system may send in a minute to each replica of the gateway, unless an admin sets its own number",
        allowed=validate.Range(1, 1_000_000),
    ),
    Variable(
        "LINLI_CORS_ORIGINS",
        "",
        "str",
        "web pages of other sites that may use the API from browsers: their origins, such as https://map.example, "
        "comma-separated; empty: none",
        allowed=_ORIGINS,
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
    erasure_grace_days: int
    passkey_domain: str
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str
    oidc_scopes: str
    oidc_name: str
    oidc_for: str
    oidc_username_claim: str
    oidc_return_to: str
    wechat_api: str
    wechat_mini_app_id: str
    wechat_mini_secret: str
    wechat_official_app_id: str
    wechat_official_secret: str
    wechat_authorize: str
    wechat_official_scope: str
    key_days: int
    key_days_most: int
    system_requests: int
    cors_origins: str
    keep_audit_days: int


gateway_settings = reader(GatewaySettings, VARIABLES)


def proxies_in_front() -> int:
    """The trusted proxies in front of the gateway. The demo is refused behind one that others can reach."""
    return gateway_settings().proxies
