"""Builds the Flask app: the REST API, the pages, and the parts that every request passes, in their order."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine
from werkzeug.middleware.proxy_fix import ProxyFix

from chassis import config
from gateway import api, open311, web
from gateway.accounts.admission import Admission
from gateway.accounts.personal import PersonalFields
from gateway.calls.cache import PublicCache
from gateway.demo import sign_in as demo_sign_in
from gateway.directory.known import KnownCommunities
from gateway.http import (
    access_log,
    community,
    compression,
    correlation,
    cors,
    credentials,
    csrf,
    headers,
    health,
    idempotency,
    kept_copies,
    known_devices,
    language,
    limits,
    oauth,
    problems,
    response_cache,
    second_factor,
    uploads,
    visitors,
)
from gateway.http.clock import utc_now
from gateway.http.current import Rpc
from gateway.http.form_session import FormSession
from gateway.http.session_cache import SessionCache
from gateway.photos.store import PhotoStore, store_of
from gateway.settings import GatewaySettings, gateway_settings
from gateway.streams.hub import Hub

# In the order that a request passes them. The answer passes them in reverse, so its log line is written last.
_PARTS = (
    response_cache,
    access_log,
    compression,
    correlation,
    language,
    headers,
    kept_copies,
    problems,
    known_devices,
    limits,
    uploads,
    credentials,
    community,
    second_factor,
    csrf,
    idempotency,
    visitors,
    health,
    oauth,
    api,
)


def create_app(
    *,
    database: Engine,
    rpc: Rpc,
    settings: config.Settings | None = None,
    own_settings: GatewaySettings | None = None,
    clock: Callable[[], datetime] = utc_now,
    cache: PublicCache | None = None,
    hub: Hub | None = None,
    session_cache: SessionCache | None = None,
    photo_store: PhotoStore | None = None,
    communities: KnownCommunities | None = None,
) -> Flask:
    """The gateway's app. `database` is the gateway's own, `rpc` reaches the services. `cache`, `hub`, `session_cache`,
    `photo_store` and `communities` are shared with the message handlers and the upkeep (gateway.service)."""
    settings, own = settings or config.settings(), own_settings or gateway_settings()
    app = _configured(settings, own)
    app.extensions.update(
        {
            "linli.settings": settings,
            "linli.gateway_settings": own,
            "linli.database": database,
            "linli.rpc": rpc,
            "linli.personal": PersonalFields(settings.encryption_keys, settings.index_keys),
            "linli.admission": Admission(),
            "linli.photo_store": photo_store or store_of(own.photo_store, database),
            "linli.clock": clock,
            # Not `or`: an empty cache is falsy.
            "linli.cache": PublicCache() if cache is None else cache,
            "linli.hub": Hub() if hub is None else hub,
            "linli.session_cache": SessionCache() if session_cache is None else session_cache,
            "linli.communities": communities or KnownCommunities(),
        }
    )
    for part in _PARTS:
        part.install(app)
    web.register(app)
    open311.install(app)
    if settings.demo:
        demo_sign_in.install(app)
    cors.install(app)
    if proxies := own.proxies:
        # Outermost, so that every other part sees the scheme and the address that the client used.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
    return app


def _configured(settings: config.Settings, own: GatewaySettings) -> Flask:
    app = Flask("gateway", root_path=str(Path(__file__).parent / "web"))
    app.config.update(
        SECRET_KEY=_cookie_key(settings.secret),
        SECRET_KEY_FALLBACKS=[_cookie_key(old) for old in settings.secret_old],
        # The last one signs.
        WTF_CSRF_SECRET_KEY=[_cookie_key(key) for key in (*reversed(settings.secret_old), settings.secret)],
        MAX_CONTENT_LENGTH=own.max_body,
        SESSION_COOKIE_NAME="linli_form",
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = FormSession()
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's default provider has it
    return app


def _cookie_key(secret: str) -> str:
    return f"flask session:{secret}"
