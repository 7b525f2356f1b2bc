"""Typed access to the parts of the app, and to the facts of the current request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol, cast
from uuid import UUID

from flask import current_app, g, request
from sqlalchemy import Engine

from chassis.config import Settings
from chassis.rpc.communities import DISTRICT, Communities
from chassis.rpc.context import CallContext
from chassis.rpc.identity import ANONYMOUS, Identity
from gateway.accounts.admission import Admission
from gateway.accounts.call import Accounts
from gateway.accounts.personal import PersonalFields
from gateway.http import session_cache
from gateway.photos.store import PhotoStore
from gateway.settings import GatewaySettings
from gateway.streams.hub import Hub
from gateway.systems.credentials import KnownSystem

How = Literal["none", "bearer", "cookie", "api_key"]


class Rpc(Protocol):
    """Calls a service's method with one JSON object and returns its answer. Raises chassis.rpc.refusal.Refused if the service
    refuses, and chassis.rpc.refusal.Refusal (kind unavailable) if it does not answer in time."""

    def call(self, service: str, method: str, payload: dict[str, Any], context: CallContext) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Access:
    """The identity of a request, how it was proved, and the id of the session or the credentials of the other system."""

    identity: Identity = ANONYMOUS
    how: How = "none"
    session_id: UUID | None = None
    system: KnownSystem | None = None
    expires_at: datetime | None = None
    agreed: int = 0  # KnownSession.agreed
    protected: bool = True  # KnownSession.protected


NO_ACCESS = Access()


def settings() -> Settings:
    """The settings of every process."""
    return cast(Settings, current_app.extensions["linli.settings"])


def gateway_settings() -> GatewaySettings:
    """The settings that only the gateway has."""
    return cast(GatewaySettings, current_app.extensions["linli.gateway_settings"])


def database() -> Engine:
    """The gateway's database: accounts, sessions, photos."""
    return cast(Engine, current_app.extensions["linli.database"])


def rpc() -> Rpc:
    return cast(Rpc, current_app.extensions["linli.rpc"])


def personal() -> PersonalFields:
    """Encrypts and finds personal fields."""
    return cast(PersonalFields, current_app.extensions["linli.personal"])


def admission() -> Admission:
    """Decides which accounts may be used."""
    return cast(Admission, current_app.extensions["linli.admission"])


def photo_store() -> PhotoStore:
    """The store for the content of photos."""
    return cast(PhotoStore, current_app.extensions["linli.photo_store"])


def accounts() -> Accounts:
    """The accounts, for this request."""
    return Accounts(
        database=database(),
        personal=personal(),
        now=now(),
        community_id=community_id(),
        admission=admission(),
        acting=identity(),
        language=language(),
        session_id=access().session_id,
        client=current_app.extensions["linli.client"](),
        user_agent=request.headers.get("User-Agent"),
        operation=request.endpoint or "",
        correlation_id=correlation_id(),
        on_access_change=session_cache.of_app().clear_after_commit,
    )


def now() -> datetime:
    """The time of the request: aware, in UTC, the same for the whole request."""
    if "now" not in g:
        g.now = clock()()
    return cast(datetime, g.now)


def clock() -> Callable[[], datetime]:
    """Returns the current time: aware, in UTC. For code that runs longer than the request."""
    return cast(Callable[[], datetime], current_app.extensions["linli.clock"])


def hub() -> Hub:
    """The live streams of this process."""
    return cast(Hub, current_app.extensions["linli.hub"])


def access() -> Access:
    return cast(Access, g.get("access", NO_ACCESS))


def identity() -> Identity:
    """The identity of the caller. ANONYMOUS for a visitor."""
    return access().identity


def community_id() -> str | None:
    """The community that the request is about (gateway.http.community). None if none is chosen. Raises InvalidField if it names
    one that does not exist."""
    if "community_id" not in g:
        find: Callable[[], str | None] | None = g.get("find_community")
        g.community_id = find() if find else None
    return cast(str | None, g.community_id)


def communities() -> Communities:
    """The communities that the caller looks at: that of the request, or the district if none is chosen."""
    chosen = community_id()
    return DISTRICT if chosen is None else Communities.only(chosen)


def correlation_id() -> str:
    """The id of the request in services, messages and log lines."""
    return cast(str, g.correlation_id)


def language() -> str:
    """`zh-CN` or `en`."""
    return cast(str, g.get("language", "zh-CN"))
