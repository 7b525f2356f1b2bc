"""The identity of a request: from a bearer token (of a session or an API key), an API key, or the session cookie of our
pages."""

from datetime import datetime

from flask import Flask, Request, Response, g, request

from chassis.database.engine import reading, transaction
from chassis.rpc.refusal import Refusal
from gateway.accounts import api_keys, sessions
from gateway.http import current, session_cache
from gateway.http.current import Access
from gateway.refusals import CredentialsUnknown, KeyUnknown, SessionOver

COOKIE = "linli_session"


def install(app: Flask) -> None:
    app.before_request(_authenticate)
    app.after_request(_update_cookie)


def set_cookie(response: Response, token: str, expires_at: datetime) -> None:
    """Set the session cookie. It is HttpOnly, so that scripts cannot read it, and Lax, so that forms of other sites do not send
    it."""
    response.set_cookie(COOKIE, token, expires=expires_at, httponly=True, samesite="Lax", secure=request.is_secure, path="/")


def delete_cookie(response: Response) -> None:
    """Delete the session cookie. gateway.accounts.sessions.end ends the session itself."""
    response.delete_cookie(COOKIE, httponly=True, samesite="Lax", secure=request.is_secure, path="/")


def _authenticate() -> None:
    """Sets `g.access`. With invalid credentials, the API refuses the request, except at ALLOW_INVALID_CREDENTIALS. A page
    treats the reader as a visitor. API keys are for the API only."""
    if request.routing_exception is not None:
        return  # the answer is 404 or 405 for every caller
    if not any(request.headers.get(name) for name in ("X-API-Key", "Authorization")) and COOKIE not in request.cookies:
        return
    try:
        access, slide = _access(request)
    except Refusal:
        g.invalid_cookie = COOKIE in request.cookies
        if request.path.startswith("/api/") and request.path not in ALLOW_INVALID_CREDENTIALS:
            raise
        return
    if access.how != "api_key" or request.path.startswith("/api/"):
        g.access = access
    if slide is not None:
        with transaction(current.database()) as session:
            g.slid_until = sessions.slide(session, slide, current.now())
        session_cache.of_app().clear()  # otherwise the cached expiry would slide again


# They accept a request with invalid credentials: a browser with an old cookie must be able to sign in.
ALLOW_INVALID_CREDENTIALS = frozenset(
    {"/api/v1/auth/codes", "/api/v1/auth/sessions", "/api/v1/auth/invitations", "/api/docs", "/api/openapi.json"}
)


def _access(request: Request) -> tuple[Access, sessions.KnownSession | None]:
    """The access, and the session if its expiry must slide. Explicit credentials take precedence over the cookie, which a
    browser adds by itself. Raises SessionOver, KeyUnknown or CredentialsUnknown."""
    if key := request.headers.get("X-API-Key"):
        return _key_access(key), None
    if header := request.headers.get("Authorization"):
        scheme, _, token = header.partition(" ")
        return _bearer_access(token.strip() if scheme.lower() == "bearer" else "")
    if cookie := request.cookies.get(COOKIE):
        return _session_access(cookie, "cookie")
    return current.NO_ACCESS, None


def _bearer_access(token: str) -> tuple[Access, sessions.KnownSession | None]:
    """Access by the token of a session or by an API key. Their prefixes differ."""
    if token.startswith(sessions.TOKEN_PREFIX):
        return _session_access(token, "bearer")
    return _key_access(token), None


def _key_access(key: str) -> Access:
    if not key.startswith(api_keys.PREFIX):
        raise CredentialsUnknown()
    with reading(current.database()) as session:
        known = api_keys.find(session, key, admission=current.admission())
    if known is None:
        raise KeyUnknown()
    return Access(known.identity(), "api_key", key_id=known.id)


def _session_access(token: str, how: current.How) -> tuple[Access, sessions.KnownSession | None]:
    known = _find_session(token) if token.startswith(sessions.TOKEN_PREFIX) else None
    if known is None:
        raise SessionOver()
    access = Access(known.identity, how, session_id=known.id, expires_at=known.expires_at)
    return access, known if known.slides(current.now()) else None


def _find_session(token: str) -> sessions.KnownSession | None:
    cache, token_hash = session_cache.of_app(), sessions.token_hash(token)
    known = cache.find(token_hash)
    if known is None:
        changes = cache.change_count()
        with reading(current.database()) as session:
            known = sessions.find(session, token_hash, current.now(), admission=current.admission())
        if known is not None:
            cache.put(token_hash, known, changes)
    return known if known and known.expires_at > current.now() else None


def _update_cookie(response: Response) -> Response:
    signed_in_now = any(cookie.startswith(f"{COOKIE}=") for cookie in response.headers.getlist("Set-Cookie"))
    if g.get("invalid_cookie") and not signed_in_now:
        delete_cookie(response)
    elif g.get("slid_until") and current.access().how == "cookie" and not signed_in_now:
        set_cookie(response, request.cookies[COOKIE], g.slid_until)
    return response
