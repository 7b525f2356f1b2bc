"""The clients in which an account is signed in: the person sees them, and signs them out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

from chassis.rpc.refusal import NotFound
from gateway.accounts import sessions
from gateway.accounts.call import AccountCall
from gateway.accounts.models import Account, SignInSession

MOST: Final = 50  # that are listed, the newest first
# A part of the User-Agent header, and what it says. The first that fits counts, because browsers name each other. A library
# that knows every browser takes long to load its rules, and people only have to tell a phone from the computer at work.
_SYSTEMS: Final = (("iPhone", "iPhone"), ("iPad", "iPad"), ("HarmonyOS", "HarmonyOS"), ("Android", "Android"))
_SYSTEMS_OF_DESKS: Final = (("Windows", "Windows"), ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))
_BROWSERS: Final = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


@dataclass(frozen=True, slots=True)
class Device:
    """A session. `seen_at` is when it was used last, with an error of a part of its length. `ends_at` is its latest end. All
    are aware, in UTC. `name` is such as "Chrome · Windows"; empty if the client did not say what it is."""

    id: UUID
    name: str
    created_at: datetime
    seen_at: datetime
    ends_at: datetime
    current: bool


def name_of(user_agent: str | None) -> str:
    """A few words for a User-Agent header."""
    text = user_agent or ""
    browser = next((name for part, name in _BROWSERS if part in text), "")
    system = next((name for part, name in (*_SYSTEMS, *_SYSTEMS_OF_DESKS) if part in text), "")
    return " · ".join(part for part in (browser, system) if part) or text.split("/")[0][:40]


def list_own(call: AccountCall) -> Sequence[Device]:
    """The clients in which the acting account is signed in, the newest first. Raises Unauthenticated."""
    account = call.session.get_one(Account, UUID(call.acting.signed_in()))
    rows = call.session.scalars(
        select(SignInSession)
        .where(SignInSession.account_id == account.id, SignInSession.expires_at > call.now)
        .order_by(SignInSession.created_at.desc())
        .limit(MOST)
    )
    return [
        Device(
            id=row.id,
            name=name_of(row.user_agent),
            created_at=row.created_at,
            seen_at=max(row.created_at, min(call.now, row.expires_at - account.session_length)),
            ends_at=row.created_at + account.longest_session,
            current=row.id == call.accounts.session_id,
        )
        for row in rows
    ]


def end(call: AccountCall, session_id: UUID) -> None:
    """Sign one client of the acting account out. Raises Unauthenticated; NotFound for a session of somebody else."""
    found = call.session.get(SignInSession, session_id)
    if found is None or str(found.account_id) != call.acting.signed_in():
        raise NotFound()
    sessions.end(call.session, session_id)
    call.access_changed()


def end_others(call: AccountCall) -> None:
    """Sign every other client of the acting account out. Raises Unauthenticated."""
    sessions.end_all(call.session, UUID(call.acting.signed_in()), but=call.accounts.session_id)
    call.access_changed()
