"""Access tokens for other systems: OAuth 2.0, client credentials (RFC 6749, section 4.4), and where clients find this out
(RFC 8414). ADR 0049 says why this is not Authlib's server."""

import re
from typing import Any
from urllib.parse import unquote_plus

import orjson
from flask import Flask, Response, request

from chassis.database.engine import reading, transaction
from chassis.rpc.rights import NotARight, Right, narrowed, parsed
from gateway.http import current, limits
from gateway.refusals.systems import KeyExpired, KeyUnknown, SystemOff
from gateway.systems import credentials
from gateway.systems.credentials import KnownSystem
from gateway.systems.offered import RIGHTS, texts_of

TOKEN = "/oauth/token"  # noqa: S105 - a path
METADATA = "/.well-known/oauth-authorization-server"
GRANT = "client_credentials"
_CLIENT_ID = re.compile(r"lc_[0-9a-f]{16}")
_PARAMETERS = frozenset({"grant_type", "scope", "client_id", "client_secret"})


class OAuthError(Exception):
    """An answer of RFC 6749, section 5.2. `description` is ASCII."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error, self.description, self.status = error, description, status


def install(app: Flask) -> None:
    app.add_url_rule(TOKEN, "oauth_token", _token, methods=["POST"], provide_automatic_options=False)
    app.add_url_rule(METADATA, "oauth_metadata", _metadata, methods=["GET"], provide_automatic_options=False)


def _token() -> Response:
    try:
        return _json(_issued())
    except OAuthError as error:
        response = _json({"error": error.error, "error_description": error.description}, error.status)
        if error.status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="linli"'
        return response


def _issued() -> dict[str, Any]:
    """Raises OAuthError, Throttled."""
    sent = _parameters()
    client_id, secret = _client(sent)
    if "grant_type" not in sent:
        raise OAuthError("invalid_request", "grant_type is missing")
    if sent["grant_type"] != GRANT:
        raise OAuthError("unsupported_grant_type", f"the only grant type is {GRANT}")
    system = _authenticated(client_id, secret)
    limits.spend(limits.TOKENS, str(system.key_id))
    rights = _rights(sent.get("scope"), system)
    with transaction(current.database()) as session:
        token, ends_at = credentials.issue_token(session, system, rights, current.now())
        credentials.note_use(session, system, current.now())
    seconds = int((ends_at - current.now()).total_seconds())
    return {"access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": " ".join(rights)}


def _parameters() -> dict[str, str]:
    """The parameters of the body. In the address they would be in the logs of proxies."""
    if request.mimetype != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "send the parameters as application/x-www-form-urlencoded")
    if _PARAMETERS & request.args.keys():
        raise OAuthError("invalid_request", "send the parameters in the body, not in the address")
    if repeated := [name for name in _PARAMETERS if len(request.form.getlist(name)) > 1]:
        raise OAuthError("invalid_request", f"{sorted(repeated)[0]} is repeated")
    return {name: value for name, value in request.form.items() if name in _PARAMETERS and value}


def _client(sent: dict[str, str]) -> tuple[str, str]:
    """The id and the secret of the client, from the header (client_secret_basic) or the body (client_secret_post)."""
    if "Authorization" in request.headers:
        if "client_secret" in sent:
            raise OAuthError("invalid_request", "authenticate in the header or in the body, not in both")
        basic = request.authorization
        if basic is None or basic.type != "basic":
            raise OAuthError("invalid_client", "authenticate with HTTP Basic", 401)
        return unquote_plus(basic.username or ""), unquote_plus(basic.password or "")
    if "client_id" not in sent or "client_secret" not in sent:
        raise OAuthError("invalid_client", "client_id and client_secret are missing", 401)
    return sent["client_id"], sent["client_secret"]


def _authenticated(client_id: str, secret: str) -> KnownSystem:
    """Raises OAuthError, Throttled."""
    if not _CLIENT_ID.fullmatch(client_id):
        raise OAuthError("invalid_client", "client_id or client_secret is wrong", 401)
    try:
        # Expired clients and systems that are off have shown the right secret.
        right = (KeyExpired, SystemOff)
        with limits.guess(limits.SIGN_IN_FAILURES, right=right), reading(current.database()) as session:
            return credentials.find_client(session, client_id, secret, current.now(), admission=current.admission())
    except KeyExpired as error:
        raise OAuthError("invalid_client", "the secret has expired", 401) from error
    except KeyUnknown as error:
        raise OAuthError("invalid_client", "client_id or client_secret is wrong", 401) from error
    except SystemOff as error:
        raise OAuthError("invalid_client", "the system is switched off", 401) from error


def _rights(scope: str | None, system: KnownSystem) -> list[str]:
    """The rights that the token gets: those that the client asks for, by default all of the system. Raises OAuthError."""
    if scope is None:
        return sorted(system.identity.scopes)
    try:
        wanted = [Right.parse(text) for text in dict.fromkeys(scope.split(" "))]
    except NotARight as error:
        raise OAuthError("invalid_scope", "the scope is not a list of rights") from error
    held = parsed(system.identity.scopes)
    if narrowed(wanted, held) != wanted:
        raise OAuthError("invalid_scope", "the system has not all of these rights")
    return texts_of(wanted)


def _metadata() -> Response:
    """RFC 8414. The issuer is the address under which the client has reached us."""
    issuer = request.url_root.rstrip("/")
    response = _json(
        {
            "issuer": issuer,
            "token_endpoint": issuer + TOKEN,
            "grant_types_supported": [GRANT],
            "response_types_supported": [],
            "scopes_supported": list(RIGHTS),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "service_documentation": f"{issuer}/api/docs",
            "ui_locales_supported": ["zh-CN", "en"],
        }
    )
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


def _json(body: dict[str, Any], status: int = 200) -> Response:
    response = Response(orjson.dumps(body), status=status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Pragma"] = "no-cache"
    return response
