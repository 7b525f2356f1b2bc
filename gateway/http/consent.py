"""Whether the caller must agree to the privacy notice of their community first."""

from collections.abc import Callable
from datetime import datetime

from chassis.rpc.refusal import Refusal
from gateway.accounts.sessions import OpenSession
from gateway.consents import models
from gateway.consents.models import Asked
from gateway.directory.known import Snapshot
from gateway.http import community, current
from gateway.refusals.own_data import ConsentNeeded


def asked() -> Asked | None:
    """What the caller is asked. None for visitors, staff and systems, and if there is nothing to agree to."""
    access = current.access()
    if access.identity.party != "resident":
        return None
    return asked_of(access.identity.community_id, access.agreed)


def asked_of(community_id: str | None, agreed: int) -> Asked | None:
    """What a resident of the community is asked who has agreed to the version `agreed` of its notice."""
    return _ask(community.snapshot(), community_id, agreed, current.now())


def still_given() -> Callable[[OpenSession], bool]:
    """A function that says whether the account of a session can be used without a further consent. It can be called after this
    request."""
    known, database, clock = community.known(), current.database(), current.clock()

    def is_given(found: OpenSession) -> bool:
        if found.party != "resident":
            return True
        asked = _ask(known.get(database), found.community_id, found.agreed, clock())
        return asked is None or not asked.needed

    return is_given


def _ask(directory: Snapshot, community_id: str | None, agreed: int, now: datetime) -> Asked | None:
    known = directory.by_id.get(community_id or "")
    return None if known is None else models.ask(known.id, known.notice_version, known.notice_since, agreed, now)


def require() -> None:
    """Raises ConsentNeeded if the account of the caller cannot be used yet."""
    if (found := asked()) is not None and found.needed:
        raise refusal(found)


def refusal(found: Asked) -> Refusal:
    return ConsentNeeded(community_id=found.community_id, version=found.version)
