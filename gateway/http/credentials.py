"""The identity of a request: from a bearer token (of a session, an API key, an access token), an API key, or the session cookie
of our pages."""

from datetime import datetime

from flask import Flask, Request, Response, g, request

from chassis.database.engine import reading, transaction
from chassis.rpc.refusal import Refusal
from gateway.accounts import sessions
from gateway.http import current, limits, session_cache
from gateway.http.current import Access
from gateway.refusals.sign_in import CredentialsUnknown, SessionOver
from gateway.systems import credentials as of_systems

COOKIE = "linli_session"
# Our pages send this header with requests that nobody asked for, such as those that keep a table up to date. They do not keep a
# session open. A live stream is unattended too: EventSource connects again by itself, and cannot send a header.
UNATTENDED = "Linli-Unattended"
STREAM = "/stream"  # the end of the address of every live stream


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
    if request.path.startswith(WITH_A_PARAMETER):
        return  # gateway.open311 reads the key; a cookie means nothing there
    if not any(request.headers.get(name) for name in ("X-API-Key", "Authorization")) and COOKIE not in request.cookies:
        return
    try:
        access, slide = _access(request)
    except Refusal:
        g.invalid_cookie = COOKIE in request.cookies
        if request.path.startswith("/api/") and request.path not in ALLOW_INVALID_CREDENTIALS:
            raise
        return
    if access.system is None:
        g.access = access
    elif request.path.startswith("/api/"):
        g.access = access
        _note_use(access.system)
        limits.spend_of_system(access.system)
    if slide is not None and not _is_unattended(request):
        with transaction(current.database()) as session:
            g.slid_until = sessions.slide(session, slide, current.now())
        session_cache.of_app().clear()  # otherwise the cached expiry would slide again


def _is_unattended(request: Request) -> bool:
    return UNATTENDED in request.headers or request.path.endswith(STREAM)


# They accept a request with invalid credentials: a browser with an old cookie must be able to sign in.
ALLOW_INVALID_CREDENTIALS = frozenset(
    {
        "/api/v1/auth/codes",
        "/api/v1/auth/sessions",
        "/api/v1/auth/passkeys",
        "/api/v1/auth/wechat",
        "/api/v1/auth/oidc",
        "/api/v1/auth/oidc/sessions",
        "/api/v1/auth/invitations",
        "/api/docs",
        "/api/openapi.json",
    }
)


# The path under which clients send their key as a parameter.
WITH_A_PARAMETER = "/open311/"


def use_key(secret: str) -> None:
    """The request acts as the system with this API key. Raises Throttled, and the errors of
    gateway.systems.credentials.find."""
    access = _system_access(secret)
    g.access = access
    if access.system is not None:
        _note_use(access.system)
        limits.spend_of_system(access.system)


def _access(request: Request) -> tuple[Access, sessions.KnownSession | None]:
    """The access, and the session if its expiry must slide. Explicit credentials take precedence over the cookie, which a
    browser adds by itself. Raises SessionOver, CredentialsUnknown, and the errors of gateway.systems.credentials.find."""
    if key := request.headers.get("X-API-Key"):
        return _system_access(key), None
    if header := request.headers.get("Authorization"):
        scheme, _, token = header.partition(" ")
        return _bearer_access(token.strip() if scheme.lower() == "bearer" else "")
    if cookie := request.cookies.get(COOKIE):
        return _session_access(cookie, "cookie")
    return current.NO_ACCESS, None


def _bearer_access(token: str) -> tuple[Access, sessions.KnownSession | None]:
    """Access by the token of a session, by an API key or by an access token. Their prefixes differ."""
    if token.startswith(sessions.TOKEN_PREFIX):
        return _session_access(token, "bearer")
    return _system_access(token), None


def _system_access(secret: str) -> Access:
    if not secret.startswith((of_systems.KEY_PREFIX, of_systems.TOKEN_PREFIX)):
        raise CredentialsUnknown()
    with reading(current.database()) as session:
        known = of_systems.find(session, secret, current.now(), admission=current.admission())
    return Access(known.identity, "api_key", system=known)


def _note_use(known: of_systems.KnownSystem) -> None:
    with reading(current.database()) as session:  # a single statement
        of_systems.note_use(session, known, current.now())


def _session_access(token: str, how: current.How) -> tuple[Access, sessions.KnownSession | None]:
    known = _find_session(token) if token.startswith(sessions.TOKEN_PREFIX) else None
    if known is None:
        raise SessionOver()
    access = Access(known.identity, how, known.id, expires_at=known.expires_at, agreed=known.agreed, protected=known.protected)
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
